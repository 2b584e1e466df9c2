//! Inlets: deliveries come in at a port, or from a place where somebody else received them.

use tokio::sync::oneshot;

use crate::commands::listen::captures::{CaptureArgs, Captures};
use crate::commands::listen::place::Place;
use crate::commands::shared::context::Context;
use crate::engine::event_channel::EventReceiver;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::intake::Intake;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::receiver::receive;
use crate::error::Error;
use crate::net::accept::bind::Bound;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;

/// Inlet of deliveries.
pub(super) enum Inlet {
    /// A port.
    Port(Bound),
    /// Sources that others filled.
    Captures(Captures),
}

/// End of reading from sources; never for a port.
pub(super) type ReadingEnded = oneshot::Receiver<Result<(), Error>>;

impl Inlet {
    /// Prepares the sources; nothing where a port is to be used.
    pub(super) async fn of_captures(
        args: &CaptureArgs,
        tls: TlsOptions,
        context: &Context,
    ) -> Result<Option<Self>, Error> {
        if args.from.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self::Captures(args.prepare(tls, context).await?)))
    }

    /// Place for banners.
    pub(super) fn place(&self, path: Option<&str>) -> Place {
        match self {
            Self::Port(bound) => Place::of(bound, path),
            Self::Captures(captures) => Place::elsewhere(&captures.names()),
        }
    }

    /// Begins to take deliveries in, in tasks that `shutdown` tracks.
    pub(super) fn start(
        self,
        options: ReceiverOptions,
        context: &Context,
        shutdown: &Shutdown,
    ) -> (EventReceiver<ReceiverEvent>, Option<ReadingEnded>) {
        let clock = context.clock.clone();
        match self {
            Self::Port(bound) => (receive(bound, options, clock, shutdown), None),
            Self::Captures(captures) => {
                let (intake, events) = Intake::new(options, clock, shutdown);
                let (ended, reading) = oneshot::channel();
                let stop = shutdown.clone();
                shutdown.spawn(async move {
                    let _ = ended.send(captures.read(intake, &stop).await);
                });
                (events, Some(reading))
            }
        }
    }
}

/// Waits for the end of reading, where anything is read.
pub(super) async fn reading_ended(reading: &mut Option<ReadingEnded>) -> Result<(), Error> {
    match reading {
        Some(reading) => reading.await.unwrap_or(Ok(())),
        None => std::future::pending().await,
    }
}
