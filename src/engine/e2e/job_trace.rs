//! The trace of one job: all that was seen of it, and when.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::engine::e2e::observed::{Arrival, Arrived, Delivered, PassedOn, Recorded, StatusChange};
use crate::engine::magic_hour::{Accepted, ApiError};
use crate::model::job::{ReportedStatus, Status};
use crate::model::text::one_line::in_one_line;
use crate::model::{EventType, Kind, Phase, Verdict};

/// Time to wait for an optional event once all others have arrived.
const STARTED_GRACE: Duration = Duration::from_millis(300);

/// Trace of a job. Times are counted from the start of the run.
#[derive(Debug)]
pub struct JobTrace {
    pub kind: Kind,
    /// The API's answer to its creation, and when that came.
    pub accepted: Option<(Duration, Accepted)>,
    /// The statuses that it came to.
    pub steps: Vec<StatusChange>,
    /// Its deliveries, in the order in which they were reported; their numbers are in the order in which they came.
    pub deliveries: Vec<Delivered>,
    /// Those that were passed on to the handler.
    pub passed_on: Vec<PassedOn>,
    /// Last answer of the details endpoint.
    pub details: Option<Value>,
    /// When the details endpoint first said that the job had ended.
    pub ended: Option<Duration>,
    /// Why the details endpoint could not be asked, if it could not be in the end.
    pub poll_error: Option<ApiError>,
    /// Whether the creation was asked for: without an answer, the job possibly exists all the same.
    pub create_requested: bool,
    /// Whether deliveries count that are not verified.
    pub accept_unverified: bool,
    /// The deliveries that came and that the handler has still to answer, by their numbers.
    awaiting_handler: HashSet<u64>,
    began: Instant,
}

impl JobTrace {
    pub(super) fn new(kind: Kind, accept_unverified: bool, began: Instant) -> Self {
        Self {
            kind,
            accepted: None,
            steps: Vec::new(),
            deliveries: Vec::new(),
            passed_on: Vec::new(),
            details: None,
            ended: None,
            poll_error: None,
            create_requested: false,
            accept_unverified,
            awaiting_handler: HashSet::new(),
            began,
        }
    }

    /// The time from the start of the trial until then.
    pub(super) fn after(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.began)
    }

    /// Records an arrival; returns the part that it adds to the trace.
    pub(super) fn record(&mut self, Arrival { at, what }: Arrival) -> Option<Recorded> {
        let after = self.after(at);
        Some(match what {
            Arrived::AwaitingHandler(delivery) => {
                self.awaiting_handler.insert(delivery);
                return None;
            }
            Arrived::Delivery(received) => {
                self.awaiting_handler.remove(&received.id);
                let delivered = Delivered { after, received };
                self.deliveries.push(delivered.clone());
                Recorded::Delivered(delivered)
            }
            Arrived::Forwarded(forwarded) => {
                self.awaiting_handler.remove(&forwarded.delivery);
                let of = |delivered: &&Delivered| delivered.received.id == forwarded.delivery;
                let event_type = self.deliveries.iter().find(of).and_then(|d| d.received.peek.event_type.clone());
                let passed = PassedOn { after, event_type: event_type.unwrap_or_default(), forwarded };
                self.passed_on.push(passed.clone());
                Recorded::PassedOn(passed)
            }
        })
    }

    /// The id, once the job was accepted.
    pub fn id(&self) -> Option<&str> {
        self.accepted.as_ref().map(|(_, accepted)| accepted.id.as_str())
    }

    /// Whether a delivery counts for its event: it is verified, or that is not asked for.
    pub fn counts(&self, delivered: &Delivered) -> bool {
        self.accept_unverified || delivered.received.verdict == Verdict::Verified
    }

    /// The deliveries of a phase, whether they count or not.
    pub fn of_phase(&self, phase: Phase) -> impl Iterator<Item = &Delivered> {
        let event = EventType::new(self.kind, phase).as_str();
        self.deliveries.iter().filter(move |delivered| delivered.received.peek.event_type.as_deref() == Some(event))
    }

    /// The first delivery of the started event that counts.
    pub fn started(&self) -> Option<&Delivered> {
        self.of_phase(Phase::Started).find(|delivered| self.counts(delivered))
    }

    /// The first delivery of the event of the end that counts: the one that fits what the details endpoint says, or
    /// else any.
    pub fn finished(&self) -> Option<&Delivered> {
        let of = |phase| self.of_phase(phase).find(|delivered| self.counts(delivered));
        match self.final_phase() {
            Some(phase) => of(phase),
            None => of(Phase::Completed).or_else(|| of(Phase::Errored)),
        }
    }

    /// The phase in which the job ended: by the details endpoint, or else by the webhook.
    pub fn ended_in(&self) -> Option<Phase> {
        let by_webhook = || self.finished()?.received.peek.event_type.as_deref()?.parse::<EventType>().ok();
        self.final_phase().or_else(|| by_webhook().map(|event| event.phase))
    }

    /// Code and message of the job's error, each in one line: by the details endpoint, or else by the webhook.
    pub fn failure(&self) -> (String, String) {
        let of_details =
            self.details.as_ref().and_then(|details| details.get("error")).filter(|error| error.is_object());
        let of_webhook = self.finished().and_then(|finished| finished.event()?.get("payload")?.get("error"));
        let text = |key: &str| {
            let text = match of_details {
                Some(error) => error.get(key).and_then(Value::as_str).map(Cow::Borrowed),
                None => of_webhook.and_then(|error| error.get(key)?.string()),
            };
            in_one_line(text.as_deref().unwrap_or("unknown"))
        };
        (text("code"), text("message"))
    }

    /// Whether a started event is to be expected: images can have none, and so can a job that failed before it was
    /// seen to start.
    pub fn must_start(&self) -> bool {
        let failed = self.ended_in() == Some(Phase::Errored);
        let seen = self.steps.iter().any(|step| step.to == ReportedStatus::Known(Status::Rendering));
        self.kind != Kind::Image && (seen || !failed)
    }

    /// The phase whose event reports the end, by the details endpoint.
    pub fn final_phase(&self) -> Option<Phase> {
        match self.status()? {
            ReportedStatus::Known(Status::Complete) => Some(Phase::Completed),
            ReportedStatus::Known(Status::Error) => Some(Phase::Errored),
            _ => None,
        }
    }

    /// The status that the details endpoint gave last.
    pub fn status(&self) -> Option<ReportedStatus> {
        self.details.as_ref()?.get("status")?.as_str().map(ReportedStatus::of)
    }

    /// The word for that status in a sentence.
    pub fn status_word(&self) -> Option<String> {
        self.status().map(|status| in_one_line(status.as_str()))
    }

    /// Whether the details endpoint says that the job was called off.
    pub fn is_canceled(&self) -> bool {
        self.status() == Some(ReportedStatus::Known(Status::Canceled))
    }

    /// The thing that the job still waits for.
    fn awaited(&self, has_handler: bool) -> Awaited {
        if self.is_canceled() {
            return Awaited::Nothing;
        }
        let finished = self.finished();
        let ended = [self.ended, finished.map(|delivered| delivered.after)].into_iter().flatten().min();
        let Some(ended) = ended else {
            let since = self.accepted.as_ref().map_or(Duration::ZERO, |(after, _)| *after);
            return Awaited::End { since };
        };
        let has_started = self.started().is_some() || !self.must_start();
        let is_answered = finished.is_some_and(|finished| !has_handler || self.is_answered(finished));
        if self.ended.is_some() && has_started && is_answered {
            let may_still_start = self.kind == Kind::Image && self.started().is_none();
            return if may_still_start { Awaited::OptionalStart { since: ended } } else { Awaited::Nothing };
        }
        if !self.awaiting_handler.is_empty() {
            return Awaited::Handler;
        }
        // A sender may hold the next event back until the handler has answered this one.
        let answered = self.passed_on.iter().map(|passed| passed.after).max().unwrap_or_default();
        Awaited::Rest { since: ended.max(answered) }
    }

    /// Whether the handler has answered a delivery, or has failed to.
    fn is_answered(&self, delivered: &Delivered) -> bool {
        self.passed_on.iter().any(|passed| passed.forwarded.delivery == delivered.received.id)
    }

    /// The end of the run of this job if nothing more arrives, from the start of the run.
    pub(super) fn deadline(&self, timeout: Duration, grace: Duration, has_handler: bool) -> Duration {
        match self.awaited(has_handler) {
            Awaited::Nothing => Duration::ZERO,
            Awaited::OptionalStart { since } => since.saturating_add(grace.min(STARTED_GRACE)),
            Awaited::Rest { since } => since.saturating_add(grace),
            // The forwarder gives up after 10 s, so this ends by itself.
            Awaited::Handler => Duration::MAX,
            Awaited::End { since } => since.saturating_add(timeout),
        }
    }
}

/// The thing that a job still waits for.
enum Awaited {
    Nothing,
    /// An image's started event, which is possibly on its way.
    OptionalStart {
        since: Duration,
    },
    /// Further events, or the end by the details endpoint.
    Rest {
        since: Duration,
    },
    /// The handler's response to a delivery that has arrived.
    Handler,
    /// The end of the job.
    End {
        since: Duration,
    },
}
