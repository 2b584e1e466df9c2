//! Intake of captured requests: the way into the receiver's pipeline for what did not come over HTTP.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use tokio::time::Instant;

use crate::engine::capture::captured::CapturedRequest;
use crate::engine::clock::SharedClock;
use crate::engine::event_channel::{EventReceiver, event_channel};
use crate::engine::receive::authenticator::IncomingDelivery;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::pipeline::Pipeline;
use crate::engine::reporter::Reporter;
use crate::model::signing::signature::TOLERANCE;
use crate::net::shutdown::Shutdown;

/// Takes captured requests in.
pub struct Intake {
    /// For what is as young as handlers want it.
    fresh: Arc<Pipeline>,
    /// For what is older: it is kept and shown, and not passed on.
    stale: Arc<Pipeline>,
    clock: SharedClock,
}

/// The fate of a captured request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// The answer that its sender would have got.
    pub answered: StatusCode,
    /// Whether it was too old to be passed on.
    pub is_stale: bool,
}

impl Intake {
    /// An intake with these options, and the channel on which it reports.
    pub fn new(
        options: ReceiverOptions,
        clock: SharedClock,
        shutdown: &Shutdown,
    ) -> (Self, EventReceiver<ReceiverEvent>) {
        let (events, receiver) = event_channel();
        let pipeline = |options: ReceiverOptions, events| {
            let reporter = Reporter::new(events, options.when_behind, options.abandoned.clone());
            Arc::new(Pipeline::new(options, clock.clone(), reporter, shutdown.clone()))
        };
        let stale = pipeline(options.without_forwarders(), events.clone());
        let fresh = pipeline(options, events);
        (Self { fresh, stale, clock }, receiver)
    }

    /// Takes a request in, judged as of the time when it was captured. It is kept when this returns.
    pub async fn take(&self, captured: CapturedRequest) -> TakenIn {
        let CapturedRequest { captured_at, method, path, headers, body, is_whole, remote, .. } = captured;
        let age = Duration::try_from(self.clock.now().duration_since(captured_at)).unwrap_or_default();
        let is_stale = age > TOLERANCE;
        let pipeline = if is_stale { &self.stale } else { &self.fresh };
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap_or_default();
        *request.headers_mut() = headers;
        let head = request.into_parts().0;
        let incoming = IncomingDelivery {
            head,
            body,
            is_whole,
            peer: Arc::from(remote.to_string()),
            received_at: captured_at,
            began: Instant::now(),
        };
        TakenIn { answered: pipeline.take(incoming).await, is_stale }
    }
}
