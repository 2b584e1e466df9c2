//! Requests that the HTTP layer turned away before any service saw them, named by their first bytes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;

/// The bytes of a head that are kept, to name it by when it is turned away.
const KEPT: usize = 2 << 10;

/// A request that the HTTP layer turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub problem: RejectionProblem,
    /// The status that it was answered with, if it was answered at all.
    pub answered: Option<StatusCode>,
    /// The method, as far as there is one.
    pub method: Option<String>,
    /// The path, as far as there is one.
    pub path: Option<String>,
}

/// Why a request was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionProblem {
    /// It is the beginning of TLS.
    Tls,
    /// It is the beginning of HTTP/2.
    Http2,
    /// It has more header fields than this.
    TooManyHeaders(usize),
    /// Its head is larger than this number of bytes.
    HeadTooLarge(usize),
    /// One of its headers goes on in the next line.
    FoldedHeader,
    /// Its head was not there after this time.
    SlowHead(Duration),
    /// It breaks HTTP's rules otherwise.
    Malformed,
}

impl fmt::Display for RejectionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls => f.write_str("the beginning of TLS, where plain http is spoken: use an http:// URL"),
            Self::Http2 => f.write_str("the beginning of HTTP/2, where HTTP/1.1 is spoken"),
            Self::TooManyHeaders(most) => write!(f, "more than {most} header fields"),
            Self::HeadTooLarge(most) => write!(f, "headers are larger than {} KB", most / 1024),
            Self::FoldedHeader => f.write_str("a header goes on in the next line, which HTTP/1.1 forbids"),
            Self::SlowHead(limit) => write!(f, "headers did not arrive within {} s", limit.as_secs()),
            Self::Malformed => f.write_str("not an HTTP/1.1 request"),
        }
    }
}

/// The beginning of the head that a connection is reading.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadRecord(Arc<Mutex<Head>>);

#[derive(Debug, Default)]
struct Head {
    /// The first bytes.
    kept: Vec<u8>,
    /// The number of all bytes.
    length: usize,
    /// The time after which it was given up.
    given_up: Option<Duration>,
}

/// The bounds that a head may have broken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    pub(crate) size: usize,
    pub(crate) headers: usize,
}

impl HeadRecord {
    /// Adds bytes; the first of another request replace those of the one before.
    pub(crate) fn add(&self, bytes: &[u8], is_first: bool) {
        let mut head = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_first {
            head.kept.clear();
            head.length = 0;
        }
        head.length += bytes.len();
        let room = KEPT - head.kept.len();
        head.kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// Notes that the rest of the head was not waited for any longer.
    pub(crate) fn give_up(&self, after: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).given_up = Some(after);
    }

    /// Names a request by the error that its connection ended with; nothing if it was none of the request's.
    pub(crate) fn rejection(&self, error: &hyper::Error, limits: HeadLimits) -> Option<Rejection> {
        let head = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let problem = match head.given_up {
            Some(after) if !head.kept.is_empty() => RejectionProblem::SlowHead(after),
            None if error.is_parse() => head.problem(error, limits),
            _ => return None,
        };
        let answered = match problem {
            RejectionProblem::Http2 | RejectionProblem::SlowHead(_) => None,
            RejectionProblem::TooManyHeaders(_) | RejectionProblem::HeadTooLarge(_) => {
                Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
            }
            _ => Some(StatusCode::BAD_REQUEST),
        };
        let (method, path) = head.request_line().unzip();
        Some(Rejection { problem, answered, method, path })
    }
}

impl Head {
    fn problem(&self, error: &hyper::Error, limits: HeadLimits) -> RejectionProblem {
        let is_folded = || self.kept.windows(3).any(|bytes| matches!(bytes, b"\r\n " | b"\r\n\t"));
        match self.kept.as_slice() {
            // A handshake's record.
            [0x16, 0x03, ..] => RejectionProblem::Tls,
            _ if error.is_parse_version_h2() => RejectionProblem::Http2,
            _ if error.is_parse_too_large() && self.length >= limits.size => {
                RejectionProblem::HeadTooLarge(limits.size)
            }
            _ if error.is_parse_too_large() => RejectionProblem::TooManyHeaders(limits.headers),
            _ if is_folded() => RejectionProblem::FoldedHeader,
            _ => RejectionProblem::Malformed,
        }
    }

    /// Method and path, where the first line is one of HTTP.
    fn request_line(&self) -> Option<(String, String)> {
        let line = self.kept.split(|byte| *byte == b'\r').next()?;
        let mut words = str::from_utf8(line).ok()?.split(' ');
        let (method, path, version) = (words.next()?, words.next()?, words.next()?);
        let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
        (is_method && version.starts_with("HTTP/1.")).then(|| (method.to_owned(), path.to_owned()))
    }
}
