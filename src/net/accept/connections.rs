//! The open connections of a surface: when there is no room for another, the one that is idle longest is closed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::net::accept::request_tracker::RequestTracker;

/// Bytes of other unanswered requests in memory from which on large ones have to wait.
const MOST_HELD: u64 = 1 << 20;

/// Bytes from which on a request is large: events are smaller, and never wait.
const LARGE: u64 = 4 << 10;

/// Connections up to which each may have large buffers, and is kept after a large request.
const FEW: usize = 64;

/// The shortest time between two reports that none can be accepted.
const REPORT_PAUSE: Duration = Duration::from_secs(10);

/// The pause between two looks for a connection that is idle, while none was.
const IDLE_PAUSE: Duration = Duration::from_millis(20);

/// The most bytes of one read. hyper doubles its buffer after a read that filled it, for as long as the connection lasts.
pub(super) const MOST_READ: usize = (8 << 10) - 1;

/// The most bytes of one read where more than [`FEW`] connections are open: a page of memory, and a usual event.
const MOST_READ_OF_MANY: usize = 4 << 10;

/// The connections.
#[derive(Clone, Debug)]
pub(crate) struct Connections(Arc<State>);

#[derive(Debug)]
struct State {
    /// The most connections at once.
    most: usize,
    room: Arc<Semaphore>,
    next: AtomicU64,
    open: Mutex<HashMap<u64, Open>>,
    /// Bytes that all connections together hold of unanswered requests.
    held: AtomicU64,
    /// The last report that none can be accepted.
    failure_reported: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Open {
    requests: RequestTracker,
    close: Arc<Notify>,
}

/// The place of one connection. It is free again once this is dropped.
#[derive(Debug)]
pub(crate) struct ConnectionPlace {
    connections: Connections,
    number: u64,
    /// The requests of the connection.
    pub(crate) requests: RequestTracker,
    close: Arc<Notify>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Self {
        let state = State {
            most,
            room: Arc::new(Semaphore::new(most)),
            next: 0.into(),
            open: Mutex::default(),
            held: 0.into(),
            failure_reported: Mutex::default(),
        };
        Self(Arc::new(state))
    }

    /// Whether more than [`FEW`] are open, so that each gets little memory.
    fn are_many(&self) -> bool {
        self.0.most.saturating_sub(self.0.room.available_permits()) > FEW
    }

    /// Waits for room. Where there is none, the connection that is idle longest makes it; while none is idle, this looks
    /// again and again, since those under load are so only for a moment.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if self.0.room.available_permits() == 0 {
                self.close_idlest();
            }
            if let Ok(room) = timeout(IDLE_PAUSE, Arc::clone(&self.0.room).acquire_owned()).await {
                return room.ok();
            }
        }
    }

    /// Whether a failure to accept has to be reported: not if one was a short while ago, on any address of the surface.
    pub(crate) fn must_report_failure(&self) -> bool {
        let mut last = self.0.failure_reported.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= REPORT_PAUSE);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }

    /// Gives a connection its place.
    pub(crate) fn enter(&self, permit: OwnedSemaphorePermit) -> ConnectionPlace {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (requests, close) = (RequestTracker::default(), Arc::new(Notify::new()));
        requests.use_at(number);
        let open = Open { requests: requests.clone(), close: Arc::clone(&close) };
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).insert(number, open);
        ConnectionPlace { connections: self.clone(), number, requests, close, _permit: permit }
    }

    /// Closes the connection that has been idle longest, or whose request has been arriving longest, if there is any.
    pub(crate) fn close_idlest(&self) {
        self.close_oldest(|_, _| true);
    }

    /// Closes the oldest of the connections that wait for a request, or for the rest of one, and are to be closed.
    fn close_oldest(&self, to_close: impl Fn(u64, &RequestTracker) -> bool) {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let closable = open
            .iter()
            .filter(|(number, Open { requests, .. })| requests.is_closable() && to_close(**number, requests));
        let oldest = closable.min_by_key(|(_, connection)| connection.requests.used_at()).map(|(number, _)| *number);
        if let Some(connection) = oldest.and_then(|number| open.remove(&number)) {
            self.0.held.fetch_sub(connection.requests.take_held(), Ordering::Relaxed);
            connection.close.notify_one();
        }
    }
}

impl ConnectionPlace {
    /// Notes that bytes of a request were read.
    pub(crate) fn hold(&self, bytes: usize) {
        // What a service does with a body that it reads piece by piece is its own affair.
        if self.requests.is_closable() {
            self.requests.hold(bytes as u64);
            self.connections.0.held.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    /// Whether others hold too much memory for more of this connection's request, which is large.
    pub(crate) fn must_wait(&self) -> bool {
        let held = self.requests.held();
        held >= LARGE && self.connections.0.held.load(Ordering::Relaxed).saturating_sub(held) > MOST_HELD
    }

    /// The most bytes of the next read. hyper has room for more, and what stays unused costs no memory.
    pub(crate) fn most_read(&self) -> usize {
        if self.connections.are_many() { MOST_READ_OF_MANY } else { MOST_READ }
    }

    /// Closes another connection, the one whose large request has been arriving longest.
    pub(crate) fn make_room(&self) {
        self.connections.close_oldest(|number, requests| number != self.number && requests.held() >= LARGE);
    }

    /// Whether to close after this answer: a large request leaves a large buffer, and there are many connections.
    pub(crate) fn is_costly(&self) -> bool {
        self.requests.held() >= LARGE && self.connections.are_many()
    }

    fn release(&self) {
        self.connections.0.held.fetch_sub(self.requests.take_held(), Ordering::Relaxed);
    }

    /// Notes that a request was served just now.
    pub(crate) fn touch(&self) {
        self.release();
        self.requests.use_at(self.connections.0.next.fetch_add(1, Ordering::Relaxed));
    }

    /// Waits until another connection needs the place.
    pub(crate) async fn wanted(&self) {
        self.close.notified().await;
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.release();
        self.connections.0.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use tokio::join;
    use tokio::time::{advance, timeout};

    use super::{ConnectionPlace, Connections, LARGE, MOST_HELD};

    /// Whether a connection was asked to close since the last call.
    async fn is_closed(place: &ConnectionPlace) -> bool {
        timeout(Duration::ZERO, place.wanted()).await.is_ok()
    }

    #[tokio::test]
    async fn large_requests_wait_for_room_in_memory_small_ones_never_and_the_oldest_gives_way() {
        let connections = Connections::new(8);
        let enter = async || connections.enter(connections.room().await.unwrap());
        let (idle, oldest, large, small) = (enter().await, enter().await, enter().await, enter().await);
        let held = usize::try_from(MOST_HELD).unwrap();
        oldest.hold(held);
        large.hold(held);
        small.hold(usize::try_from(LARGE).unwrap() - 1);
        assert!(large.must_wait() && oldest.must_wait() && !small.must_wait() && !idle.must_wait());
        large.make_room();
        assert!(is_closed(&oldest).await && !is_closed(&large).await);
        assert!(!is_closed(&idle).await && !is_closed(&small).await);
        assert!(!large.must_wait(), "its memory counts no more");
    }

    #[tokio::test]
    async fn a_request_that_alone_is_larger_than_the_limit_of_all_neither_waits_nor_is_closed_for_itself() {
        let connections = Connections::new(8);
        let enter = async || connections.enter(connections.room().await.unwrap());
        let (alone, small) = (enter().await, enter().await);
        small.hold(usize::try_from(LARGE).unwrap() - 1);
        alone.hold(usize::try_from(8 * MOST_HELD).unwrap());
        assert!(!alone.must_wait());
        alone.make_room();
        assert!(!is_closed(&alone).await && !is_closed(&small).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_becomes_idle_while_another_waits_makes_room() {
        let connections = Connections::new(1);
        let busy = connections.enter(connections.room().await.unwrap());
        let serving = busy.requests.begin();
        let mut waiting = pin!(connections.room());
        assert!(timeout(Duration::from_secs(1), &mut waiting).await.is_err(), "nothing is idle");
        drop(serving);
        let closed = async {
            busy.wanted().await;
            drop(busy);
        };
        let (room, ()) = timeout(Duration::from_secs(1), async { join!(waiting, closed) }).await.unwrap();
        assert!(room.is_some());
    }

    #[tokio::test]
    async fn a_request_that_has_arrived_whole_is_not_closed_for_another() {
        let connections = Connections::new(8);
        let enter = async || connections.enter(connections.room().await.unwrap());
        let (whole, arriving) = (enter().await, enter().await);
        let (_served, _also_served) = (whole.requests.begin(), arriving.requests.begin());
        let body = arriving.requests.receive_body();
        connections.close_idlest();
        assert!(!is_closed(&whole).await && is_closed(&arriving).await);
        drop(body);
        connections.close_idlest();
        assert!(!is_closed(&whole).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_to_accept_is_reported_once_in_ten_seconds_for_all_addresses() {
        let connections = Connections::new(1);
        let other_address = connections.clone();
        assert!(connections.must_report_failure() && !other_address.must_report_failure());
        advance(Duration::from_secs(10)).await;
        assert!(other_address.must_report_failure() && !connections.must_report_failure());
    }

    #[tokio::test]
    async fn what_was_answered_is_held_no_more() {
        let connections = Connections::new(2);
        let enter = async || connections.enter(connections.room().await.unwrap());
        let (answered, large) = (enter().await, enter().await);
        answered.hold(usize::try_from(MOST_HELD).unwrap() + 1);
        large.hold(usize::try_from(LARGE).unwrap());
        assert!(large.must_wait());
        answered.touch();
        assert!(!large.must_wait());
    }
}
