//! Arguments of `mh-hook e2e`.

use std::path::PathBuf;

use clap::Args;

use crate::commands::e2e::request::JobArgs;
use crate::commands::e2e::session::WebhookArgs;
use crate::commands::e2e::target::TargetChoice;
use crate::commands::shared::value_parsers;
use crate::store::settings::SetBy;

/// Submit a job, wait for its webhooks, and judge the whole integration
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook e2e --image
      in the embedded sandbox, or live with an API key
  mh-hook e2e --image --video --audio
      a job of every kind
  mh-hook e2e --image --live --tunnel
      at Magic Hour, through a tunnel that is proven first
  mh-hook e2e --image --forward http://localhost:3000/webhook
      your handler must accept the deliveries too
  mh-hook e2e --video --prompt 'a cat [error=no_source_face]'
      a job that fails")]
pub struct E2eArgs {
    #[command(flatten)]
    pub(super) jobs: JobArgs,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    #[command(flatten)]
    pub(super) results: ResultArgs,
    #[command(flatten)]
    pub(super) webhooks: WebhookArgs,
}

/// Options about the results.
#[derive(Args, Debug)]
#[command(next_help_heading = "Results")]
pub(super) struct ResultArgs {
    /// Download the outputs to this directory
    #[arg(long, add = SetBy::User, value_name = "DIR")]
    pub(super) download: Option<PathBuf>,
    /// Write the results to this file as JUnit XML
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
}

/// Options about the target and the cost.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where, and at what cost")]
pub(super) struct PlaceArgs {
    /// Use the embedded sandbox, offline and free, even if an API key is configured
    #[arg(long, add = SetBy::Project, conflicts_with = "live")]
    pub(super) sandbox: bool,
    /// Use Magic Hour itself, also with the key that the official CLI saved; fail without a key
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) live: bool,
    /// Refuse jobs that would probably cost more credits than this [default: 40 at Magic Hour]
    #[arg(long, add = SetBy::User, value_name = "N", value_parser = value_parsers::credits)]
    pub(super) max_credits: Option<u64>,
    /// Allow a job whose price is not published; --max-credits cannot limit it
    #[arg(long, add = SetBy::CommandLine)]
    pub(super) unknown_cost_ok: bool,
}

impl PlaceArgs {
    pub(super) const fn choice(&self) -> TargetChoice {
        match (self.live, self.sandbox) {
            // Only ever typed, so it beats a sandbox that was configured.
            (true, _) => TargetChoice::Live,
            (_, true) => TargetChoice::Sandbox,
            _ => TargetChoice::Either,
        }
    }
}
