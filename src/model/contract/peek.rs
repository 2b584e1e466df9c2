//! A first look at a received body: the few fields that a line needs, read without building a tree.

use std::borrow::Cow;
use std::fmt;

use crate::model::contract::event::EventType;
use crate::model::contract::project::{Download, JobError};
use crate::model::json::lexer::{BYTE_ORDER_MARK, JsonError};
use crate::model::json::view::JsonView;

/// Key facts of a body. Every part is optional, since anything may arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peek {
    /// The event's type, known or not.
    pub event_type: Option<String>,
    /// `payload.id` of the body.
    pub job_id: Option<String>,
    /// `payload.status` of the body.
    pub status: Option<String>,
    /// `payload.error` of the body.
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
    /// Not JSON, so nothing is read of it.
    InvalidJson(JsonError),
    /// Read nevertheless, though the standard forbids it.
    ByteOrderMark,
    /// Read nevertheless, though the standard forbids it.
    NotUtf8,
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
            Self::InvalidJson(_) | Self::ByteOrderMark | Self::NotUtf8 => "invalid-json",
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
            Self::InvalidJson(error) => write!(f, "body is not JSON: {error}"),
            Self::ByteOrderMark => f.write_str("body begins with a byte order mark, which many parsers refuse"),
            Self::NotUtf8 => f.write_str("body is not UTF-8, which many parsers refuse"),
            Self::NotAnObject => f.write_str("body is JSON, but not an object"),
            Self::MissingType => f.write_str("body has no 'type' text"),
            Self::UnknownType => f.write_str("type is none of the nine that Magic Hour documents"),
            Self::MissingPayload => f.write_str("body has no 'payload' object"),
            Self::MissingId => f.write_str("payload has no 'id' text"),
        }
    }
}

impl Peek {
    /// Looks at a body. Whatever it holds, this neither fails nor recurses.
    pub fn at(body: &[u8]) -> Self {
        if body.is_empty() {
            return Self::problem(Problem::EmptyBody);
        }
        match JsonView::read(body) {
            Ok(event) if event.is_object() => Self::of(event, strictness(body)),
            Ok(_) => Self::problem(Problem::NotAnObject),
            Err(error) => Self::problem(Problem::InvalidJson(error)),
        }
    }

    fn problem(problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::default() }
    }

    fn of(event: JsonView<'_>, strictness: Option<Problem>) -> Self {
        let [event_type, payload] = named(event, ["type", "payload"]);
        let event_type = text(event_type);
        let payload = payload.filter(|payload| payload.is_object());
        let [id, status, error, downloads] =
            payload.map_or([None; 4], |payload| named(payload, ["id", "status", "error", "downloads"]));
        let job_id = text(id);
        let problem = match (&event_type, &payload, &job_id) {
            (None, ..) => Some(Problem::MissingType),
            (_, None, _) => Some(Problem::MissingPayload),
            (_, _, None) => Some(Problem::MissingId),
            (Some(name), ..) if name.parse::<EventType>().is_err() => Some(Problem::UnknownType),
            _ => None,
        };
        Self {
            event_type,
            job_id,
            status: text(status),
            error: error.and_then(job_error),
            downloads: downloads.into_iter().flat_map(JsonView::items).filter_map(download).collect(),
            problem: strictness.or(problem),
        }
    }
}

/// The rule of the standard that a body breaks although it can be read.
fn strictness(body: &[u8]) -> Option<Problem> {
    if body.starts_with(BYTE_ORDER_MARK) {
        return Some(Problem::ByteOrderMark);
    }
    std::str::from_utf8(body).is_err().then_some(Problem::NotUtf8)
}

/// The members of an object with these keys, in one pass.
fn named<'a, const COUNT: usize>(object: JsonView<'a>, keys: [&str; COUNT]) -> [Option<JsonView<'a>>; COUNT] {
    let mut found = [None; COUNT];
    for (name, value) in object.members() {
        let name = name.string().unwrap_or_default();
        if let Some((_, place)) = keys.iter().zip(&mut found).find(|(key, _)| **key == name) {
            *place = Some(value);
        }
    }
    found
}

fn text(value: Option<JsonView<'_>>) -> Option<String> {
    value.and_then(JsonView::string).map(Cow::into_owned)
}

fn job_error(error: JsonView<'_>) -> Option<JobError> {
    let [code, message] = named(error, ["code", "message"]);
    Some(JobError { code: text(code)?, message: text(message)? })
}

fn download(item: JsonView<'_>) -> Option<Download> {
    let [url, expires_at] = named(item, ["url", "expires_at"]);
    Some(Download { url: text(url)?, expires_at: text(expires_at)?.parse().ok()? })
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

    #[test]
    fn what_strict_parsers_refuse_is_read() {
        let body = |rest: &str| format!(r#"{{"type":"video.completed","payload":{{"id":"c1"{rest}}}}}"#);
        let deep = format!(",\"x\":{}{}", "[".repeat(1_000), "]".repeat(1_000));
        for (body, problem) in [
            (format!("\u{feff}{}", body("")).into_bytes(), Some(Problem::ByteOrderMark)),
            (
                [body("").as_bytes().strip_suffix(b"}}").unwrap(), b",\"name\":\"caf\xe9\"}}"].concat(),
                Some(Problem::NotUtf8),
            ),
            (body(",\"name\":\"\\ud800\",\"n\":1e400").into_bytes(), None),
            (body(&deep).into_bytes(), None),
            (body(",\"id\":\"c0\",\"id\":\"c1\"").into_bytes(), None),
        ] {
            let peek = Peek::at(&body);
            assert_eq!((peek.event_type.as_deref(), peek.job_id.as_deref()), (Some("video.completed"), Some("c1")));
            assert_eq!(peek.problem, problem);
        }
    }
}
