//! Inlets: deliveries come in at a port, or from a place where somebody else received them.

use std::io::ErrorKind;

use tokio::sync::oneshot;

use crate::commands::listen::args::ListenArgs;
use crate::commands::listen::captures::Captures;
use crate::commands::listen::own_address;
use crate::commands::listen::place::Place;
use crate::commands::shared::context::Context;
use crate::engine::event_channel::EventReceiver;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::intake::Intake;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::receiver::receive;
use crate::error::Error;
use crate::net::accept::bind::Bound;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;

/// Inlet of deliveries.
pub(super) enum Inlet {
    /// A port.
    Port(Bound),
    /// Sources that others filled.
    Captures(Box<Captures>),
}

/// End of reading from sources; never for a port.
pub(super) type ReadingEnded = oneshot::Receiver<Result<(), Error>>;

impl Inlet {
    /// Opens the captures if they are named, else the port, to which no handler of ours may lead.
    pub(super) async fn open(args: &ListenArgs, targets: &[Target], context: &Context) -> Result<Self, Error> {
        if args.captures.from.is_empty() {
            return Ok(Self::Port(bind(args, targets).await?));
        }
        let captures = args.captures.prepare(args.forwarding.tls.options(), context).await?;
        Ok(Self::Captures(Box::new(captures)))
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

/// Binds the port. If one of the handlers has it already, the hint says so.
async fn bind(args: &ListenArgs, targets: &[Target]) -> Result<Bound, Error> {
    let port = args.port_operand.unwrap_or(args.port);
    let bound = Bound::bind(args.bind, port).await.map_err(|error| {
        let is_handlers = |target: &&Target| target.is_loopback() && target.port == port;
        match targets.iter().find(is_handlers) {
            Some(target) if error.source.kind() == ErrorKind::AddrInUse => Error::setup(
                error.to_string(),
                format!(
                    "your handler has it: listen on another port with `mh-hook listen --port {} --forward {target}`",
                    other_port(port)
                ),
            ),
            _ => error.into(),
        }
    })?;
    own_address::refuse(targets, &bound).await?;
    Ok(bound)
}

/// A port beside the one that is taken.
const fn other_port(taken: u16) -> u16 {
    if taken < 64_535 { taken + 1_000 } else { taken - 1_000 }
}
