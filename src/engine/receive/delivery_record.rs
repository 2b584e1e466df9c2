//! The JSON record of a delivery, the same for one that was just received and for one of the journal.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use crate::engine::records::HeaderPairs;
use crate::model::text::timestamp::rfc3339;
use crate::store::journal::{Committed, StoredDelivery, VerifiedDelivery};

/// The fields of a `delivery` record, in their order.
#[derive(Serialize)]
pub(crate) struct DeliveryRecord<'a> {
    id: u64,
    received_at: String,
    r#type: Option<&'a str>,
    job_id: Option<&'a str>,
    status: Option<&'a str>,
    verdict: &'static str,
    reason: Option<&'a str>,
    explanation: Option<&'a str>,
    problem: Option<&'a str>,
    duplicate: bool,
    attempt: u32,
    replayed: bool,
    method: &'a str,
    path: &'a str,
    remote: &'a str,
    headers: HeaderPairs<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    /// The body where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    answered: Option<u16>,
    /// The time that the answer took, which the journal does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) elapsed_ms: Option<f64>,
}

impl<'a> DeliveryRecord<'a> {
    pub(crate) fn new(delivery: &'a VerifiedDelivery, committed: Committed, answered: Option<u16>) -> Self {
        let body = str::from_utf8(&delivery.body).ok();
        Self {
            id: committed.id,
            received_at: rfc3339(delivery.received_at),
            r#type: delivery.event_type.as_deref(),
            job_id: delivery.job_id.as_deref(),
            status: delivery.status.as_deref(),
            verdict: delivery.verdict.as_str(),
            reason: delivery.reason.as_deref(),
            explanation: delivery.explanation.as_deref(),
            problem: delivery.problem.as_deref(),
            duplicate: committed.repeat > 1,
            attempt: committed.repeat.max(1),
            replayed: delivery.replayed,
            method: &delivery.method,
            path: &delivery.path,
            remote: &delivery.remote,
            headers: HeaderPairs(&delivery.headers),
            body,
            body_base64: body.is_none().then(|| BASE64_STANDARD.encode(&delivery.body)),
            answered,
            elapsed_ms: None,
        }
    }

    pub(crate) fn of_stored(stored: &'a StoredDelivery) -> Self {
        let committed = Committed { id: stored.id, repeat: stored.repeat };
        Self::new(&stored.delivery, committed, stored.answered)
    }
}
