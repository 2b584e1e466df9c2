//! One request of a delivery, the same for all that send: how it is made, recorded and kept in the journal.

use http::StatusCode;
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::receive::received::{HeaderPairs, milliseconds, serialize_body};
use crate::net::out::post::{Answer, Exchange, Post, Remote, TimeLimit, Timing};
use crate::net::out::post_error::PostError;
use crate::store::journal::{AttemptError, AttemptOrigin, EXCERPT_LIMIT, NewAttempt};

/// The most bytes of an answer that are kept, where it is not passed on.
pub const ANSWER_LIMIT: usize = 64 << 10;

/// One request of a delivery, and what became of it.
#[derive(Debug)]
pub struct Attempt {
    /// The URL that it went to.
    pub url: String,
    /// The time at which it was begun.
    pub sent_at: Timestamp,
    /// The answer, or why there is none.
    pub outcome: Result<Answer, PostError>,
    /// The time that it took.
    pub timing: Timing,
}

/// The bounds of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct AttemptLimits {
    /// The time that it may take.
    pub time: TimeLimit,
    /// The most bytes of the answer that are read.
    pub answer: usize,
}

impl Attempt {
    /// Makes the request, which counts as sent at `sent_at`, and waits for its answer.
    pub async fn make(remote: &Remote, post: Post, limits: AttemptLimits, sent_at: Timestamp) -> Self {
        let Exchange { outcome, timing } = remote.exchange(post, limits.time, limits.answer).await;
        Self { url: remote.target().to_string(), sent_at, outcome, timing }
    }

    /// The status of the answer, if there is one.
    pub fn status(&self) -> Option<StatusCode> {
        self.outcome.as_ref().ok().map(|answer| answer.status)
    }

    /// The entry of the journal for an attempt at one of its deliveries.
    pub fn entry(&self, delivery: u64, origin: AttemptOrigin) -> NewAttempt {
        let excerpt = |answer: &Answer| answer.body.slice(..answer.body.len().min(EXCERPT_LIMIT));
        let error = |error: &PostError| AttemptError { code: error.code().to_owned(), text: error.to_string() };
        NewAttempt {
            delivery: Some(delivery),
            origin,
            target: self.url.clone(),
            started_at: self.sent_at,
            latency: self.timing.total,
            status: self.status().map(|status| status.as_u16()),
            excerpt: self.outcome.as_ref().map(excerpt).unwrap_or_default(),
            error: self.outcome.as_ref().err().map(error),
        }
    }

    /// Writes the times and the outcome, the end of every record of an attempt.
    pub(crate) fn serialize_outcome<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Timing { connecting, sending, waiting, total } = self.timing;
        map.serialize_entry("elapsed_ms", &milliseconds(total))?;
        map.serialize_entry("connect_ms", &connecting.map(milliseconds))?;
        map.serialize_entry("send_ms", &sending.map(milliseconds))?;
        map.serialize_entry("wait_ms", &waiting.map(milliseconds))?;
        map.serialize_entry("answered", &self.status().map(|status| status.as_u16()))?;
        map.serialize_entry("answer", &self.outcome.as_ref().ok().map(AnswerRecord))?;
        map.serialize_entry("error", &self.outcome.as_ref().err().map(ErrorRecord))
    }
}

/// An answer as records have it.
pub(crate) struct AnswerRecord<'a>(pub(crate) &'a Answer);

impl Serialize for AnswerRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("headers", &HeaderPairs(&self.0.headers))?;
        serialize_body(&mut map, &self.0.body)?;
        map.serialize_entry("truncated", &self.0.truncated)?;
        map.end()
    }
}

/// A failure as records have it.
pub(crate) struct ErrorRecord<'a>(pub(crate) &'a PostError);

impl Serialize for ErrorRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("code", self.0.code())?;
        map.serialize_entry("message", &self.0.to_string())?;
        map.end()
    }
}
