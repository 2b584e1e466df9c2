//! Events on their way from an engine to its renderer: a channel that is bounded in number and in bytes.

use std::sync::Arc;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// The most events that wait.
const MOST_EVENTS: usize = 512;

/// The most bytes of bodies that wait; one larger body waits alone.
const MOST_BYTES: u32 = 1 << 20;

/// The engine's end. When too much waits, sending waits too: a slow renderer slows the engine, and nothing is
/// lost or piled up.
#[derive(Debug)]
pub struct EventSender<E> {
    events: mpsc::Sender<(E, Option<OwnedSemaphorePermit>)>,
    room: Arc<Semaphore>,
}

impl<E> Clone for EventSender<E> {
    fn clone(&self) -> Self {
        Self { events: self.events.clone(), room: Arc::clone(&self.room) }
    }
}

#[derive(Debug)]
pub struct EventReceiver<E> {
    events: mpsc::Receiver<(E, Option<OwnedSemaphorePermit>)>,
}

/// Opens a channel.
pub fn event_channel<E>() -> (EventSender<E>, EventReceiver<E>) {
    let (sender, receiver) = mpsc::channel(MOST_EVENTS);
    (
        EventSender { events: sender, room: Arc::new(Semaphore::new(MOST_BYTES as usize)) },
        EventReceiver { events: receiver },
    )
}

impl<E> EventSender<E> {
    /// Tells of an event that holds `bytes` of received data. Nobody listening is no error: the work goes on.
    pub async fn send(&self, event: E, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await.ok();
        let _ = self.events.send((event, room)).await;
    }

    /// Tells of an event that holds `bytes` of received data without waiting; gives it back when too much waits.
    pub fn try_send(&self, event: E, bytes: usize) -> Result<(), E> {
        let bytes = u32::try_from(bytes).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(bytes) else { return Err(event) };
        match self.events.try_send((event, Some(room))) {
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
            Err(TrySendError::Full((event, _))) => Err(event),
        }
    }
}

impl<E> EventReceiver<E> {
    /// The next event; `None` once every sender is gone.
    pub async fn next(&mut self) -> Option<E> {
        self.events.recv().await.map(|(event, _)| event)
    }

    /// The next event, for a thread that can wait.
    pub fn blocking_next(&mut self) -> Option<E> {
        self.events.blocking_recv().map(|(event, _)| event)
    }

    /// The next event, if one waits already.
    pub fn waiting(&mut self) -> Option<E> {
        self.events.try_recv().ok().map(|(event, _)| event)
    }
}
