//! Stopping in good order: one signal that everyone hears, and no task that nobody waits for.

use std::pin::Pin;

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
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the signal. Giving it again changes nothing.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Whether the signal was given.
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
        // The runtime is compiled once for each type of task, so all that have the same result share one.
        let task: Pin<Box<dyn Future<Output = F::Output> + Send>> = Box::pin(task);
        self.tasks.spawn(task)
    }

    /// Runs blocking work on another thread; [`Shutdown::drained`] waits for it, too.
    pub fn spawn_blocking<F, T>(&self, work: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.tasks.spawn_blocking(work)
    }

    /// Waits until every task has ended by itself; no more are to be begun.
    pub async fn finished(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Gives the signal and waits until every task has ended.
    pub async fn drained(&self) {
        self.request();
        self.finished().await;
    }
}
