//! State that every part of a running sandbox shares.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::engine::clock::SharedClock;
use crate::engine::reporter::Reporter;
use crate::engine::sandbox::event::{JobStep, SandboxEvent};
use crate::engine::sandbox::options::SandboxOptions;
use crate::engine::sandbox::rate_limit::RateLimit;
use crate::engine::sandbox::transitions::Transitions;
use crate::net::shutdown::Shutdown;
use crate::store::sandbox::{Database, StateError, Tx};

/// Delay before a failed state is tried again.
pub(super) const STATE_PAUSE: Duration = Duration::from_secs(1);

/// State that the API, the scheduler and the dispatchers share.
pub(super) struct AppState {
    pub(super) options: SandboxOptions,
    pub(super) state: Database,
    pub(super) transitions: Arc<Transitions>,
    pub(super) clock: SharedClock,
    /// By how many microseconds the sandbox's clock is ahead of it.
    pub(super) ahead: AtomicI64,
    pub(super) rng: Mutex<Rng>,
    pub(super) rate_limit: Option<RateLimit>,
    pub(super) events: Arc<Reporter<SandboxEvent>>,
    /// Says that something about jobs, or about deliveries, may have become due.
    pub(super) jobs: watch::Sender<()>,
    pub(super) deliveries: watch::Sender<()>,
    pub(super) shutdown: Shutdown,
    /// Whether other machines can reach the sandbox.
    pub(super) exposed: bool,
    pub(super) failing: AtomicBool,
}

impl AppState {
    /// The time by the sandbox's clock, in whole microseconds, as the state keeps it.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now().as_microsecond().saturating_add(self.ahead.load(Ordering::Relaxed));
        Timestamp::from_microsecond(now).unwrap_or(Timestamp::MAX)
    }

    /// Does a piece of work on the records, and says once when that fails, until it succeeds again.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StateError> + Send + 'static,
    {
        let done = self.state.run(work).await;
        match &done {
            Ok(_) => self.failing.store(false, Ordering::Relaxed),
            Err(error) => {
                if !self.failing.swap(true, Ordering::Relaxed) && !self.shutdown.is_requested() {
                    self.warn(error.to_string()).await;
                }
            }
        }
        done
    }

    /// A piece of chance; nothing is awaited while it is drawn.
    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until a time by the sandbox's clock; for ever if there is none.
    pub(super) async fn until(&self, time: Option<Timestamp>) {
        match time {
            None => std::future::pending().await,
            Some(time) => {
                let left: SignedDuration = time.duration_since(self.now());
                sleep(Duration::try_from(left).unwrap_or_default()).await;
            }
        }
    }

    /// Has the runner and the dispatchers look again.
    pub(super) fn stir(&self) {
        self.jobs.send_replace(());
        self.deliveries.send_replace(());
    }

    /// Tells of the steps of jobs, and has the dispatchers see what they brought.
    pub(super) async fn tell_steps(&self, steps: Vec<JobStep>) {
        if !steps.is_empty() {
            self.deliveries.send_replace(());
        }
        for step in steps {
            self.events.send(SandboxEvent::Job(step), 0).await;
        }
    }

    pub(super) async fn warn(&self, text: String) {
        self.events.send(SandboxEvent::Warning(text), 0).await;
    }
}
