//! `mh-hook e2e`: submits a job, waits for its webhooks, and judges the whole integration.

use std::path::Path;
use std::sync::Arc;

use http::StatusCode;

use crate::commands::e2e::args::E2eArgs;
use crate::commands::e2e::conclusion::{Judged, broken_off, conclude};
use crate::commands::e2e::inspector::RunInspector;
use crate::commands::e2e::progress::E2eScreen;
use crate::commands::e2e::render::RunPlan;
use crate::commands::e2e::request::{missing_file, unpriceable, unpriced};
use crate::commands::e2e::session::{ResolvedOptions, Session, open};
use crate::commands::e2e::target::{AS_ASKED, E2eTarget};
use crate::commands::e2e::tool_list;
use crate::commands::shared::context::{Context, finish, interrupt, runtime};
use crate::commands::shared::defaults::DEFAULT_PORT;
use crate::commands::shared::junit_file::JunitFile;
use crate::engine::e2e::{JobRequest, Runner};
use crate::engine::magic_hour::Account;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::error::{Error, Exit};
use crate::model::signing::verdict::Trust;
use crate::net::interrupt::Interrupt;
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::store::io_message::reason;
use crate::store::settings::Source;

/// The most that a run may cost, unless more is said. All three kinds together cost 30.
const MAX_CREDITS: u64 = 40;

/// End of a run.
enum RunResult {
    /// With a report.
    Judged(Judged),
    /// It was interrupted before any job was submitted.
    NotBegun,
    /// The user did not even want to wait for a report.
    GivenUp,
}

/// Submits the jobs, waits, and judges.
pub fn run(args: &E2eArgs, context: &Context) -> Result<Exit, Error> {
    if args.jobs.tool.as_deref() == Some("list") {
        return tool_list::print(&args.jobs.kinds(), context);
    }
    let options = resolve(args, context)?;
    let junit_file = JunitFile::open(args.results.junit.as_deref())?;
    if let Some(directory) = &args.results.download {
        prepare(directory)?;
    }
    runtime()?.block_on(async {
        let mut interrupt = interrupt()?;
        let mut inspector = None;
        let result = attempt(args, &options, (&mut interrupt, &mut inspector), context).await;
        let exit = ended(&options, result, junit_file, context);
        // Whoever interrupted the run, or sees that it could not begin, is done with the page too.
        let has_report = exit.as_ref().is_ok_and(|exit| *exit != Exit::Interrupted);
        match inspector {
            Some(inspector) if has_report => inspector.stay(&mut interrupt, context).await,
            Some(inspector) => inspector.close().await,
            None => {}
        }
        exit
    })
}

/// Reports the end of the run.
fn ended(
    options: &ResolvedOptions,
    result: Result<RunResult, Error>,
    junit_file: Option<JunitFile>,
    context: &Context,
) -> Result<Exit, Error> {
    let (message, hint) = match result {
        Ok(RunResult::Judged(judged)) => return conclude(options, judged, junit_file, context),
        Err(error) => {
            broken_off(options, &error.to_string(), error.exit(), junit_file, context);
            return Err(error);
        }
        Ok(RunResult::NotBegun) => ("interrupted before any job was submitted", "nothing was spent"),
        Ok(RunResult::GivenUp) => ("interrupted twice, so nothing was judged", options.target.what_goes_on()),
    };
    broken_off(options, message, Exit::Interrupted, junit_file, context);
    context.streams.error(message, Some(hint), Exit::Interrupted as u8);
    Ok(Exit::Interrupted)
}

/// Settles what can be known without asking anybody, and says first of all which target it is.
fn resolve(args: &E2eArgs, context: &Context) -> Result<ResolvedOptions, Error> {
    let requests = args.jobs.requests()?;
    if args.jobs.reads_stdin() && args.webhooks.secret_file.as_deref() == Some(Path::new("-")) {
        return Err(Error::usage("--body and --secret-file cannot both be standard input", "give one of them a file"));
    }
    let target = |url: &Option<String>| url.as_deref().map(str::parse::<Target>).transpose();
    let (forward, public) = (target(&args.webhooks.forward)?, target(&args.webhooks.public_url)?);
    let target = E2eTarget::choose(args.place.choice(), context)?;
    // A tunnel leads to a fixed port; the embedded sandbox without one is content with any.
    let usual = if target.is_embedded() && public.is_none() { 0 } else { DEFAULT_PORT };
    let port = args.webhooks.port.unwrap_or(usual);
    if let Some(handler) = forward.as_ref().filter(|handler| handler.is_loopback() && handler.port == port) {
        let message = format!("--forward {handler} leads back to the receiver itself, on port {port}");
        return Err(Error::usage(message, "run the handler on another port, or receive on another one with --port"));
    }
    let max_credits = args.place.max_credits.or((!target.is_embedded()).then_some(MAX_CREDITS));
    let estimate = requests.iter().map(|request| request.estimate).sum();
    announce(&target, estimate, max_credits, context);
    if target.is_costly() {
        if !args.jobs.has_body() {
            refuse_missing_files(&requests)?;
        }
        refuse_unpriceable(&requests)?;
    }
    if max_credits.is_some() && !args.place.unknown_cost_ok {
        refuse_unpriced(&requests)?;
    }
    if let Some(most) = max_credits.filter(|most| estimate > *most) {
        let limit = if args.place.max_credits.is_some() { "--max-credits" } else { "the usual limit of" };
        let message = format!("this would cost about {estimate} credits, more than {limit} {most}");
        let hint = format!(
            "--max-credits {estimate} allows it; a cheap model in the body, or another --tool, costs less (`--tool list`)"
        );
        return Err(Error::usage(message, hint));
    }
    let file = args.webhooks.secret_file.as_deref();
    let secret = target.secret(file, forward.is_some(), !args.webhooks.no_verify, context)?;
    if !args.webhooks.no_verify {
        context.streams.note(&format!("secret       {}", secret.described()));
        if forward.is_some() && secret.trust == Trust::Development {
            context.streams.note("             the handler needs it, too: `mh-hook secret show` prints it");
        }
    }
    if let Some((tool, field)) = stand_in(&requests).filter(|_| !target.is_costly()) {
        context
            .streams
            .note(&format!("stand-in     {tool} gets an example in {field}; --upload {field}=FILE gives it another"));
    }
    let grace = args.webhooks.grace.unwrap_or(target.grace());
    let download = args.results.download.clone();
    Ok(ResolvedOptions { target, requests, estimate, max_credits, port, forward, public, secret, grace, download })
}

/// The first field of a request that names a file which nobody has.
fn stand_in(requests: &[JobRequest]) -> Option<(&'static str, String)> {
    requests.iter().find_map(|request| Some((request.tool.name(), missing_file(request)?)))
}

/// Magic Hour would look in vain for the files of the smallest bodies.
fn refuse_missing_files(requests: &[JobRequest]) -> Result<(), Error> {
    let Some((tool, field)) = stand_in(requests) else { return Ok(()) };
    let message = format!("{tool} needs a file in {field}");
    Err(Error::usage(message, format!("--upload {field}=FILE uploads one; --body gives the whole body")))
}

/// A limit cannot hold for a price that is not published.
fn refuse_unpriced(requests: &[JobRequest]) -> Result<(), Error> {
    let Some((tool, choice)) = requests.iter().find_map(|request| Some((request.tool.name(), unpriced(request)?)))
    else {
        return Ok(());
    };
    let message = format!("the price of {tool} with {choice} is not published, so --max-credits cannot limit it");
    Err(Error::usage(message, "choose another --model, or accept the unknown cost with --unknown-cost-ok"))
}

/// A limit is none for what cannot be reckoned.
fn refuse_unpriceable(requests: &[JobRequest]) -> Result<(), Error> {
    let Some((tool, why)) = requests.iter().find_map(|request| Some((request.tool.name(), unpriceable(request)?)))
    else {
        return Ok(());
    };
    let message = format!("what {tool} would cost is not known: {why} is not there, or not of its type");
    Err(Error::usage(message, "correct the body"))
}

/// Makes the directory for outputs, and sees that something can be written there, before anything is spent.
fn prepare(directory: &Path) -> Result<(), Error> {
    let made = std::fs::create_dir_all(directory).and_then(|()| tempfile::tempfile_in(directory).map(drop));
    made.map_err(|error| {
        let message = format!("cannot write to {}: {}", directory.display(), reason(&error));
        Error::usage(message, "--download takes a directory")
    })
}

/// The first line: which target it is, whose key, and what it may cost.
fn announce(target: &E2eTarget, estimate: u64, max_credits: Option<u64>, context: &Context) {
    let streams = &context.streams;
    let E2eTarget::Embedded(why) = target else {
        let (place, most) = (target.place(), max_credits.unwrap_or_default());
        let (key, origin) = target.key().unwrap_or_default();
        streams.note(&format!("e2e {place}: about {estimate} credits (at most {most}) of {key}"));
        return streams.note(&format!("key          from {origin}"));
    };
    streams.note(&format!("e2e in the embedded sandbox: offline, {why}, no credits (about {estimate} live)"));
    if *why != AS_ASKED && context.settings.official_cli_key().ok().flatten().is_some() {
        streams.note("             the key that the official CLI saved is used only with --live");
    }
    if *why != AS_ASKED && context.settings.api_base_url().is_ok_and(|url| url.origin.source() != Source::Default) {
        streams.warn("MAGIC_HOUR_API_BASE_URL is not used without MAGIC_HOUR_API_KEY; a sandbox takes any key");
    }
}

/// The whole trial.
async fn attempt(
    args: &E2eArgs,
    options: &ResolvedOptions,
    (interrupt, inspector): (&mut Interrupt, &mut Option<RunInspector>),
    context: &Context,
) -> Result<RunResult, Error> {
    let shutdown = Shutdown::new();
    let mut session = open(options, &args.webhooks, &shutdown, context).await?;
    *inspector = RunInspector::start(args.webhooks.inspector, options, &mut session, context).await?;
    let (sandbox, log) = (session.sandbox.take(), Arc::clone(&session.log));
    let mut screen = E2eScreen::new(&options.requests, &context.streams);
    let ui = inspector.as_ref().map(RunInspector::link);
    screen.record(|printer| printer.print(&RunPlan { options, receiver: &session.receiver, ui }));
    let ready = tokio::select! {
        ready = preflight(args, options, &mut session.runner, &shutdown, context) => Some(ready),
        () = interrupt.heard() => None,
    };
    let result = match ready {
        None => Ok(RunResult::NotBegun),
        Some(Err(error)) => Err(error),
        Some(Ok(())) => {
            let shown = (screen, inspector.as_ref());
            Ok(conduct(options, session, shown, &shutdown, interrupt).await)
        }
    };
    let keeps_sandbox = inspector.as_ref().is_some_and(RunInspector::keeps_sandbox);
    let is_given_up = matches!(result, Ok(RunResult::GivenUp));
    if let Some(sandbox) = sandbox {
        sandbox.abandon().await;
    }
    match &*log {
        // What is under way is answered and noted first.
        // A sandbox that stays for the page has connections here, so there is no waiting for their end.
        DeliveryLog::Journal(_) if !is_given_up && !keeps_sandbox => _ = finish(&shutdown, interrupt).await,
        DeliveryLog::Journal(_) | DeliveryLog::Memory(_) => shutdown.request(),
    }
    log.close().await;
    result
}

/// Submits the jobs and shows what happens until the last is judged.
async fn conduct(
    options: &ResolvedOptions,
    session: Session,
    (mut screen, inspector): (E2eScreen, Option<&RunInspector>),
    shutdown: &Shutdown,
    interrupt: &mut Interrupt,
) -> RunResult {
    let Session { runner, mut events, receiver, .. } = session;
    let streams = screen.streams().clone();
    let stop = Shutdown::new();
    let run = runner.run(options.requests.clone(), &stop, shutdown);
    let watch = async {
        while let Some(event) = events.next().await {
            if let Some(inspector) = inspector {
                inspector.observe(&event);
            }
            screen.show(&event);
        }
    };
    // The first signal has what was seen judged; the second is of someone who does not want to wait for that.
    let stopping = async {
        interrupt.heard().await;
        stop.request();
        streams.note("stopping after the pending submission; press Ctrl-C again to quit now");
        interrupt.heard().await;
    };
    let report = tokio::select! {
        (report, ()) = async { tokio::join!(run, watch) } => report,
        () = stopping => return RunResult::GivenUp,
    };
    RunResult::Judged(Judged { report, receiver, printed: screen.printed() })
}

/// Checks before credits are spent: the key, and the public URL.
async fn preflight(
    args: &E2eArgs,
    options: &ResolvedOptions,
    runner: &mut Runner,
    shutdown: &Shutdown,
    context: &Context,
) -> Result<(), Error> {
    let streams = &context.streams;
    if !options.target.is_embedded() {
        let account = match runner.account().await {
            // Only newer versions of the API have it.
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                streams.warn(&format!("the key cannot be tried beforehand: {error}"));
                Account::default()
            }
            account => account?,
        };
        let tier = account.tier.map_or_else(String::new, |tier| format!(", {tier} plan"));
        if let Some(credits) = account.credits {
            streams.note(&format!("account      {credits} credits{tier}"));
            let least: u64 = options.requests.iter().map(|request| request.least).sum();
            if u64::try_from(credits).unwrap_or_default() < least {
                let message =
                    format!("the account has {credits} credits, and this costs at least {least}; nothing was spent");
                let hint = "https://magichour.ai/pricing has more; `--tool ai-qr-code-generator` is free";
                return Err(Error::usage(message, hint));
            }
        }
    }
    if let Some(public) = &options.public {
        let remote = Remote::new(public.clone(), &args.webhooks.tls.options(), shutdown.clone())?;
        runner.check_public_url(&remote, &options.secret.secret).await?;
        streams.note(&format!("public URL   {public} leads here"));
    }
    Ok(())
}
