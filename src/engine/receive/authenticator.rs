//! Verification of what was received, with a closer look on another thread where a digest differs.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::engine::receive::diagnosis_budget::DiagnosisBudget;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::engine::receive::verified::Verified;
use crate::model::Verdict;
use crate::model::signing::reason::Reason;
use crate::model::signing::verdict::Trust;

/// A request that was read whole.
pub(crate) struct IncomingDelivery {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    /// Whether the body is what was sent, byte for byte.
    pub(crate) is_whole: bool,
    /// The sender's address.
    pub(crate) peer: Arc<str>,
    pub(crate) received_at: Timestamp,
    /// The time at which its head had arrived.
    pub(crate) began: Instant,
}

/// Verifies deliveries.
pub(crate) struct Authenticator {
    verifier: SharedVerifier,
    /// The public URL that reaches this machine, if one does: it hears of what was verified.
    public: Option<Arc<PublicAccess>>,
    diagnoses: DiagnosisBudget,
}

impl Authenticator {
    pub(crate) fn new(options: &ReceiverOptions) -> Self {
        Self { verifier: options.verifier.clone(), public: options.public.clone(), diagnoses: DiagnosisBudget::new() }
    }

    /// The verdict without a diagnosis.
    pub(crate) fn judge(&self, incoming: &IncomingDelivery) -> Verdict {
        let IncomingDelivery { head, body, received_at, .. } = incoming;
        self.verifier.current().verify_without_diagnosis(&head.headers, body, *received_at)
    }

    /// Takes a closer look at a delivery whose digest differs, within a budget.
    pub(crate) async fn diagnose(&self, incoming: IncomingDelivery, verdict: Verdict) -> Verified {
        let Some(_turn) = self.diagnoses.take().await else { return self.verified(incoming, verdict) };
        let (verifier, now) = (self.verifier.current(), incoming.received_at);
        let (headers, body) = (incoming.head.headers.clone(), incoming.body.clone());
        let diagnosed = spawn_blocking(move || verifier.verify(&headers, &body, now)).await;
        self.verified(incoming, diagnosed.unwrap_or(verdict))
    }

    /// The delivery with its verdict.
    pub(crate) fn verified(&self, incoming: IncomingDelivery, mut verdict: Verdict) -> Verified {
        let IncomingDelivery { head, body, is_whole, peer, received_at, .. } = incoming;
        if !is_whole && verdict != Verdict::Verified {
            verdict = Verdict::Unverified(Reason::BodyNotKept);
        }
        if let (Verdict::Verified, Some(public)) = (&verdict, &self.public)
            && self.verifier.current().trust() == Trust::Configured
        {
            public.note_verified(&head.headers);
        }
        Verified::new(head, body, &peer, received_at, verdict)
    }
}
