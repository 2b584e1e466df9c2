//! The sender: signs events, rightly or wrongly, posts them, and tells how each attempt went.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::engine::clock::SharedClock;
use crate::engine::receive::received::{HeaderPairs, milliseconds, serialize_body};
use crate::engine::send::composer::Composed;
use crate::model::contract::project::rfc3339;
use crate::model::signing::fault::Fault;
use crate::model::{Delivery, EventType, Secret, Signer};
use crate::net::out::connect::PostError;
use crate::net::out::post::{Answer, Post, Remote};

/// The most bytes of an answer that are kept.
pub const ANSWER_LIMIT: usize = 64 << 10;

/// Signing of deliveries.
#[derive(Clone, Debug)]
pub enum Signing {
    /// As Magic Hour does.
    Right(Signer),
    /// Not at all.
    Unsigned,
    Faulty(Secret, Vec<&'static Fault>),
}

/// Makes deliveries out of events.
#[derive(Clone, Debug)]
pub struct DeliveryBuilder {
    /// Signing of the deliveries.
    pub signing: Signing,
    /// Headers to add; one that stands among the usual ones replaces it, and an empty one only takes it away.
    pub headers: HeaderMap,
}

impl DeliveryBuilder {
    /// Signs an event and adds the headers.
    pub fn build(&self, event: &Composed, at: Timestamp) -> Delivery {
        let body = event.body.clone();
        let mut delivery = match &self.signing {
            Signing::Right(signer) => Delivery::signed(signer, body, at),
            Signing::Unsigned => Delivery::unsigned(body),
            Signing::Faulty(secret, faults) => Delivery::faulty(secret, body, at, faults),
        };
        for name in self.headers.keys() {
            delivery.headers.remove(name);
        }
        let added = self.headers.iter().filter(|(_, value)| !value.is_empty());
        delivery.headers.extend(added.map(|(name, value)| (name.clone(), value.clone())));
        delivery
    }
}

/// One POST and what became of it.
#[derive(Debug)]
pub struct Attempt {
    pub event: Composed,
    /// With which headers and body.
    pub delivery: Delivery,
    pub url: String,
    pub sent_at: Timestamp,
    /// The answer, or why there is none.
    pub outcome: Result<Answer, PostError>,
    /// Time that it took.
    pub elapsed: Duration,
    /// Number of the attempt, counted from 1.
    pub number: u32,
}

/// Posts deliveries to one place.
#[derive(Debug)]
pub struct Sender {
    pub remote: Remote,
    pub builder: DeliveryBuilder,
    /// Time for the answer.
    pub timeout: Duration,
    /// Tells when they are signed.
    pub clock: SharedClock,
}

impl Sender {
    /// Signs and posts an event.
    pub async fn attempt(&self, event: Composed, number: u32) -> Attempt {
        let sent_at = self.clock.now();
        let delivery = self.builder.build(&event, sent_at);
        let post =
            Post { method: Method::POST, path: None, headers: delivery.headers.clone(), body: delivery.body.clone() };
        let started = Instant::now();
        let outcome = self.remote.post(post, self.timeout, ANSWER_LIMIT).await;
        let elapsed = started.elapsed();
        let url = self.remote.target().to_string();
        Attempt { event, delivery, url, sent_at, outcome, elapsed, number }
    }

    /// Signs and posts an event, and keeps no more of it than the status, or the failure's name.
    ///
    /// # Errors
    ///
    /// The name of the failure when no whole answer came.
    pub async fn post_for_status(&self, event: Composed) -> Result<StatusCode, &'static str> {
        let Delivery { headers, body } = self.builder.build(&event, self.clock.now());
        let post = Post { method: Method::POST, path: None, headers, body };
        let outcome = self.remote.post(post, self.timeout, ANSWER_LIMIT).await;
        outcome.map(|answer| answer.status).map_err(|error| error.code())
    }
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sent_at", &rfc3339(self.sent_at))?;
        map.serialize_entry("type", &self.event.event_type.map(EventType::as_str))?;
        map.serialize_entry("job_id", &self.event.job_id)?;
        map.serialize_entry("attempt", &self.number)?;
        map.serialize_entry("method", "POST")?;
        map.serialize_entry("url", &self.url)?;
        map.serialize_entry("headers", &HeaderPairs(&self.delivery.headers))?;
        serialize_body(&mut map, &self.delivery.body)?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.elapsed))?;
        map.serialize_entry("answered", &self.outcome.as_ref().ok().map(|answer| answer.status.as_u16()))?;
        map.serialize_entry("answer", &self.outcome.as_ref().ok().map(AnswerRecord))?;
        map.serialize_entry("error", &self.outcome.as_ref().err().map(ErrorRecord))?;
        map.end()
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
    use jiff::Timestamp;

    use super::{DeliveryBuilder, Signing};
    use crate::engine::send::composer::Composed;

    #[test]
    fn a_header_replaces_the_usual_one_and_an_empty_one_only_takes_it_away() {
        let built = |name, value| {
            let headers: HeaderMap = [(name, HeaderValue::from_static(value))].into_iter().collect();
            let event = Composed { event_type: None, job_id: None, body: Bytes::new() };
            let builder = DeliveryBuilder { signing: Signing::Unsigned, headers };
            builder.build(&event, Timestamp::UNIX_EPOCH).headers
        };
        assert_eq!(built(CONTENT_TYPE, "text/plain")[CONTENT_TYPE], "text/plain");
        assert!(built(CONTENT_TYPE, "").is_empty());
        assert_eq!(built(USER_AGENT, "me").len(), 2);
    }
}
