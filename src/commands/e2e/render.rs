//! Text of a run: the plan, the timeline of each job with its checks, and the verdict.

use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::commands::e2e::session::ResolvedOptions;
use crate::commands::shared::delivery_text::{TYPE_WIDTH, answered, name};
use crate::engine::e2e::{
    CheckOutcome, Delivered, E2eReport, JobReport, JobRequest, JobResult, JobTrace, Judgement, JudgementRecord,
    PassedOn, StatusChange,
};
use crate::engine::receive::received::milliseconds;
use crate::error::Exit;
use crate::model::Verdict;
use crate::model::job::{ReportedStatus, Status};
use crate::output::{Record, Render, Role, TextWriter, units};

/// The column in which a line of the timeline starts.
const TIME_WIDTH: usize = 10;
/// The column of what was found.
const FOUND: usize = 19;

/// Plan of a run: the first record.
pub(crate) struct RunPlan<'a> {
    pub(crate) options: &'a ResolvedOptions,
    /// URL that receives deliveries.
    pub(crate) receiver: &'a str,
    /// The link to the inspector, if there is one.
    pub(crate) ui: Option<&'a str>,
}

impl Render for RunPlan<'_> {
    /// People read the same on stderr.
    fn render(&self, _: &mut TextWriter<'_>) {}
}

#[derive(Serialize)]
struct PlannedJob {
    kind: &'static str,
    tool: &'static str,
    estimate: u64,
}

impl Serialize for RunPlan<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ResolvedOptions { target, requests, secret, estimate, max_credits, .. } = self.options;
        let job = |request: &JobRequest| PlannedJob {
            kind: request.kind.as_str(),
            tool: request.tool.name(),
            estimate: request.estimate,
        };
        let mut map = serializer.serialize_map(None)?;
        target.entries(&mut map)?;
        let known = (!self.options.awaits_secret).then_some(secret);
        map.serialize_entry("secret", &known.map(|secret| secret.secret.masked()))?;
        map.serialize_entry("secret_origin", &known.map(|secret| &secret.origin))?;
        map.serialize_entry("receiver", self.receiver)?;
        if let Some(ui) = self.ui {
            map.serialize_entry("ui", ui)?;
        }
        map.serialize_entry("jobs", &requests.iter().map(job).collect::<Vec<_>>())?;
        map.serialize_entry("estimate", estimate)?;
        map.serialize_entry("max_credits", max_credits)?;
        map.end()
    }
}

impl Record for RunPlan<'_> {
    const NAME: &'static str = "plan";
}

impl Render for StatusChange {
    fn render(&self, writer: &mut TextWriter<'_>) {
        time(writer, self.after);
        let role = match self.to {
            ReportedStatus::Known(Status::Complete) => Role::Success,
            ReportedStatus::Known(Status::Error) => Role::Error,
            ReportedStatus::Known(Status::Canceled) => Role::Warning,
            _ => Role::Strong,
        };
        let credits = self
            .credits_charged
            .filter(|_| self.to != ReportedStatus::Known(Status::Rendering))
            .map(|credits| units::counted(credits, "credit"));
        let width = if credits.is_some() || self.error.is_some() { TYPE_WIDTH } else { 0 };
        writer.column(width, |cell| cell.paint_untrusted(role, &name(Some(self.to.as_str()))));
        if let Some(credits) = credits {
            writer.spaces(2).push(&credits);
        }
        if let Some(error) = &self.error {
            writer.spaces(2).paint_untrusted(Role::Error, &name(Some(error)));
        }
        writer.newline();
    }
}

impl Record for StatusChange {
    const NAME: &'static str = "job";
}

/// One job: its timeline and its judgements in the pretty format, its judgements alone in the compact one.
pub(crate) struct JobText<'a> {
    pub(crate) report: &'a JobReport,
    /// Whether its steps were told as they happened, and are not told again.
    pub(crate) is_told: bool,
}

impl Render for JobText<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let Self { report, is_told } = self;
        writer.paint(Role::Strong, report.kind.as_str()).spaces(2).push(report.tool).spaces(2);
        writer.paint_untrusted(Role::Accent, report.trace.id().unwrap_or("no job")).newline();
        if writer.is_pretty() && !is_told && !report.trace.steps.is_empty() {
            timeline(writer, &report.trace);
            writer.newline();
        }
        let there_is_a_job = report.trace.accepted.is_some();
        // Without a job, the other checks all have the same answer.
        let told =
            report.judgements.iter().filter(|judgement| there_is_a_job || judgement.outcome != CheckOutcome::Skipped);
        told.for_each(|judgement| line(writer, judgement));
        let files = report.outputs.iter().filter_map(|output| output.result.as_ref().ok()?.saved.as_ref());
        for file in files {
            writer.spaces(2).paint(Role::Accent, "saved").spaces(2).untrusted(&file.display().to_string()).newline();
        }
        if writer.is_pretty() {
            writer.newline();
        }
    }
}

fn line(writer: &mut TextWriter<'_>, judgement: &Judgement) {
    let (role, word) = match judgement.outcome {
        CheckOutcome::Pass => (Role::Success, "pass"),
        CheckOutcome::Fail => (Role::Error, "FAIL"),
        CheckOutcome::Skipped => (Role::Muted, "skip"),
    };
    writer.spaces(2).column(6, |cell| cell.paint(role, word));
    writer.column(FOUND - 8, |cell| cell.push(judgement.check.as_str()));
    writer.hanging(FOUND, &judgement.found);
}

/// Events of the job, in order.
fn timeline(writer: &mut TextWriter<'_>, trace: &JobTrace) {
    enum TimelineEntry<'a> {
        StatusChange(&'a StatusChange),
        Delivery(&'a Delivered),
        PassedOn(&'a PassedOn),
    }
    let steps = trace.steps.iter().map(|step| (step.after, TimelineEntry::StatusChange(step)));
    let deliveries = trace.deliveries.iter().map(|delivered| (delivered.after, TimelineEntry::Delivery(delivered)));
    let passed = trace.passed_on.iter().map(|passed| (passed.after, TimelineEntry::PassedOn(passed)));
    let mut moments: Vec<_> = steps.chain(deliveries).chain(passed).collect();
    moments.sort_by_key(|(after, _)| *after);
    for (_, moment) in moments {
        match moment {
            TimelineEntry::StatusChange(step) => step.render(writer),
            TimelineEntry::Delivery(delivered) => delivery(writer, delivered),
            TimelineEntry::PassedOn(passed) => handler(writer, passed),
        }
    }
}

fn time(writer: &mut TextWriter<'_>, after: Duration) {
    let after = units::duration(after);
    writer.spaces(TIME_WIDTH.saturating_sub(after.chars().count())).paint(Role::Muted, &after).spaces(2);
}

fn delivery(writer: &mut TextWriter<'_>, Delivered { after, received }: &Delivered) {
    time(writer, *after);
    let event = name(received.peek.event_type.as_deref());
    writer.column(TYPE_WIDTH, |cell| cell.paint_untrusted(Role::Strong, &event)).spaces(2);
    match &received.verdict {
        Verdict::Verified => writer.paint(Role::Success, "verified"),
        Verdict::Unverified(_) => writer.paint(Role::Warning, "unverified"),
        Verdict::Invalid(_) => writer.paint(Role::Error, "INVALID"),
    };
    writer.spaces(2).paint(Role::Muted, &units::size(received.body.len() as u64)).spaces(2);
    answered(writer, received.answered.as_u16());
    if received.attempt > 1 {
        writer.spaces(2).paint(Role::Warning, &format!("attempt {}", received.attempt));
    }
    writer.newline();
}

fn handler(writer: &mut TextWriter<'_>, PassedOn { after, forwarded, .. }: &PassedOn) {
    time(writer, *after);
    writer.column(TYPE_WIDTH, |cell| cell.paint(Role::Muted, "handler")).spaces(2);
    match &forwarded.attempt.outcome {
        Ok(answer) => {
            answered(writer, answer.status.as_u16());
            writer.push(" in ").push(&units::duration(forwarded.attempt.timing.total)).newline();
        }
        Err(error) => _ = writer.paint(Role::Error, "no answer").push(" (").push(error.code()).line(")"),
    }
}

impl Render for JudgementRecord<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        line(writer, self.judgement);
    }
}

impl Record for JudgementRecord<'_> {
    const NAME: &'static str = "judgement";
}

pub(crate) struct E2eSummary<'a> {
    pub(crate) options: &'a ResolvedOptions,
    pub(crate) report: &'a E2eReport,
    pub(crate) exit: Exit,
    /// Why there is nothing to judge, if that is so.
    pub(crate) error: Option<&'a str>,
}

impl E2eSummary<'_> {
    fn count(&self, outcome: CheckOutcome) -> usize {
        self.report.jobs.iter().map(|job| job.count(outcome)).sum()
    }

    fn charged(&self) -> Option<u64> {
        let mut charged = self.report.jobs.iter().filter_map(|job| job.credits_charged()).peekable();
        charged.peek().is_some().then(|| charged.fold(0, u64::saturating_add))
    }
}

impl Render for E2eSummary<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let (role, word) = match self.exit {
            Exit::Done => (Role::Success, "passed"),
            Exit::Interrupted => (Role::Warning, "interrupted"),
            _ => (Role::Error, "failed"),
        };
        if self.error.is_some() {
            writer.paint(role, word).line(&format!(" {} before any job was judged", self.options.target.place()));
            return;
        }
        let elapsed = units::duration(self.report.elapsed);
        let (held, failed) = (self.count(CheckOutcome::Pass), self.count(CheckOutcome::Fail));
        let skipped = self.count(CheckOutcome::Skipped);
        writer.paint(role, word).push(&format!(" {} in {elapsed}: ", self.options.target.place()));
        writer.push(&units::counted(held as u64, "judgement")).push(if held == 1 { " holds" } else { " hold" });
        for (count, word) in [(failed, if failed == 1 { "fails" } else { "fail" }), (skipped, "skipped")] {
            if count > 0 {
                writer.push(&format!(", {count} {word}"));
            }
        }
        writer.newline();
        writer.paint(Role::Muted, "cost").spaces(4);
        let is_made = self.report.jobs.iter().any(|job| job.trace.accepted.is_some());
        // Magic Hour charges nothing for a job that failed or was canceled.
        let is_free =
            |job: &&std::sync::Arc<JobReport>| matches!(job.result, JobResult::Failed { .. } | JobResult::Canceled);
        let free: u64 = self.report.jobs.iter().filter(is_free).map(|job| job.estimate).sum();
        let (estimate, charged) = (self.options.estimate.saturating_sub(free), self.charged());
        match (self.options.target.key(), charged) {
            (None, _) if !is_made || estimate == 0 => writer.push("nothing"),
            (None, _) => {
                writer.push("nothing; Magic Hour itself would charge about ").push(&units::counted(estimate, "credit"))
            }
            (Some((key, origin)), charged) => {
                let charged = match charged {
                    Some(charged) => units::counted(charged, "credit"),
                    None if self.report.jobs.iter().any(|job| job.may_exist_unknown()) => "not known".to_owned(),
                    None => "nothing".to_owned(),
                };
                writer.push(&format!("{charged} (estimate {estimate}) of {key} (")).untrusted(&origin).push(")")
            }
        };
        writer.newline();
        for (count, which) in [(self.report.nameless, "naming no job"), (self.report.others, "of other jobs")] {
            if count > 0 {
                let deliveries = units::counted(count, "delivery");
                writer.paint(Role::Muted, "also").spaces(4).line(&format!("{deliveries} {which}, not judged"));
            }
        }
    }
}

#[derive(Serialize)]
struct EndedJob<'a> {
    job_id: Option<&'a str>,
    kind: &'static str,
    tool: &'static str,
    ending: &'static str,
    error: Option<JobErrorRecord<'a>>,
    pass: usize,
    fail: usize,
    skipped: usize,
    estimate: u64,
    credits_charged: Option<u64>,
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct JobErrorRecord<'a> {
    code: &'a str,
    message: &'a str,
}

impl<'a> EndedJob<'a> {
    fn of(job: &'a JobReport) -> Self {
        let error = match &job.result {
            JobResult::Failed { code, message } => Some(JobErrorRecord { code, message }),
            _ => None,
        };
        Self {
            job_id: job.trace.id(),
            kind: job.kind.as_str(),
            tool: job.tool,
            ending: job.result.as_str(),
            error,
            pass: job.count(CheckOutcome::Pass),
            fail: job.count(CheckOutcome::Fail),
            skipped: job.count(CheckOutcome::Skipped),
            estimate: job.estimate,
            credits_charged: job.credits_charged(),
            elapsed_ms: milliseconds(job.elapsed),
        }
    }
}

impl Serialize for E2eSummary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let jobs: Vec<EndedJob<'_>> = self.report.jobs.iter().map(|job| EndedJob::of(job)).collect();
        let mut map = serializer.serialize_map(None)?;
        self.options.target.entries(&mut map)?;
        map.serialize_entry("passed", &(self.exit == Exit::Done))?;
        map.serialize_entry("exit", &(self.exit as u8))?;
        map.serialize_entry("error", &self.error)?;
        map.serialize_entry("jobs", &jobs)?;
        map.serialize_entry("other_deliveries", &self.report.others)?;
        map.serialize_entry("nameless_deliveries", &self.report.nameless)?;
        map.serialize_entry("estimate", &self.options.estimate)?;
        map.serialize_entry("credits_charged", &self.charged())?;
        let elapsed = self.error.is_none().then(|| milliseconds(self.report.elapsed));
        map.serialize_entry("elapsed_ms", &elapsed)?;
        map.end()
    }
}

impl Record for E2eSummary<'_> {
    const NAME: &'static str = "summary";
}
