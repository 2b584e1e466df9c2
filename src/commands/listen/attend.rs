//! Attending a run: deliveries are shown and keys are obeyed until the end, which finishes what is under way.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::{Instant, sleep_until};

use crate::commands::listen::args::ListenArgs;
use crate::commands::listen::banner::Banner;
use crate::commands::listen::conclusion::{Cause, Conclusion};
use crate::commands::listen::console::Console;
use crate::commands::listen::inlet::{ReadingEnded, reading_ended};
use crate::commands::listen::keyed::Keyed;
use crate::commands::listen::place::Place;
use crate::commands::listen::public_side::{Opened, PublicSide, SecretUse};
use crate::commands::listen::render::show_events;
use crate::commands::listen::stop::Ending;
use crate::commands::listen::totals::{left_line, totals_line};
use crate::commands::shared::context::{Context, FoundSecret, finish};
use crate::commands::shared::inspector_args;
use crate::commands::shared::junit_file::JunitFile;
use crate::engine::event_channel::EventReceiver;
use crate::engine::inspector::Inspector;
use crate::engine::receive::counters::ReceiverCounters;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::expectations::Expectations;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::error::{Error, Exit};
use crate::net::interrupt::Interrupt;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::OutputError;

/// Signals that stop the parts of a run, or are heard by it.
pub(super) struct Stops {
    pub(super) shutdown: Shutdown,
    /// Given when nobody reads the output any more.
    pub(super) abandoned: Shutdown,
    /// Tracks what ends last.
    pub(super) aside: Shutdown,
    pub(super) interrupt: Interrupt,
    /// The end of the time that was allowed, if any.
    pub(super) deadline: Option<Instant>,
}

/// A run that receives deliveries.
pub(super) struct Started<'a> {
    pub(super) args: &'a ListenArgs,
    pub(super) place: Place,
    pub(super) secret: FoundSecret,
    pub(super) public: PublicSide,
    pub(super) verifier: SharedVerifier,
    pub(super) handlers: Vec<Target>,
    pub(super) log: Arc<DeliveryLog>,
    pub(super) counters: ReceiverCounters,
    pub(super) inspector: Option<Inspector>,
    pub(super) expectations: Arc<Mutex<Expectations>>,
    pub(super) stops: Stops,
}

impl Started<'_> {
    /// Shows deliveries and obeys keys until the end, and finishes what is under way.
    pub(super) async fn attend(
        self,
        (events, mut reading, opened): (EventReceiver<ReceiverEvent>, Option<ReadingEnded>, Opened),
        junit: Option<JunitFile>,
        context: &Context,
    ) -> Result<Exit, Error> {
        let Self { args, place, secret, public, verifier, handlers, log, counters, inspector, expectations, stops } =
            self;
        let Stops { shutdown, abandoned, aside, mut interrupt, deadline } = stops;
        let (streams, forward) = (&context.streams, args.forwarding.forward.as_slice());
        let mut console = Console::open(context);
        let banner =
            Banner { place: &place, secret: &secret, log: &log, opened: &opened, inspector: inspector.as_ref() };
        let is_shown = is_shown(banner.announce(args, console.is_live(), context))?;
        if !is_shown {
            shutdown.request();
        }
        let hold = console.hold.clone();
        let keyed = Keyed { args, place: &place, handlers, verifier: &verifier, log: &log, counters: &counters, hold };
        let (mut actions, live) = console.is_live().then(|| keyed.actions(context, &shutdown)).unzip();
        public.keep(opened, &secret, (SecretUse::new(verifier, inspector.as_ref()), &mut console), context);
        let screen = show_events(events, streams, shutdown.clone(), live);
        let cause = tokio::select! {
            () = interrupt.heard() => Cause::Signal,
            () = console.quit(actions.as_mut()) => Cause::Signal,
            () = reached(deadline) => Cause::Timeout,
            read = reading_ended(&mut reading) => Cause::Read(read.err()),
            () = shutdown.requested() => done(&mut reading).await,
        };
        drop(actions);
        let waits = (&mut console, &counters, forward);
        let mut ending =
            Ending { shutdown: &shutdown, abandoned: &abandoned, interrupt: &mut interrupt, streams, waits };
        let output = ending.end(screen).await.filter(|_| is_shown);
        public.end(&mut interrupt).await;
        inspector_args::stop(inspector).await;
        drop(console);
        streams.note(&totals_line(counters.totals(), &log));
        for (url, count) in counters.not_passed_on() {
            streams.warn(&left_line(&url, count, &log, args.journal.named()));
        }
        let is_kept = close(log, &aside, &mut interrupt).await;
        let expectations = expectations.lock().unwrap_or_else(PoisonError::into_inner);
        Conclusion { expectations: &expectations, output, cause, is_kept }.conclude(junit, context)
    }
}

/// Whether a banner was written; not if nobody reads the output.
fn is_shown(announced: Result<(), Error>) -> Result<bool, Error> {
    match announced {
        Ok(()) => Ok(true),
        Err(Error::Output(OutputError::Closed)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Cause after the receiver was told to stop. Sources that end close the screen before they report.
async fn done(reading: &mut Option<ReadingEnded>) -> Cause {
    if reading.is_some() { Cause::Read(reading_ended(reading).await.err()) } else { Cause::Done }
}

/// Writes what still waits, and shows what the journal says at its end. Returns whether anything is kept in a journal.
async fn close(log: Arc<DeliveryLog>, aside: &Shutdown, interrupt: &mut Interrupt) -> bool {
    let is_kept = log.is_durable();
    log.close().await;
    drop(log);
    finish(aside, interrupt).await;
    is_kept
}

/// Waits for a point in time; for ever where there is none.
pub(super) async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
