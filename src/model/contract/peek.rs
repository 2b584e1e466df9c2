//! A first look at a received body: the few fields that a line needs, read without building a tree.

use std::fmt;

use crate::model::contract::event::EventType;
use crate::model::contract::project::{Download, JobError};
use crate::model::json::lexer::{BYTE_ORDER_MARK, JsonError, Lexer, Token};
use crate::model::json::view::decoded;

/// The most bytes of a type, an id or a status that are read; those of Magic Hour have some 25. A larger one is cut, since
/// any sender chooses it, and it is copied, listed and indexed; the body holds it whole.
pub const LONGEST_NAME: usize = 256;

/// A name as far as it is kept.
pub fn cut_name(name: &str) -> &str {
    name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or(name)
}

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
        let mut lexer = Lexer::new(body);
        let read = match lexer.token() {
            Ok(Some(Token::Open(b'{'))) => read_event(&mut lexer).map(|event| event.into_peek(strictness(body))),
            first => first.map(|_| Self::problem(Problem::NotAnObject)),
        };
        match read.and_then(|peek| read_to_end(&mut lexer).map(|()| peek)) {
            Ok(peek) => peek,
            Err(error) => Self::problem(Problem::InvalidJson(error)),
        }
    }

    fn problem(problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::default() }
    }
}

/// Parts of an event as they are found. Of repeated keys the last counts.
#[derive(Default)]
struct EventParts {
    event_type: Option<String>,
    payload: Option<PayloadParts>,
}

/// Parts of a payload as they are found.
#[derive(Default)]
struct PayloadParts {
    id: Option<String>,
    status: Option<String>,
    error: Option<JobError>,
    downloads: Vec<Download>,
}

impl EventParts {
    fn into_peek(self, strictness: Option<Problem>) -> Peek {
        let Self { event_type, payload } = self;
        let problem = match (&event_type, &payload) {
            (None, _) => Some(Problem::MissingType),
            (_, None) => Some(Problem::MissingPayload),
            (_, Some(PayloadParts { id: None, .. })) => Some(Problem::MissingId),
            (Some(name), _) if name.parse::<EventType>().is_err() => Some(Problem::UnknownType),
            _ => None,
        };
        let PayloadParts { id, status, error, downloads } = payload.unwrap_or_default();
        Peek { event_type, job_id: id, status, error, downloads, problem: strictness.or(problem) }
    }
}

/// The rule of the standard that a body breaks although it can be read.
fn strictness(body: &[u8]) -> Option<Problem> {
    if body.starts_with(BYTE_ORDER_MARK) {
        return Some(Problem::ByteOrderMark);
    }
    std::str::from_utf8(body).is_err().then_some(Problem::NotUtf8)
}

fn read_event(lexer: &mut Lexer<'_>) -> Result<EventParts, JsonError> {
    let mut event = EventParts::default();
    each_member(lexer, |key, value, lexer| {
        match key {
            b"type" => event.event_type = name(value),
            b"payload" => event.payload = if is_object(value) { Some(read_payload(lexer)?) } else { None },
            _ => {}
        }
        Ok(())
    })?;
    Ok(event)
}

fn read_payload(lexer: &mut Lexer<'_>) -> Result<PayloadParts, JsonError> {
    let mut payload = PayloadParts::default();
    each_member(lexer, |key, value, lexer| {
        match key {
            b"id" => payload.id = name(value),
            b"status" => payload.status = name(value),
            b"error" => payload.error = if is_object(value) { read_error(lexer)? } else { None },
            b"downloads" => payload.downloads = read_downloads(value, lexer)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(payload)
}

fn read_error(lexer: &mut Lexer<'_>) -> Result<Option<JobError>, JsonError> {
    let [code, message] = read_texts(lexer, ["code", "message"])?;
    Ok(code.zip(message).map(|(code, message)| JobError { code, message }))
}

fn read_downloads(first: Token<'_>, lexer: &mut Lexer<'_>) -> Result<Vec<Download>, JsonError> {
    let mut downloads = Vec::new();
    if !matches!(first, Token::Open(b'[')) {
        return Ok(downloads);
    }
    let around = lexer.depth() - 1;
    while lexer.depth() > around {
        match lexer.token()?.ok_or(JsonError::Ended)? {
            item if is_object(item) => downloads.extend(read_download(lexer)?),
            _ => leave(lexer, around + 1)?,
        }
    }
    Ok(downloads)
}

fn read_download(lexer: &mut Lexer<'_>) -> Result<Option<Download>, JsonError> {
    let [url, expires_at] = read_texts(lexer, ["url", "expires_at"])?;
    let expires_at = expires_at.and_then(|time| time.parse().ok());
    Ok(url.zip(expires_at).map(|(url, expires_at)| Download { url, expires_at }))
}

/// The members with these keys of an object that was just opened, where they are strings.
fn read_texts<const COUNT: usize>(
    lexer: &mut Lexer<'_>,
    keys: [&str; COUNT],
) -> Result<[Option<String>; COUNT], JsonError> {
    let mut found = [const { None }; COUNT];
    each_member(lexer, |key, value, _| {
        if let Some((_, place)) = keys.iter().zip(&mut found).find(|(wanted, _)| wanted.as_bytes() == key) {
            *place = text(value);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Reads an object that was just opened. `member` gets each key, the first token of its value, and the lexer behind that;
/// it may leave the rest of the value unread.
fn each_member<'a>(
    lexer: &mut Lexer<'a>,
    mut member: impl FnMut(&[u8], Token<'a>, &mut Lexer<'a>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    let inside = lexer.depth();
    while let Token::Key(key) = lexer.token()?.ok_or(JsonError::Ended)? {
        let value = lexer.token()?.ok_or(JsonError::Ended)?;
        match key.plain() {
            Some(name) => member(name, value, lexer)?,
            None => member(decoded(key.raw).as_bytes(), value, lexer)?,
        }
        leave(lexer, inside)?;
    }
    Ok(())
}

/// Reads on until no more containers are open than these.
#[inline]
fn leave(lexer: &mut Lexer<'_>, depth: usize) -> Result<(), JsonError> {
    while lexer.depth() > depth {
        lexer.token()?;
    }
    Ok(())
}

fn read_to_end(lexer: &mut Lexer<'_>) -> Result<(), JsonError> {
    while lexer.token()?.is_some() {}
    Ok(())
}

const fn is_object(first: Token<'_>) -> bool {
    matches!(first, Token::Open(b'{'))
}

/// A string that names something.
fn name(value: Token<'_>) -> Option<String> {
    match value {
        Token::String(string) => match string.plain().map(str::from_utf8) {
            Some(Ok(plain)) => Some(cut_name(plain).to_owned()),
            _ => Some(cut_name(&decoded(string.raw)).to_owned()),
        },
        _ => None,
    }
}

fn text(value: Token<'_>) -> Option<String> {
    match value {
        Token::String(string) => match string.plain().map(str::from_utf8) {
            Some(Ok(plain)) => Some(plain.to_owned()),
            _ => Some(decoded(string.raw).into_owned()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{LONGEST_NAME, Peek, Problem};
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
    fn a_long_name_is_kept_as_far_as_whole_characters_fit() {
        let body = |name: &str| format!(r#"{{"type":"{name}","payload":{{"id":"{name}","status":"{name}"}}}}"#);
        let fitting = "x".repeat(LONGEST_NAME);
        let (ascii, accented) = (format!("{fitting}y"), format!("{}é", "x".repeat(LONGEST_NAME - 1)));
        let escaped = accented.replace('é', "\\u00e9");
        for (name, kept) in [
            (fitting.as_str(), fitting.as_str()),
            (&ascii, &fitting),
            (&accented, &accented[..LONGEST_NAME - 1]),
            (&escaped, &accented[..LONGEST_NAME - 1]),
        ] {
            let peek = Peek::at(body(name).as_bytes());
            for read in [peek.event_type, peek.job_id, peek.status] {
                assert_eq!(read.as_deref(), Some(kept));
            }
        }
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
