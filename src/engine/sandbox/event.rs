//! Events of a sandbox: calls of its API, steps of jobs, and attempts to deliver.

use std::io;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::receive::received::{HeaderPairs, milliseconds, serialize_body};
use crate::engine::reporter::LeftOut;
use crate::engine::send::attempt::{AnswerRecord, ErrorRecord};
use crate::model::contract::event::EventType;
use crate::model::job::Status;
use crate::model::text::timestamp::rfc3339;
use crate::net::out::post::Answer;
use crate::net::out::post_error::PostError;
use crate::store::sandbox::Next;

/// Event of a sandbox.
#[derive(Debug)]
pub enum SandboxEvent {
    /// A call was answered.
    Call(Call),
    /// A job took a step.
    Job(JobStep),
    /// An attempt to deliver has ended.
    Attempt(Box<Attempted>),
    /// Something that the user should look at.
    Warning(String),
    /// A connection could not be accepted.
    AcceptFailed(io::Error),
    /// Events were left out, since they came faster than they were taken.
    Skipped(LeftOut),
}

impl From<LeftOut> for SandboxEvent {
    fn from(left_out: LeftOut) -> Self {
        Self::Skipped(left_out)
    }
}

/// A call of the API.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it was answered.
    pub at: Timestamp,
    pub method: Method,
    /// Its path without the query, which can open a link.
    pub path: String,
    /// The status of the answer.
    pub answered: StatusCode,
    /// Time that it took.
    pub elapsed: Duration,
    /// The job that it is about, if it is about one.
    pub job_id: Option<String>,
    /// Summary of the answer, in a few words.
    pub remark: Option<String>,
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &rfc3339(self.at))?;
        map.serialize_entry("method", self.method.as_str())?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("answered", &self.answered.as_u16())?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.elapsed))?;
        map.serialize_entry("job_id", &self.job_id)?;
        map.serialize_entry("remark", &self.remark)?;
        map.end()
    }
}

/// A step that a job took.
#[derive(Clone, Debug)]
pub struct JobStep {
    /// When, by the sandbox's clock.
    pub at: Timestamp,
    pub job_id: String,
    /// Its project's type, such as `TEXT_TO_VIDEO`.
    pub tool: String,
    pub from: Status,
    pub to: Status,
    /// The code of its error, if it has one.
    pub error: Option<String>,
    /// Credits that the account has paid by now.
    pub credits: u64,
    /// The event that reports the step.
    pub event: Option<EventType>,
}

impl Serialize for JobStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &rfc3339(self.at))?;
        map.serialize_entry("job_id", &self.job_id)?;
        map.serialize_entry("tool", &self.tool)?;
        map.serialize_entry("from", &self.from)?;
        map.serialize_entry("to", &self.to)?;
        map.serialize_entry("error", &self.error)?;
        map.serialize_entry("credits_charged", &self.credits)?;
        map.serialize_entry("event", &self.event.map(EventType::as_str))?;
        map.end()
    }
}

/// An attempt to deliver an event that has ended.
#[derive(Debug)]
pub struct Attempted {
    pub delivery: i64,
    pub endpoint: i64,
    pub url: String,
    /// The type of the event.
    pub event_type: String,
    /// The job that it reports.
    pub job_id: String,
    /// Number of the attempt, counted from 1.
    pub number: u32,
    /// When it was sent, by the sandbox's clock.
    pub sent_at: Timestamp,
    /// With which headers.
    pub headers: HeaderMap,
    /// With which body.
    pub body: bytes::Bytes,
    /// The names of the faults by which it was broken on purpose.
    pub faults: Vec<String>,
    /// Time until the answer.
    pub elapsed: Duration,
    pub outcome: AttemptOutcome,
    pub next: Next,
}

/// Outcome of an attempt.
#[derive(Debug)]
pub enum AttemptOutcome {
    Answered(Answer),
    Unanswered(PostError),
    /// It was not made, since the endpoint is disabled.
    Skipped,
}

impl AttemptOutcome {
    /// The status of the answer.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answered(answer) => Some(answer.status),
            Self::Unanswered(_) | Self::Skipped => None,
        }
    }

    /// Why there was no answer, in words.
    pub fn error(&self) -> Option<String> {
        match self {
            Self::Answered(_) => None,
            Self::Unanswered(error) => Some(error.to_string()),
            Self::Skipped => Some("skipped: the endpoint is disabled".to_owned()),
        }
    }
}

impl Serialize for Attempted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sent_at", &rfc3339(self.sent_at))?;
        map.serialize_entry("type", &self.event_type)?;
        map.serialize_entry("job_id", &self.job_id)?;
        map.serialize_entry("delivery", &self.delivery)?;
        map.serialize_entry("endpoint", &self.endpoint)?;
        map.serialize_entry("attempt", &self.number)?;
        map.serialize_entry("method", "POST")?;
        map.serialize_entry("url", &self.url)?;
        map.serialize_entry("headers", &HeaderPairs(&self.headers))?;
        serialize_body(&mut map, &self.body)?;
        map.serialize_entry("faults", &self.faults)?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.elapsed))?;
        map.serialize_entry("answered", &self.outcome.status().map(|status| status.as_u16()))?;
        match &self.outcome {
            AttemptOutcome::Answered(answer) => map.serialize_entry("answer", &AnswerRecord(answer))?,
            AttemptOutcome::Unanswered(_) | AttemptOutcome::Skipped => map.serialize_entry("answer", &())?,
        }
        match &self.outcome {
            AttemptOutcome::Answered(_) => map.serialize_entry("error", &())?,
            AttemptOutcome::Unanswered(error) => map.serialize_entry("error", &ErrorRecord(error))?,
            AttemptOutcome::Skipped => map.serialize_entry("error", &Skipped::RECORD)?,
        }
        let (state, next) = match self.next {
            Next::Delivered => ("delivered", None),
            Next::Retry(at) => ("pending", Some(rfc3339(at))),
            Next::Failed => ("failed", None),
        };
        map.serialize_entry("state", state)?;
        map.serialize_entry("next_at", &next)?;
        map.end()
    }
}

/// An attempt that was not made, as records have it.
#[derive(Serialize)]
struct Skipped {
    code: &'static str,
    message: &'static str,
}

impl Skipped {
    const RECORD: Self = Self { code: "disabled", message: "the endpoint is disabled" };
}
