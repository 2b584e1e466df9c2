//! Session of a run: the receiver, opened first, and the target.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tempfile::TempDir;

use crate::commands::e2e::target::E2eTarget;
use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::defaults::DEFAULT_PATH;
use crate::commands::shared::inspector_args::InspectorArgs;
use crate::commands::shared::journal_args::{JournalWriting, notice};
use crate::commands::shared::place::place;
use crate::commands::shared::public_way::{OpenWay, WayPurpose, WayRequest, public_access};
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::tunnel_args::TunnelArgs;
use crate::commands::shared::value_parsers;
use crate::engine::e2e::{E2eEvent, JobRequest, Runner, RunnerOptions};
use crate::engine::event_channel::EventReceiver;
use crate::engine::inspector::LiveSecret;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::forwarder::Forwarder;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::own_jobs::OwnJobs;
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::receiver::receive;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::engine::sandbox::Sandbox;
use crate::error::Error;
use crate::model::directive::Directives;
use crate::model::signing::verdict::{Trust, Verifier};
use crate::net::accept::bind::{BindError, Bound, port_holder_command};
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::store::journal::{Journal, JournalOptions};
use crate::store::settings::SetBy;

/// Deliveries forwarded at once, as `listen` does.
const AT_ONCE: usize = 16;

/// Options about receiving and forwarding webhooks.
#[derive(Args, Debug)]
#[command(next_help_heading = "Webhooks")]
pub(crate) struct WebhookArgs {
    /// Port to receive on, which your tunnel must reach [default: 8000; for the embedded sandbox a free one]
    #[arg(long, add = SetBy::Project, value_parser = value_parsers::port)]
    pub(crate) port: Option<u16>,
    /// Spend credits without asking whether the URL of --tunnel is registered
    #[arg(long, add = SetBy::CommandLine, requires = "tunnel")]
    pub(crate) registered: bool,
    /// Forward each delivery to this handler, which must answer 2xx within 10 s
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL", value_parser = place())]
    pub(crate) forward: Option<String>,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Continue without a secret, and check no signature
    #[arg(long, add = SetBy::User)]
    pub(crate) no_verify: bool,
    /// Time to wait for a webhook after its job ended [default: 30s, 5s in the embedded sandbox]
    #[arg(long, add = SetBy::Project, value_name = "DURATION", value_parser = value_parsers::duration)]
    pub(crate) grace: Option<Duration>,
    #[command(flatten)]
    pub(crate) way: TunnelArgs,
    #[command(flatten)]
    pub(crate) journal: JournalWriting,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) inspector: InspectorArgs,
}

/// Options, resolved before anything is opened.
pub(crate) struct ResolvedOptions {
    pub(crate) target: E2eTarget,
    pub(crate) requests: Vec<JobRequest>,
    pub(crate) estimate: u64,
    pub(crate) max_credits: Option<u64>,
    /// Port of the receiver; 0 picks a free one.
    pub(crate) port: u16,
    pub(crate) forward: Option<Target>,
    pub(crate) public: Option<Target>,
    pub(crate) secret: FoundSecret,
    /// Whether the secret becomes known only after the URL was registered; `secret` stands in for it.
    pub(crate) awaits_secret: bool,
    /// Time to wait for a webhook after its job ended.
    pub(crate) grace: Duration,
    /// Folder for outputs.
    pub(crate) download: Option<PathBuf>,
}

impl ResolvedOptions {
    /// Whether a request tells a sandbox by directives what shall happen.
    pub(crate) fn is_scripted(&self) -> bool {
        let asks = |request: &JobRequest| Directives::of(&request.body) != Directives::default();
        !self.target.is_costly() && self.requests.iter().any(asks)
    }
}

/// Everything that a run works with, once it is open.
pub(crate) struct Session {
    pub(crate) runner: Runner,
    pub(crate) events: EventReceiver<E2eEvent>,
    pub(crate) sandbox: Option<Sandbox>,
    pub(crate) log: Arc<DeliveryLog>,
    /// URL that receives deliveries.
    pub(crate) receiver: String,
    pub(crate) port: u16,
    pub(crate) verifier: SharedVerifier,
    /// The secret of the inspector, if there is one.
    pub(crate) inspector_secret: Option<LiveSecret>,
    /// The receiver's side of a public URL, if there is one.
    pub(crate) access: Option<Arc<PublicAccess>>,
    /// The way from that URL, where it had to be opened before the target.
    pub(crate) way: Option<OpenWay>,
    /// The journal of a run that keeps none, for the inspector to read.
    pub(crate) journal_directory: Option<TempDir>,
}

/// Opens the receiver first, then the target: a delivery may come before the answer to the call that caused it.
pub(crate) async fn open(
    options: &ResolvedOptions,
    webhooks: &WebhookArgs,
    (shutdown, tasks): (&Shutdown, &Shutdown),
    context: &Context,
) -> Result<Session, Error> {
    let bound = Bound::bind(None, options.port).await.map_err(|error| taken(error, options, webhooks))?;
    let port = bound.port;
    let receiver = format!("http://localhost:{port}{DEFAULT_PATH}");
    context.streams.note(&format!("receiving    {receiver} ({bound})"));
    let own_jobs = Arc::new(OwnJobs::default());
    let (log, journal_directory) = log(options, webhooks, shutdown, context)?;
    let log = Arc::new(log);
    let access = webhooks.way.is_public().then(public_access).transpose()?;
    let verifier = verifier(options, webhooks);
    let receiver_options = ReceiverOptions {
        public: access.clone(),
        verifier: verifier.clone(),
        ..receiver_options(options, webhooks, (&log, &own_jobs), shutdown, context)?
    };
    let feed = receive(bound, receiver_options, context.clock.clone(), shutdown);
    let way = match &access {
        // The sandbox has to be told the URL when it starts.
        Some(access) if options.target.is_embedded() && webhooks.way.tunnel.is_some() => {
            Some(request_way(webhooks, options, (port, Arc::clone(access)), tasks).open(context).await?)
        }
        _ => None,
    };
    let public = way.as_ref().map(|way| &way.url).or(options.public.as_ref());
    let endpoint = public.map_or_else(|| receiver.clone(), ToString::to_string);
    let tls = webhooks.tls.options();
    let (api, sandbox) = options.target.open(endpoint, &options.secret.secret, &tls, (shutdown, context)).await?;
    let runner_options = RunnerOptions {
        api,
        own_jobs,
        poll_every: options.target.poll_every(),
        grace: options.grace,
        handler: options.forward.as_ref().map(ToString::to_string),
        download: options.download.clone(),
        clock: context.clock.clone(),
    };
    let (runner, events) = Runner::new(runner_options, feed);
    Ok(Session {
        runner,
        events,
        sandbox,
        log,
        receiver,
        port,
        verifier,
        inspector_secret: None,
        access,
        way,
        journal_directory,
    })
}

/// A tunnel forwards to one port, so another one would not do.
fn taken(error: BindError, options: &ResolvedOptions, webhooks: &WebhookArgs) -> Error {
    if options.target.is_embedded() && !webhooks.way.is_public() {
        return error.into();
    }
    let look = port_holder_command(options.port);
    let hint = format!(
        "the port that your tunnel forwards to has to be free: {look} shows who has it; --port is for a tunnel that forwards to \
         another one"
    );
    Error::Missing { message: error.to_string(), hint }
}

/// Log of deliveries: the journal for live jobs; memory for the embedded sandbox, which leaves nothing behind.
fn log(
    options: &ResolvedOptions,
    webhooks: &WebhookArgs,
    shutdown: &Shutdown,
    context: &Context,
) -> Result<(DeliveryLog, Option<TempDir>), Error> {
    if options.target.is_embedded() && !webhooks.journal.is_named() {
        return if webhooks.inspector.is_wanted() { passing_log() } else { Ok((DeliveryLog::memory(), None)) };
    }
    let Some((journal, mut notices)) = webhooks.journal.open(context)? else {
        return Ok((DeliveryLog::memory(), None));
    };
    let streams = context.streams.clone();
    let stop = shutdown.clone();
    shutdown.spawn(async move {
        loop {
            tokio::select! {
                told = notices.recv() => match told {
                    Some(told) => streams.warn(&notice(&told)),
                    None => return,
                },
                () = stop.requested() => return,
            }
        }
    });
    context.streams.note(&format!("journal      {}", journal.path().display()));
    Ok((DeliveryLog::Journal(journal), None))
}

/// A journal that is gone when the run is: the inspector reads it, and nothing is left behind.
fn passing_log() -> Result<(DeliveryLog, Option<TempDir>), Error> {
    let directory =
        tempfile::tempdir().map_err(|source| Error::System { task: "make a temporary directory", source })?;
    let (journal, _notices) = Journal::open(JournalOptions::new(directory.path().join("journal.db")))?;
    Ok((DeliveryLog::Journal(journal), Some(directory)))
}

/// Request for the public URL of a run.
pub(super) fn request_way<'a>(
    webhooks: &'a WebhookArgs,
    options: &ResolvedOptions,
    (port, access): (u16, Arc<PublicAccess>),
    tasks: &'a Shutdown,
) -> WayRequest<'a> {
    let purpose = if options.target.is_embedded() { WayPurpose::SandboxJobs } else { WayPurpose::LiveJobs };
    let tls = webhooks.tls.options();
    WayRequest { args: &webhooks.way, port, path: DEFAULT_PATH, tls, access, tasks, purpose }
}

/// In a trial a signature either fits or is wrong, also where only the development secret is known. Nothing can be told
/// before a secret that comes late.
fn verifier(options: &ResolvedOptions, webhooks: &WebhookArgs) -> SharedVerifier {
    let is_open = webhooks.no_verify || options.awaits_secret;
    let trust = if is_open { Trust::Development } else { Trust::Configured };
    Verifier::new(options.secret.secret.clone(), trust).into()
}

fn receiver_options(
    options: &ResolvedOptions,
    webhooks: &WebhookArgs,
    (log, own_jobs): (&Arc<DeliveryLog>, &Arc<OwnJobs>),
    shutdown: &Shutdown,
    context: &Context,
) -> Result<ReceiverOptions, Error> {
    let no_verify = webhooks.no_verify;
    let tls = webhooks.tls.options();
    let forwarder = options.forward.clone().map(|target| {
        let remote = Remote::new(target, &tls, shutdown.clone())?;
        Ok::<_, Error>(Forwarder::new(remote, None, AT_ONCE, context.clock.clone()))
    });
    Ok(ReceiverOptions {
        accept_invalid: no_verify,
        forwarders: forwarder.transpose()?.into_iter().collect(),
        own_jobs: Some(Arc::clone(own_jobs)),
        ..ReceiverOptions::new(verifier(options, webhooks), Arc::clone(log))
    })
}
