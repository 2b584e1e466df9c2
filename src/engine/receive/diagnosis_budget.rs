//! A limit for the cost of diagnosing forged deliveries.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// The diagnoses that may follow each other at once.
const BURST: u32 = 32;

/// The time after which one more is allowed.
const INTERVAL: Duration = Duration::from_millis(250);

/// Allows a few diagnoses a second, one at a time: a stranger can ask for as many as there are requests.
#[derive(Debug)]
pub(crate) struct DiagnosisBudget {
    /// The time at which all of it will be there again.
    full_at: Mutex<Instant>,
    turn: Semaphore,
}

impl DiagnosisBudget {
    pub(crate) fn new() -> Self {
        Self { full_at: Mutex::new(Instant::now()), turn: Semaphore::new(1) }
    }

    /// Takes leave for one diagnosis, if any is left.
    pub(crate) async fn take(&self) -> Option<SemaphorePermit<'_>> {
        {
            let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let next = (*full_at).max(now) + INTERVAL;
            if next.duration_since(now) > INTERVAL * BURST {
                return None;
            }
            *full_at = next;
        }
        self.turn.acquire().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::{BURST, DiagnosisBudget, INTERVAL};

    #[tokio::test(start_paused = true)]
    async fn after_a_burst_there_is_one_for_each_interval() {
        let budget = DiagnosisBudget::new();
        for _ in 0..BURST {
            assert!(budget.take().await.is_some());
        }
        assert!(budget.take().await.is_none());
        advance(INTERVAL).await;
        assert!(budget.take().await.is_some());
        assert!(budget.take().await.is_none());
    }
}
