//! A delivery as it was received and verified, and as the journal holds it.

use std::borrow::Cow;
use std::ops::Deref;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;

use crate::model::signing::verdict::VerdictKind;

/// A delivery whose signature was checked, whatever came of that. Its fields do not change any more.
#[derive(Clone, Debug)]
pub struct VerifiedDelivery {
    /// The time of its last byte; the journal holds it to the microsecond.
    pub received_at: Timestamp,
    pub method: Cow<'static, str>,
    /// The path with its query, as sent.
    pub path: String,
    /// The sender's address.
    pub remote: String,
    /// The headers; values of one name keep their order.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Bytes,
    pub verdict: VerdictKind,
    /// The stable code of the reason, unless it was verified.
    pub reason: Option<Cow<'static, str>>,
    /// The reason as a sentence.
    pub explanation: Option<String>,
    /// The stable code of what is wrong with the body, if anything.
    pub problem: Option<Cow<'static, str>>,
    /// The event's type, known or not.
    pub event_type: Option<String>,
    /// `payload.id` of the body.
    pub job_id: Option<String>,
    /// `payload.status` of the body.
    pub status: Option<String>,
    /// Whether `mh-hook replay` sent it.
    pub replayed: bool,
}

impl VerifiedDelivery {
    /// Whether it was turned away, given the status of our answer: it is invalid, or nobody can verify it yet and its URL is
    /// public. A stranger's forgery must neither make the genuine event a duplicate nor fill the disk.
    pub fn is_refused(&self, answered: Option<u16>) -> bool {
        match self.verdict {
            VerdictKind::Verified => false,
            VerdictKind::Unverified => answered == Some(401),
            VerdictKind::Invalid => answered.is_some_and(|status| status >= 400),
        }
    }
}

/// The numbers that its commit gives to a delivery. [`Journal::append`](crate::store::journal::Journal::append) returns them
/// when it is on the disk as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The delivery's number in the journal, short enough to type. No number is given twice.
    pub id: u64,
    /// The number of the delivery among those of the same job id and event type that were not refused, from 1.
    pub repeat: u32,
}

/// A delivery as the journal holds it.
#[derive(Clone, Debug)]
pub struct StoredDelivery {
    pub id: u64,
    /// Same as [`Committed::repeat`].
    pub repeat: u32,
    /// The status of our answer; nothing when none was ever given.
    pub answered: Option<u16>,
    pub delivery: VerifiedDelivery,
}

impl Deref for StoredDelivery {
    type Target = VerifiedDelivery;

    fn deref(&self) -> &VerifiedDelivery {
        &self.delivery
    }
}
