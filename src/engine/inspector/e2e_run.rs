//! An end-to-end run that the page starts: in an embedded sandbox that ends with it, never at Magic Hour.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Builder;

use crate::engine::clock::SharedClock;
use crate::engine::e2e::{EMBEDDED_GRACE, Embedded, EmbeddedError, JobRequest, LOCAL_POLL, Runner, RunnerOptions};
use crate::engine::inspector::e2e_log::{E2eLog, RunPhase, phase};
use crate::engine::inspector::options::InspectorSecret;
use crate::engine::inspector::run_log::RunLog;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::forwarder::Forwarder;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::own_jobs::OwnJobs;
use crate::engine::receive::receiver::receive;
use crate::engine::sandbox::SandboxEvent;
use crate::model::signing::verdict::{Trust, Verifier};
use crate::net::accept::bind::{BindError, Bound};
use crate::net::out::post::Remote;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;
use crate::store::journal::{Journal, JournalError, JournalOptions};

/// Deliveries forwarded at once, as `mh-hook e2e` does.
const AT_ONCE: usize = 16;

/// The run of this page: one at a time.
pub(super) struct E2eRun {
    log: Arc<RunLog>,
    /// Stops the run that the page started.
    stop: Mutex<Shutdown>,
}

/// Parts of a run, made of what the page asked for.
pub(super) struct E2ePlan {
    pub(super) request: JobRequest,
    /// The handler that deliveries are forwarded to, and its URL.
    pub(super) handler: Option<(Remote, String)>,
    /// The journal, where deliveries are to be kept in it.
    pub(super) journal: Option<PathBuf>,
    pub(super) secret: Arc<InspectorSecret>,
    pub(super) tls: TlsOptions,
    pub(super) clock: SharedClock,
}

/// Error that keeps a run from beginning.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("cannot start the run: {0}")]
    Runtime(std::io::Error),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl E2eRun {
    /// With the log of the run that this process makes, if it makes one.
    pub(super) fn new(log: Option<Arc<RunLog>>) -> Self {
        Self { log: log.unwrap_or_default(), stop: Mutex::default() }
    }

    pub(super) fn log(&self) -> &RunLog {
        &self.log
    }

    /// Begins a run in an empty log, unless one is under way.
    pub(super) fn begin(&self, request: &JobRequest) -> Option<(E2eLog, Shutdown)> {
        let mut slot = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        if phase(&self.log) == RunPhase::Running {
            return None;
        }
        self.log.clear();
        let stop = Shutdown::new();
        *slot = stop.clone();
        Some((E2eLog::begin(Arc::clone(&self.log), std::slice::from_ref(request)), stop))
    }

    /// Asks the run that the page started to stop: what was seen by then is judged.
    pub(super) fn stop(&self) {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).request();
    }
}

impl E2ePlan {
    /// Runs it to its end, or until `closing` is requested; on this thread, so that no receiver beside the page waits.
    pub(super) fn run(self, log: &E2eLog, stop: Shutdown, closing: Shutdown) {
        let result = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.judge(log, stop, closing)),
            Err(error) => Err(RunError::Runtime(error)),
        };
        if let Err(error) = result {
            log.end(Some(&error.to_string()));
        }
    }

    async fn judge(self, log: &E2eLog, stop: Shutdown, closing: Shutdown) -> Result<(), RunError> {
        let tasks = Shutdown::new();
        let deliveries = Arc::new(self.deliveries()?);
        let work = async {
            self.attempt(log, &deliveries, (&stop, &tasks)).await?;
            log.end(None);
            // A delivery that is still with its handler is answered and noted.
            tasks.drained().await;
            Ok(())
        };
        let result = tokio::select! {
            result = work => result,
            () = closing.requested() => Ok(()),
        };
        deliveries.close().await;
        result
    }

    async fn attempt(
        self,
        log: &E2eLog,
        deliveries: &Arc<DeliveryLog>,
        (stop, tasks): (&Shutdown, &Shutdown),
    ) -> Result<(), RunError> {
        let bound = Bound::bind(None, 0).await?;
        let endpoint = format!("http://localhost:{}/webhook", bound.port);
        let own_jobs = Arc::new(OwnJobs::default());
        let handler = self.handler.as_ref().map(|(_, url)| url.clone());
        let (secret, tls, clock) = (Arc::clone(&self.secret), self.tls.clone(), self.clock.clone());
        let request = self.request.clone();
        let options = self.receiver_options(Arc::clone(deliveries), Arc::clone(&own_jobs));
        let feed = receive(bound, options, clock.clone(), tasks);
        let embedded = Embedded::start(endpoint, secret.secret.clone(), tls, clock.clone()).await;
        let Embedded { api, sandbox, mut events } = embedded?;
        let runner = RunnerOptions {
            api,
            own_jobs,
            poll_every: LOCAL_POLL,
            grace: EMBEDDED_GRACE,
            handler,
            download: None,
            clock,
        };
        let (runner, mut told) = Runner::new(runner, feed);
        let described = format!("{} ({})", secret.secret.masked(), secret.origin);
        let run = runner.run(vec![request], Some(described), stop, tasks);
        let warnings = log.clone();
        let watch = async {
            while let Some(event) = told.next().await {
                log.observe(&event);
            }
        };
        // The sandbox waits for who takes its events; they end with it.
        tasks.spawn(async move {
            while let Some(event) = events.next().await {
                if let SandboxEvent::Warning(text) = event {
                    warnings.warn(&text);
                }
            }
        });
        tokio::join!(run, watch);
        sandbox.abandon().await;
        Ok(())
    }

    fn deliveries(&self) -> Result<DeliveryLog, JournalError> {
        let Some(path) = &self.journal else { return Ok(DeliveryLog::memory()) };
        let (journal, _notices) = Journal::open(JournalOptions::new(path.clone()))?;
        Ok(DeliveryLog::Journal(journal))
    }

    fn receiver_options(self, log: Arc<DeliveryLog>, own_jobs: Arc<OwnJobs>) -> ReceiverOptions {
        let forwarder = self.handler.map(|(remote, _)| Forwarder::new(remote, None, AT_ONCE, self.clock));
        ReceiverOptions {
            forwarders: forwarder.into_iter().collect(),
            own_jobs: Some(own_jobs),
            // In a trial a signature either fits or is wrong, also where only the development secret is known.
            ..ReceiverOptions::new(Verifier::new(self.secret.secret.clone(), Trust::Configured), log)
        }
    }
}
