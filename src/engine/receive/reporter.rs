//! Events of the receiver on their way to the screen, which can be slower than the senders.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::event_channel::EventSender;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::options::WhenBehind;
use crate::net::shutdown::Shutdown;

/// The most deliveries that were answered and wait to be shown.
const MOST_WAITING: usize = 256;

/// Sends events to the screen.
#[derive(Debug)]
pub(crate) struct Reporter {
    events: EventSender<ReceiverEvent>,
    when_behind: WhenBehind,
    skipped: AtomicU64,
    room: Arc<Semaphore>,
    /// Given when nobody takes events any more.
    abandoned: Shutdown,
}

impl Reporter {
    pub(crate) fn new(events: EventSender<ReceiverEvent>, when_behind: WhenBehind, abandoned: Shutdown) -> Self {
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
    pub(crate) fn offer(&self, event: ReceiverEvent, bytes: usize) -> Option<ReceiverEvent> {
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
    pub(crate) async fn send(&self, event: ReceiverEvent, bytes: usize) {
        let Some(event) = self.offer(event, bytes) else { return };
        tokio::select! {
            () = self.events.send(event, bytes) => {}
            () = self.abandoned.requested() => {}
        }
    }

    /// Tells how many events were left out, if there is room for that.
    pub(crate) fn report_skipped(&self) {
        let count = self.skipped.swap(0, Ordering::Relaxed);
        if count > 0 && self.events.try_send(ReceiverEvent::Skipped(count), 0).is_err() {
            self.skipped.fetch_add(count, Ordering::Relaxed);
        }
    }
}
