//! `mh-hook e2e`: submits a job, waits for its webhooks, and judges the whole integration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::Semaphore;

use crate::commands::context::{Context, FoundSecret, finish, interrupt, runtime};
use crate::commands::defaults::{DEFAULT_PATH, DEFAULT_PORT};
use crate::commands::e2e_advice::{Situation, advice};
use crate::commands::e2e_junit::junit;
use crate::commands::e2e_progress::Screen;
use crate::commands::e2e_request::{JobArgs, missing_file};
use crate::commands::e2e_text::{Plan, Summary};
use crate::commands::e2e_world::{Choice, World};
use crate::commands::journal_options::{JournalWriting, notice};
use crate::commands::junit_file::JunitFile;
use crate::commands::target_options::TlsArgs;
use crate::commands::tool_list;
use crate::commands::values;
use crate::engine::claims::Claims;
use crate::engine::e2e::{Examiner, ExaminerOptions, JobRequest, Report};
use crate::engine::forwarder::Forwarder;
use crate::engine::ledger::Ledger;
use crate::engine::receiver::{ReceiverOptions, receive};
use crate::error::{Error, Exit};
use crate::model::verdict::{Trust, Verifier};
use crate::net::bind::Bound;
use crate::net::body::BodyLimits;
use crate::net::client::Remote;
use crate::net::shutdown::{Interrupt, Shutdown};
use crate::net::target::Target;
use crate::output::Format;
use crate::store::reason::reason;

/// What a delivery may cost.
const BODY: BodyLimits = BodyLimits { size: 1 << 20, time: Duration::from_secs(10) };

/// The most that a run may cost, unless more is said. All three kinds together cost 30.
const MAX_CREDITS: u64 = 40;

/// Submit a job, wait for its webhooks, judge the whole integration
#[derive(Args, Debug)]
pub struct E2eArgs {
    #[command(flatten)]
    jobs: JobArgs,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    webhooks: Webhooks,
    /// Keep the outputs in this directory
    #[arg(long, value_name = "DIR")]
    download: Option<PathBuf>,
    /// Write the judgements to this file as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Where the trial is made, and what it may cost.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where, and at what cost")]
struct PlaceArgs {
    /// Use the embedded sandbox, offline and free, whatever is configured; it is used anyway if no API key is
    #[arg(long, conflicts_with = "live")]
    sandbox: bool,
    /// Use Magic Hour, or fail: also with the key that the official CLI saved
    #[arg(long)]
    live: bool,
    /// Refuse what would probably cost more than this; 40 at Magic Hour
    #[arg(long, value_name = "N")]
    max_credits: Option<u64>,
}

/// How webhooks come here, and where they go.
#[derive(Args, Debug)]
#[command(next_help_heading = "Webhooks")]
struct Webhooks {
    /// The port that your tunnel leads to; 8000, and any that is free for the embedded sandbox
    #[arg(long, value_parser = values::port)]
    port: Option<u16>,
    /// The registered URL: before anything is spent, see that it leads here
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Pass each delivery on to this handler, which must answer 2xx within 10 s
    #[arg(long, value_name = "URL")]
    forward: Option<String>,
    /// Read the secret from this file; - is standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Go on without a secret, and judge no signature
    #[arg(long)]
    no_verify: bool,
    /// How long a webhook may come after the end of its job: 30s, 5s in the embedded sandbox
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    grace: Option<Duration>,
    #[command(flatten)]
    journal: JournalWriting,
    #[command(flatten)]
    tls: TlsArgs,
}

/// What is settled before anything is opened.
struct Settled {
    world: World,
    requests: Vec<JobRequest>,
    secret: FoundSecret,
    forward: Option<Target>,
    public: Option<Target>,
    max_credits: Option<u64>,
}

/// Submits the jobs, waits, and judges.
///
/// # Errors
///
/// When an argument makes no sense, something needed is missing, the port cannot be had, the API refuses the key, the
/// public URL does not lead here, or output cannot be written.
pub fn run(args: &E2eArgs, context: &Context) -> Result<Exit, Error> {
    if args.jobs.tool.as_deref() == Some("list") {
        return tool_list::print(context);
    }
    let settled = settle(args, context)?;
    announce(&settled, context);
    let junit_file = JunitFile::open(args.junit.as_deref())?;
    if let Some(directory) = &args.download {
        prepare(directory)?;
    }
    runtime()?.block_on(async {
        let mut interrupt = interrupt()?;
        let shutdown = Shutdown::new();
        let tried = attempt(args, &settled, &shutdown, &mut interrupt, context).await;
        finish(&shutdown, &mut interrupt).await;
        let Some((report, receiver)) = tried? else { return Ok(Exit::Interrupted) };
        conclude(&settled, &report, &receiver, junit_file, context)
    })
}

/// Settles what can be known without asking anybody.
fn settle(args: &E2eArgs, context: &Context) -> Result<Settled, Error> {
    let requests = args.jobs.requests()?;
    let target = |url: &Option<String>| url.as_deref().map(str::parse::<Target>).transpose();
    let (forward, public) = (target(&args.webhooks.forward)?, target(&args.webhooks.public_url)?);
    let choice = match (args.place.sandbox, args.place.live) {
        (true, _) => Choice::Sandbox,
        (_, true) => Choice::Live,
        _ => Choice::Either,
    };
    let world = World::choose(choice, context)?;
    if world.is_costly() && !args.jobs.has_body() {
        let missing = requests.iter().find_map(|request| Some((request.tool.name(), missing_file(request)?)));
        if let Some((tool, field)) = missing {
            let message = format!("{tool} needs a file in {field}");
            return Err(Error::usage(
                message,
                format!("--upload {field}=FILE uploads one; --body gives the whole body"),
            ));
        }
    }
    let max_credits = args.place.max_credits.or((!world.is_embedded()).then_some(MAX_CREDITS));
    let estimate: u64 = requests.iter().map(|request| request.estimate).sum();
    if let Some(most) = max_credits.filter(|most| estimate > *most) {
        let message = format!("this would cost about {estimate} credits, more than --max-credits {most}");
        return Err(Error::usage(
            message,
            format!("--max-credits {estimate} allows it; `--tool list` shows what is cheaper"),
        ));
    }
    let file = args.webhooks.secret_file.as_deref();
    let secret = world.secret(file, forward.is_some(), !args.webhooks.no_verify, context)?;
    Ok(Settled { world, requests, secret, forward, public, max_credits })
}

/// Makes the directory for outputs, and sees that something can be written there, before anything is spent.
fn prepare(directory: &std::path::Path) -> Result<(), Error> {
    let made = std::fs::create_dir_all(directory).and_then(|()| tempfile::tempfile_in(directory).map(drop));
    made.map_err(|error| {
        let message = format!("cannot write to {}: {}", directory.display(), reason(&error));
        Error::usage(message, "--download takes a directory")
    })
}

/// The first line: which world it is, whose key, and what it may cost.
fn announce(settled: &Settled, context: &Context) {
    let streams = &context.streams;
    let estimate: u64 = settled.requests.iter().map(|request| request.estimate).sum();
    match &settled.world {
        World::Embedded(why) => {
            streams.note(&format!(
                "e2e in the embedded sandbox ({why}): offline, free; Magic Hour would charge about {estimate} credits"
            ));
            let unused = context.settings.official_cli_key().ok().flatten().is_some();
            if unused && *why != "as asked" {
                streams.note("the key that the official CLI saved is used only with --live");
            }
        }
        world @ World::Live(_) => {
            let key = world.key().unwrap_or_default();
            let most = settled.max_credits.unwrap_or_default();
            streams.note(&format!("e2e {} with {key}: about {estimate} credits, --max-credits {most}", world.place()));
        }
    }
    streams.note(&format!("secret       {}", settled.secret.described()));
}

/// The whole trial; nothing if it was interrupted before any job was submitted. With the report comes where deliveries
/// were received.
async fn attempt(
    args: &E2eArgs,
    settled: &Settled,
    shutdown: &Shutdown,
    interrupt: &mut Interrupt,
    context: &Context,
) -> Result<Option<(Report, String)>, Error> {
    let webhooks = &args.webhooks;
    let is_rehearsal = settled.world.is_embedded() && settled.public.is_none();
    let port = webhooks.port.unwrap_or(if is_rehearsal { 0 } else { DEFAULT_PORT });
    let bound = Bound::bind(None, port).await?;
    let receiver = format!("http://localhost:{}{DEFAULT_PATH}", bound.port);
    context.streams.note(&format!("receiving    {receiver} ({bound})"));
    let claims = Arc::new(Claims::default());
    let ledger = Arc::new(ledger(args, settled, shutdown, context)?);
    let options = receiver_options(args, settled, (&ledger, &claims), shutdown, context)?;
    let feed = receive(bound, options, context.clock.clone(), shutdown);
    let endpoint = settled.public.as_ref().map_or_else(|| receiver.clone(), ToString::to_string);
    let tls = webhooks.tls.options();
    let (api, sandbox) = settled.world.open(endpoint, &settled.secret.secret, &tls, (shutdown, context)).await?;
    let options = ExaminerOptions {
        api,
        claims,
        poll_every: settled.world.poll_every(),
        grace: webhooks.grace.unwrap_or(settled.world.grace()),
        secret: (!webhooks.no_verify).then(|| settled.secret.described()),
        handler: settled.forward.as_ref().map(ToString::to_string),
        download: args.download.clone(),
        clock: context.clock.clone(),
    };
    let (mut examiner, mut events) = Examiner::new(options, feed);
    let ready = tokio::select! {
        ready = preflight(args, settled, &mut examiner, shutdown, context) => Some(ready),
        () = interrupt.heard() => None,
    };
    let report = match ready {
        None => Ok(None),
        Some(Err(error)) => Err(error),
        Some(Ok(())) => {
            let plan = Plan {
                world: &settled.world,
                receiver: &receiver,
                secret: &settled.secret.described(),
                requests: &settled.requests,
                max_credits: settled.max_credits,
            };
            let mut screen = Screen::new(&settled.requests, &context.streams);
            screen.print(|printer| printer.print(&plan))?;
            let stop = Shutdown::new();
            let run = examiner.run(settled.requests.clone(), &stop, shutdown);
            let watch = async {
                while let Some(event) = events.next().await {
                    screen.show(&event)?;
                }
                Ok::<(), Error>(())
            };
            // The first signal has what was seen judged; the second is of someone who does not want to wait for that.
            let stopping = async {
                interrupt.heard().await;
                stop.request();
                interrupt.heard().await;
            };
            tokio::select! {
                (report, shown) = async { tokio::join!(run, watch) } => shown.map(|()| Some(report)),
                () = stopping => Ok(None),
            }
        }
    };
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    shutdown.request();
    ledger.close().await;
    Ok(report?.map(|report| (report, receiver)))
}

/// What costs nothing and may save credits: the key, and the way here.
async fn preflight(
    args: &E2eArgs,
    settled: &Settled,
    examiner: &mut Examiner,
    shutdown: &Shutdown,
    context: &Context,
) -> Result<(), Error> {
    let streams = &context.streams;
    if !settled.world.is_embedded() {
        let account = examiner.account().await?;
        let tier = account.tier.map_or_else(String::new, |tier| format!(", {tier} plan"));
        if let Some(credits) = account.credits {
            streams.note(&format!("account      {credits} credits{tier}"));
            let estimate: u64 = settled.requests.iter().map(|request| request.estimate).sum();
            if u64::try_from(credits).unwrap_or_default() < estimate {
                streams.warn(&format!("the account has {credits} credits, and this costs about {estimate}"));
            }
        }
    }
    if let Some(public) = &settled.public {
        let remote = Remote::new(public.clone(), &args.webhooks.tls.options(), shutdown.clone())?;
        examiner.probe(&remote, &settled.secret.secret).await?;
        streams.note(&format!("public URL   {public} leads here"));
    }
    Ok(())
}

/// Where deliveries are kept: what was paid for goes to the journal, a rehearsal leaves nothing behind.
fn ledger(args: &E2eArgs, settled: &Settled, shutdown: &Shutdown, context: &Context) -> Result<Ledger, Error> {
    if settled.world.is_embedded() {
        return Ok(Ledger::memory());
    }
    let Some((journal, mut notices)) = args.webhooks.journal.open(context)? else { return Ok(Ledger::memory()) };
    let streams = context.streams.clone();
    let stop = shutdown.clone();
    shutdown.spawn(async move {
        loop {
            tokio::select! {
                told = notices.recv() => match told {
                    Some(told) => streams.warn(&notice(&told)),
                    None => return,
                },
                () = stop.requested() => return,
            }
        }
    });
    context.streams.note(&format!("journal      {}", journal.path().display()));
    Ok(Ledger::Journal(journal))
}

fn receiver_options(
    args: &E2eArgs,
    settled: &Settled,
    (ledger, claims): (&Arc<Ledger>, &Arc<Claims>),
    shutdown: &Shutdown,
    context: &Context,
) -> Result<ReceiverOptions, Error> {
    let no_verify = args.webhooks.no_verify;
    // In a trial a signature either fits or is wrong, also where only the development secret is known.
    let trust = if no_verify { Trust::Development } else { Trust::Configured };
    let tls = args.webhooks.tls.options();
    let forwarder = settled.forward.clone().map(|target| {
        let remote = Remote::new(target, &tls, shutdown.clone())?;
        Ok::<_, Error>(Forwarder::new(remote, None, Arc::new(Semaphore::new(16)), context.clock.clone()))
    });
    Ok(ReceiverOptions {
        verifier: Verifier::new(settled.secret.secret.clone(), trust),
        accept_invalid: no_verify,
        path: None,
        events: Vec::new(),
        body: BODY,
        ledger: Arc::clone(ledger),
        forwarders: forwarder.transpose()?.into_iter().collect(),
        claims: Some(Arc::clone(claims)),
        fail_first: 0,
        respond: None,
        delay: Duration::ZERO,
    })
}

/// Says what came out, and what to do about it.
fn conclude(
    settled: &Settled,
    report: &Report,
    receiver: &str,
    junit_file: Option<JunitFile>,
    context: &Context,
) -> Result<Exit, Error> {
    let streams = &context.streams;
    let exit = report.jobs.iter().map(|job| Exit::from(&job.ending)).fold(Exit::Done, Exit::worse);
    if let Some(file) = junit_file {
        file.write(&junit(report, &settled.world.place()))?;
    }
    let summary = Summary { world: &settled.world, report, exit };
    Screen::new(&[], streams).print(|printer| match streams.format {
        Format::Json => printer.print(&summary),
        _ => printer.draw(&summary),
    })?;
    let situation =
        Situation { world: &settled.world, receiver, secret: &settled.secret.described(), others: report.others };
    for job in &report.jobs {
        if let Some((message, hint)) = advice(job, situation) {
            streams.error(&message, Some(&hint), Exit::from(&job.ending) as u8);
        }
    }
    Ok(exit)
}
