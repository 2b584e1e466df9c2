//! Arguments of `mh-hook listen`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Args;
use http::StatusCode;

use crate::commands::listen::captures::CaptureArgs;
use crate::commands::listen::public_side::{Opened, PublicOptions};
use crate::commands::shared::context::Context;
use crate::commands::shared::defaults::{DEFAULT_PATH, DEFAULT_PORT};
use crate::commands::shared::event_patterns::event_patterns;
use crate::commands::shared::inspector_args::InspectorArgs;
use crate::commands::shared::journal_args::JournalWriting;
use crate::commands::shared::place::place;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::tunnel_args::TunnelArgs;
use crate::commands::shared::value_parsers;
use crate::engine::receive::counters::ReceiverCounters;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::expectations::Expectations;
use crate::engine::receive::forwarder::Forwarder;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::engine::reporter::WhenBehind;
use crate::error::{Error, Exit};
use crate::model::EventPattern;
use crate::model::contract::path::Assignment;
use crate::net::accept::body::BodyLimits;
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::Format;
use crate::store::settings::SetBy;

/// The most attempts of an event that are failed.
const MOST_FAILURES: u64 = 1_000_000;

/// Receive events on this machine: verify, store, show, forward, answer
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook listen
      receive events on port 8000
  mh-hook listen --forward http://localhost:3000/webhook
      pass them on to your handler
  mh-hook listen --expect 'video.*' --timeout 5m
      wait for a verified event, in a script
  mh-hook listen --fail-first 2
      answer 500 twice and observe the retries")]
pub struct ListenArgs {
    /// Port to listen on (0 picks a free one)
    #[arg(short, long, add = SetBy::Project, default_value_t = DEFAULT_PORT, value_parser = value_parsers::port)]
    pub(super) port: u16,
    /// Same as --port
    #[arg(value_name = "PORT", conflicts_with = "port", value_parser = value_parsers::port)]
    pub(super) port_operand: Option<u16>,
    /// Listen on this address instead of localhost
    #[arg(long, add = SetBy::User, value_name = "ADDR", value_parser = value_parsers::address, conflicts_with_all = ["tunnel", "public_url"])]
    pub(super) bind: Option<IpAddr>,
    /// Accept events only at this path and below it; other paths get 404
    #[arg(long, add = SetBy::User, value_name = "PATH", value_parser = path)]
    pub(super) path: Option<String>,
    /// Show and forward only events of these types (globs allowed); all are accepted and kept
    #[arg(long, add = SetBy::Project, value_name = "GLOB", value_delimiter = ',')]
    pub(super) events: Vec<String>,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,
    /// Largest difference between a timestamp and now, in both directions
    #[arg(long, add = SetBy::User, value_name = "DURATION", default_value = "5m", value_parser = value_parsers::duration)]
    pub(super) tolerance: Duration,
    /// Answer invalid deliveries as if they were valid
    #[arg(long, add = SetBy::User)]
    pub(super) accept_invalid: bool,
    /// Largest body to accept
    #[arg(long, add = SetBy::User, value_name = "SIZE", default_value = "1MiB", value_parser = value_parsers::some_size)]
    pub(super) max_body: usize,
    #[command(flatten)]
    pub(super) journal: JournalWriting,
    #[command(flatten)]
    pub(super) way: TunnelArgs,
    #[command(flatten)]
    pub(super) captures: CaptureArgs,
    #[command(flatten)]
    pub(super) forwarding: Forwarding,
    #[command(flatten)]
    pub(super) waiting: Waiting,
    #[command(flatten)]
    pub(super) study: Study,
    #[command(flatten)]
    pub(super) inspector: InspectorArgs,
}

/// Options of forwarding.
#[derive(Args, Debug)]
#[command(next_help_heading = "Forwarding")]
pub(super) struct Forwarding {
    /// Forward each delivery to this URL; with a single --forward, its response is returned to the sender
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL", value_parser = place())]
    pub(super) forward: Vec<String>,
    /// Deliveries forwarded at once to each handler; those of one job keep their order
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 16, value_parser = value_parsers::whole::<u16>(1, 1024))]
    pub(super) forward_concurrency: u16,
    #[command(flatten)]
    pub(super) tls: TlsArgs,
}

/// Options of waiting.
#[derive(Args, Debug)]
#[command(next_help_heading = "Waiting for events")]
pub(super) struct Waiting {
    /// Exit 0 once a verified delivery of this type has arrived (globs allowed); repeat for several
    #[arg(long, add = SetBy::User, value_name = "TYPE")]
    pub(super) expect: Vec<String>,
    /// Count only deliveries with this value for --expect, such as payload.id=clx1
    #[arg(long = "where", add = SetBy::CommandLine, value_name = "PATH=VALUE")]
    pub(super) places: Vec<String>,
    /// Stop after this many deliveries
    #[arg(long, add = SetBy::User, value_name = "N", value_parser = value_parsers::whole::<u64>(1, u64::MAX))]
    pub(super) exit_after: Option<u64>,
    /// Stop after this long
    #[arg(long, add = SetBy::User, value_name = "DURATION", value_parser = value_parsers::some_time)]
    pub(super) timeout: Option<Duration>,
    /// Write the expectations and their results to this file as JUnit XML
    #[arg(long, add = SetBy::User, value_name = "FILE", requires = "expect")]
    pub(super) junit: Option<PathBuf>,
}

/// Wrong answers, to observe how the provider reacts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Studying the provider")]
pub(super) struct Study {
    /// Answer 500 to the first N attempts of each event, and report the retries
    #[arg(long, add = SetBy::User, value_name = "N", default_value_t = 0, value_parser = value_parsers::whole::<u32>(0, MOST_FAILURES))]
    pub(super) fail_first: u32,
    /// Answer every delivery with this status
    #[arg(long, add = SetBy::User, value_name = "STATUS", value_parser = value_parsers::status)]
    pub(super) respond: Option<StatusCode>,
    /// Delay every answer by this long
    #[arg(long, add = SetBy::User, value_name = "DURATION", default_value = "0", value_parser = value_parsers::duration)]
    pub(super) delay: Duration,
}

fn path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err("a path starts with '/'".to_owned());
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '?' | '#')) {
        return Err(format!("a path cannot hold {c:?}; write it percent-encoded"));
    }
    Ok(text.to_owned())
}

/// Parts of a run that its receiver shares.
pub(super) struct RunParts {
    pub(super) events: Vec<EventPattern>,
    pub(super) expectations: Arc<Mutex<Expectations>>,
    pub(super) log: Arc<DeliveryLog>,
    pub(super) abandoned: Shutdown,
    pub(super) counters: ReceiverCounters,
}

impl ListenArgs {
    pub(super) fn receiver_options(
        &self,
        (verifier, public): (SharedVerifier, Option<Arc<PublicAccess>>),
        forwarders: Vec<Forwarder>,
        run: RunParts,
        format: Format,
    ) -> ReceiverOptions {
        // The screen may skip events only if the journal has them; records are never skipped.
        let may_skip = run.log.is_durable() && format != Format::Json;
        ReceiverOptions {
            verifier,
            public,
            accept_invalid: self.accept_invalid,
            path: self.path.clone(),
            events: run.events,
            body: BodyLimits { size: self.max_body, ..BodyLimits::default() },
            log: run.log,
            forwarders,
            own_jobs: None,
            expectations: Some(run.expectations),
            when_behind: if may_skip { WhenBehind::Skip } else { WhenBehind::Wait },
            abandoned: run.abandoned,
            counters: run.counters,
            fail_first: self.study.fail_first,
            respond: self.study.respond,
            delay: self.study.delay,
        }
    }

    pub(super) fn public_side(&self) -> PublicOptions {
        PublicOptions {
            way: self.way.clone(),
            path: self.path.as_deref().unwrap_or(DEFAULT_PATH).to_owned(),
            tls: self.forwarding.tls.options(),
            tolerance: self.tolerance,
            secret_file: self.secret_file.clone(),
        }
    }
}

impl Waiting {
    /// Exit code of a run that ended before its way from the internet was open.
    pub(super) fn unopened(&self, opened: &Opened, context: &Context) -> Exit {
        if matches!(opened, Opened::TimedOut) {
            let hint = "a longer --timeout leaves time for it; `mh-hook doctor --public-url URL` looks at the way";
            let message = "--timeout ended before the public URL was proven to reach this machine";
            context.streams.error(message, Some(hint), Exit::TimedOut as u8);
            return Exit::TimedOut;
        }
        if self.expect.is_empty() { Exit::Done } else { Exit::Interrupted }
    }

    pub(super) fn expectations(&self, context: &Context) -> Result<Expectations, Error> {
        let places =
            self.places.iter().map(|text| value_parsers::assignment(text)).collect::<Result<Vec<Assignment>, _>>()?;
        if !places.is_empty() && self.expect.is_empty() {
            return Err(Error::usage(
                "--where needs --expect",
                "--where filters the deliveries that --expect TYPE waits for",
            ));
        }
        Ok(Expectations::new(event_patterns(&self.expect, context)?, places, self.exit_after))
    }
}

pub(super) fn forwarders(
    args: &ListenArgs,
    targets: Vec<Target>,
    context: &Context,
    shutdown: &Shutdown,
) -> Result<Vec<Forwarder>, Error> {
    let concurrency = args.forwarding.forward_concurrency.into();
    let tls = args.forwarding.tls.options();
    let forwarder = |target| {
        let remote = Remote::new(target, &tls, shutdown.clone())?;
        Ok(Forwarder::new(remote, args.path.clone(), concurrency, context.clock.clone()))
    };
    targets.into_iter().map(forwarder).collect()
}
