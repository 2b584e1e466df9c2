//! Arguments of `mh-hook check`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::commands::shared::defaults::default_url;
use crate::commands::shared::place::place;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::engine::conformance::case::Level;
use crate::store::settings::SetBy;

/// Events in the burst.
const DEFAULT_BURST: usize = 200;

/// Test a webhook handler with a conformance suite
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
    /// URL of the handler
    #[arg(value_name = "URL", default_value_t = default_url(), value_parser = place())]
    pub(super) url: String,
    /// Run only these cases: ids, groups, or globs such as 'timestamp.*'
    #[arg(long, add = SetBy::User, value_name = "GLOB", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Skip these cases
    #[arg(long, add = SetBy::User, value_name = "GLOB", value_delimiter = ',')]
    pub(super) skip: Vec<String>,
    /// Run only cases of at least this severity
    #[arg(long, add = SetBy::User, value_enum, value_name = "LEVEL", default_value_t = Level::May)]
    pub(super) level: Level,
    /// List the cases instead of running them
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) list: bool,
    /// Fail the run on broken rules of this level or above
    #[arg(long, add = SetBy::User, value_enum, value_name = "LEVEL", default_value_t = FailOn::Must)]
    pub(super) fail_on: FailOn,
    /// Job id to use, for handlers that answer 404 to unknown jobs
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) id: Option<String>,
    /// Command that shows the handler's effects: its output must change once for an event that arrives twice
    #[arg(long, add = SetBy::CommandLine, value_name = "COMMAND")]
    pub(super) side_effects: Option<String>,
    /// Events in the burst (0 skips it)
    #[arg(long, add = SetBy::User, value_name = "N", default_value_t = DEFAULT_BURST, value_parser = value_parsers::burst)]
    pub(super) burst: usize,
    /// Time limit of a response
    #[arg(long, add = SetBy::Project, value_name = "DURATION", default_value = "10s", value_parser = value_parsers::some_time)]
    pub(super) timeout: Duration,
    /// Cases to run at once
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 4, value_parser = value_parsers::whole::<usize>(1, 1024))]
    pub(super) concurrency: usize,
    /// Run what failed again whenever the handler was started anew, until all passes
    #[arg(long, add = SetBy::CommandLine, conflicts_with = "junit")]
    pub(super) watch: bool,
    /// Write the results to this file as JUnit XML
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,
    /// Allow a handler on another machine
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) yes_remote: bool,
    #[command(flatten)]
    pub(super) tls: TlsArgs,
}

impl CheckArgs {
    /// The options that a run with one case alone needs as well, as words of a command line.
    pub(super) fn words(&self) -> Vec<String> {
        let burst = (self.burst != DEFAULT_BURST).then(|| ["--burst".to_owned(), self.burst.to_string()]);
        let command = self.side_effects.iter().flat_map(|command| ["--side-effects".to_owned(), command.clone()]);
        burst.into_iter().flatten().chain(command).chain(self.yes_remote.then(|| "--yes-remote".to_owned())).collect()
    }
}

/// The broken rules that make the run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Musts only
    Must,
    /// Musts and shoulds
    Should,
}

impl FailOn {
    pub(super) const fn level(self) -> Level {
        match self {
            Self::Must => Level::Must,
            Self::Should => Level::Should,
        }
    }
}
