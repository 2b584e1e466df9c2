//! The requests of one connection: whether one is under way, whether its body still arrives, and what it holds in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts requests for the stream, so that it knows whether a read waits for a head, a body or a next request.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestTracker(Arc<RequestCounts>);

#[derive(Debug, Default)]
struct RequestCounts {
    begun: AtomicU64,
    ended: AtomicU64,
    /// Requests whose body is being read.
    receiving: AtomicU64,
    /// The place of the last use in the order of all uses.
    used_at: AtomicU64,
    /// Bytes that were read for the request that is not answered yet.
    held: AtomicU64,
}

impl RequestTracker {
    /// Marks a request as under way until the guard is dropped.
    pub(crate) fn begin(&self) -> RequestGuard {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        RequestGuard(self.clone())
    }

    /// Notes the place of a use in the order of all uses.
    pub(crate) fn use_at(&self, place: u64) {
        self.0.used_at.store(place, Ordering::Relaxed);
    }

    /// The place of the last use.
    pub(crate) fn used_at(&self) -> u64 {
        self.0.used_at.load(Ordering::Relaxed)
    }

    pub(super) fn begun(&self) -> u64 {
        self.0.begun.load(Ordering::Relaxed)
    }

    /// Whether a request is being served.
    pub(crate) fn is_under_way(&self) -> bool {
        self.begun() != self.0.ended.load(Ordering::Relaxed)
    }

    /// Marks the body of the request as arriving, until the guard is dropped: until then the request can be given up
    /// without losing anything that was acted on.
    pub(crate) fn receive_body(&self) -> BodyGuard {
        self.0.receiving.fetch_add(1, Ordering::Relaxed);
        BodyGuard(self.clone())
    }

    /// Whether the connection can be closed for another: no request has arrived whole that is not answered yet.
    pub(crate) fn is_closable(&self) -> bool {
        !self.is_under_way() || self.0.receiving.load(Ordering::Relaxed) > 0
    }

    /// Bytes that were read for the request that is not answered yet.
    pub(crate) fn held(&self) -> u64 {
        self.0.held.load(Ordering::Relaxed)
    }

    pub(super) fn hold(&self, bytes: u64) {
        self.0.held.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Forgets what it holds, and returns how much that was.
    pub(super) fn take_held(&self) -> u64 {
        self.0.held.swap(0, Ordering::Relaxed)
    }
}

/// Ends a request when dropped.
#[derive(Debug)]
pub(crate) struct RequestGuard(RequestTracker);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Ends the arrival of a body when dropped.
#[derive(Debug)]
pub(crate) struct BodyGuard(RequestTracker);

impl Drop for BodyGuard {
    fn drop(&mut self) {
        self.0.0.receiving.fetch_sub(1, Ordering::Relaxed);
    }
}
