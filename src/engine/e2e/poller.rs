//! The rhythm of polling the details endpoint, with pauses after failures.

use std::time::Duration;

use tokio::time::Instant;

/// The longest pause after failures, unless the API asks for more.
const MAX_POLL_PAUSE: Duration = Duration::from_secs(10);

/// A year; an `Instant` cannot hold much more.
pub(super) const NEVER: Duration = Duration::from_hours(24 * 365);

/// The time of the next poll.
#[derive(Debug)]
pub(super) struct Poller {
    every: Duration,
    next: Instant,
    /// The time until which the API asked to be left alone.
    not_before: Instant,
    failures: u32,
}

impl Poller {
    pub(super) fn new(every: Duration) -> Self {
        let now = Instant::now();
        Self { every, next: now, not_before: now, failures: 0 }
    }

    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    /// Polls at once, or as soon as the API allows it.
    pub(super) fn hurry(&mut self) {
        self.next = Instant::now().max(self.not_before);
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.next = later(self.every);
    }

    /// Waits for as long as the API asked, and longer after each failure; returns the failures in a row.
    pub(super) fn failed(&mut self, wait: Duration) -> u32 {
        let pause = self.every.saturating_mul(2u32.saturating_pow(self.failures)).min(MAX_POLL_PAUSE);
        self.not_before = later(wait);
        self.next = self.not_before.max(later(pause));
        self.failures += 1;
        self.failures
    }
}

pub(super) fn later(wait: Duration) -> Instant {
    Instant::now() + wait.min(NEVER)
}
