//! `mh-hook sandbox`: a local Magic Hour with its REST API, jobs, files, and signed webhooks that are retried.

use std::collections::HashSet;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use clap::Args;
use tokio::sync::oneshot;

use crate::commands::sandbox::ping::ping;
use crate::commands::sandbox::render::Screen;
use crate::commands::shared::context::{Context, FoundSecret, interrupt, runtime};
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::inspector_args::{self, InspectorArgs, options};
use crate::commands::shared::journal_args::usual_journal;
use crate::commands::shared::place::place;
use crate::commands::shared::ready::Ready;
use crate::commands::shared::stdin;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::engine::event_channel::EventReceiver;
use crate::engine::inspector::{InspectedSandbox, Inspector, InspectorOptions, NamedTarget, RunLog};
use crate::engine::sandbox::{EndpointSpec, Rate, Sandbox, SandboxEvent, SandboxOptions};
use crate::error::{Error, Exit};
use crate::model::job::Speed;
use crate::output::{Format, OutputError, Printer, Streams};
use crate::store::sandbox::StatePlace;
use crate::store::secrets::secret_file::read_secret;
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
#[expect(clippy::struct_excessive_bools, reason = "each is an option that stands for itself")]
pub struct SandboxArgs {
    /// Port to listen on (0 picks a free one)
    #[arg(short, long, add = SetBy::Project, default_value_t = PORT, value_parser = value_parsers::port)]
    port: u16,
    /// Same as --port
    #[arg(value_name = "PORT", conflicts_with = "port", value_parser = value_parsers::port)]
    port_operand: Option<u16>,
    /// Listen on this address instead of localhost; if other machines can reach it, the control API is off
    #[arg(long, add = SetBy::User, value_name = "ADDR")]
    bind: Option<IpAddr>,
    /// Require the token in this file for the control API, and allow other machines that send it
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    control_token_file: Option<PathBuf>,
    /// Exit 0 if a sandbox answers on --port of this machine, for health checks; start nothing
    #[arg(long, add = SetBy::CommandLine)]
    ping: bool,
    /// Keep the state in this file and continue from it; without it the state is lost when the run ends
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Accept only the API keys in this file, one per line; without it any key is valid
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Credits of the account at the start
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 400)]
    credits: u32,
    /// Largest rate of API calls, such as 10/s; further calls get 429
    #[arg(long, add = SetBy::Project, value_name = "RATE")]
    rate_limit: Option<Rate>,
    /// Accept unknown tools, and guess their output from the name
    #[arg(long, add = SetBy::Project)]
    lenient: bool,
    /// Refuse models and templates that this version does not know, with 422
    #[arg(long, add = SetBy::Project)]
    strict: bool,
    /// Accept any path as an uploaded file, such as the documentation's api-assets/id/1234.png
    #[arg(long, add = SetBy::Project)]
    any_file: bool,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    webhooks: Webhooks,
    #[command(flatten)]
    inspector: InspectorArgs,
}

/// Options of jobs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Jobs")]
struct Jobs {
    /// Speed of rendering: instant, fast, realistic, or a factor such as 10
    #[arg(long, add = SetBy::Project, default_value = "fast")]
    speed: Speed,
    /// Jobs that render at once
    #[arg(long, add = SetBy::Project, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// Fraction of jobs that fail (0 to 1)
    #[arg(long, add = SetBy::Project, value_name = "RATE", default_value_t = 0.0, value_parser = share)]
    error_rate: f64,
    /// Seed for ids and random choices, for reproducible runs
    #[arg(long, add = SetBy::Project, value_name = "N")]
    seed: Option<u64>,
}

/// Options of webhooks.
#[derive(Args, Debug)]
#[command(next_help_heading = "Webhooks")]
struct Webhooks {
    /// Deliver events to this URL; URL#video.*,image.completed selects event types
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL[#EVENTS]", value_parser = place)]
    webhook: Vec<String>,
    /// Read the signing secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Divide retry delays by this factor
    #[arg(long, add = SetBy::Project, value_name = "X", default_value_t = 1.0, value_parser = scale)]
    time_scale: f64,
    /// Sign each attempt anew, or reuse the first timestamp and signature
    #[arg(long, add = SetBy::Project, value_enum, default_value_t = Resign::Fresh)]
    resign: Resign,
    /// Fraction of jobs whose events are sent twice (0 to 1)
    #[arg(long, add = SetBy::Project, value_name = "RATE", default_value_t = 0.0, value_parser = share)]
    duplicate_rate: f64,
    /// Base URL of links to files
    #[arg(long, add = SetBy::User, value_name = "URL", value_parser = base)]
    public_base: Option<String>,
    /// Write links in webhooks like those in Magic Hour's documentation; nothing is served there
    #[arg(long, add = SetBy::Project, conflicts_with = "public_base")]
    documented_links: bool,
    #[command(flatten)]
    tls: TlsArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Resign {
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

/// Serves until it is interrupted, or nobody reads its output any more.
pub fn run(args: &SandboxArgs, context: &Context) -> Result<Exit, Error> {
    if args.ping {
        return ping(args.port_operand.unwrap_or(args.port), context);
    }
    let endpoints = args.webhooks.webhook.iter().map(|text| text.parse()).collect::<Result<Vec<EndpointSpec>, _>>()?;
    let api_keys = args.api_key_file.as_deref().map(api_keys).transpose()?.unwrap_or_default();
    let secret = context.secret(args.webhooks.secret_file.as_deref())?;
    let token = args.control_token_file.as_deref();
    let control_token = token.map(|file| read_secret(file, io::stdin())).transpose()?.map(|clean| clean.secret);
    let options = SandboxOptions { control_token, endpoints, api_keys, ..sandbox_options(args, context, &secret) };
    runtime()?.block_on(async {
        let mut interrupt = interrupt()?;
        let endpoints = options.endpoints.clone();
        let (sandbox, feed) = Sandbox::start_and_tell(options).await?;
        let steps = Arc::new(RunLog::default());
        let setup = SandboxSetup { args, sandbox: &sandbox, secret: &secret };
        let inspector = setup.inspect(&steps, context).await?;
        setup.announce(&endpoints, inspector.as_ref(), context)?;
        let mut shown = show(feed, &context.streams, steps);
        let output = tokio::select! {
            output = &mut shown => Some(output),
            () = interrupt.heard() => None,
        };
        inspector_args::stop(inspector).await;
        let ended = tokio::select! {
            () = sandbox.stop() => true,
            () = interrupt.heard() => false,
        };
        let output = if let Some(output) = output {
            output
        } else {
            // Whoever does not read what we print must not keep us from ending.
            tokio::select! {
                output = shown, if ended => output,
                () = interrupt.heard(), if ended => return Ok(Exit::Done),
                else => return Ok(Exit::Done),
            }
        };
        match output {
            Ok(Err(error @ OutputError::Failed { .. })) => Err(error.into()),
            Ok(Ok(()) | Err(OutputError::Closed)) | Err(_) => Ok(Exit::Done),
        }
    })
}

fn sandbox_options(args: &SandboxArgs, context: &Context, secret: &FoundSecret) -> SandboxOptions {
    let (jobs, webhooks) = (&args.jobs, &args.webhooks);
    SandboxOptions {
        bind: args.bind,
        port: args.port_operand.unwrap_or(args.port),
        place: args.state.clone().map_or(StatePlace::Temporary, StatePlace::File),
        speed: jobs.speed,
        workers: jobs.workers,
        credits: args.credits,
        lenient: args.lenient,
        strict: args.strict,
        any_file: args.any_file,
        rate_limit: args.rate_limit,
        error_rate: jobs.error_rate,
        duplicate_rate: webhooks.duplicate_rate,
        seed: jobs.seed,
        time_scale: webhooks.time_scale,
        reuse_signatures: webhooks.resign == Resign::Reuse,
        public_base: webhooks.public_base.clone(),
        documented_links: webhooks.documented_links,
        tls: webhooks.tls.options(),
        clock: Some(context.clock.clone()),
        ..SandboxOptions::new(secret.secret.clone())
    }
}

/// The keys in a file, one per line; empty lines do not count.
fn api_keys(path: &Path) -> Result<HashSet<String>, Error> {
    let bytes = stdin::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let keys: HashSet<String> = text.lines().map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
    if keys.is_empty() {
        let message = format!("there is no API key in {}", path.display());
        return Err(Error::usage(message, "write one key per line, or leave --api-key-file out to accept any"));
    }
    Ok(keys)
}

/// Shows events from a thread of its own, so that a slow terminal does not keep the sockets waiting.
fn show(
    mut feed: EventReceiver<SandboxEvent>,
    streams: &Streams,
    steps: Arc<RunLog>,
) -> oneshot::Receiver<Result<(), OutputError>> {
    let mut screen = Screen::new(streams);
    let (done, shown) = oneshot::channel();
    thread::spawn(move || drop(done.send(screen.show_all(&mut feed, &steps))));
    shown
}

/// A sandbox that runs, before anything is said of it.
struct SandboxSetup<'a> {
    args: &'a SandboxArgs,
    sandbox: &'a Sandbox,
    secret: &'a FoundSecret,
}

impl SandboxSetup<'_> {
    /// Starts the inspector beside the sandbox, if it is wanted. It shows the usual journal, where a listener keeps what
    /// the sandbox sends.
    async fn inspect(&self, steps: &Arc<RunLog>, context: &Context) -> Result<Option<Inspector>, Error> {
        let Self { args, sandbox, secret } = self;
        if !args.inspector.is_wanted() {
            return Ok(None);
        }
        if sandbox.is_exposed() {
            let hint = "leave --bind out, and reach the page from elsewhere with `ssh -L`";
            return Err(Error::usage("--ui is off while other machines can reach the sandbox", hint));
        }
        let endpoints = args.webhooks.webhook.iter().map(|text| text.split('#').next().unwrap_or(text).to_owned());
        let targets: Vec<_> = endpoints.map(|url| NamedTarget { name: "endpoint", url }).collect();
        let usual = vec![NamedTarget { name: "handler", url: default_url() }];
        let targets = if targets.is_empty() { usual } else { targets };
        let options = options("sandbox", usual_journal(context)?, secret, targets, context);
        let inspected = InspectedSandbox::new(sandbox, Arc::clone(steps));
        let tls = args.webhooks.tls.options();
        args.inspector.start(InspectorOptions { sandbox: Some(inspected), tls, ..options }, context).await
    }

    /// Prints where it is, and how to point each client at it.
    fn announce(
        &self,
        endpoints: &[EndpointSpec],
        inspector: Option<&Inspector>,
        context: &Context,
    ) -> Result<(), Error> {
        let Self { args, sandbox, secret } = self;
        let (streams, url) = (&context.streams, sandbox.base_url());
        if streams.format == Format::Json {
            let ready = Ready::at(url, &secret.secret).with_ui(inspector.map(Inspector::link));
            Printer::new(streams).print(&ready)?;
        }
        let key = if args.api_key_file.is_some() { "YOUR_KEY" } else { "any" };
        streams.note(&format!("sandbox      {url} ({})", sandbox.addresses()));
        streams.note(&format!("Python       Client(token=\"{key}\", base_url=\"{url}\")"));
        streams.note(&format!("Node         new Client({{ token: \"{key}\", baseUrl: \"{url}\" }})"));
        streams
            .note(&format!("Rust         Client::default().with_bearer_auth(\"{key}\").with_environment(\"{url}\")"));
        streams.note(&format!(
            "Go           client.NewClient(client.WithBearerAuth(\"{key}\"), client.WithBaseURL(\"{url}\"))"
        ));
        streams.note(&format!("MCP server   MAGIC_HOUR_API_BASE_URL={url}"));
        streams.note(&format!("curl         curl -H 'Authorization: Bearer {key}' {url}/v1/account"));
        for endpoint in endpoints {
            streams.note(&format!("webhooks     {endpoint}"));
        }
        if endpoints.is_empty() {
            streams.note("webhooks     none yet: --webhook http://localhost:8000/webhook, or the control API");
        }
        streams.note(&format!("secret       {}", secret.described()));
        if let Some(file) = &args.control_token_file {
            let file = file.display();
            streams.note(&format!("control      {url}/_sandbox with `Authorization: Bearer` and the token in {file}"));
        } else if sandbox.is_exposed() {
            streams
                .warn("other machines can reach this address, so the control API is off without --control-token-file");
        } else {
            streams.note(&format!("control      {url}/_sandbox/endpoints, /jobs, /deliveries, /clock"));
        }
        inspector_args::announce(inspector, context);
        streams.note("stop         Ctrl-C");
        Ok(())
    }
}
