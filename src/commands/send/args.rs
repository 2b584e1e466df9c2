//! Arguments of `mh-hook send`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use http::{HeaderName, HeaderValue};

use crate::commands::send::load::LoadArgs;
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::place::place;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::commands::shared::value_parsers::ExpectedStatus;
use crate::model::Layout;
use crate::store::settings::SetBy;

/// Send signed test events to a URL
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook send video.completed
      post to http://localhost:8000/webhook
  mh-hook send 'image.*' --to http://localhost:3000/webhook
      several events, elsewhere
  mh-hook send video.completed --fault wrong-secret --expect-status 4xx
      a broken delivery must be refused
  mh-hook send 'video.*' --count 10000 --concurrency 64
      load")]
pub struct SendArgs {
    /// Event types: video.completed, globs such as 'video.*', a kind (video), a phase (completed), or all
    #[arg(value_name = "EVENT", required_unless_present_any = ["body", "from", "fault"])]
    pub(super) events: Vec<String>,
    /// URL to post to
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL", default_value_t = default_url(), value_parser = place())]
    pub(super) to: String,
    /// Job id (payload.id) [default: a new one for each kind]
    #[arg(long, add = SetBy::CommandLine, conflicts_with = "body")]
    pub(super) id: Option<String>,
    /// Change a field, such as payload.name=null; the value is JSON, else text
    #[arg(long, add = SetBy::User, value_name = "PATH=VALUE", conflicts_with = "body")]
    pub(super) set: Vec<String>,
    /// Add or change a field
    #[arg(long, add = SetBy::User, value_name = "PATH=VALUE", conflicts_with = "body")]
    pub(super) set_new: Vec<String>,
    /// Send exactly the bytes of this file (- for standard input)
    #[arg(long, add = SetBy::CommandLine, value_name = "FILE", conflicts_with = "events")]
    pub(super) body: Option<PathBuf>,
    /// Send each line of this file: an event as JSON, or a delivery of `history export`; - is standard input
    #[arg(long, add = SetBy::CommandLine, value_name = "FILE", conflicts_with_all = ["events", "body", "id", "set", "set_new", "documented_only", "layout", "size"])]
    pub(super) from: Option<PathBuf>,
    /// Edit each event in $EDITOR before it is signed
    #[arg(long, add = SetBy::CommandLine, conflicts_with_all = ["body", "count", "duration"])]
    pub(super) edit: bool,
    /// Leave out deprecated fields, which the SDKs require but the documentation does not list
    #[arg(long, add = SetBy::Project, conflicts_with = "body")]
    pub(super) documented_only: bool,
    /// Style of the JSON
    #[arg(long, add = SetBy::Project, value_enum, default_value_t, conflicts_with = "body")]
    pub(super) layout: Layout,
    /// Least size of each event, reached by more downloads
    #[arg(long, add = SetBy::User, value_name = "SIZE", default_value = "0", hide_default_value = true, conflicts_with = "body", value_parser = value_parsers::event_size)]
    pub(super) size: usize,
    /// Add or replace a header; 'NAME:' removes it
    #[arg(long, add = SetBy::User, value_name = "NAME: VALUE", value_parser = value_parsers::header)]
    pub(super) header: Vec<(HeaderName, HeaderValue)>,
    /// Send without a signature
    #[arg(long, add = SetBy::User, conflicts_with = "fault")]
    pub(super) unsigned: bool,
    /// Break the delivery in a named way; 'list' shows them all
    #[arg(long, add = SetBy::User, value_name = "NAME")]
    pub(super) fault: Vec<String>,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,
    /// Time for the handler to answer
    #[arg(long, add = SetBy::Project, value_name = "DURATION", default_value = "30s", value_parser = value_parsers::some_time)]
    pub(super) timeout: Duration,
    /// Statuses that count as success: 2xx, 4xx or one status
    #[arg(long, add = SetBy::User, value_name = "STATUS", default_value = "2xx")]
    pub(super) expect_status: ExpectedStatus,
    /// Print the request instead of sending it
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) dry_run: bool,
    /// Print a curl command that sends the same request, instead of sending it
    #[arg(long, add = SetBy::CommandLine, conflicts_with = "dry_run")]
    pub(super) curl: bool,
    #[command(flatten)]
    pub(super) tls: TlsArgs,
    #[command(flatten)]
    pub(super) retrying: Retrying,
    #[command(flatten)]
    pub(super) load: LoadArgs,
}

/// Sending again until the handler accepts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Retrying")]
pub(super) struct Retrying {
    /// Retry as Magic Hour does, after 1, 2, 4, 8 s ... for 24 hours, until the answer is 2xx
    #[arg(long, add = SetBy::User, conflicts_with_all = ["dry_run", "curl"])]
    pub(super) retry: bool,
    /// Divide the waits between attempts by this factor
    #[arg(long, add = SetBy::User, value_name = "X", default_value_t = 1.0, requires = "retry", value_parser = value_parsers::positive)]
    pub(super) time_scale: f64,
}
