//! Stopping in good order: one signal that everyone hears, and no task that nobody waits for.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The stop signal and the tasks that must end before the program may.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// A signal that nobody has given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the signal. Giving it again changes nothing.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Whether the signal was given.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits for the signal.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// Runs a task that [`Shutdown::drained`] waits for.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Gives the signal and waits until every task has ended.
    pub async fn drained(&self) {
        self.request();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Waits for Ctrl-C or, where there is such a thing, SIGTERM, which means the same.
///
/// # Errors
///
/// When the operating system refuses to tell of signals.
pub async fn signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
