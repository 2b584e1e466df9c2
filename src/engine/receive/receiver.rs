//! The receiver: takes deliveries over HTTP, judges, keeps and answers them, passes them on, and reports each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::clock::SharedClock;
use crate::engine::event_channel::{EventReceiver, event_channel};
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::pipeline::Pipeline;
use crate::engine::receive::service::ReceiverService;
use crate::engine::reporter::Reporter;
use crate::net::accept::bind::Bound;
use crate::net::accept::limits::Limits;
use crate::net::accept::server::{serve, serve_stream};
use crate::net::byte_stream::ByteStream;
use crate::net::shutdown::Shutdown;

/// Time for the agent of a tunnel to carry an answer on. Magic Hour itself waits 10 s for it.
const CARRY_TIME: Duration = Duration::from_secs(5);

/// Starts to receive. Ends, after the deliveries under way, when `shutdown` is requested.
pub fn receive(
    bound: Bound,
    options: ReceiverOptions,
    clock: SharedClock,
    shutdown: &Shutdown,
) -> EventReceiver<ReceiverEvent> {
    let receiver = Receiver::new(options, clock, shutdown);
    let serving = serve(bound, receiver.limits, receiver.service, shutdown.clone());
    let pipeline = receiver.pipeline;
    shutdown.spawn(async move {
        serving.await;
        pipeline.report_end().await;
    });
    receiver.events
}

/// Receives over one stream that is open already, and reports as [`receive`] does. Ends when the stream does.
pub fn receive_over(
    stream: impl ByteStream,
    peer: SocketAddr,
    options: ReceiverOptions,
    clock: SharedClock,
    shutdown: &Shutdown,
) -> EventReceiver<ReceiverEvent> {
    let receiver = Receiver::new(options, clock, shutdown);
    shutdown.spawn(serve_stream(stream, peer, receiver.limits, receiver.service, shutdown.clone()));
    receiver.events
}

/// A receiver that serves nothing yet.
struct Receiver {
    pipeline: Arc<Pipeline>,
    service: ReceiverService,
    limits: Limits,
    events: EventReceiver<ReceiverEvent>,
}

impl Receiver {
    fn new(options: ReceiverOptions, clock: SharedClock, shutdown: &Shutdown) -> Self {
        let (sender, events) = event_channel();
        let reporter = Reporter::new(sender, options.when_behind, options.abandoned.clone());
        let limits = Limits { carry_time: options.public.is_some().then_some(CARRY_TIME), ..Limits::default() };
        let pipeline = Arc::new(Pipeline::new(options, clock, reporter, shutdown.clone()));
        let service = ReceiverService::new(Arc::clone(&pipeline));
        Self { pipeline, service, limits, events }
    }
}
