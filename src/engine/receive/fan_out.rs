//! Passing on to handlers whose answers nobody waits for: as soon as it is a delivery's turn, or later from the journal.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::engine::receive::backlog::{ArrivingDelivery, WaitingPlace};
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::forwarder::{Forwarded, Forwarder, Outgoing};
use crate::engine::receive::keyed_queue::Ticket;
use crate::engine::receive::pipeline::Pipeline;
use crate::engine::receive::received::ReceivedDelivery;
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::net::out::post_error::NotBegun;
use crate::store::journal::{JournalError, Reader, StoredDelivery, VerifiedDelivery};

/// Pause after a failure to read the journal.
const PAUSE: Duration = Duration::from_secs(1);

/// The receiver is to end.
struct StopRequested;

/// A delivery that waits in memory for its turn.
struct WaitingDelivery {
    id: u64,
    delivery: Arc<VerifiedDelivery>,
    ticket: Option<Ticket>,
    _room: OwnedSemaphorePermit,
}

impl Pipeline {
    /// Passes a delivery on to a handler whose answer nobody waits for. One that finds no room in memory is noted, and
    /// read from the journal when there is room again.
    pub(super) fn pass_on_later(
        self: &Arc<Self>,
        received: &Arc<ReceivedDelivery>,
        at: usize,
        arrival: ArrivingDelivery,
    ) {
        let Some(handler) = self.options.forwarders.get(at) else { return };
        let id = received.id;
        match handler.backlog.place(id, received.body.len(), self.options.log.is_durable()) {
            WaitingPlace::Memory { room, keeps_ticket } => {
                let delivery = Arc::clone(&received.delivery);
                let ticket = arrival.ticket(keeps_ticket, || handler.enqueue(&delivery));
                self.wait_in_memory(at, WaitingDelivery { id, delivery, ticket, _room: room });
            }
            WaitingPlace::Journal { is_first } => {
                let (pipeline, forwarded) = (Arc::clone(self), handler.not_forwarded(id, NotBegun::Deferred));
                self.spawn(async move {
                    pipeline.note(forwarded).await;
                    if is_first {
                        pipeline.catch_up(at).await;
                    }
                });
            }
            WaitingPlace::Nowhere => {
                let (pipeline, forwarded) = (Arc::clone(self), handler.not_forwarded(id, NotBegun::QueueFull));
                self.spawn(async move { pipeline.note(forwarded).await });
            }
        }
    }

    fn wait_in_memory(self: &Arc<Self>, at: usize, waiting: WaitingDelivery) {
        let pipeline = Arc::clone(self);
        self.spawn(async move {
            let Some(handler) = pipeline.options.forwarders.get(at) else { return };
            let _work = pipeline.options.counters.forward_begun();
            let forwarded = pipeline.pass_on(handler, waiting).await;
            pipeline.note(forwarded).await;
        });
    }

    /// Passes a delivery on when its turn comes, but not long after a stop was requested.
    async fn pass_on(&self, handler: &Forwarder, waiting: WaitingDelivery) -> Forwarded {
        let WaitingDelivery { id, delivery, ticket, _room } = waiting;
        let turn = tokio::select! {
            turn = handler.turn(ticket) => turn,
            () = self.stopped_waiting() => return handler.not_forwarded(id, NotBegun::Stopped),
        };
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        // On the heap, since its state is large, and most of those that wait are not there yet.
        Box::pin(handler.forward(Outgoing { id, delivery: &delivery, deadline, hop: &self.hop }, turn)).await
    }

    /// Counts, keeps and shows an attempt.
    async fn note(&self, forwarded: Forwarded) {
        self.options.counters.count_forwarded(&forwarded);
        self.options.log.attempted(forwarded.entry()).await;
        self.report(ReceiverEvent::Forwarded(Box::new(forwarded))).await;
    }

    /// Waits until a stop is requested, and for as long again as a handler may take for what it has.
    async fn stopped_waiting(&self) {
        self.shutdown.requested().await;
        sleep(ANSWER_TIMEOUT).await;
    }

    /// Passes on what waits in the journal, in the order in which it came, as soon as there is room for it in memory.
    async fn catch_up(self: &Arc<Self>, at: usize) {
        let (Some(handler), DeliveryLog::Journal(journal)) = (self.options.forwarders.get(at), &*self.options.log)
        else {
            return;
        };
        let mut reader = None;
        while let Some(id) = handler.backlog.first_deferred() {
            let Ok(read) = self.read_deferred(journal.path(), &mut reader, id).await else { return };
            let Some(stored) = read else {
                handler.backlog.pass_first();
                self.options.counters.count_resumed(&handler.url());
                self.note(handler.not_forwarded(id, NotBegun::NotKept)).await;
                continue;
            };
            let room = tokio::select! {
                room = handler.backlog.room(stored.body.len()) => room,
                () = self.stopped_waiting() => return,
            };
            let Some(room) = room else { return };
            let delivery = Arc::new(stored.delivery);
            let ticket = handler.enqueue(&delivery);
            self.options.counters.count_resumed(&handler.url());
            self.wait_in_memory(at, WaitingDelivery { id, delivery, ticket, _room: room });
            handler.backlog.pass_first();
        }
    }

    /// Reads a delivery that waits in the journal. When that fails, it keeps its place and is read again after a pause, until
    /// a stop is requested.
    async fn read_deferred(
        &self,
        path: &Path,
        reader: &mut Option<Reader>,
        id: u64,
    ) -> Result<Option<StoredDelivery>, StopRequested> {
        loop {
            let (path, last) = (path.to_owned(), reader.take());
            let read = spawn_blocking(move || {
                let reader = last.filter(Reader::is_current).map_or_else(|| Reader::open(path), Ok)?;
                let found = reader.get(id)?;
                Ok::<_, JournalError>((reader, found))
            });
            match read.await {
                Ok(Ok((open, found))) => {
                    *reader = Some(open);
                    return Ok(found);
                }
                Ok(Err(error)) => debug!(target: "forward", delivery = id, %error, "not read from the journal"),
                Err(error) => debug!(target: "forward", delivery = id, %error, "reading the journal broke off"),
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = self.shutdown.requested() => return Err(StopRequested),
            }
        }
    }
}
