//! Session of a run: the receiver, opened first, and the target.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::commands::e2e::target::E2eTarget;
use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::defaults::DEFAULT_PATH;
use crate::commands::shared::inspector_args::InspectorArgs;
use crate::commands::shared::journal_args::{JournalWriting, notice};
use crate::commands::shared::place::place;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::engine::e2e::{E2eEvent, JobRequest, Runner, RunnerOptions};
use crate::engine::event_channel::EventReceiver;
use crate::engine::receive::WhenBehind;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::forwarder::Forwarder;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::own_jobs::OwnJobs;
use crate::engine::receive::receiver::receive;
use crate::engine::sandbox::Sandbox;
use crate::error::Error;
use crate::model::directive::Directives;
use crate::model::signing::verdict::{Trust, Verifier};
use crate::net::accept::bind::{BindError, Bound};
use crate::net::accept::body::BodyLimits;
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
    /// Public URL that you registered; check that it reaches this machine before spending credits
    #[arg(long, add = SetBy::User, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Forward each delivery to this handler, which must answer 2xx within 10 s
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL", value_parser = place)]
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
    /// The journal of a run that keeps none, for the inspector to read.
    pub(crate) journal_directory: Option<TempDir>,
}

/// Opens the receiver first, then the target: a delivery may come before the answer to the call that caused it.
pub(crate) async fn open(
    options: &ResolvedOptions,
    webhooks: &WebhookArgs,
    shutdown: &Shutdown,
    context: &Context,
) -> Result<Session, Error> {
    let bound = Bound::bind(None, options.port).await.map_err(|error| taken(error, options))?;
    let receiver = format!("http://localhost:{}{DEFAULT_PATH}", bound.port);
    context.streams.note(&format!("receiving    {receiver} ({bound})"));
    let own_jobs = Arc::new(OwnJobs::default());
    let (log, journal_directory) = log(options, webhooks, shutdown, context)?;
    let log = Arc::new(log);
    let receiver_options = receiver_options(options, webhooks, (&log, &own_jobs), shutdown, context)?;
    let feed = receive(bound, receiver_options, context.clock.clone(), shutdown);
    let endpoint = options.public.as_ref().map_or_else(|| receiver.clone(), ToString::to_string);
    let tls = webhooks.tls.options();
    let (api, sandbox) = options.target.open(endpoint, &options.secret.secret, &tls, (shutdown, context)).await?;
    let runner_options = RunnerOptions {
        api,
        own_jobs,
        poll_every: options.target.poll_every(),
        grace: options.grace,
        secret: (!webhooks.no_verify).then(|| options.secret.described()),
        handler: options.forward.as_ref().map(ToString::to_string),
        download: options.download.clone(),
        clock: context.clock.clone(),
    };
    let (runner, events) = Runner::new(runner_options, feed);
    Ok(Session { runner, events, sandbox, log, receiver, journal_directory })
}

/// A tunnel leads to one port, so another one would not do.
fn taken(error: BindError, options: &ResolvedOptions) -> Error {
    if options.target.is_embedded() && options.public.is_none() {
        return error.into();
    }
    let port = options.port;
    let hint = format!(
        "the port that your tunnel leads to has to be free: `lsof -i :{port}` (or `ss -ltnp 'sport = :{port}'`) shows who has \
         it; --port is for a tunnel that leads to another one"
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

fn receiver_options(
    options: &ResolvedOptions,
    webhooks: &WebhookArgs,
    (log, own_jobs): (&Arc<DeliveryLog>, &Arc<OwnJobs>),
    shutdown: &Shutdown,
    context: &Context,
) -> Result<ReceiverOptions, Error> {
    let no_verify = webhooks.no_verify;
    // In a trial a signature either fits or is wrong, also where only the development secret is known.
    let trust = if no_verify { Trust::Development } else { Trust::Configured };
    let tls = webhooks.tls.options();
    let forwarder = options.forward.clone().map(|target| {
        let remote = Remote::new(target, &tls, shutdown.clone())?;
        Ok::<_, Error>(Forwarder::new(remote, None, Arc::new(Semaphore::new(AT_ONCE)), context.clock.clone()))
    });
    Ok(ReceiverOptions {
        verifier: Verifier::new(options.secret.secret.clone(), trust).into(),
        public: None,
        accept_invalid: no_verify,
        path: None,
        events: Vec::new(),
        body: BodyLimits::default(),
        log: Arc::clone(log),
        forwarders: forwarder.transpose()?.into_iter().collect(),
        own_jobs: Some(Arc::clone(own_jobs)),
        expectations: None,
        when_behind: WhenBehind::Wait,
        abandoned: Shutdown::new(),
        fail_first: 0,
        respond: None,
        delay: Duration::ZERO,
    })
}
