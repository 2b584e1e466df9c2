//! Arguments of `mh-hook sandbox`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use crate::commands::shared::inspector_args::InspectorArgs;
use crate::commands::shared::place::place;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::engine::sandbox::Rate;
use crate::model::job::Speed;
use crate::store::settings::SetBy;

/// The port when nothing else is said.
const PORT: u16 = 8787;

/// Serve a local Magic Hour: API, jobs, files and signed webhooks
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook sandbox --webhook http://localhost:8000/webhook
      deliver webhooks to your handler
  mh-hook sandbox --webhook 'http://localhost:8000/webhook#*.completed'
      only some events
  mh-hook sandbox --speed instant --time-scale 1000
      no waiting
  mh-hook sandbox --state sandbox.db
      keep jobs and retries in a file")]
pub struct SandboxArgs {
    /// Port to listen on (0 picks a free one)
    #[arg(short, long, add = SetBy::Project, default_value_t = PORT, value_parser = value_parsers::port)]
    pub(super) port: u16,
    /// Same as --port
    #[arg(value_name = "PORT", conflicts_with = "port", value_parser = value_parsers::port)]
    pub(super) port_operand: Option<u16>,
    /// Listen on this address instead of localhost; if other machines can reach it, the control API is off
    #[arg(long, add = SetBy::User, value_name = "ADDR", value_parser = value_parsers::address)]
    pub(super) bind: Option<IpAddr>,
    /// Require the token in this file for the control API, and allow other machines that send it
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) control_token_file: Option<PathBuf>,
    /// Exit 0 if a sandbox answers on --port of this machine, for health checks; start nothing
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) ping: bool,
    /// Keep the state in this file and continue from it; without it the state is lost when the run ends
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// Accept only the API keys in this file, one per line; without it any key is valid
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) api_key_file: Option<PathBuf>,
    /// Credits of the account at the start
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 400, value_parser = value_parsers::whole::<u32>(0, 1_000_000_000))]
    pub(super) credits: u32,
    /// Largest rate of API calls, such as 10/s; further calls get 429
    #[arg(long, add = SetBy::Project, value_name = "RATE")]
    pub(super) rate_limit: Option<Rate>,
    /// Accept unknown tools, and guess their output from the name
    #[arg(long, add = SetBy::Project)]
    pub(super) lenient: bool,
    /// Refuse models and templates that this version does not know, with 422
    #[arg(long, add = SetBy::Project)]
    pub(super) strict: bool,
    /// Accept any path as an uploaded file, such as the documentation's api-assets/id/1234.png
    #[arg(long, add = SetBy::Project)]
    pub(super) any_file: bool,
    #[command(flatten)]
    pub(super) jobs: Jobs,
    #[command(flatten)]
    pub(super) webhooks: Webhooks,
    #[command(flatten)]
    pub(super) inspector: InspectorArgs,
}

/// Options of jobs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Jobs")]
pub(super) struct Jobs {
    /// Speed of rendering: instant, fast, realistic, or a factor such as 10
    #[arg(long, add = SetBy::Project, default_value = "fast")]
    pub(super) speed: Speed,
    /// Jobs that render at once
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 16, value_parser = value_parsers::whole::<u32>(1, 1_000_000))]
    pub(super) workers: u32,
    /// Fraction of jobs that fail (0 to 1)
    #[arg(long, add = SetBy::Project, value_name = "RATE", default_value_t = 0.0, value_parser = share)]
    pub(super) error_rate: f64,
    /// Seed for ids and random choices, for reproducible runs
    #[arg(long, add = SetBy::Project, value_name = "N", value_parser = value_parsers::whole::<u64>(0, u64::MAX))]
    pub(super) seed: Option<u64>,
}

/// Options of webhooks.
#[derive(Args, Debug)]
#[command(next_help_heading = "Webhooks")]
pub(super) struct Webhooks {
    /// Deliver events to this URL; URL#video.*,image.completed selects event types
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL[#EVENTS]", value_parser = place())]
    pub(super) webhook: Vec<String>,
    /// Read the signing secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,
    /// Divide retry delays by this factor
    #[arg(long, add = SetBy::Project, value_name = "X", default_value_t = 1.0, value_parser = scale)]
    pub(super) time_scale: f64,
    /// Sign each attempt anew, or reuse the first timestamp and signature
    #[arg(long, add = SetBy::Project, value_enum, default_value_t = Resign::Fresh)]
    pub(super) resign: Resign,
    /// Fraction of jobs whose events are sent twice (0 to 1)
    #[arg(long, add = SetBy::Project, value_name = "RATE", default_value_t = 0.0, value_parser = share)]
    pub(super) duplicate_rate: f64,
    /// Base URL of links to files
    #[arg(long, add = SetBy::User, value_name = "URL", value_parser = base)]
    pub(super) public_base: Option<String>,
    /// Write links in webhooks like those in Magic Hour's documentation; nothing is served there
    #[arg(long, add = SetBy::Project, conflicts_with = "public_base")]
    pub(super) documented_links: bool,
    #[command(flatten)]
    pub(super) tls: TlsArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Resign {
    Fresh,
    Reuse,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a rate is a number from 0 (none) to 1 (all)".to_owned())
}

fn scale(text: &str) -> Result<f64, String> {
    let scale = text.parse().ok().filter(|scale: &f64| scale.is_finite() && *scale > 0.0);
    scale.ok_or_else(|| "a scale is a number above 0, such as 1000".to_owned())
}

fn base(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let plain = url.is_some_and(|url| url.query().is_none() && url.fragment().is_none());
    let base = text.trim_end_matches('/').to_owned();
    if plain { Ok(base) } else { Err("it reads https://sandbox.example, without a query".to_owned()) }
}
