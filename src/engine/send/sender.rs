//! The sender: signs events, rightly or wrongly, and posts them.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::engine::clock::SharedClock;
use crate::engine::receive::received::{HeaderPairs, serialize_body};
use crate::engine::send::attempt::{ANSWER_LIMIT, Attempt, AttemptLimits};
use crate::engine::send::composer::Composed;
use crate::model::signing::fault::Fault;
use crate::model::text::timestamp::rfc3339;
use crate::model::{Delivery, Secret, Signer};
use crate::net::out::load_client::LoadClient;
use crate::net::out::post::{Post, Remote, TimeLimit};
use crate::net::out::post_error::PostError;

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
    /// Headers to add; one with a usual name replaces it, and an empty one only removes it.
    pub headers: HeaderMap,
}

impl DeliveryBuilder {
    /// Signs the body of an event and adds the headers.
    pub fn build(&self, body: Bytes, at: Timestamp) -> Delivery {
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

/// An event that was sent, and the attempt at it.
#[derive(Debug)]
pub struct SentEvent {
    pub event: Composed,
    /// The headers and the body that it was sent with.
    pub delivery: Delivery,
    /// The number of the attempt at this delivery, counted from 1.
    pub number: u32,
    pub attempt: Attempt,
}

/// Posts deliveries to one place.
#[derive(Debug)]
pub struct Sender {
    pub remote: Remote,
    pub builder: DeliveryBuilder,
    /// The time that connecting may take, and then the answer.
    pub timeout: Duration,
    /// Tells when they are signed.
    pub clock: SharedClock,
}

impl Sender {
    /// Signs and posts an event.
    pub async fn attempt(&self, event: Composed, number: u32) -> SentEvent {
        let sent_at = self.clock.now();
        let delivery = self.builder.build(event.body.clone(), sent_at);
        let attempt = Attempt::make(&self.remote, post_of(&delivery), self.limits(), sent_at).await;
        SentEvent { event, delivery, number, attempt }
    }

    fn limits(&self) -> AttemptLimits {
        AttemptLimits { time: TimeLimit::Each(self.timeout), answer: ANSWER_LIMIT }
    }

    /// A client for one event after another.
    pub fn load_client(&self) -> LoadClient<'_> {
        LoadClient::new(&self.remote, self.timeout, ANSWER_LIMIT)
    }

    /// Signs and posts an event with a client of its own, and keeps no more of it than the status, or the failure.
    pub async fn post_for_status(
        &self,
        client: &mut LoadClient<'_>,
        body: Bytes,
        begun: Instant,
    ) -> Result<StatusCode, PostError> {
        let signed_at = self.clock.now();
        let post = || {
            let Delivery { headers, body } = self.builder.build(body.clone(), signed_at);
            Post { method: Method::POST, path: None, headers, body }
        };
        client.post(begun, post).await
    }
}

/// The request that carries a delivery.
pub(crate) fn post_of(delivery: &Delivery) -> Post {
    Post { method: Method::POST, path: None, headers: delivery.headers.clone(), body: delivery.body.clone() }
}

impl Serialize for SentEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sent_at", &rfc3339(self.attempt.sent_at))?;
        map.serialize_entry("type", &self.event.event_type)?;
        map.serialize_entry("job_id", &self.event.job_id)?;
        map.serialize_entry("attempt", &self.number)?;
        map.serialize_entry("method", "POST")?;
        map.serialize_entry("url", &self.attempt.url)?;
        map.serialize_entry("headers", &HeaderPairs(&self.delivery.headers))?;
        serialize_body(&mut map, &self.delivery.body)?;
        self.attempt.serialize_outcome(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
    use jiff::Timestamp;

    use super::{DeliveryBuilder, Signing};

    #[test]
    fn a_header_replaces_the_usual_one_and_an_empty_one_only_takes_it_away() {
        let built = |name, value| {
            let headers: HeaderMap = [(name, HeaderValue::from_static(value))].into_iter().collect();
            let builder = DeliveryBuilder { signing: Signing::Unsigned, headers };
            builder.build(Bytes::new(), Timestamp::UNIX_EPOCH).headers
        };
        assert_eq!(built(CONTENT_TYPE, "text/plain")[CONTENT_TYPE], "text/plain");
        assert!(built(CONTENT_TYPE, "").is_empty());
        assert_eq!(built(USER_AGENT, "me").len(), 2);
    }
}
