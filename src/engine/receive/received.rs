//! Events of a receiver: a delivery with everything that is known of it, or a request that was rejected.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::contract::peek::{Peek, Problem};
use crate::model::contract::project::rfc3339;
use crate::model::signing::reason::Reason;
use crate::model::signing::verdict::Verdict;

/// A delivery that was received, judged and answered.
#[derive(Clone, Debug)]
pub struct ReceivedDelivery {
    /// Its number, counted from 1.
    pub id: u64,
    /// When its last byte arrived.
    pub received_at: Timestamp,
    pub method: Method,
    /// Its path with the query.
    pub path: String,
    /// Its headers; the values of one name are in the order in which they came.
    pub headers: HeaderMap,
    /// Who sent it.
    pub remote: SocketAddr,
    /// Its body, byte for byte.
    pub body: Bytes,
    /// Key facts of the body.
    pub peek: Peek,
    /// Whether it is authentic.
    pub verdict: Verdict,
    /// Number of deliveries of this event, this one included.
    pub attempt: u32,
    /// The status that it was answered with.
    pub answered: StatusCode,
    /// The time from its head's arrival to the answer.
    pub elapsed: Duration,
    /// Whether its type is one of those that were asked for.
    pub shown: bool,
}

impl Serialize for ReceivedDelivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("received_at", &rfc3339(self.received_at))?;
        map.serialize_entry("type", &self.peek.event_type)?;
        map.serialize_entry("job_id", &self.peek.job_id)?;
        map.serialize_entry("status", &self.peek.status)?;
        map.serialize_entry("verdict", self.verdict.as_str())?;
        map.serialize_entry("reason", &self.verdict.reason().map(Reason::code))?;
        map.serialize_entry("explanation", &self.verdict.reason().map(ToString::to_string))?;
        map.serialize_entry("problem", &self.peek.problem.as_ref().map(Problem::code))?;
        map.serialize_entry("duplicate", &(self.attempt > 1))?;
        map.serialize_entry("attempt", &self.attempt)?;
        map.serialize_entry("method", self.method.as_str())?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("remote", &self.remote)?;
        map.serialize_entry("headers", &HeaderPairs(&self.headers))?;
        serialize_body(&mut map, &self.body)?;
        map.serialize_entry("answered", &self.answered.as_u16())?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.elapsed))?;
        map.end()
    }
}

/// A request that was turned away before it was a delivery.
#[derive(Clone, Debug)]
pub struct RejectedRequest {
    /// When it was.
    pub received_at: Timestamp,
    /// The method, as far as there was one.
    pub method: Option<String>,
    /// The path, as far as there was one.
    pub path: Option<String>,
    /// The status that it was answered with, if it was answered at all.
    pub answered: Option<StatusCode>,
    /// Why, in a sentence.
    pub why: String,
}

impl Serialize for RejectedRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("received_at", &rfc3339(self.received_at))?;
        map.serialize_entry("method", &self.method)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("answered", &self.answered.map(|status| status.as_u16()))?;
        map.serialize_entry("why", &self.why)?;
        map.end()
    }
}

/// Headers as a list of `[name, value]`, in order and with repetitions.
///
/// A value that is not UTF-8 has its bytes in base64 as a third element, and the second shows what can be shown.
pub struct HeaderPairs<'a>(pub &'a HeaderMap);

impl Serialize for HeaderPairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(name, value)| match str::from_utf8(value.as_bytes()) {
            Ok(text) => Pair::Text(name.as_str(), text),
            Err(_) => Pair::Bytes(
                name.as_str(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
                BASE64_STANDARD.encode(value.as_bytes()),
            ),
        }))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Pair<'a> {
    Text(&'a str, &'a str),
    Bytes(&'a str, String, String),
}

/// Writes `body` as text, or `body_base64` where it is not UTF-8.
pub(crate) fn serialize_body<M: SerializeMap>(map: &mut M, body: &[u8]) -> Result<(), M::Error> {
    match str::from_utf8(body) {
        Ok(text) => map.serialize_entry("body", text),
        Err(_) => map.serialize_entry("body_base64", &BASE64_STANDARD.encode(body)),
    }
}

/// A duration as milliseconds with three decimals.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
pub(crate) mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue, Method, StatusCode};
    use jiff::Timestamp;
    use serde_json::json;

    use super::{HeaderPairs, ReceivedDelivery};
    use crate::model::Verdict;
    use crate::model::contract::peek::Peek;
    use crate::model::contract::project::event_json;

    /// A verified delivery that was answered 200.
    pub(crate) fn received(event_type: &str, job_id: &str) -> ReceivedDelivery {
        let body = event_json(event_type, json!({ "id": job_id })).to_string();
        ReceivedDelivery {
            id: 1,
            received_at: Timestamp::UNIX_EPOCH,
            method: Method::POST,
            path: "/webhook".to_owned(),
            headers: HeaderMap::new(),
            remote: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 1),
            peek: Peek::at(body.as_bytes()),
            body: body.into(),
            verdict: Verdict::Verified,
            attempt: 1,
            answered: StatusCode::OK,
            elapsed: Duration::from_millis(1),
            shown: true,
        }
    }

    #[test]
    fn a_header_that_is_not_utf8_keeps_its_bytes() {
        let mut headers = HeaderMap::new();
        headers.append("a", HeaderValue::from_static("x"));
        headers.append("a", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        let pairs = serde_json::to_value(HeaderPairs(&headers)).unwrap();
        assert_eq!(pairs, json!([["a", "x"], ["a", "caf\u{fffd}", "Y2Fm6Q=="]]));
    }
}
