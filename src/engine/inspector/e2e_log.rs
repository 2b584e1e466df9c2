//! The log of an end-to-end run: its events as records that the page reads.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::e2e::{E2eEvent, JobEvent, JobReport, JobRequest, Judgement, JudgementRecord};
use crate::engine::inspector::run_log::{RunLog, text};
use crate::model::Kind;

/// Log of one run. Clones share it.
#[derive(Clone, Debug)]
pub struct E2eLog {
    log: Arc<RunLog>,
    /// The kind of each job.
    kinds: Vec<Kind>,
}

/// Phase of the run that a log has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunPhase {
    Idle,
    Running,
    Done,
}

impl E2eLog {
    /// Begins a log in which nothing is yet.
    pub fn begin(log: Arc<RunLog>, requests: &[JobRequest]) -> Self {
        for request in requests {
            log.add("request", &json!({ "kind": request.kind.as_str(), "tool": request.tool.name() }));
        }
        Self { log, kinds: requests.iter().map(|request| request.kind).collect() }
    }

    /// Notes an event.
    pub fn observe(&self, event: &E2eEvent) {
        match event {
            E2eEvent::Job { event: JobEvent::StatusChanged(change), .. } => self.log.add("job", change),
            E2eEvent::Job { event: JobEvent::Delivered(delivered), .. } => {
                self.log.add("delivery", &*delivered.received);
            }
            E2eEvent::Job { event: JobEvent::PassedOn(passed), .. } => self.log.add("forward", &*passed.forwarded),
            E2eEvent::Job { event: JobEvent::Settled(judgement), job } => self.settled(*job, judgement),
            E2eEvent::Job { event: JobEvent::Ended(report), .. } => self.ended(report),
            E2eEvent::Warning(text) => self.warn(text),
            E2eEvent::Job { event: JobEvent::Transferred(_), .. } | E2eEvent::Nameless(_) => self.log.touch(),
        }
    }

    /// Notes where its deliveries go.
    pub(super) fn note(&self, way: &Value) {
        self.log.add("way", way);
    }

    /// Notes something that the user should look at.
    pub fn warn(&self, text: &str) {
        self.log.add("warning", &json!({ "text": text }));
    }

    fn settled(&self, job: usize, judgement: &Judgement) {
        let Some(kind) = self.kinds.get(job) else { return };
        let (question, outcome) = (judgement.check.as_str(), judgement.outcome.as_str());
        let fields =
            json!({ "kind": kind.as_str(), "question": question, "outcome": outcome, "found": judgement.found });
        self.log.add("judgement", &fields);
    }

    fn ended(&self, report: &JobReport) {
        for judgement in &report.judgements {
            self.log.add("judgement", &JudgementRecord { report, judgement });
        }
    }

    /// Notes that the run is over, with the error that ended it, if one did.
    pub fn end(&self, error: Option<&str>) {
        self.log.add("summary", &json!({ "error": error }));
    }
}

/// The phase of the run that a log has.
pub(super) fn phase(log: &RunLog) -> RunPhase {
    let has = |name: &str| !log.records(|entry: &Value| text(entry, "record") == Some(name)).is_empty();
    match (has("request"), has("summary")) {
        (_, true) => RunPhase::Done,
        (true, false) => RunPhase::Running,
        (false, false) => RunPhase::Idle,
    }
}
