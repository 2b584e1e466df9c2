//! `mh-hook listen`: receives events on this machine, says whether each is authentic, keeps it, shows it, passes it on.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::commands::listen::args::{ListenArgs, RunParts, forwarders};
use crate::commands::listen::attend::{Started, Stops, reached};
use crate::commands::listen::inlet::Inlet;
use crate::commands::listen::inspector::Inspected;
use crate::commands::listen::public_side::{Opened, PublicSide};
use crate::commands::shared::context::{Context, FoundSecret, block_on, finish, interrupt};
use crate::commands::shared::event_patterns::event_patterns;
use crate::commands::shared::journal_args::notice;
use crate::commands::shared::junit_file::JunitFile;
use crate::commands::shared::late_secret::first_secret;
use crate::engine::receive::counters::ReceiverCounters;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::expectations::Expectations;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::error::{Error, Exit};
use crate::model::EventPattern;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::Streams;
use crate::store::journal::JournalNotice;

/// Listens until it is interrupted, or what it waits for came, or nobody reads its output any more.
pub fn run(args: &ListenArgs, context: &Context) -> Result<Exit, Error> {
    // The report of an earlier run goes first: what follows may fail.
    let junit = JunitFile::open(args.waiting.junit.as_deref())?;
    args.forwarding.tls.require_readable()?;
    let prepared = Prepared {
        args,
        events: event_patterns(&args.events, context)?,
        expectations: Arc::new(Mutex::new(args.waiting.expectations(context)?)),
        targets: args.forwarding.forward.iter().map(|url| url.parse()).collect::<Result<Vec<Target>, _>>()?,
        secret: first_secret(args.secret_file.as_deref(), args.way.is_public(), context)?,
        junit,
    };
    block_on(prepared.listen(context))?
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
        let deadline = args.waiting.timeout.map(|timeout| Instant::now() + timeout);
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
        let opened = tokio::select! {
            opened = public.open(place.port, &mut interrupt, context) => opened,
            () = reached(deadline) => Ok(Opened::TimedOut),
        };
        if !matches!(opened, Ok(Opened::Nothing | Opened::Way(_))) {
            drop(events);
            finish(&shutdown, &mut interrupt).await;
            public.end(&mut interrupt).await;
            log.close().await;
            return opened.map(|opened| args.waiting.unopened(&opened, context));
        }
        let (stops, input) = (Stops { shutdown, abandoned, aside, interrupt, deadline }, (events, reading, opened?));
        let started =
            Started { args, place, secret, public, verifier, handlers, log, counters, inspector, expectations, stops };
        started.attend(input, junit, context).await
    }
}

/// Shows what the journal says of itself.
fn show_notices(notices: Option<mpsc::Receiver<JournalNotice>>, streams: &Streams, aside: &Shutdown) {
    let Some(notices) = notices else { return };
    let streams = streams.clone();
    aside.spawn(async move { pass_on(notices, |told| streams.warn(&notice(told))).await });
}

async fn pass_on(mut notices: mpsc::Receiver<JournalNotice>, tell: impl Fn(&JournalNotice)) {
    while let Some(notice) = notices.recv().await {
        tell(&notice);
    }
}
