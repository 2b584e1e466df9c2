//! Counters of a receiver: what came in one run, and what is under way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::receive::forwarder::Forwarded;
use crate::model::signing::verdict::VerdictKind;
use crate::net::out::post_error::{NotBegun, PostError};

/// Counters that a receiver keeps up to date. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct ReceiverCounters(Arc<Cells>);

#[derive(Debug, Default)]
struct Cells {
    received: AtomicU64,
    invalid: AtomicU64,
    rejected: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
    in_progress: AtomicU64,
    forwarding: AtomicU64,
    left: Mutex<BTreeMap<String, u64>>,
}

/// Numbers of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiverTotals {
    /// Deliveries that were kept and answered.
    pub received: u64,
    /// Those of them whose signature is invalid.
    pub invalid: u64,
    /// Requests that were no deliveries, or could not be kept.
    pub rejected: u64,
    /// Attempts that a handler answered without success.
    pub refused: u64,
    /// Attempts that no handler answered.
    pub unanswered: u64,
}

/// Work under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkInProgress {
    /// Deliveries that are not answered yet.
    pub deliveries: u64,
    /// Attempts whose answer a handler owes.
    pub forwards: u64,
}

/// One unit of work; dropping it ends it.
#[derive(Debug)]
pub(crate) struct WorkGuard {
    counters: ReceiverCounters,
    cell: fn(&Cells) -> &AtomicU64,
}

impl Drop for WorkGuard {
    fn drop(&mut self) {
        (self.cell)(&self.counters.0).fetch_sub(1, Ordering::Relaxed);
    }
}

impl ReceiverCounters {
    /// The numbers so far.
    pub fn totals(&self) -> ReceiverTotals {
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        let Cells { received, invalid, rejected, refused, unanswered, .. } = &*self.0;
        ReceiverTotals {
            received: read(received),
            invalid: read(invalid),
            rejected: read(rejected),
            refused: read(refused),
            unanswered: read(unanswered),
        }
    }

    /// The work under way.
    pub fn in_progress(&self) -> WorkInProgress {
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        WorkInProgress { deliveries: read(&self.0.in_progress), forwards: read(&self.0.forwarding) }
    }

    pub(crate) fn delivery_begun(&self) -> WorkGuard {
        self.begin(|cells| &cells.in_progress)
    }

    pub(crate) fn forward_begun(&self) -> WorkGuard {
        self.begin(|cells| &cells.forwarding)
    }

    pub(crate) fn count_delivery(&self, verdict: VerdictKind) {
        add(&self.0.received);
        if verdict == VerdictKind::Invalid {
            add(&self.0.invalid);
        }
    }

    pub(crate) fn count_rejected(&self) {
        add(&self.0.rejected);
    }

    pub(crate) fn count_forwarded(&self, forwarded: &Forwarded) {
        match (&forwarded.attempt.outcome, forwarded.attempt.status()) {
            (_, Some(status)) if status.is_success() => {}
            (_, Some(_)) => add(&self.0.refused),
            (Err(PostError::NotBegun(reason)), None) if *reason != NotBegun::Busy => {
                *self.left().entry(forwarded.attempt.url.clone()).or_default() += 1;
            }
            (_, None) => add(&self.0.unanswered),
        }
    }

    /// Counts that a delivery is passed on after all.
    pub(crate) fn count_resumed(&self, url: &str) {
        if let Some(count) = self.left().get_mut(url) {
            *count = count.saturating_sub(1);
        }
    }

    /// The number of deliveries that were not passed on, by handler.
    pub fn not_passed_on(&self) -> Vec<(String, u64)> {
        self.left().iter().filter(|(_, count)| **count > 0).map(|(url, count)| (url.clone(), *count)).collect()
    }

    fn left(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, cell: fn(&Cells) -> &AtomicU64) -> WorkGuard {
        add(cell(&self.0));
        WorkGuard { counters: self.clone(), cell }
    }
}

fn add(cell: &AtomicU64) {
    cell.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::{ReceiverCounters, ReceiverTotals, WorkInProgress};
    use crate::model::signing::verdict::VerdictKind;

    #[test]
    fn invalid_deliveries_count_twice_and_work_ends_with_its_guard() {
        let counters = ReceiverCounters::default();
        for verdict in [VerdictKind::Verified, VerdictKind::Invalid, VerdictKind::Unverified] {
            counters.count_delivery(verdict);
        }
        counters.count_rejected();
        let totals = ReceiverTotals { received: 3, invalid: 1, rejected: 1, ..ReceiverTotals::default() };
        assert_eq!(counters.totals(), totals);
        let (delivery, forward) = (counters.delivery_begun(), counters.forward_begun());
        assert_eq!(counters.in_progress(), WorkInProgress { deliveries: 1, forwards: 1 });
        drop((delivery, forward));
        assert_eq!(counters.in_progress(), WorkInProgress::default());
    }
}
