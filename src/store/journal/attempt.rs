//! Attempts to pass deliveries on, as they go into the journal and come out of it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

/// Bytes of an answer that are kept with an attempt.
pub const EXCERPT_LIMIT: usize = 4096;

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
