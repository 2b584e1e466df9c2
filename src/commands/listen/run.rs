//! `mh-hook listen`: receives events on this machine, says whether each is authentic, keeps it, shows it, passes it on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::commands::listen::args::{ListenArgs, RunParts, forwarders, patterns};
use crate::commands::listen::banner::Banner;
use crate::commands::listen::conclusion::{Cause, Conclusion};
use crate::commands::listen::console::Console;
use crate::commands::listen::inlet::{Inlet, ReadingEnded, reading_ended};
use crate::commands::listen::inspector::Inspected;
use crate::commands::listen::keyed::Keyed;
use crate::commands::listen::late_secret::first_secret;
use crate::commands::listen::place::Place;
use crate::commands::listen::public_side::{KnownTo, Opened, PublicSide};
use crate::commands::listen::render::show_events;
use crate::commands::listen::stop::Ending;
use crate::commands::listen::totals::totals_line;
use crate::commands::shared::context::{Context, FoundSecret, finish, interrupt, runtime};
use crate::commands::shared::inspector_args;
use crate::commands::shared::journal_args::notice;
use crate::commands::shared::junit_file::JunitFile;
use crate::engine::event_channel::EventReceiver;
use crate::engine::inspector::Inspector;
use crate::engine::receive::counters::ReceiverCounters;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::expectations::Expectations;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::error::{Error, Exit};
use crate::model::EventPattern;
use crate::net::interrupt::Interrupt;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::Streams;
use crate::store::journal::JournalNotice;

/// Listens until it is interrupted, or what it waits for came, or nobody reads its output any more.
pub fn run(args: &ListenArgs, context: &Context) -> Result<Exit, Error> {
    let prepared = Prepared {
        args,
        events: patterns(&args.events)?,
        expectations: Arc::new(Mutex::new(args.waiting.expectations()?)),
        targets: args.forwarding.forward.iter().map(|url| url.parse()).collect::<Result<Vec<Target>, _>>()?,
        secret: first_secret(args.secret_file.as_deref(), args.way.is_public(), context)?,
        junit: JunitFile::open(args.waiting.junit.as_deref())?,
    };
    runtime()?.block_on(prepared.listen(context))
}

/// The parts of a run that are known before anything is opened.
struct Prepared<'a> {
    args: &'a ListenArgs,
    events: Vec<EventPattern>,
    expectations: Arc<Mutex<Expectations>>,
    targets: Vec<Target>,
    secret: FoundSecret,
    junit: Option<JunitFile>,
}

impl Prepared<'_> {
    async fn listen(self, context: &Context) -> Result<Exit, Error> {
        let Self { args, events, expectations, targets, secret, junit } = self;
        let streams = &context.streams;
        let mut interrupt = interrupt()?;
        let inlet = Inlet::open(args, &targets, context).await?;
        let (journal, notices) = args.journal.open(context)?.unzip();
        let log = Arc::new(journal.map_or_else(DeliveryLog::memory, DeliveryLog::Journal));
        let (shutdown, abandoned, aside) = (Shutdown::new(), Shutdown::new(), Shutdown::new());
        let (place, public) = (inlet.place(args.path.as_deref()), PublicSide::new(args.public_side())?);
        let verifier = SharedVerifier::from(secret.verifier().tolerance(args.tolerance));
        let counters = ReceiverCounters::default();
        let handlers = targets.clone();
        let forwarders = forwarders(args, targets, context, &shutdown)?;
        let judging = (verifier.clone(), public.access.clone());
        let run = RunParts {
            events,
            expectations: Arc::clone(&expectations),
            log: Arc::clone(&log),
            abandoned: abandoned.clone(),
            counters: counters.clone(),
        };
        let options = args.receiver_options(judging, forwarders, run, streams.format);
        let (forward, tls) = (args.forwarding.forward.as_slice(), args.forwarding.tls.options());
        let inspected = Inspected { place: &place, secret: &secret, log: &log, forward, tls };
        let inspector = inspected.start(args.inspector, context).await?;
        show_notices(notices, streams, &aside);
        let (events, reading) = inlet.start(options, context, &shutdown);
        let opened = public.open(place.port, &mut interrupt, context).await;
        if !matches!(opened, Ok(Opened::Nothing | Opened::Way(_))) {
            drop(events);
            finish(&shutdown, &mut interrupt).await;
            public.end(&mut interrupt).await;
            log.close().await;
            return opened.map(|_| args.waiting.unwatched());
        }
        let (stops, input) = (Stops { shutdown, abandoned, aside, interrupt }, (events, reading, opened?));
        let started =
            Started { args, place, secret, public, verifier, handlers, log, counters, inspector, expectations, stops };
        started.attend(input, junit, context).await
    }
}

/// Signals that stop the parts of a run, or are heard by it.
struct Stops {
    shutdown: Shutdown,
    /// Given when nobody reads the output any more.
    abandoned: Shutdown,
    /// Tracks what ends last.
    aside: Shutdown,
    interrupt: Interrupt,
}

/// A run that receives deliveries.
struct Started<'a> {
    args: &'a ListenArgs,
    place: Place,
    secret: FoundSecret,
    public: PublicSide,
    verifier: SharedVerifier,
    handlers: Vec<Target>,
    log: Arc<DeliveryLog>,
    counters: ReceiverCounters,
    inspector: Option<Inspector>,
    expectations: Arc<Mutex<Expectations>>,
    stops: Stops,
}

impl Started<'_> {
    /// Shows deliveries and obeys keys until the end, and finishes what is under way.
    async fn attend(
        self,
        (events, mut reading, opened): (EventReceiver<ReceiverEvent>, Option<ReadingEnded>, Opened),
        junit: Option<JunitFile>,
        context: &Context,
    ) -> Result<Exit, Error> {
        let Self { args, place, secret, public, verifier, handlers, log, counters, inspector, expectations, stops } =
            self;
        let Stops { shutdown, abandoned, aside, mut interrupt } = stops;
        let (streams, forward) = (&context.streams, args.forwarding.forward.as_slice());
        let mut console = Console::open(context);
        Banner { place: &place, secret: &secret, log: &log, opened: &opened, inspector: inspector.as_ref() }.announce(
            args,
            console.is_live(),
            context,
        )?;
        let hold = console.hold.clone();
        let keyed = Keyed { args, place: &place, handlers, verifier: &verifier, log: &log, counters: &counters, hold };
        let (mut actions, live) = console.is_live().then(|| keyed.actions(context, &shutdown)).unzip();
        public.keep(opened, &secret, KnownTo { verifier, console: &mut console }, context);
        let screen = show_events(events, streams, shutdown.clone(), live);
        let cause = tokio::select! {
            () = interrupt.heard() => Cause::Signal,
            () = console.quit(actions.as_mut()) => Cause::Signal,
            () = timeout(args.waiting.timeout) => Cause::Timeout,
            read = reading_ended(&mut reading) => Cause::Read(read.err()),
            () = shutdown.requested() => done(&mut reading).await,
        };
        drop(actions);
        let waits = (&mut console, &counters, forward);
        let mut ending =
            Ending { shutdown: &shutdown, abandoned: &abandoned, interrupt: &mut interrupt, streams, waits };
        let output = ending.end(screen).await;
        public.end(&mut interrupt).await;
        inspector_args::stop(inspector).await;
        drop(console);
        streams.note(&totals_line(counters.totals(), &log));
        close(log, &aside, &mut interrupt).await;
        let expectations = expectations.lock().unwrap_or_else(PoisonError::into_inner);
        Conclusion { expectations: &expectations, output, cause }.conclude(junit, context)
    }
}

/// Cause after the receiver was told to stop. Sources that end close the screen before they report.
async fn done(reading: &mut Option<ReadingEnded>) -> Cause {
    if reading.is_some() { Cause::Read(reading_ended(reading).await.err()) } else { Cause::Done }
}

/// Shows what the journal says of itself.
fn show_notices(notices: Option<mpsc::Receiver<JournalNotice>>, streams: &Streams, aside: &Shutdown) {
    let Some(notices) = notices else { return };
    let streams = streams.clone();
    aside.spawn(async move { pass_on(notices, |told| streams.warn(&notice(told))).await });
}

/// Writes what still waits, and shows what the journal says at its end.
async fn close(log: Arc<DeliveryLog>, aside: &Shutdown, interrupt: &mut Interrupt) {
    log.close().await;
    drop(log);
    finish(aside, interrupt).await;
}

async fn timeout(after: Option<Duration>) {
    match after {
        Some(after) => sleep(after).await,
        None => std::future::pending().await,
    }
}

async fn pass_on(mut notices: mpsc::Receiver<JournalNotice>, tell: impl Fn(&JournalNotice)) {
    while let Some(notice) = notices.recv().await {
        tell(&notice);
    }
}
