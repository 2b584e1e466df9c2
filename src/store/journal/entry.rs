//! Entries of the journal.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;

/// Bytes of an answer that are kept with an attempt.
pub const EXCERPT_LIMIT: usize = 4096;

/// A delivery as received, to be kept.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// When it was received; kept to the microsecond.
    pub received_at: Timestamp,
    pub method: String,
    /// The request's path with its query, as sent.
    pub path: String,
    pub remote: String,
    /// The request's headers; values of one name keep their order.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Bytes,
    /// The verdict's stable name.
    pub verdict: &'static str,
    /// The stable code of the reason, unless it was verified.
    pub reason: Option<&'static str>,
    /// The reason as a sentence.
    pub explanation: Option<String>,
    /// The stable code of what is wrong with the body, if anything.
    pub problem: Option<&'static str>,
    /// The event's type, known or not.
    pub event_type: Option<String>,
    /// `payload.id`.
    pub job_id: Option<String>,
    /// `payload.status`.
    pub status: Option<String>,
    /// The status of our answer, when it is known before the delivery is kept.
    pub answered: Option<u16>,
}

/// A delivery is in the journal, and stays there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The delivery's number in the journal, short enough to type. No number is given twice.
    pub id: u64,
    /// Number of this delivery among those of the same job id and event type, counted from 1.
    pub repeat: u32,
}

/// A delivery as the journal holds it.
#[derive(Clone, Debug)]
pub struct StoredDelivery {
    pub id: u64,
    /// When it was received, to the microsecond.
    pub received_at: Timestamp,
    pub method: String,
    /// The request's path with its query, as sent.
    pub path: String,
    pub remote: String,
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Bytes,
    /// The verdict's stable name.
    pub verdict: String,
    /// The stable code of the reason, unless it was verified.
    pub reason: Option<String>,
    /// The reason as a sentence.
    pub explanation: Option<String>,
    /// The stable code of what is wrong with the body, if anything.
    pub problem: Option<String>,
    /// The event's type, known or not.
    pub event_type: Option<String>,
    /// `payload.id`.
    pub job_id: Option<String>,
    /// `payload.status`.
    pub status: Option<String>,
    /// Number of this delivery among those of the same job id and event type, counted from 1.
    pub repeat: u32,
    /// The status of our answer; nothing when none was ever given.
    pub answered: Option<u16>,
}

/// Who made an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOrigin {
    /// `listen --forward`.
    Forward,
    /// `replay`.
    Replay,
}

impl AttemptOrigin {
    /// The origin's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Replay => "replay",
        }
    }
}

impl fmt::Display for AttemptOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why an attempt got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptError {
    /// A stable code, such as `refused`.
    pub code: String,
    /// The same as a sentence.
    pub text: String,
}

/// An attempt that was made, to be kept.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// The delivery in the journal that was passed on, if it is there.
    pub delivery: Option<u64>,
    /// Who made it.
    pub origin: AttemptOrigin,
    /// The URL that was posted to.
    pub target: String,
    /// When the request began; kept to the microsecond.
    pub started_at: Timestamp,
    /// Time until the answer, or the error.
    pub latency: Duration,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The beginning of the answer's body; no more than [`EXCERPT_LIMIT`] of it is kept.
    pub excerpt: Bytes,
    /// Why there was no answer.
    pub error: Option<AttemptError>,
}

/// An attempt as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttempt {
    pub id: u64,
    /// The delivery that was passed on, if it was one of this journal.
    pub delivery: Option<u64>,
    /// The stable name of who made it.
    pub origin: String,
    /// The URL that was posted to.
    pub target: String,
    /// When the request began, to the microsecond.
    pub started_at: Timestamp,
    /// Time until the answer, or the error.
    pub latency: Duration,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub excerpt: Bytes,
    /// Why there was no answer.
    pub error: Option<AttemptError>,
}
