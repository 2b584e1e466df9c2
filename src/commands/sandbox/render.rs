//! Text of a sandbox's events: calls, steps of jobs, and attempts to deliver.

use std::time::Duration;

use jiff::Timestamp;

use crate::commands::shared::answer_text;
use crate::commands::shared::answer_text::likely_cause;
use crate::commands::shared::attempt_text::hint_for;
use crate::commands::shared::delivery_text::{INDENT, JOB_WIDTH, TYPE_WIDTH, answered, name, time_of_day};
use crate::commands::shared::skipped::SkippedEvents;
use crate::engine::event_channel::EventReceiver;
use crate::engine::inspector::RunLog;
use crate::engine::reporter::LeftOut;
use crate::engine::sandbox::{AttemptOutcome, Attempted, Call, JobStep, SandboxEvent};
use crate::model::job::Status;
use crate::output::{Batch, OutputError, Printer, Record, Render, Role, Streams, TextWriter, units};
use crate::store::sandbox::Next;

/// The most events that are written at once.
const BATCH: usize = 256;

/// The column of what a line is about.
const SORT_WIDTH: usize = 7;

/// Writes events as they come.
pub(crate) struct Screen {
    streams: Streams,
    batch: Batch,
    /// The hint that was given last: the same one again and again would bury the events.
    said: Option<&'static str>,
    /// Text for what is not shown.
    elsewhere: String,
}

/// Notes for the inspector that something happened, and each step of a job.
fn note(steps: &RunLog, event: &SandboxEvent) {
    match event {
        SandboxEvent::Job(step) => steps.add("job", step),
        _ => steps.touch(),
    }
}

impl Screen {
    pub(crate) fn new(streams: &Streams, base_url: &str) -> Self {
        let elsewhere = format!("jobs and deliveries are at {base_url}/_sandbox/jobs and /_sandbox/deliveries");
        Self { streams: streams.clone(), batch: Printer::new(streams).batch(), said: None, elsewhere }
    }

    /// Writes until the sandbox has stopped, or nobody reads any more.
    pub(crate) fn show_all(
        &mut self,
        feed: &mut EventReceiver<SandboxEvent>,
        steps: &RunLog,
    ) -> Result<(), OutputError> {
        while let Some(first) = feed.blocking_next() {
            let mut next = Some(first);
            let mut events = 0;
            while let Some(event) = next {
                note(steps, &event);
                self.show(&event)?;
                events += 1;
                next = if events < BATCH { feed.waiting() } else { None };
            }
            self.batch.flush()?;
        }
        Ok(())
    }

    fn show(&mut self, event: &SandboxEvent) -> Result<(), OutputError> {
        match event {
            SandboxEvent::Call(call) => self.batch.add(call),
            SandboxEvent::Job(step) => self.batch.add(step),
            SandboxEvent::Attempt(attempt) => self.show_attempt(attempt),
            SandboxEvent::Skipped(LeftOut(count)) => {
                self.batch.add(&SkippedEvents { count: *count, place: &self.elsewhere })
            }
            SandboxEvent::Warning(text) => {
                self.batch.flush()?;
                self.streams.warn(text);
                Ok(())
            }
            SandboxEvent::AcceptFailed(error) => {
                self.streams.warn(&format!("cannot accept a connection: {error}; trying again"));
                Ok(())
            }
        }
    }

    fn show_attempt(&mut self, attempt: &Attempted) -> Result<(), OutputError> {
        self.batch.add(attempt)?;
        let hint = match &attempt.outcome {
            // What is broken on purpose is refused for that reason.
            AttemptOutcome::Answered(answer) if attempt.faults.is_empty() => likely_cause(answer),
            AttemptOutcome::Unanswered(error) => Some(hint_for(error, &attempt.url)),
            AttemptOutcome::Answered(_) | AttemptOutcome::Skipped => None,
        };
        if let Some(hint) = hint
            && self.said != Some(hint)
        {
            // After the line that it explains.
            self.batch.flush()?;
            self.streams.hint(hint);
        }
        self.said = hint;
        Ok(())
    }
}

fn opening(writer: &mut TextWriter<'_>, at: Timestamp, sort: &str) {
    writer.paint(Role::Muted, &time_of_day(at)).spaces(2);
    writer.column(SORT_WIDTH, |cell| cell.paint(Role::Muted, sort)).spaces(2);
}

impl Render for Call {
    fn render(&self, writer: &mut TextWriter<'_>) {
        opening(writer, self.at, "call");
        writer.untrusted(self.method.as_str()).spaces(1).untrusted(&name(Some(&self.path))).spaces(2);
        answered(writer, self.answered.as_u16());
        writer.push(" in ").push(&units::duration(self.elapsed));
        if let Some(job_id) = self.job_id.as_ref().filter(|job_id| !self.path.contains(job_id.as_str())) {
            writer.spaces(2).paint_untrusted(Role::Accent, job_id);
        }
        if let Some(remark) = &self.remark {
            let role = if self.answered.is_success() { Role::Muted } else { Role::Warning };
            writer.spaces(2).paint_untrusted(role, remark);
        }
        writer.newline();
    }
}

impl Record for Call {
    const NAME: &'static str = "call";
}

impl Render for JobStep {
    fn render(&self, writer: &mut TextWriter<'_>) {
        opening(writer, self.at, "job");
        let role = match self.to {
            Status::Complete => Role::Success,
            Status::Error => Role::Error,
            Status::Canceled => Role::Warning,
            Status::Queued | Status::Rendering => Role::Strong,
        };
        writer.column(TYPE_WIDTH, |cell| cell.untrusted(&self.tool)).spaces(2);
        writer.column(JOB_WIDTH, |cell| cell.paint_untrusted(Role::Accent, &self.job_id)).spaces(2);
        writer.push(self.from.as_str()).push(" -> ").paint(role, self.to.as_str());
        if let Some(error) = &self.error {
            writer.spaces(2).paint_untrusted(Role::Error, error);
        }
        writer.spaces(2).paint(Role::Muted, &units::counted(self.credits, "credit")).newline();
    }
}

impl Record for JobStep {
    const NAME: &'static str = "job";
}

impl Render for Attempted {
    fn render(&self, writer: &mut TextWriter<'_>) {
        opening(writer, self.sent_at, "attempt");
        writer.column(TYPE_WIDTH, |cell| cell.paint_untrusted(Role::Strong, &self.event_type)).spaces(2);
        writer.column(JOB_WIDTH, |cell| cell.paint_untrusted(Role::Accent, &self.job_id)).spaces(2);
        match &self.outcome {
            AttemptOutcome::Answered(answer) => {
                answered(writer, answer.status.as_u16());
                writer.push(" in ").push(&units::duration(self.elapsed));
            }
            AttemptOutcome::Unanswered(error) => {
                writer.paint(Role::Error, "no answer").push(" (").push(error.code()).push(")");
            }
            AttemptOutcome::Skipped => {
                writer.paint(Role::Warning, "skipped").push(" (disabled)");
            }
        }
        if self.number > 1 {
            writer.push(&format!("  attempt {}", self.number));
        }
        for fault in &self.faults {
            writer.spaces(2).paint(Role::Warning, "fault ").untrusted(fault);
        }
        match self.next {
            Next::Delivered => {}
            Next::Retry(at) => {
                let wait = Duration::try_from(at.duration_since(self.sent_at)).unwrap_or_default();
                let wait = wait.saturating_sub(self.elapsed);
                writer.spaces(2).paint(Role::Muted, &format!("again in {}", units::duration(wait)));
            }
            Next::Failed => {
                writer.spaces(2).paint(Role::Error, "given up");
            }
        }
        writer.spaces(2).untrusted_url(&self.url).newline();
        if let AttemptOutcome::Answered(answer) = &self.outcome
            && writer.is_pretty()
            && !answer.status.is_success()
        {
            answer_text::body(writer, answer, INDENT);
        }
    }
}

impl Record for Attempted {
    const NAME: &'static str = "attempt";
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::{HeaderMap, Method, StatusCode};
    use jiff::{SignedDuration, Timestamp};

    use super::{AttemptOutcome, Attempted, Call, JobStep};
    use crate::model::job::Status;
    use crate::net::out::post::Answer;
    use crate::output::{Format, Printer, Record, Streams};
    use crate::store::sandbox::Next;

    /// The record as a line, without the time at its start.
    fn line(record: &impl Record) -> String {
        let (streams, out, _) = Streams::in_memory(Format::Compact);
        Printer::new(&streams).print(record).unwrap();
        out.text().split_once("  ").unwrap().1.to_owned()
    }

    fn attempt(outcome: AttemptOutcome, next: Next) -> Attempted {
        Attempted {
            delivery: 1,
            endpoint: 1,
            url: "http://localhost:8000/webhook?key=private".to_owned(),
            event_type: "image.completed".to_owned(),
            job_id: "cm1".to_owned(),
            number: 2,
            sent_at: Timestamp::UNIX_EPOCH,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            faults: vec!["wrong-secret".to_owned()],
            elapsed: Duration::from_millis(100),
            outcome,
            next,
        }
    }

    #[test]
    fn a_call_says_what_it_was_answered_and_why() {
        let call = Call {
            at: Timestamp::UNIX_EPOCH,
            method: Method::POST,
            path: "/v1/text-to-video\x1b[31m".to_owned(),
            answered: StatusCode::BAD_REQUEST,
            elapsed: Duration::from_millis(2),
            job_id: None,
            remark: Some("end_seconds is required".to_owned()),
        };
        let expected = "call     POST /v1/text-to-video\\x1b[31m  -> 400 in 2 ms  end_seconds is required\n";
        assert_eq!(line(&call), expected);
    }

    #[test]
    fn a_step_says_where_the_job_stands_and_what_it_cost() {
        let step = JobStep {
            at: Timestamp::UNIX_EPOCH,
            job_id: "cm1".to_owned(),
            tool: "AI_IMAGE".to_owned(),
            from: Status::Rendering,
            to: Status::Error,
            error: Some("unknown_error".to_owned()),
            credits: 1,
            event: None,
        };
        let expected =
            "job      AI_IMAGE         cm1                        rendering -> error  unknown_error  1 credit\n";
        assert_eq!(line(&step), expected);
    }

    #[test]
    fn an_attempt_says_how_it_went_and_what_follows() {
        let at = Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_millis(2_100)).unwrap();
        let (status, headers) = (StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new());
        let answer = Answer { status, headers, body: Bytes::new(), truncated: false, excess: 0 };
        let failed = line(&attempt(AttemptOutcome::Answered(answer), Next::Retry(at)));
        let start = "attempt  image.completed  cm1                        ";
        let end = "  attempt 2  fault wrong-secret  again in 2 s  http://localhost:8000/webhook?…\n";
        assert_eq!(failed, format!("{start}-> 500 in 100 ms{end}"));
        let given_up = line(&attempt(AttemptOutcome::Skipped, Next::Failed));
        assert!(given_up.contains("skipped (disabled)") && given_up.contains("given up"), "{given_up}");
    }
}
