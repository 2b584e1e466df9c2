//! The options of a receiver.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::forwarder::Forwarder;
use crate::engine::receive::own_jobs::OwnJobs;
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::model::EventPattern;
use crate::net::accept::body::BodyLimits;

/// Options of verifying, keeping, forwarding and answering deliveries.
#[derive(Debug)]
pub struct ReceiverOptions {
    /// Judges signatures.
    pub verifier: SharedVerifier,
    /// The public URL that leads here, if one does. Then only what has Magic Hour's headers is taken, and what cannot be
    /// verified is answered 401 and not passed on: Magic Hour sends it again.
    pub public: Option<Arc<PublicAccess>>,
    /// Answers invalid deliveries as if they were valid, and passes them on.
    pub accept_invalid: bool,
    /// Path that accepts events, with everything below it; every path if there is none.
    pub path: Option<String>,
    /// Events that are shown and forwarded; all if there is none.
    pub events: Vec<EventPattern>,
    /// Limits of a body.
    pub body: BodyLimits,
    /// Log that keeps deliveries.
    pub log: Arc<DeliveryLog>,
    /// The handlers that deliveries are passed on to. Of a single one the answer is passed back.
    pub forwarders: Vec<Forwarder>,
    /// Jobs whose deliveries are forwarded to a single handler; all jobs if there is none. The others are answered
    /// with success.
    pub own_jobs: Option<Arc<OwnJobs>>,
    /// Attempts of each event that are failed on purpose.
    pub fail_first: u32,
    /// The status that every other delivery is answered with, whatever it is.
    pub respond: Option<StatusCode>,
    /// Delay of every answer.
    pub delay: Duration,
}

impl ReceiverOptions {
    /// The same, with nobody to pass deliveries on to.
    pub(super) fn without_forwarders(&self) -> Self {
        Self {
            verifier: self.verifier.clone(),
            public: self.public.clone(),
            path: self.path.clone(),
            events: self.events.clone(),
            log: Arc::clone(&self.log),
            forwarders: Vec::new(),
            own_jobs: self.own_jobs.clone(),
            ..*self
        }
    }
}
