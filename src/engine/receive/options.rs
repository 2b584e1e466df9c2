//! Options of a receiver: the verifier, the log of deliveries, the handlers and the limits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;

use crate::engine::receive::counters::ReceiverCounters;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::expectations::Expectations;
use crate::engine::receive::forwarder::Forwarder;
use crate::engine::receive::own_jobs::OwnJobs;
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::engine::reporter::WhenBehind;
use crate::model::EventPattern;
use crate::net::accept::body::BodyLimits;
use crate::net::shutdown::Shutdown;

/// Options for verifying, keeping, forwarding and answering deliveries.
#[derive(Debug)]
pub struct ReceiverOptions {
    pub verifier: SharedVerifier,
    /// The public URL that reaches this machine, if one does. Then only requests with Magic Hour's headers are accepted, and what
    /// cannot be verified is answered 401 and not passed on: Magic Hour sends it again.
    pub public: Option<Arc<PublicAccess>>,
    /// Answers invalid deliveries as if they were valid, and passes them on.
    pub accept_invalid: bool,
    /// Path at which events are accepted: this path and those below it; anywhere if there is none.
    pub path: Option<String>,
    /// Events that are shown and forwarded; all if there is none.
    pub events: Vec<EventPattern>,
    /// Limits of a body.
    pub body: BodyLimits,
    /// The log that keeps deliveries.
    pub log: Arc<DeliveryLog>,
    /// The handlers that deliveries are passed on to. Of a single one the answer is passed back.
    pub forwarders: Vec<Forwarder>,
    /// Jobs whose deliveries are forwarded to a single handler; all if nothing is said. The others are answered
    /// with success.
    pub own_jobs: Option<Arc<OwnJobs>>,
    /// Deliveries that are waited for: `shutdown` is requested once nothing more has to come.
    pub expectations: Option<Arc<Mutex<Expectations>>>,
    /// Treatment of events that come faster than they are taken.
    pub when_behind: WhenBehind,
    /// Requested when nobody takes events any more, and none of them is to be waited for.
    pub abandoned: Shutdown,
    /// Counters that the receiver keeps up to date.
    pub counters: ReceiverCounters,
    /// Number of attempts of each event that are failed on purpose.
    pub fail_first: u32,
    /// The status that every other delivery is answered with, whatever it is.
    pub respond: Option<StatusCode>,
    /// Delay of every answer.
    pub delay: Duration,
}

impl ReceiverOptions {
    /// Options to accept deliveries at any path, forward none, and answer at once; their events are waited for.
    pub fn new(verifier: impl Into<SharedVerifier>, log: Arc<DeliveryLog>) -> Self {
        Self {
            verifier: verifier.into(),
            public: None,
            accept_invalid: false,
            path: None,
            events: Vec::new(),
            body: BodyLimits::default(),
            log,
            forwarders: Vec::new(),
            own_jobs: None,
            expectations: None,
            when_behind: WhenBehind::Wait,
            abandoned: Shutdown::new(),
            counters: ReceiverCounters::default(),
            fail_first: 0,
            respond: None,
            delay: Duration::ZERO,
        }
    }

    /// The same without handlers.
    pub(super) fn without_forwarders(&self) -> Self {
        Self {
            verifier: self.verifier.clone(),
            public: self.public.clone(),
            path: self.path.clone(),
            events: self.events.clone(),
            log: Arc::clone(&self.log),
            forwarders: Vec::new(),
            own_jobs: self.own_jobs.clone(),
            expectations: self.expectations.clone(),
            abandoned: self.abandoned.clone(),
            counters: self.counters.clone(),
            ..*self
        }
    }
}
