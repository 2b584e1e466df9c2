//! `mh-hook check`: runs the conformance suite against a handler, and reports defects and fixes.

use std::sync::Arc;

use crate::commands::check::args::CheckArgs;
use crate::commands::check::conclusion::{MainCause, offer};
use crate::commands::check::junit::junit;
use crate::commands::check::render::{FindingText, GroupText};
use crate::commands::check::reproduction::Reproduction;
use crate::commands::check::summary::{CheckSummary, list};
use crate::commands::check::watch::restarted;
use crate::commands::shared::context::{Context, block_on, finish, interrupt};
use crate::commands::shared::junit_file::JunitFile;
use crate::engine::conformance::case::{Case, Level, Probe, Special};
use crate::engine::conformance::error::ConformanceError;
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::report::ConformanceReport;
use crate::engine::conformance::selection::{Selection, UnknownCase};
use crate::engine::conformance::suite::Suite;
use crate::engine::conformance::timing::SuiteTiming;
use crate::error::{Error, Exit};
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::{Format, OutputError, Printer, Progress, Render, TextWriter};

/// Puts the cases, prints the findings, and writes them to a file if asked to.
pub fn run(args: &CheckArgs, context: &Context) -> Result<Exit, Error> {
    let cases = selected(args)?;
    if args.list {
        list(&cases, context)?;
        return Ok(Exit::Done);
    }
    // The report of an earlier run goes first: what follows may fail.
    let junit_file = JunitFile::open(args.junit.as_deref())?;
    args.tls.require_readable()?;
    let target: Target = args.url.parse()?;
    if !target.is_loopback() && !args.yes_remote {
        return Err(Error::usage(
            format!("{target} is on another machine, and would be sent hundreds of deliveries, many of them forged"),
            "--yes-remote goes on, if it is yours",
        ));
    }
    let found = context.secret(args.secret_file.as_deref())?;
    context.streams.note(&format!("checking {target}, signing with {}", found.described()));
    block_on(async {
        let mut interrupt = interrupt()?;
        let shutdown = Shutdown::new();
        let handler = Handler {
            remote: Remote::new(target, &args.tls.options(), shutdown.clone())?,
            secret: found.secret,
            timeout: args.timeout,
            clock: context.clock.clone(),
            job_id: args.id.clone(),
        };
        let suite = Suite {
            handler: Arc::new(handler),
            cases,
            concurrency: args.concurrency,
            burst: args.burst,
            side_effects: args.side_effects.clone(),
            timing: SuiteTiming::default(),
        };
        let exit = {
            let checking = check(args, &suite, junit_file, &shutdown, context);
            tokio::pin!(checking);
            tokio::select! {
                exit = &mut checking => exit?,
                () = interrupt.heard() => {
                    // What was answered is reported; one more signal does without.
                    shutdown.request();
                    tokio::select! {
                        exit = checking => exit.map(|_| Exit::Interrupted)?,
                        () = interrupt.heard() => Exit::Interrupted,
                    }
                }
            }
        };
        drop(suite);
        finish(&shutdown, &mut interrupt).await;
        Ok(exit)
    })?
}

fn selected(args: &CheckArgs) -> Result<Vec<&'static Case>, Error> {
    let selection =
        Selection { only: args.only.clone(), skip: args.skip.clone(), level: args.level, burst: args.burst };
    let unknown = |error: UnknownCase| {
        let all = "`mh-hook check --list` shows all";
        let hint = error.nearest.map_or(all.to_owned(), |nearest| format!("did you mean '{nearest}'? {all}"));
        Error::usage(error.to_string(), hint)
    };
    let cases = selection.cases().map_err(unknown)?;
    let can_be_put = |case: &&'static Case| {
        args.list || args.side_effects.is_some() || !matches!(case.probe, Probe::Special(Special::EffectOnce))
    };
    if !cases.iter().any(can_be_put) {
        return Err(Error::usage(
            "no case is left",
            "--only, --skip and --level leave out all; delivery.effect-once needs --side-effects",
        ));
    }
    Ok(cases)
}

/// Runs the suite; with `--watch` again and again, until all passes.
async fn check(
    args: &CheckArgs,
    suite: &Suite,
    junit_file: Option<JunitFile>,
    shutdown: &Shutdown,
    context: &Context,
) -> Result<Exit, Error> {
    let mut run = conclude(args, suite, junit_file, shutdown, context).await?;
    while args.watch && run.exit != Exit::Done && !shutdown.is_requested() {
        context.streams.note("watching: what failed is asked again when the handler was started anew; Ctrl-C ends");
        tokio::select! {
            () = restarted(&suite.handler.remote, || {
                context.streams.note("the handler is down; waiting for it to come up");
            }) => {}
            () = shutdown.requested() => return Ok(Exit::Interrupted),
        }
        let cases = if run.broken.is_empty() { suite.cases.clone() } else { run.broken };
        let is_part = cases.len() < suite.cases.len();
        run = conclude(args, &suite.of(cases), None, shutdown, context).await?;
        if is_part && run.exit == Exit::Done {
            // What failed is repaired; the repair may have broken something else.
            run = conclude(args, suite, None, shutdown, context).await?;
        }
    }
    Ok(run.exit)
}

/// A run's exit code, and the cases that it found broken.
struct RunOutcome {
    exit: Exit,
    broken: Vec<&'static Case>,
}

impl RunOutcome {
    const fn without_report(exit: Exit) -> Self {
        Self { exit, broken: Vec::new() }
    }
}

async fn conclude(
    args: &CheckArgs,
    suite: &Suite,
    junit_file: Option<JunitFile>,
    shutdown: &Shutdown,
    context: &Context,
) -> Result<RunOutcome, Error> {
    let total = u64::try_from(suite.cases.len()).unwrap_or(u64::MAX);
    let progress = Progress::count(&context.streams, total, "checking");
    let report = suite.run(shutdown, |_, _| progress.advance(1)).await;
    drop(progress);
    let report = match report {
        Ok(report) => report,
        Err(ConformanceError::Unreachable(message)) => {
            let hint = "is your handler running, and on this port?";
            context.streams.error(&message, Some(hint), Exit::Unreachable as u8);
            return Ok(RunOutcome::without_report(Exit::Unreachable));
        }
        Err(interrupted @ ConformanceError::Interrupted) => {
            context.streams.note(&interrupted.to_string());
            return Ok(RunOutcome::without_report(Exit::Interrupted));
        }
        Err(ConformanceError::RequestSpec(error)) => return Err(Error::usage(error.to_string(), "leave the case out")),
        Err(error @ ConformanceError::SideEffects { .. }) => {
            return Err(Error::usage(error.to_string(), "the command must succeed and write what the handler did"));
        }
    };
    let reproduction = Reproduction {
        url: &args.url,
        id: args.id.as_deref(),
        secret_file: args.secret_file.as_deref(),
        tls: args.tls.words(),
        of_check: args.words(),
        timeout: args.timeout,
        base: report.baseline.base,
    };
    let level = args.fail_on.level();
    if let Some(file) = junit_file {
        file.write(&junit(&args.url, &report, level, &reproduction))?;
    }
    // A reader that stopped can still ask for the exit code.
    print(&args.url, &report, level, &reproduction, context).or_else(OutputError::unless_closed)?;
    let exit = if report.passes(level) { Exit::Done } else { Exit::No };
    let broken = report.findings.iter().filter(|finding| finding.is_broken()).map(|finding| finding.case).collect();
    Ok(RunOutcome { exit, broken })
}

fn print(
    url: &str,
    report: &ConformanceReport,
    level: Level,
    reproduction: &Reproduction<'_>,
    context: &Context,
) -> Result<(), OutputError> {
    let streams = &context.streams;
    let cause = MainCause::of(report, reproduction);
    let summary = CheckSummary { url, report, level, cause: cause.as_ref() };
    if streams.format == Format::Json {
        let printer = Printer::new(streams);
        for finding in &report.findings {
            printer.print(&FindingText { finding, report, reproduction, everything: true, like: None })?;
        }
        return printer.print(&summary);
    }
    let mut text = String::new();
    let out = &streams.out;
    let mut writer = TextWriter::new(&mut text, out.theme(), out.width(), streams.format);
    for group_result in report.group_results() {
        GroupText { group_result: &group_result, report, reproduction, everything: streams.verbose > 0 }
            .render(&mut writer);
    }
    summary.render(&mut writer);
    out.write_text(&text)?;
    if let Some(offer) = offer(report) {
        streams.hint(offer);
    }
    Ok(())
}
