//! `mh-hook sandbox`: a local Magic Hour with its REST API, jobs, files, and signed webhooks that are retried.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::{io, thread};

use tokio::sync::oneshot;

use crate::commands::sandbox::args::{Resign, SandboxArgs};
use crate::commands::sandbox::ping::ping;
use crate::commands::sandbox::render::Screen;
use crate::commands::shared::context::{Context, FoundSecret, block_on, interrupt};
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::inspector_args::{self, options};
use crate::commands::shared::journal_args::usual_journal;
use crate::commands::shared::ready::Ready;
use crate::commands::shared::stdin;
use crate::engine::event_channel::EventReceiver;
use crate::engine::inspector::{InspectedSandbox, Inspector, InspectorOptions, NamedTarget, RunLog};
use crate::engine::reporter::WhenBehind;
use crate::engine::sandbox::{EndpointSpec, Sandbox, SandboxEvent, SandboxOptions};
use crate::error::{Error, Exit};
use crate::output::{Format, OutputError, Printer, Streams};
use crate::store::sandbox::StatePlace;
use crate::store::secrets::secret_file::read_secret;

/// Serves until it is interrupted, or nobody reads its output any more.
pub fn run(args: &SandboxArgs, context: &Context) -> Result<Exit, Error> {
    if args.ping {
        return ping(args.port_operand.unwrap_or(args.port), context);
    }
    args.webhooks.tls.require_readable()?;
    let endpoints = args.webhooks.webhook.iter().map(|text| text.parse()).collect::<Result<Vec<EndpointSpec>, _>>()?;
    let api_keys = args.api_key_file.as_deref().map(api_keys).transpose()?.unwrap_or_default();
    let secret = context.secret(args.webhooks.secret_file.as_deref())?;
    let token = args.control_token_file.as_deref();
    let control_token = token.map(|file| read_secret(file, io::stdin())).transpose()?.map(|clean| clean.secret);
    let options = SandboxOptions { control_token, endpoints, api_keys, ..sandbox_options(args, context, &secret) };
    block_on(async {
        let mut interrupt = interrupt()?;
        let endpoints = options.endpoints.clone();
        let (sandbox, feed) = Sandbox::start_and_tell(options).await?;
        let steps = Arc::new(RunLog::default());
        let setup = SandboxSetup { args, sandbox: &sandbox, secret: &secret };
        let inspector = setup.inspect(&steps, context).await?;
        setup.announce(&endpoints, inspector.as_ref(), context)?;
        let mut shown = show(feed, &context.streams, steps, &sandbox);
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
            // A reader that does not read what is printed must not keep the program from ending.
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
    })?
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
        when_behind: if context.streams.format == Format::Json { WhenBehind::Wait } else { WhenBehind::Skip },
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

/// Shows events from another thread, so that a slow terminal does not keep the sockets waiting.
fn show(
    mut feed: EventReceiver<SandboxEvent>,
    streams: &Streams,
    steps: Arc<RunLog>,
    sandbox: &Sandbox,
) -> oneshot::Receiver<Result<(), OutputError>> {
    let mut screen = Screen::new(streams, sandbox.base_url());
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
            let is_controlled = args.control_token_file.is_some() || !sandbox.is_exposed();
            let control = if is_controlled { ", or the control API" } else { "" };
            streams.note(&format!("webhooks     none yet: --webhook http://localhost:8000/webhook{control}"));
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
