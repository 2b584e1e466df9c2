//! Arguments of `mh-hook history`.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};

use crate::commands::shared::defaults::default_server;
use crate::commands::shared::filter_args::FilterArgs;
use crate::commands::shared::journal_args::JournalFile;
use crate::commands::shared::place::server;
use crate::commands::shared::selection::Selector;
use crate::commands::shared::value_parsers;
use crate::store::settings::SetBy;

/// List, show, export and prune received deliveries
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook history --last 20                     list the newest deliveries
  mh-hook history --type 'video.*' --since 1h   filter them
  mh-hook history show last                     show the newest in full
  mh-hook history --follow                      go on with what comes
  mh-hook history export > deliveries.ndjson    write them to a file")]
#[command(mut_arg("file", |file| file.global(true)))]
pub struct HistoryArgs {
    #[command(flatten)]
    pub(super) journal: JournalFile,
    #[command(flatten)]
    pub(super) list: ListArgs,
    #[command(subcommand)]
    pub(super) action: Option<HistoryAction>,
}

#[derive(Debug, Subcommand)]
pub(super) enum HistoryAction {
    /// List deliveries, the newest last; what `mh-hook history` alone does
    List(ListArgs),
    /// Show deliveries in full: the request as received, its verdict, and every attempt to pass it on
    Show(ShowArgs),
    /// Write deliveries as newline-delimited JSON or as curl commands, without secrets
    Export(ExportArgs),
    /// Delete old deliveries with their attempts
    Prune(PruneArgs),
}

#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// Numbers of deliveries, ranges such as 3-7, or last, last~1 (the one before it)
    #[arg(value_name = "ID", required = true)]
    pub(super) ids: Vec<Selector>,
    /// Print only the body, byte for byte
    #[arg(long, add = SetBy::CommandLine, group = "part")]
    pub(super) body: bool,
    /// Print only the headers as they were received
    #[arg(long, add = SetBy::CommandLine, group = "part")]
    pub(super) headers: bool,
    /// Print a curl command that sends the same request again, with its links and signature
    #[arg(long, add = SetBy::CommandLine, group = "part")]
    pub(super) curl: bool,
    /// URL that the command posts to; without a path, it posts to the path of the delivery
    #[arg(long, add = SetBy::CommandLine, value_name = "URL", default_value_t = default_server(), value_parser = server(), requires = "curl")]
    pub(super) to: String,
}

#[derive(Args, Debug)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    /// Go on with what is received from now on, until Ctrl-C
    #[arg(short, long, add = SetBy::CommandLine, conflicts_with = "until")]
    pub(super) follow: bool,
    /// List all of them; otherwise the newest 50 on a terminal, and the newest 1,000 elsewhere
    #[arg(long, add = SetBy::CommandLine, conflicts_with = "last")]
    pub(super) all: bool,
}

impl ListArgs {
    /// Whether nothing was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.filter.is_empty() && !self.follow && !self.all
    }
}

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    /// Write curl commands that send the same requests again
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) curl: bool,
    /// Go on with what is received from now on, until Ctrl-C or until nobody reads
    #[arg(long, add = SetBy::CommandLine, conflicts_with_all = ["curl", "until"])]
    pub(super) follow: bool,
    /// URL that those commands post to; without a path, each posts to the path of its delivery
    #[arg(long, add = SetBy::CommandLine, value_name = "URL", default_value_t = default_server(), value_parser = server(), requires = "curl")]
    pub(super) to: String,
    /// Keep secrets, credentials and the queries of links
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) reveal: bool,
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true))]
pub(super) struct PruneArgs {
    /// Delete deliveries that are older than this
    #[arg(long, add = SetBy::CommandLine, value_name = "DURATION", value_parser = value_parsers::duration, group = "which")]
    pub(super) older_than: Option<Duration>,
    /// Delete all but the newest N deliveries
    #[arg(long, add = SetBy::CommandLine, value_name = "N", value_parser = value_parsers::whole::<usize>(0, u64::MAX), group = "which")]
    pub(super) keep: Option<usize>,
    /// Only count what would be deleted
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) dry_run: bool,
}
