//! The replayer: sends deliveries of the journal again, signed anew or exactly as they came.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use jiff::Timestamp;

use crate::engine::clock::SharedClock;
use crate::engine::receive::REPLAY_HEADER;
use crate::engine::send::attempt::{ANSWER_LIMIT, Attempt, AttemptLimits};
use crate::engine::send::composer::Composed;
use crate::engine::send::sender::{SentEvent, post_of};
use crate::model::contract::path::{Assignment, PathError};
use crate::model::json::lexer::JsonError;
use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::model::{Delivery, Signer};
use crate::net::out::end_to_end::end_to_end;
use crate::net::out::post::{Remote, TimeLimit};
use crate::store::journal::StoredDelivery;

/// Changes to a delivery before it is sent again.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Changes to fields that are there.
    pub set: Vec<Assignment>,
    /// Changes that may add fields.
    pub set_new: Vec<Assignment>,
}

/// Why a delivery cannot be changed as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Only JSON has fields.
    #[error("delivery {0} has no fields to set: its body is not JSON: {1}")]
    NotJson(u64, JsonError),
    /// A change does not fit the event.
    #[error(transparent)]
    Path(PathError),
}

/// Sends deliveries again to one place.
#[derive(Debug)]
pub struct Replayer {
    pub remote: Remote,
    /// Signs them anew, with the time of sending; without it they go out as they came.
    pub signer: Option<Signer>,
    /// Time for the answer.
    pub timeout: Duration,
    /// Tells when they are signed.
    pub clock: SharedClock,
}

impl Edits {
    /// The event of a delivery, changed as asked. Every byte that no change touches stays as it is.
    ///
    /// # Errors
    ///
    /// When there is nothing to change, or a change does not fit.
    pub fn apply(&self, delivery: &StoredDelivery) -> Result<Composed, EditError> {
        let misfit = |error| match error {
            PathError::NotJson(error) => EditError::NotJson(delivery.id, error),
            error => EditError::Path(error),
        };
        let mut body = delivery.body.clone();
        for Assignment { path, value } in &self.set {
            body = path.set(&body, value).map_err(misfit)?.into();
        }
        for Assignment { path, value } in &self.set_new {
            body = path.set_or_add(&body, value).map_err(misfit)?.into();
        }
        Ok(Composed::of(body))
    }
}

impl Replayer {
    /// Sends the event of a delivery again.
    pub async fn replay(&self, kept: &StoredDelivery, event: Composed) -> SentEvent {
        let sent_at = self.clock.now();
        let delivery = self.pack(kept, event.body.clone(), sent_at);
        let limits = AttemptLimits { time: TimeLimit::Each(self.timeout), answer: ANSWER_LIMIT };
        let attempt = Attempt::make(&self.remote, post_of(&delivery), limits, sent_at).await;
        SentEvent { event, delivery, number: 1, attempt }
    }

    /// The request's headers, but for those that concerned the connection it came over, and the mark of a replay. Signed
    /// anew, the two of the signature take the place of those that it came with.
    fn pack(&self, kept: &StoredDelivery, body: Bytes, at: Timestamp) -> Delivery {
        let mut headers = end_to_end(&kept.headers);
        headers.insert(REPLAY_HEADER, HeaderValue::from(kept.id));
        if let Some(signer) = &self.signer {
            let signed = Delivery::signed(signer, body.clone(), at);
            for name in [SIGNATURE_HEADER, TIMESTAMP_HEADER] {
                headers.remove(name);
                if let Some(value) = signed.headers.get(name) {
                    headers.insert(name, value.clone());
                }
            }
        }
        Delivery { headers, body }
    }
}
