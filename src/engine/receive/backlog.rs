//! Deliveries that wait for a handler: a bounded number of bytes in memory, the others in the journal.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    deferred: Mutex<Deferred>,
}

/// The place where a delivery waits for its handler.
#[derive(Debug)]
pub(crate) enum WaitingPlace {
    /// In memory, which is free again once this is dropped.
    Memory(OwnedSemaphorePermit),
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
}

impl Backlog {
    pub(crate) fn new() -> Self {
        Self { room: Arc::new(Semaphore::new(MOST_BYTES)), deferred: Mutex::default() }
    }

    /// Finds a place for a delivery with a body of so many bytes. None overtakes what waits in the journal.
    pub(crate) fn place(&self, id: u64, bytes: usize, is_durable: bool) -> WaitingPlace {
        let mut deferred = self.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        if deferred.ranges.is_empty()
            && let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(share(bytes))
        {
            return WaitingPlace::Memory(room);
        }
        if !is_durable || !deferred.add(id) {
            return WaitingPlace::Nowhere;
        }
        WaitingPlace::Journal { is_first: !std::mem::replace(&mut deferred.is_read, true) }
    }

    /// Waits for room in memory.
    pub(crate) async fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).acquire_many_owned(share(bytes)).await.ok()
    }

    /// The number of the delivery that has waited longest in the journal. Where there is none, nobody has to read on.
    pub(crate) fn first_deferred(&self) -> Option<u64> {
        let mut deferred = self.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        deferred.is_read = !deferred.ranges.is_empty();
        deferred.ranges.front().map(|(first, _)| *first)
    }

    /// Forgets the first number.
    pub(crate) fn pass_first(&self) {
        let mut deferred = self.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        if deferred.ranges.front().is_some_and(|(first, last)| first == last) {
            deferred.ranges.pop_front();
        } else if let Some((first, _)) = deferred.ranges.front_mut() {
            *first += 1;
        }
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
}

/// The bytes that a delivery counts for.
fn share(bytes: usize) -> u32 {
    u32::try_from((bytes + OVERHEAD).min(MOST_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Backlog, MOST_BYTES, MOST_RANGES, OVERHEAD, WaitingPlace};

    const LARGE: usize = MOST_BYTES - OVERHEAD;

    #[tokio::test]
    async fn what_has_no_room_in_memory_waits_in_the_journal_and_nothing_overtakes_it() {
        let backlog = Backlog::new();
        let place = |id, bytes| backlog.place(id, bytes, true);
        let WaitingPlace::Memory(room) = place(1, LARGE) else { panic!("the first one has room") };
        assert!(matches!(place(2, 10), WaitingPlace::Journal { is_first: true }));
        assert!(matches!(place(3, 10), WaitingPlace::Journal { is_first: false }));
        drop(room);
        assert!(matches!(place(5, 10), WaitingPlace::Journal { is_first: false }), "although there is room again");
        for id in [2, 3, 5] {
            assert_eq!(backlog.first_deferred(), Some(id));
            backlog.pass_first();
        }
        assert_eq!(backlog.first_deferred(), None);
        let WaitingPlace::Memory(_room) = place(6, LARGE) else { panic!("nothing waits any more") };
        assert!(matches!(place(7, 10), WaitingPlace::Journal { is_first: true }), "it is read anew");
    }

    #[test]
    fn without_a_journal_there_is_no_other_place() {
        let backlog = Backlog::new();
        let WaitingPlace::Memory(_room) = backlog.place(1, LARGE, false) else { panic!("the first one has room") };
        assert!(matches!(backlog.place(2, 10, false), WaitingPlace::Nowhere));
        assert_eq!(backlog.first_deferred(), None);
    }

    #[test]
    fn numbers_take_bounded_memory() {
        let backlog = Backlog::new();
        let WaitingPlace::Memory(_room) = backlog.place(1, LARGE, true) else { panic!("the first one has room") };
        for id in 0..MOST_RANGES as u64 {
            assert!(matches!(backlog.place(2 * id + 10, 10, true), WaitingPlace::Journal { .. }));
        }
        let last = 2 * MOST_RANGES as u64 + 8;
        assert!(matches!(backlog.place(last + 1, 10, true), WaitingPlace::Journal { .. }), "it follows the last one");
        assert!(matches!(backlog.place(last + 9, 10, true), WaitingPlace::Nowhere));
    }
}
