//! Deliveries that wait for a handler: a bounded number of bytes in memory, the others in the journal.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::receive::keyed_queue::Ticket;

/// The most bytes of deliveries that wait in memory for one handler; one larger delivery waits alone.
const MOST_BYTES: usize = 2 << 20;

/// The bytes that a delivery takes besides its body.
const OVERHEAD: usize = 4 << 10;

/// The most ranges of numbers that are remembered. Deliveries in a row make one range.
const MOST_RANGES: usize = 1 << 16;

/// The deliveries that wait for one handler.
#[derive(Debug)]
pub(crate) struct Backlog {
    room: Arc<Semaphore>,
    deferred: Arc<Mutex<Deferred>>,
}

/// A delivery that has arrived and has no place yet.
#[derive(Debug)]
pub(crate) struct ArrivingDelivery {
    ticket: Option<Ticket>,
    deferred: Arc<Mutex<Deferred>>,
}

/// The place where a delivery waits for its handler.
#[derive(Debug)]
pub(crate) enum WaitingPlace {
    /// In memory.
    Memory {
        /// The memory is free again once this is dropped.
        room: OwnedSemaphorePermit,
        /// Whether the ticket of its arrival holds. Otherwise others of its job, which waited in the journal, go first.
        keeps_ticket: bool,
    },
    /// In the journal. If nobody reads what waits there, the caller has to.
    Journal { is_first: bool },
    /// There is no room for it anywhere.
    Nowhere,
}

/// The numbers of deliveries that wait in the journal.
#[derive(Debug, Default)]
struct Deferred {
    /// The first and the last number of each range, in the order in which they came.
    ranges: VecDeque<(u64, u64)>,
    is_read: bool,
    /// The deliveries that have arrived and have no place yet.
    arriving: usize,
    /// Whether deliveries get their tickets with their places, as those do that waited in the journal. This is so from the
    /// first that waits there until none does and every delivery that arrived meanwhile has its place.
    is_behind: bool,
}

impl Backlog {
    pub(crate) fn new() -> Self {
        Self { room: Arc::new(Semaphore::new(MOST_BYTES)), deferred: Arc::default() }
    }

    /// Notes the arrival of a delivery, which gets its ticket now unless others wait in the journal.
    pub(crate) fn arrive(&self, enqueue: impl FnOnce() -> Option<Ticket>) -> ArrivingDelivery {
        let mut deferred = locked(&self.deferred);
        deferred.arriving += 1;
        let is_behind = deferred.is_behind;
        drop(deferred);
        ArrivingDelivery { ticket: if is_behind { None } else { enqueue() }, deferred: Arc::clone(&self.deferred) }
    }

    /// Finds a place for a delivery with a body of `bytes` bytes. None overtakes what waits in the journal.
    pub(crate) fn place(&self, id: u64, bytes: usize, is_durable: bool) -> WaitingPlace {
        let mut deferred = locked(&self.deferred);
        if deferred.ranges.is_empty()
            && let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(share(bytes))
        {
            return WaitingPlace::Memory { room, keeps_ticket: !deferred.is_behind };
        }
        if !is_durable || !deferred.add(id) {
            return WaitingPlace::Nowhere;
        }
        deferred.is_behind = true;
        WaitingPlace::Journal { is_first: !std::mem::replace(&mut deferred.is_read, true) }
    }

    /// Waits for room in memory.
    pub(crate) async fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).acquire_many_owned(share(bytes)).await.ok()
    }

    /// The number of the delivery that has waited longest in the journal. Where there is none, nobody has to read on.
    pub(crate) fn first_deferred(&self) -> Option<u64> {
        let mut deferred = locked(&self.deferred);
        deferred.is_read = !deferred.ranges.is_empty();
        deferred.ranges.front().map(|(first, _)| *first)
    }

    /// Forgets the first number.
    pub(crate) fn pass_first(&self) {
        let mut deferred = locked(&self.deferred);
        if deferred.ranges.front().is_some_and(|(first, last)| first == last) {
            deferred.ranges.pop_front();
        } else if let Some((first, _)) = deferred.ranges.front_mut() {
            *first += 1;
        }
        deferred.look();
    }
}

impl ArrivingDelivery {
    /// The ticket of a delivery that waits in memory: that of its arrival, or another one behind those that are before it.
    pub(crate) fn ticket(mut self, is_kept: bool, enqueue: impl FnOnce() -> Option<Ticket>) -> Option<Ticket> {
        let ticket = self.ticket.take();
        if is_kept {
            return ticket;
        }
        drop(ticket);
        enqueue()
    }
}

impl Drop for ArrivingDelivery {
    fn drop(&mut self) {
        let mut deferred = locked(&self.deferred);
        deferred.arriving -= 1;
        deferred.look();
    }
}

impl Deferred {
    /// Remembers a number, if there is room for it.
    fn add(&mut self, id: u64) -> bool {
        let is_full = self.ranges.len() >= MOST_RANGES;
        match self.ranges.back_mut() {
            Some((_, last)) if *last + 1 == id => *last = id,
            _ if is_full => return false,
            _ => self.ranges.push_back((id, id)),
        }
        true
    }

    /// Lets deliveries get their tickets as they arrive again, once that changes no order.
    fn look(&mut self) {
        self.is_behind &= self.arriving > 0 || !self.ranges.is_empty();
    }
}

fn locked(deferred: &Mutex<Deferred>) -> MutexGuard<'_, Deferred> {
    deferred.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes that a delivery counts for.
fn share(bytes: usize) -> u32 {
    u32::try_from((bytes + OVERHEAD).min(MOST_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::{Backlog, MOST_BYTES, MOST_RANGES, OVERHEAD, WaitingPlace};
    use crate::engine::receive::keyed_queue::{KeyedQueue, Ticket};

    const LARGE: usize = MOST_BYTES - OVERHEAD;

    fn is_ready(ticket: &mut Ticket) -> bool {
        pin!(ticket.ready()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn what_has_no_room_in_memory_waits_in_the_journal_and_nothing_overtakes_it() {
        let backlog = Backlog::new();
        let place = |id, bytes| backlog.place(id, bytes, true);
        let WaitingPlace::Memory { room, .. } = place(1, LARGE) else { panic!("the first one has room") };
        assert!(matches!(place(2, 10), WaitingPlace::Journal { is_first: true }));
        assert!(matches!(place(3, 10), WaitingPlace::Journal { is_first: false }));
        drop(room);
        assert!(matches!(place(5, 10), WaitingPlace::Journal { is_first: false }), "although there is room again");
        for id in [2, 3, 5] {
            assert_eq!(backlog.first_deferred(), Some(id));
            backlog.pass_first();
        }
        assert_eq!(backlog.first_deferred(), None);
        let WaitingPlace::Memory { room: _room, .. } = place(6, LARGE) else { panic!("nothing waits any more") };
        assert!(matches!(place(7, 10), WaitingPlace::Journal { is_first: true }), "it is read anew");
    }

    #[test]
    fn what_waited_in_the_journal_goes_before_what_arrived_after_it() {
        let (backlog, queue) = (Backlog::new(), KeyedQueue::default());
        let enqueue = || Some(queue.enqueue("clx1"));
        let WaitingPlace::Memory { room, .. } = backlog.place(1, LARGE, true) else { panic!("the first one has room") };
        let (deferred, before) = (backlog.arrive(enqueue), backlog.arrive(enqueue));
        assert!(matches!(backlog.place(2, 10, true), WaitingPlace::Journal { .. }));
        drop(deferred);
        let after = backlog.arrive(enqueue);
        drop(room);
        // Now it is read from the journal, while two that came later are being committed and another one arrives.
        let mut tickets = vec![enqueue().unwrap()];
        backlog.pass_first();
        let last = backlog.arrive(enqueue);
        for arrival in [before, after, last] {
            let WaitingPlace::Memory { keeps_ticket, .. } = backlog.place(3, 10, true) else { panic!("there is room") };
            tickets.extend(arrival.ticket(keeps_ticket, enqueue));
        }
        assert_eq!(tickets.len(), 4);
        for round in 1..=4 {
            let ready: Vec<bool> = tickets.iter_mut().map(is_ready).collect();
            assert_eq!(ready, (round..=4).map(|ticket| ticket == round).collect::<Vec<_>>());
            tickets.remove(0);
        }
        let arrival = backlog.arrive(enqueue);
        assert!(arrival.ticket.is_some(), "from now on the order is that of arrival again");
    }

    #[test]
    fn without_a_journal_there_is_no_other_place() {
        let backlog = Backlog::new();
        let WaitingPlace::Memory { room: _room, .. } = backlog.place(1, LARGE, false) else {
            panic!("the first one has room")
        };
        assert!(matches!(backlog.place(2, 10, false), WaitingPlace::Nowhere));
        assert_eq!(backlog.first_deferred(), None);
    }

    #[test]
    fn numbers_take_bounded_memory() {
        let backlog = Backlog::new();
        let WaitingPlace::Memory { room: _room, .. } = backlog.place(1, LARGE, true) else {
            panic!("the first one has room")
        };
        for id in 0..MOST_RANGES as u64 {
            assert!(matches!(backlog.place(2 * id + 10, 10, true), WaitingPlace::Journal { .. }));
        }
        let last = 2 * MOST_RANGES as u64 + 8;
        assert!(matches!(backlog.place(last + 1, 10, true), WaitingPlace::Journal { .. }), "it follows the last one");
        assert!(matches!(backlog.place(last + 9, 10, true), WaitingPlace::Nowhere));
    }
}
