//! `mh-hook e2e`: submits a job, waits for its webhooks, and judges the whole integration.

use std::sync::Arc;

use crate::commands::e2e::args::E2eArgs;
use crate::commands::e2e::conclusion::{Judged, broken_off, conclude};
use crate::commands::e2e::inspector::RunInspector;
use crate::commands::e2e::preflight::Preflight;
use crate::commands::e2e::progress::E2eScreen;
use crate::commands::e2e::render::RunPlan;
use crate::commands::e2e::resolve::{prepare, resolve};
use crate::commands::e2e::session::{ResolvedOptions, Session, open};
use crate::commands::e2e::tool_list;
use crate::commands::shared::context::{Context, block_on, finish, interrupt};
use crate::commands::shared::junit_file::JunitFile;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::error::{Error, Exit};
use crate::net::interrupt::Interrupt;
use crate::net::shutdown::Shutdown;

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
    // The report of an earlier run goes first: what follows may fail.
    let junit_file = JunitFile::open(args.results.junit.as_deref())?;
    args.webhooks.tls.require_readable()?;
    let mut options = resolve(args, context)?;
    if let Some(directory) = &args.results.download {
        prepare(directory)?;
    }
    block_on(async {
        let mut interrupt = interrupt()?;
        let mut inspector = None;
        let tasks = Shutdown::new();
        let parts = (&mut interrupt, &mut inspector, &tasks);
        let result = Box::pin(attempt(args, &mut options, parts, context)).await;
        // The tunnel ends last: what came through it was answered.
        finish(&tasks, &mut interrupt).await;
        let exit = ended(&options, result, junit_file, context);
        // After an interrupt, or a run that could not begin, the page is not needed either.
        let has_report = exit.as_ref().is_ok_and(|exit| *exit != Exit::Interrupted);
        match inspector {
            Some(inspector) if has_report => inspector.stay(&mut interrupt, context).await,
            Some(inspector) => inspector.close().await,
            None => {}
        }
        exit
    })?
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

/// The whole trial.
async fn attempt(
    args: &E2eArgs,
    options: &mut ResolvedOptions,
    (interrupt, inspector, tasks): (&mut Interrupt, &mut Option<RunInspector>, &Shutdown),
    context: &Context,
) -> Result<RunResult, Error> {
    let shutdown = Shutdown::new();
    let mut session = tokio::select! {
        session = open(options, &args.webhooks, (&shutdown, tasks), context) => session?,
        () = interrupt.heard() => return Ok(RunResult::NotBegun),
    };
    *inspector = RunInspector::start(args.webhooks.inspector, options, &mut session, context).await?;
    let (sandbox, log) = (session.sandbox.take(), Arc::clone(&session.log));
    let is_public = session.access.is_some();
    let mut screen = E2eScreen::new(&options.requests, &context.streams);
    let ui = inspector.as_ref().map(RunInspector::link);
    screen.record(|printer| printer.print(&RunPlan { options, receiver: &session.receiver, ui }));
    let preflight = Preflight { args, options, context, tasks };
    let ready = tokio::select! {
        ready = preflight.run(&mut session, &mut screen) => Some(ready),
        () = interrupt.heard() => None,
    };
    let result = match ready {
        None => Ok(RunResult::NotBegun),
        Some(Err(error)) => Err(error),
        Some(Ok(late)) => {
            if let Some(secret) = late {
                options.secret = secret;
            }
            let shown = (screen, inspector.as_ref(), !args.webhooks.no_verify);
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
        _ if is_public && !is_given_up => _ = finish(&shutdown, interrupt).await,
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
    (mut screen, inspector, verifies): (E2eScreen, Option<&RunInspector>, bool),
    shutdown: &Shutdown,
    interrupt: &mut Interrupt,
) -> RunResult {
    let Session { runner, mut events, receiver, .. } = session;
    let streams = screen.streams().clone();
    let stop = Shutdown::new();
    let secret = verifies.then(|| options.secret.described());
    let run = runner.run(options.requests.clone(), secret, &stop, shutdown);
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
        streams
            .note("stopping: no further job is submitted, and what was seen is judged; press Ctrl-C again to quit now");
        interrupt.heard().await;
    };
    let report = tokio::select! {
        (report, ()) = async { tokio::join!(run, watch) } => report,
        () = stopping => return RunResult::GivenUp,
    };
    RunResult::Judged(Judged { report, receiver, printed: screen.printed() })
}
