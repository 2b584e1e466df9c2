//! Advice for each result of a run.

use http::StatusCode;

use crate::commands::e2e::session::ResolvedOptions;
use crate::commands::e2e::target::E2eTarget;
use crate::commands::shared::answer_text::likely_cause;
use crate::commands::shared::attempt_text::hint_for;
use crate::commands::shared::defaults::DEFAULT_PORT;
use crate::engine::e2e::{Check, CheckOutcome, E2eReport, JobReport, JobResult, PassedOn, SubmitError};
use crate::engine::magic_hour::{ApiError, UploadError, details_path};
use crate::model::signing::advice as signing_advice;
use crate::model::signing::reason::Reason;
use crate::model::{EventType, Phase};
use crate::output::units;
use crate::store::settings::Source;

/// Facts that advice depends on besides the result.
#[derive(Clone, Copy)]
pub(crate) struct AdviceContext<'a> {
    pub(crate) options: &'a ResolvedOptions,
    /// URL that received deliveries.
    pub(crate) receiver: &'a str,
    pub(crate) report: &'a E2eReport,
}

/// Text before the advice if a directive asked for the result.
const SCRIPTED: &str = "a directive in the request asked for this; at Magic Hour: ";

/// Advice on a job that did not pass; nothing if it passed.
pub(crate) fn advice(job: &JobReport, context: AdviceContext<'_>) -> Option<(String, String)> {
    let kind = job.kind;
    let id = job.trace.id().unwrap_or("without an id");
    let failed: Vec<Check> =
        job.judgements.iter().filter(|j| j.outcome == CheckOutcome::Fail).map(|j| j.check).collect();
    let told = match &job.result {
        JobResult::Passed => return None,
        JobResult::Unmet => {
            let names: Vec<&str> = failed.iter().map(|check| check.as_str()).collect();
            let found =
                job.judgements.iter().find(|j| j.outcome == CheckOutcome::Fail).map_or("", |j| j.found.as_str());
            let message = format!("the {kind} job does not pass ({}): {found}", names.join(", "));
            (message, failed.first().map_or("", |check| fix(*check, job)).to_owned())
        }
        JobResult::InvalidSignature => (context.not_authentic(job), context.signature(job)),
        JobResult::Refused(SubmitError::Create(error)) => {
            let doubt = if error.may_have_created() { "may not have been" } else { "was not" };
            (format!("the {kind} job {doubt} submitted: {error}"), error.hint().to_owned())
        }
        JobResult::Refused(SubmitError::Upload(error)) => {
            let hint = match error {
                UploadError::Api(error) => error.hint(),
                UploadError::File { .. } => "--upload takes FIELD=FILE with a file that can be read",
                UploadError::Refused { status, .. } if *status == StatusCode::PAYLOAD_TOO_LARGE => {
                    "the file is larger than the plan allows: 200 MB on the free one"
                }
                UploadError::Refused { .. } => "try again: each try gets a fresh link to upload to",
                UploadError::Unanswered { error, .. } if error.has_own_hint() => error.hint(),
                UploadError::Unanswered { .. } => "is there a network?",
            };
            (format!("the {kind} job was not submitted: {error}"), hint.to_owned())
        }
        JobResult::Failed { code, message } => (
            format!("{kind} job {id} ended in error: {code}: {message}"),
            "its credits were returned; correct the request (--prompt, --body, --upload) and try again".to_owned(),
        ),
        JobResult::Canceled => (
            format!("{kind} job {id} was canceled, and a canceled job sends no webhook"),
            "somebody called it off in the web app; its credits were returned, so try again".to_owned(),
        ),
        JobResult::NoWebhook => (context.no_webhook(job, id), context.where_is_the_webhook(job)),
        JobResult::TimedOut => (
            match &job.trace.poll_error {
                Some(error) => format!("cannot get the status of {kind} job {id}: {error}"),
                None => format!(
                    "{kind} job {id} was still {} after {}",
                    job.trace.status_word().as_deref().unwrap_or("unknown"),
                    units::duration(job.elapsed)
                ),
            },
            context.look_later(job, id),
        ),
        JobResult::Interrupted => context.interrupted(job, id),
    };
    let (message, hint) = told;
    let is_scripted =
        context.options.is_scripted() && !matches!(job.result, JobResult::TimedOut | JobResult::Interrupted);
    Some((message, if is_scripted { format!("{SCRIPTED}{hint}") } else { hint }))
}

/// Advice on a check that fails.
fn fix(check: Check, job: &JobReport) -> &'static str {
    match check {
        Check::Handler => job
            .trace
            .passed_on
            .iter()
            .find_map(of_handler)
            .unwrap_or("the handler was too slow: Magic Hour waits 10 s for an answer, so answer first, then work"),
        Check::Started => "is the endpoint subscribed to the started event, too?",
        Check::Details if job.trace.ended.is_none() => job
            .trace
            .poll_error
            .as_ref()
            .map_or("the details endpoint was behind the webhook: is --grace long enough?", ApiError::hint),
        Check::Schema | Check::Details => {
            "`--format json` shows the whole delivery; a handler should take what it does not know"
        }
        Check::Links => "the details endpoint gives fresh links, which are good for 24 hours",
        Check::Outputs => "`--format json` shows the links in the delivery; the details endpoint gives fresh ones",
        Check::Latency => "was the tunnel down at first, or another listener on the endpoint?",
        _ => "`--format json` shows all that was seen",
    }
}

/// Advice on the handler's answer, if it was not 2xx.
fn of_handler(passed: &PassedOn) -> Option<&'static str> {
    match &passed.forwarded.attempt.outcome {
        Ok(answer) => likely_cause(answer),
        Err(error) => Some(hint_for(error, &passed.forwarded.attempt.url)),
    }
}

impl AdviceContext<'_> {
    fn port(&self) -> &str {
        self.receiver.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }

    fn no_webhook(&self, job: &JobReport, id: &str) -> String {
        let phase = job.trace.final_phase().unwrap_or(Phase::Completed);
        let event = EventType::new(job.kind, phase);
        format!(
            "{} job {id} is complete, but {event} did not come within {}",
            job.kind,
            units::duration(self.options.grace)
        )
    }

    fn not_authentic(&self, job: &JobReport) -> String {
        let secret = self.options.secret.described();
        match job.trace.deliveries.iter().find_map(|delivered| delivered.received.verdict.reason()) {
            Some(reason) if !reason.is_digest() => {
                format!("deliveries of the {} job are not authentic: {reason}", job.kind)
            }
            _ => format!("deliveries of the {} job are not signed with {secret}", job.kind),
        }
    }

    fn interrupted(&self, job: &JobReport, id: &str) -> (String, String) {
        let kind = job.kind;
        match (job.trace.create_requested, &job.trace.accepted, job.trace.ended) {
            (false, ..) => {
                (format!("interrupted before the {kind} job was submitted"), "nothing was spent on it".to_owned())
            }
            (true, None, _) => (
                format!("interrupted while the {kind} job was being submitted"),
                self.options.target.what_goes_on().to_owned(),
            ),
            (true, Some(_), None) => {
                (format!("interrupted while waiting for {kind} job {id}"), self.look_later(job, id))
            }
            (true, Some(_), Some(_)) => {
                let message = format!("interrupted after {kind} job {id} had ended, before all was judged");
                (message, self.look_later(job, id))
            }
        }
    }

    /// Advice on deliveries with a wrong signature.
    fn signature(&self, job: &JobReport) -> String {
        let reason = job.trace.deliveries.iter().find_map(|delivered| delivered.received.verdict.reason());
        match reason {
            Some(Reason::TimestampTooOld(_) | Reason::TimestampInFuture(_)) => {
                "is the clock of this machine right? if it is, somebody sent an old delivery again".to_owned()
            }
            Some(Reason::DigestDiffers) | None => self.other_secret(),
            Some(reason) => signing_advice::advice(reason).to_owned(),
        }
    }

    fn other_secret(&self) -> String {
        let target = &self.options.target;
        if target.is_costly() || target.is_embedded() {
            "each endpoint has its own secret: copy that of this one from https://magichour.ai/developer?tab=webhooks \
             into MAGIC_HOUR_WEBHOOK_SECRET"
                .to_owned()
        } else {
            "does the sandbox sign with the same secret? its banner shows which; MAGIC_HOUR_WEBHOOK_SECRET sets it for both"
                .to_owned()
        }
    }

    fn where_is_the_webhook(&self, job: &JobReport) -> String {
        let event = EventType::new(job.kind, job.trace.final_phase().unwrap_or(Phase::Completed));
        let target = &self.options.target;
        // The port that the embedded sandbox delivers to is another one each time.
        let port = if target.is_embedded() { DEFAULT_PORT.to_string() } else { self.port().to_owned() };
        let seen = match (self.report.nameless, self.report.others) {
            (0, 0) => "",
            (0, _) => " (deliveries of other jobs did come, so the route to this machine works)",
            _ => " (deliveries that name no job did come: it may have been among them)",
        };
        match target {
            E2eTarget::Live(access) if access.base_url.value.is_loopback() => {
                format!(
                    "was the sandbox started with --webhook http://localhost:{port}/webhook, and for {event}?{seen}"
                )
            }
            _ => format!(
                "is an endpoint for {event} registered and enabled at https://magichour.ai/developer?tab=webhooks? does its \
                 tunnel reach port {port}, and was another listener on it? --public-url URL tries that before anything is \
                 spent{seen}"
            ),
        }
    }

    fn look_later(&self, job: &JobReport, id: &str) -> String {
        let E2eTarget::Live(access) = &self.options.target else {
            return self.options.target.what_goes_on().to_owned();
        };
        let url = format!("{}{}", access.base_url.value, details_path(job.kind, id));
        let whose = match access.key.origin.source() {
            Source::Environment => String::new(),
            _ => format!(" (with the key from {})", access.key.origin),
        };
        let call = format!("-H \"Authorization: Bearer $MAGIC_HOUR_API_KEY\" {url}");
        let curl = format!("`curl {call}`{whose}");
        if job.trace.ended.is_some() {
            return format!("{curl} shows how it ended, with fresh links");
        }
        let listen = match self.options.port {
            // Nothing forwards to a port that was picked.
            0 => String::new(),
            DEFAULT_PORT => ", and `mh-hook listen` receives its webhook".to_owned(),
            port => format!(", and `mh-hook listen --port {port}` receives its webhook"),
        };
        format!("it goes on: {curl} shows its status{listen}")
    }
}
