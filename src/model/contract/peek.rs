//! A first look at a received body: the few fields that a line needs, read without building a tree.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::contract::event::EventType;
use crate::model::contract::project::{Download, JobError};

/// Key facts of a body. Every part is optional, since anything may arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peek {
    /// The event's type, known or not.
    pub event_type: Option<String>,
    /// `payload.id`.
    pub job_id: Option<String>,
    /// `payload.status`.
    pub status: Option<String>,
    /// `payload.error`.
    pub error: Option<JobError>,
    /// `payload.downloads`, those of them that have both parts.
    pub downloads: Vec<Download>,
    /// The first thing that is not as Magic Hour sends it.
    pub problem: Option<Problem>,
}

/// Fault of a body, regardless of its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no body.
    EmptyBody,
    /// Not JSON; holds where and why.
    InvalidJson(String),
    /// JSON, but not an object.
    NotAnObject,
    /// No `type`, or not a string.
    MissingType,
    /// A type that is none of the nine.
    UnknownType,
    /// No `payload`, or not an object.
    MissingPayload,
    /// No `payload.id`, or not a string.
    MissingId,
}

impl Problem {
    /// The problem's stable name, for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyBody => "empty-body",
            Self::InvalidJson(_) => "invalid-json",
            Self::NotAnObject => "not-an-object",
            Self::MissingType => "missing-type",
            Self::UnknownType => "unknown-type",
            Self::MissingPayload => "missing-payload",
            Self::MissingId => "missing-id",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyBody => f.write_str("body is empty"),
            Self::InvalidJson(place) => write!(f, "body is not JSON: {place}"),
            Self::NotAnObject => f.write_str("body is JSON, but not an object"),
            Self::MissingType => f.write_str("body has no 'type' text"),
            Self::UnknownType => f.write_str("type is none of the nine that Magic Hour documents"),
            Self::MissingPayload => f.write_str("body has no 'payload' object"),
            Self::MissingId => f.write_str("payload has no 'id' text"),
        }
    }
}

#[derive(Deserialize)]
struct EventEnvelope<'a> {
    #[serde(borrow, rename = "type")]
    event_type: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    downloads: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct PeekedError {
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct DownloadText {
    url: String,
    expires_at: Timestamp,
}

impl Peek {
    /// Looks at a body. Whatever it holds, this neither fails nor recurses.
    pub fn at(body: &[u8]) -> Self {
        if body.is_empty() {
            return Self::problem(Problem::EmptyBody);
        }
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        if first != Some(&b'{') {
            let valid = serde_json::from_slice::<&RawValue>(body);
            return Self::problem(valid.map_or_else(|e| Problem::InvalidJson(e.to_string()), |_| Problem::NotAnObject));
        }
        match serde_json::from_slice::<EventEnvelope<'_>>(body) {
            Ok(envelope) => Self::of(&envelope),
            Err(error) => Self::problem(Problem::InvalidJson(error.to_string())),
        }
    }

    fn problem(problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::default() }
    }

    fn of(envelope: &EventEnvelope<'_>) -> Self {
        let event_type = text(envelope.event_type);
        let payload = envelope
            .payload
            .filter(|raw| raw.get().starts_with('{'))
            .and_then(|raw| serde_json::from_str::<Payload<'_>>(raw.get()).ok());
        let job_id = payload.as_ref().and_then(|payload| text(payload.id));
        let problem = match (&event_type, &payload, &job_id) {
            (None, ..) => Some(Problem::MissingType),
            (_, None, _) => Some(Problem::MissingPayload),
            (_, _, None) => Some(Problem::MissingId),
            (Some(name), ..) if name.parse::<EventType>().is_err() => Some(Problem::UnknownType),
            _ => None,
        };
        let mut peek = Self { event_type, job_id, problem, ..Self::default() };
        if let Some(payload) = payload {
            peek.status = text(payload.status);
            peek.error = payload.error.and_then(job_error);
            peek.downloads = payload.downloads.map(downloads).unwrap_or_default();
        }
        peek
    }
}

fn text(raw: Option<&RawValue>) -> Option<String> {
    let raw = raw?.get();
    raw.starts_with('"').then(|| serde_json::from_str::<Cow<'_, str>>(raw).ok()).flatten().map(Cow::into_owned)
}

fn job_error(raw: &RawValue) -> Option<JobError> {
    let PeekedError { code, message } = serde_json::from_str(raw.get()).ok()?;
    Some(JobError { code, message })
}

fn downloads(raw: &RawValue) -> Vec<Download> {
    if raw.get() == "[]" {
        return Vec::new();
    }
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| serde_json::from_str::<DownloadText>(item.get()).ok())
        .map(|DownloadText { url, expires_at }| Download { url, expires_at })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Peek, Problem};
    use crate::model::contract::event::EventType;
    use crate::model::contract::payload::{FieldSet, event_json};
    use crate::model::contract::project::Project;

    #[test]
    fn every_event_of_the_catalogue_is_read_whole() {
        for event in EventType::ALL {
            let project = Project::sample(event, "clx1", Timestamp::UNIX_EPOCH);
            let peek = Peek::at(event_json(event.as_str(), project.to_json(FieldSet::Wire)).to_string().as_bytes());
            assert_eq!(peek.problem, None);
            assert_eq!(peek.event_type.as_deref(), Some(event.as_str()));
            assert_eq!(peek.job_id.as_deref(), Some("clx1"));
            assert_eq!(peek.status.as_deref(), Some(event.phase.status()));
            assert_eq!((peek.error, peek.downloads), (project.error, project.downloads));
        }
    }

    #[test]
    fn each_departure_from_the_contract_is_named() {
        let cases = [
            ("", "empty-body"),
            ("{\"type\":", "invalid-json"),
            ("hello", "invalid-json"),
            ("{} {}", "invalid-json"),
            ("[\"video.completed\",{\"id\":\"c\"}]", "not-an-object"),
            ("{\"payload\":{}}", "missing-type"),
            ("{\"type\":7,\"payload\":{}}", "missing-type"),
            ("{\"type\":\"video.completed\"}", "missing-payload"),
            ("{\"type\":\"video.completed\",\"payload\":[]}", "missing-payload"),
            ("{\"type\":\"video.completed\",\"payload\":{\"id\":1}}", "missing-id"),
            ("{\"type\":\"video.archived\",\"payload\":{\"id\":\"c\"}}", "unknown-type"),
        ];
        for (body, code) in cases {
            assert_eq!(Peek::at(body.as_bytes()).problem.map(|problem| problem.code()), Some(code), "{body}");
        }
    }

    #[test]
    fn odd_parts_do_not_hide_the_rest() {
        let body =
            br#"{"type":"video.archived","payload":{"id":"c","status":[],"error":"no","downloads":[1,{"url":"u"}]}}"#;
        let peek = Peek::at(body);
        assert_eq!((peek.job_id.as_deref(), peek.status, peek.error), (Some("c"), None, None));
        assert!(peek.downloads.is_empty());
        assert_eq!(peek.problem, Some(Problem::UnknownType));
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let deep = format!("{{\"type\":\"video.completed\",\"payload\":{}", "[".repeat(10_000));
        assert_eq!(Peek::at(deep.as_bytes()).problem.map(|problem| problem.code()), Some("invalid-json"));
        let closed = format!("{deep}{}}}", "]".repeat(10_000));
        assert_eq!(Peek::at(closed.as_bytes()).problem, Some(Problem::MissingPayload));
    }
}
