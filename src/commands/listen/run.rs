//! `mh-hook listen`: receives events on this machine, says whether each is authentic, keeps it, shows it, passes it on.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use http::StatusCode;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;

use crate::commands::listen::banner::Banner;
use crate::commands::listen::captures::CaptureArgs;
use crate::commands::listen::conclusion::{Cause, Conclusion};
use crate::commands::listen::inlet::{Inlet, ReadingEnded, reading_ended};
use crate::commands::listen::inspector::Inspected;
use crate::commands::listen::late_secret::first_secret;
use crate::commands::listen::own_address;
use crate::commands::listen::public_side::{Opened, PublicOptions, PublicSide};
use crate::commands::listen::render::show_events;
use crate::commands::listen::stop::Ending;
use crate::commands::shared::context::{Context, FoundSecret, finish, interrupt, runtime};
use crate::commands::shared::defaults::{DEFAULT_PATH, DEFAULT_PORT};
use crate::commands::shared::inspector_args::{self, InspectorArgs};
use crate::commands::shared::journal_args::{JournalWriting, notice};
use crate::commands::shared::junit_file::JunitFile;
use crate::commands::shared::place::place;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::tunnel_args::TunnelArgs;
use crate::commands::shared::value_parsers;
use crate::engine::receive::WhenBehind;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::expectations::Expectations;
use crate::engine::receive::forwarder::Forwarder;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::error::{Error, Exit};
use crate::model::EventPattern;
use crate::model::contract::path::Assignment;
use crate::net::accept::bind::Bound;
use crate::net::accept::body::BodyLimits;
use crate::net::interrupt::Interrupt;
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::{Format, Streams};
use crate::store::journal::JournalNotice;
use crate::store::settings::SetBy;

/// Time for a request to arrive.
const READ_TIME: Duration = Duration::from_secs(10);

/// Receive events on this machine: verify, store, show, forward, answer
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook listen
      receive events on port 8000
  mh-hook listen --forward http://localhost:3000/webhook
      pass them on to your handler
  mh-hook listen --expect 'video.*' --timeout 5m
      wait for a verified event, in a script
  mh-hook listen --fail-first 2
      answer 500 twice and observe the retries")]
pub struct ListenArgs {
    /// Port to listen on (0 picks a free one)
    #[arg(short, long, add = SetBy::Project, default_value_t = DEFAULT_PORT, value_parser = value_parsers::port)]
    port: u16,
    /// Same as --port
    #[arg(value_name = "PORT", conflicts_with = "port", value_parser = value_parsers::port)]
    port_operand: Option<u16>,
    /// Listen on this address instead of localhost
    #[arg(long, add = SetBy::User, value_name = "ADDR", conflicts_with_all = ["tunnel", "public_url"])]
    bind: Option<IpAddr>,
    /// Accept events only at this path and below it; other paths get 404
    #[arg(long, add = SetBy::User, value_name = "PATH", value_parser = path)]
    path: Option<String>,
    /// Show and forward only events of these types (globs allowed); all are accepted and kept
    #[arg(long, add = SetBy::Project, value_name = "GLOB", value_delimiter = ',')]
    events: Vec<String>,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Largest difference between a timestamp and now, in both directions
    #[arg(long, add = SetBy::User, value_name = "DURATION", default_value = "5m", value_parser = value_parsers::duration)]
    tolerance: Duration,
    /// Answer invalid deliveries as if they were valid
    #[arg(long, add = SetBy::User)]
    accept_invalid: bool,
    /// Largest body to accept
    #[arg(long, add = SetBy::User, value_name = "SIZE", default_value = "1MiB", value_parser = value_parsers::size)]
    max_body: usize,
    #[command(flatten)]
    journal: JournalWriting,
    #[command(flatten)]
    way: TunnelArgs,
    #[command(flatten)]
    captures: CaptureArgs,
    #[command(flatten)]
    forwarding: Forwarding,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    study: Study,
    #[command(flatten)]
    inspector: InspectorArgs,
}

/// Options of forwarding.
#[derive(Args, Debug)]
#[command(next_help_heading = "Forwarding")]
struct Forwarding {
    /// Forward each delivery to this URL; with a single --forward, its response is returned to the sender
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL", value_parser = place)]
    forward: Vec<String>,
    /// Deliveries forwarded at once; those of one job keep their order
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    forward_concurrency: u16,
    #[command(flatten)]
    tls: TlsArgs,
}

/// Options of waiting.
#[derive(Args, Debug)]
#[command(next_help_heading = "Waiting for events")]
struct Waiting {
    /// Exit 0 once a verified delivery of this type has arrived (globs allowed); repeat for several
    #[arg(long, add = SetBy::User, value_name = "TYPE")]
    expect: Vec<String>,
    /// Count only deliveries with this value for --expect, such as payload.id=clx1
    #[arg(long = "where", add = SetBy::CommandLine, value_name = "PATH=VALUE")]
    places: Vec<String>,
    /// Stop after this many deliveries
    #[arg(long, add = SetBy::User, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    exit_after: Option<u64>,
    /// Stop after this long
    #[arg(long, add = SetBy::User, value_name = "DURATION", value_parser = value_parsers::duration)]
    timeout: Option<Duration>,
    /// Write the expectations and their results to this file as JUnit XML
    #[arg(long, add = SetBy::User, value_name = "FILE", requires = "expect")]
    junit: Option<PathBuf>,
}

/// Ways to behave badly, to learn how the provider takes it.
#[derive(Args, Debug)]
#[command(next_help_heading = "Studying the provider")]
struct Study {
    /// Answer 500 to the first N attempts of each event, and report the retries
    #[arg(long, add = SetBy::User, value_name = "N", default_value_t = 0)]
    fail_first: u32,
    /// Answer every delivery with this status
    #[arg(long, add = SetBy::User, value_name = "STATUS", value_parser = value_parsers::status)]
    respond: Option<StatusCode>,
    /// Delay every answer by this long
    #[arg(long, add = SetBy::User, value_name = "DURATION", default_value = "0", value_parser = value_parsers::duration)]
    delay: Duration,
}

fn path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err("a path starts with '/'".to_owned());
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '?' | '#')) {
        return Err(format!("{c:?} cannot stand in a path; write it percent-encoded"));
    }
    Ok(text.to_owned())
}

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
        let inlet = inlet(args, &targets, context).await?;
        let (journal, notices) = args.journal.open(context)?.unzip();
        let log = Arc::new(journal.map_or_else(DeliveryLog::memory, DeliveryLog::Journal));
        let (shutdown, abandoned, aside) = (Shutdown::new(), Shutdown::new(), Shutdown::new());
        let (place, public) = (inlet.place(args.path.as_deref()), PublicSide::new(args.public_side())?);
        let verifier = SharedVerifier::from(secret.verifier().tolerance(args.tolerance));
        let forwarders = forwarders(args, targets, context, &shutdown)?;
        let judging = (verifier.clone(), public.access.clone());
        let options = ReceiverOptions {
            events,
            expectations: Some(Arc::clone(&expectations)),
            when_behind: when_behind(&log, streams.format),
            abandoned: abandoned.clone(),
            ..args.receiver_options(judging, forwarders, Arc::clone(&log))
        };
        let (forward, tls) = (args.forwarding.forward.as_slice(), args.forwarding.tls.options());
        let inspected = Inspected { place: &place, secret: &secret, log: &log, forward, tls };
        let inspector = inspected.start(args.inspector, context).await?;
        show_notices(notices, streams, &aside);
        let (events, mut reading) = inlet.start(options, context, &shutdown);
        let opened = public.open(place.port, &mut interrupt, context).await;
        if !matches!(opened, Ok(Opened::Nothing | Opened::Way(_))) {
            drop(events);
            finish(&shutdown, &mut interrupt).await;
            public.end(&mut interrupt).await;
            log.close().await;
            return opened.map(|_| args.waiting.unwatched());
        }
        let opened = opened?;
        let banner = Banner {
            place: &place,
            secret: &secret,
            log: &log,
            opened: &opened,
            inspector: inspector.as_ref(),
            forward,
            accept_invalid: args.accept_invalid,
        };
        banner.announce(context)?;
        public.keep(opened, &secret, verifier, context);
        let screen = show_events(events, streams, shutdown.clone());
        let cause = tokio::select! {
            () = interrupt.heard() => Cause::Signal,
            () = timeout(args.waiting.timeout) => Cause::Timeout,
            read = reading_ended(&mut reading) => Cause::Read(read.err()),
            () = shutdown.requested() => done(&mut reading).await,
        };
        let mut ending = Ending { shutdown: &shutdown, abandoned: &abandoned, interrupt: &mut interrupt, streams };
        let drained = ending.drain(&screen).await;
        let output = if drained { ending.output(screen).await } else { None };
        public.end(&mut interrupt).await;
        inspector_args::stop(inspector).await;
        close(log, &aside, &mut interrupt).await;
        let expectations = expectations.lock().unwrap_or_else(PoisonError::into_inner);
        Conclusion { expectations: &expectations, output, cause }.conclude(junit, context)
    }
}

/// The screen may skip events only if the journal has them; records are never skipped.
fn when_behind(log: &DeliveryLog, format: Format) -> WhenBehind {
    if log.is_durable() && format != Format::Json { WhenBehind::Skip } else { WhenBehind::Wait }
}

/// Cause after the receiver was told to stop. Sources that end close the screen before they report.
async fn done(reading: &mut Option<ReadingEnded>) -> Cause {
    if reading.is_some() { Cause::Read(reading_ended(reading).await.err()) } else { Cause::Done }
}

/// Captures if they are named, else the port.
async fn inlet(args: &ListenArgs, targets: &[Target], context: &Context) -> Result<Inlet, Error> {
    match Inlet::of_captures(&args.captures, args.forwarding.tls.options(), context).await? {
        Some(captures) => Ok(captures),
        None => Ok(Inlet::Port(bind(args, targets).await?)),
    }
}

/// Binds the port, to which no handler of ours may lead. Where one of them has it already, the hint says so.
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

/// A port beside the one that is taken.
const fn other_port(taken: u16) -> u16 {
    if taken < 64_535 { taken + 1_000 } else { taken - 1_000 }
}

impl ListenArgs {
    fn receiver_options(
        &self,
        (verifier, public): (SharedVerifier, Option<Arc<PublicAccess>>),
        forwarders: Vec<Forwarder>,
        log: Arc<DeliveryLog>,
    ) -> ReceiverOptions {
        ReceiverOptions {
            verifier,
            public,
            accept_invalid: self.accept_invalid,
            path: self.path.clone(),
            events: Vec::new(),
            body: BodyLimits { size: self.max_body, time: READ_TIME },
            log,
            forwarders,
            own_jobs: None,
            expectations: None,
            when_behind: WhenBehind::Wait,
            abandoned: Shutdown::new(),
            fail_first: self.study.fail_first,
            respond: self.study.respond,
            delay: self.study.delay,
        }
    }

    fn public_side(&self) -> PublicOptions {
        PublicOptions {
            way: self.way.clone(),
            path: self.path.as_deref().unwrap_or(DEFAULT_PATH).to_owned(),
            tls: self.forwarding.tls.options(),
            tolerance: self.tolerance,
            secret_file: self.secret_file.clone(),
        }
    }
}

fn patterns(texts: &[String]) -> Result<Vec<EventPattern>, Error> {
    Ok(texts.iter().map(|text| text.parse()).collect::<Result<_, _>>()?)
}

impl Waiting {
    /// Exit code of a run whose deliveries nobody saw.
    fn unwatched(&self) -> Exit {
        if self.expect.is_empty() { Exit::Done } else { Exit::Interrupted }
    }

    fn expectations(&self) -> Result<Expectations, Error> {
        let places =
            self.places.iter().map(|text| value_parsers::assignment(text)).collect::<Result<Vec<Assignment>, _>>()?;
        if !places.is_empty() && self.expect.is_empty() {
            return Err(Error::usage(
                "--where needs --expect",
                "--where filters the deliveries that --expect TYPE waits for",
            ));
        }
        Ok(Expectations::new(patterns(&self.expect)?, places, self.exit_after))
    }
}

fn forwarders(
    args: &ListenArgs,
    targets: Vec<Target>,
    context: &Context,
    shutdown: &Shutdown,
) -> Result<Vec<Forwarder>, Error> {
    let gate = Arc::new(Semaphore::new(args.forwarding.forward_concurrency.into()));
    let tls = args.forwarding.tls.options();
    let forwarder = |target| {
        let remote = Remote::new(target, &tls, shutdown.clone())?;
        Ok(Forwarder::new(remote, args.path.clone(), Arc::clone(&gate), context.clock.clone()))
    };
    targets.into_iter().map(forwarder).collect()
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
