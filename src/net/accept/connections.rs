//! The open connections of a surface: when there is no room for another, the one that is idle longest is closed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::net::accept::read_timeouts::RequestTracker;

/// The connections.
#[derive(Clone, Debug)]
pub(crate) struct Connections(Arc<State>);

#[derive(Debug)]
struct State {
    room: Arc<Semaphore>,
    next: AtomicU64,
    open: Mutex<HashMap<u64, Open>>,
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
        let state = State { room: Arc::new(Semaphore::new(most)), next: 0.into(), open: Mutex::default() };
        Self(Arc::new(state))
    }

    /// Waits for room. Where there is none, the connection that is idle longest makes it.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        let room = Arc::clone(&self.0.room);
        if room.available_permits() == 0 {
            self.close_idlest();
        }
        room.acquire_owned().await.ok()
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

    /// Closes the connection that has been idle longest, if any is idle.
    pub(crate) fn close_idlest(&self) {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = open.iter().filter(|(_, connection)| !connection.requests.is_under_way());
        let Some(number) = idle.min_by_key(|(_, connection)| connection.requests.used_at()).map(|(number, _)| *number)
        else {
            return;
        };
        if let Some(connection) = open.remove(&number) {
            connection.close.notify_one();
        }
    }
}

impl ConnectionPlace {
    /// Notes that a request was served just now.
    pub(crate) fn touch(&self) {
        self.requests.use_at(self.connections.0.next.fetch_add(1, Ordering::Relaxed));
    }

    /// Waits until another connection needs the place.
    pub(crate) async fn wanted(&self) {
        self.close.notified().await;
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.connections.0.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
