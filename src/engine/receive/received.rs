//! Events of a receiver: a delivery with everything that is known of it, or a request that was rejected.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::receive::delivery_record::DeliveryRecord;
pub(crate) use crate::engine::records::{HeaderPairs, milliseconds, serialize_body};
use crate::model::contract::peek::Peek;
use crate::model::signing::verdict::Verdict;
use crate::model::text::timestamp::rfc3339;
use crate::store::journal::{Committed, VerifiedDelivery};

/// A delivery that was received, verified, kept and answered.
#[derive(Clone, Debug)]
pub struct ReceivedDelivery {
    /// Its number, counted from 1.
    pub id: u64,
    /// The number of deliveries of this event, this one included, without those that were refused.
    pub attempt: u32,
    /// Whether it was turned away, and counts for nothing.
    pub is_refused: bool,
    /// The status that it was answered with.
    pub answered: StatusCode,
    /// The time from its head's arrival to the answer.
    pub elapsed: Duration,
    /// Whether its type is one of those that were asked for.
    pub shown: bool,
    /// The fields of the body that a line shows.
    pub peek: Peek,
    /// Whether it is authentic, with the reason in full.
    pub verdict: Verdict,
    /// Its bytes, and all else that the journal holds.
    pub delivery: Arc<VerifiedDelivery>,
}

impl Deref for ReceivedDelivery {
    type Target = VerifiedDelivery;

    fn deref(&self) -> &VerifiedDelivery {
        &self.delivery
    }
}

impl Serialize for ReceivedDelivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let committed = Committed { id: self.id, repeat: self.attempt };
        let mut record = DeliveryRecord::new(&self.delivery, committed, Some(self.answered.as_u16()));
        record.elapsed_ms = Some(milliseconds(self.elapsed));
        record.serialize(serializer)
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

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::{Request, StatusCode};
    use jiff::Timestamp;
    use serde_json::json;

    use super::ReceivedDelivery;
    use crate::engine::receive::verified::Verified;
    use crate::model::Verdict;
    use crate::model::contract::payload::event_json;
    use crate::store::journal::Committed;

    /// A verified delivery that was answered 200.
    pub(crate) fn received(event_type: &str, job_id: &str) -> ReceivedDelivery {
        received_body(&event_json(event_type, json!({ "id": job_id })).to_string())
    }

    /// A verified delivery of any body that was answered 200.
    pub(crate) fn received_body(body: &str) -> ReceivedDelivery {
        let head = Request::post("/webhook").body(()).unwrap().into_parts().0;
        let body = Bytes::from(body.to_owned());
        let verified = Verified::new(head, body, "127.0.0.1:1", Timestamp::UNIX_EPOCH, Verdict::Verified);
        let committed = Committed { id: 1, repeat: 1 };
        verified.received(committed, StatusCode::OK, Duration::from_millis(1), true)
    }
}
