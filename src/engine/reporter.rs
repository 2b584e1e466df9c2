//! Events on their way to the screen, which can be slower than what happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::event_channel::EventSender;
use crate::net::shutdown::Shutdown;

/// Treatment of events that come faster than they are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenBehind {
    /// They are counted and left out; what they are about is kept elsewhere.
    Skip,
    /// They wait, and so do those whom they are about.
    #[default]
    Wait,
}

/// The number of events that were left out, in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut(pub u64);

/// The most deliveries that were answered and wait to be shown.
const MOST_WAITING: usize = 256;

/// Sends events to the screen.
#[derive(Debug)]
pub(crate) struct Reporter<E> {
    events: EventSender<E>,
    when_behind: WhenBehind,
    skipped: AtomicU64,
    room: Arc<Semaphore>,
    /// Given when nobody takes events any more.
    abandoned: Shutdown,
}

impl<E: From<LeftOut>> Reporter<E> {
    pub(crate) fn new(events: EventSender<E>, when_behind: WhenBehind, abandoned: Shutdown) -> Self {
        let room = Arc::new(Semaphore::new(MOST_WAITING));
        Self { events, when_behind, skipped: AtomicU64::new(0), room, abandoned }
    }

    /// Waits while too much is waiting to be shown, if nothing is to be left out. Hold what it returns until the
    /// delivery was sent.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        match self.when_behind {
            WhenBehind::Skip => None,
            WhenBehind::Wait => Arc::clone(&self.room).acquire_owned().await.ok(),
        }
    }

    /// Sends an event that holds `bytes` of received data, or leaves it out. Gives back one that has to wait.
    pub(crate) fn offer(&self, event: E, bytes: usize) -> Option<E> {
        if self.skipped.load(Ordering::Relaxed) > 0 && self.when_behind == WhenBehind::Skip {
            self.report_skipped();
        }
        let event = self.events.try_send(event, bytes).err()?;
        match self.when_behind {
            WhenBehind::Wait => Some(event),
            WhenBehind::Skip => {
                self.skipped.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    /// Sends an event that holds `bytes` of received data, and waits for that where nothing is to be left out.
    pub(crate) async fn send(&self, event: E, bytes: usize) {
        let Some(event) = self.offer(event, bytes) else { return };
        tokio::select! {
            () = self.events.send(event, bytes) => {}
            () = self.abandoned.requested() => {}
        }
    }

    /// Reports the number of events that were left out, and waits until that is taken. The last report.
    pub(crate) async fn tell_left_out(&self) {
        let count = self.skipped.swap(0, Ordering::Relaxed);
        if count > 0 {
            tokio::select! {
                () = self.events.send(LeftOut(count).into(), 0) => {}
                () = self.abandoned.requested() => {}
            }
        }
    }

    /// Tells how many events were left out, if there is room for that.
    fn report_skipped(&self) {
        let count = self.skipped.swap(0, Ordering::Relaxed);
        if count > 0 && self.events.try_send(LeftOut(count).into(), 0).is_err() {
            self.skipped.fetch_add(count, Ordering::Relaxed);
        }
    }
}
