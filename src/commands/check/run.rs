//! `mh-hook check`: puts the conformance suite to a handler, and says what is wrong with it and how to mend it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::commands::check::junit::junit;
use crate::commands::check::render::{FindingText, GroupText};
use crate::commands::check::reproduction::Reproduction;
use crate::commands::check::summary::{Summary, list};
use crate::commands::shared::context::{Context, finish, interrupt, runtime};
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::junit_file::JunitFile;
use crate::commands::shared::place::place;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::engine::conformance::case::{Case, Level};
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::report::Report;
use crate::engine::conformance::selection::{Selection, UnknownCase};
use crate::engine::conformance::suite::{ConformanceError, Suite, Timing};
use crate::error::{Error, Exit};
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::{Canvas, Format, OutputError, Printer, Progress, Render};
use crate::store::settings::SetBy;

/// Check that a handler would survive production
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook check http://localhost:8000/webhook
      run every case
  mh-hook check http://localhost:8000/webhook --only 'timestamp.*'
      some of them
  mh-hook check http://localhost:8000/webhook --junit check.xml
      write a report for CI
  mh-hook check --list
      list the cases")]
pub struct CheckArgs {
    /// The handler
    #[arg(value_name = "URL", default_value_t = default_url(), value_parser = place)]
    url: String,
    /// Put only these cases: ids, groups, or globs such as 'timestamp.*'
    #[arg(long, add = SetBy::User, value_name = "GLOB", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave these cases out
    #[arg(long, add = SetBy::User, value_name = "GLOB", value_delimiter = ',')]
    skip: Vec<String>,
    /// Put only cases that bind at least so much
    #[arg(long, add = SetBy::User, value_enum, value_name = "LEVEL", default_value_t = Level::May)]
    level: Level,
    /// List the cases instead of putting them
    #[arg(long, add = SetBy::CommandLine)]
    list: bool,
    /// Which broken rules make the run fail
    #[arg(long, add = SetBy::User, value_enum, value_name = "LEVEL", default_value_t = FailOn::Must)]
    fail_on: FailOn,
    /// Use this job, for handlers that answer 404 to jobs that they do not know
    #[arg(long, add = SetBy::CommandLine)]
    id: Option<String>,
    /// A command that shows what the handler did: its output must change once for an event that comes twice
    #[arg(long, add = SetBy::CommandLine, value_name = "COMMAND")]
    side_effects: Option<String>,
    /// How many events to send at once; 0 leaves the burst out
    #[arg(long, add = SetBy::User, value_name = "N", default_value_t = 200, value_parser = value_parsers::burst)]
    burst: usize,
    /// Time for the handler to answer
    #[arg(long, add = SetBy::Project, value_name = "DURATION", default_value = "10s", value_parser = value_parsers::some_time)]
    timeout: Duration,
    /// How many cases to put at once
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 4)]
    concurrency: usize,
    /// Write the results to this file as JUnit XML
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Read the secret from this file; - is standard input
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Go on although the handler is on another machine
    #[arg(long, add = SetBy::CommandLine)]
    yes_remote: bool,
    #[command(flatten)]
    tls: TlsArgs,
}

impl CheckArgs {
    /// The options that a run with one case alone needs as well, as words of a command line.
    fn words(&self) -> Vec<String> {
        let burst = ["--burst".to_owned(), self.burst.to_string()];
        let command = self.side_effects.iter().flat_map(|command| ["--side-effects".to_owned(), command.clone()]);
        burst.into_iter().chain(command).chain(self.yes_remote.then(|| "--yes-remote".to_owned())).collect()
    }
}

/// Which broken rules make the run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// What a handler must do
    Must,
    /// What it should do, too
    Should,
}

impl FailOn {
    const fn level(self) -> Level {
        match self {
            Self::Must => Level::Must,
            Self::Should => Level::Should,
        }
    }
}

/// Puts the cases, prints the findings, and writes them to a file if asked to.
pub fn run(args: &CheckArgs, context: &Context) -> Result<Exit, Error> {
    let cases = selected(args)?;
    if args.list {
        list(&cases, context)?;
        return Ok(Exit::Done);
    }
    let target: Target = args.url.parse()?;
    if !target.is_loopback() && !args.yes_remote {
        return Err(Error::usage(
            format!("{target} is on another machine, and would be sent hundreds of deliveries, many of them forged"),
            "--yes-remote goes on, if it is yours",
        ));
    }
    let found = context.secret(args.secret_file.as_deref())?;
    context.streams.note(&format!("checking {target}, signing with {}", found.described()));
    let junit_file = JunitFile::open(args.junit.as_deref())?;
    runtime()?.block_on(async {
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
            timing: Timing::default(),
        };
        let exit = tokio::select! {
            exit = conclude(args, &suite, junit_file, &shutdown, context) => exit?,
            () = interrupt.heard() => Exit::Interrupted,
        };
        drop(suite);
        finish(&shutdown, &mut interrupt).await;
        Ok(exit)
    })
}

fn selected(args: &CheckArgs) -> Result<Vec<&'static Case>, Error> {
    let selection = Selection {
        only: args.only.clone(),
        skip: args.skip.clone(),
        level: args.level,
        burst: args.burst,
        side_effects: args.side_effects.is_some() || args.list,
    };
    let unknown = |error: UnknownCase| {
        let all = "`mh-hook check --list` shows all";
        let hint = error.nearest.map_or(all.to_owned(), |nearest| format!("did you mean '{nearest}'? {all}"));
        Error::usage(error.to_string(), hint)
    };
    let cases = selection.cases().map_err(unknown)?;
    if cases.is_empty() {
        return Err(Error::usage(
            "no case is left",
            "--only, --skip and --level leave out all; delivery.effect-once needs --side-effects",
        ));
    }
    Ok(cases)
}

async fn conclude(
    args: &CheckArgs,
    suite: &Suite,
    junit_file: Option<JunitFile>,
    shutdown: &Shutdown,
    context: &Context,
) -> Result<Exit, Error> {
    let total = u64::try_from(suite.cases.len()).unwrap_or(u64::MAX);
    let progress = Progress::count(&context.streams, total, "checking");
    let report = suite.run(shutdown, |_, _| progress.advance(1)).await;
    drop(progress);
    let report = match report {
        Ok(report) => report,
        Err(ConformanceError::Unreachable(message)) => {
            let hint = "is your handler running, and on this port?";
            context.streams.error(&message, Some(hint), Exit::Unreachable as u8);
            return Ok(Exit::Unreachable);
        }
        Err(ConformanceError::Recipe(error)) => return Err(Error::usage(error.to_string(), "leave the case out")),
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
        base: report.contact.base,
    };
    let level = args.fail_on.level();
    if let Some(file) = junit_file {
        file.write(&junit(&args.url, &report, level, &reproduction))?;
    }
    match print(&args.url, &report, level, &reproduction, context) {
        // Whoever stopped reading may still ask for the exit code.
        Ok(()) | Err(OutputError::Closed) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(if report.passes(level) { Exit::Done } else { Exit::No })
}

fn print(
    url: &str,
    report: &Report,
    level: Level,
    reproduction: &Reproduction<'_>,
    context: &Context,
) -> Result<(), OutputError> {
    let streams = &context.streams;
    let summary = Summary { url, report, level };
    if streams.format == Format::Json {
        let printer = Printer::new(streams);
        for finding in &report.findings {
            printer.print(&FindingText { finding, report, reproduction, everything: true, like: None })?;
        }
        return printer.print(&summary);
    }
    let mut text = String::new();
    let out = &streams.out;
    let mut canvas = Canvas::new(&mut text, out.theme(), out.width(), streams.format);
    for standing in report.standings() {
        GroupText { standing: &standing, report, reproduction, everything: streams.verbose > 0 }.render(&mut canvas);
    }
    summary.render(&mut canvas);
    out.write_text(&text)
}
