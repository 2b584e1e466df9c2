//! Keeps the order of what belongs together, while everything else goes side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

/// A queue per key: a ticket waits for those before it in the same queue.
#[derive(Clone, Debug, Default)]
pub struct KeyedQueue {
    /// The last place of each queue.
    last: Arc<Mutex<HashMap<String, Gone>>>,
}

/// Tells that a place is gone; if it was given up before its turn, whom to wait for instead.
#[derive(Debug)]
struct Gone {
    /// The number of the place.
    number: u64,
    heard: oneshot::Receiver<Option<Gone>>,
}

/// A place in a queue. Dropping it lets the next one go.
#[derive(Debug)]
pub struct Ticket {
    queue: KeyedQueue,
    key: String,
    number: u64,
    before: Option<Gone>,
    gone: Option<oneshot::Sender<Option<Gone>>>,
}

impl KeyedQueue {
    /// Takes the next place of a key. The order of the calls is the order of the queue.
    pub fn enqueue(&self, key: &str) -> Ticket {
        let (gone, heard) = oneshot::channel();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.remove(key);
        let number = before.as_ref().map_or(0, |place| place.number + 1);
        last.insert(key.to_owned(), Gone { number, heard });
        drop(last);
        Ticket { queue: self.clone(), key: key.to_owned(), number, before, gone: Some(gone) }
    }
}

impl Ticket {
    /// Waits until everyone before has gone.
    pub async fn ready(&mut self) {
        while let Some(Gone { heard, .. }) = self.before.as_mut() {
            self.before = heard.await.unwrap_or(None);
        }
    }

    /// The place that this one waits for, if that is not gone yet.
    fn awaited(&mut self) -> Option<Gone> {
        let mut before = self.before.take();
        while let Some(mut place) = before {
            match place.heard.try_recv() {
                Ok(next) => before = next,
                Err(TryRecvError::Empty) => return Some(place),
                Err(TryRecvError::Closed) => return None,
            }
        }
        None
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let queue = self.queue.clone();
        let mut last = queue.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.awaited();
        let Some(gone) = self.gone.take() else { return };
        if last.get(&self.key).is_none_or(|place| place.number != self.number) {
            let _ = gone.send(before);
        } else if let Some(before) = before {
            // Given up before its turn: who comes next waits for the one before.
            last.insert(std::mem::take(&mut self.key), before);
        } else {
            last.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::sync::mpsc;

    use super::KeyedQueue;

    #[tokio::test]
    async fn one_key_goes_in_order_and_others_do_not_wait() {
        let queue = KeyedQueue::default();
        let (sender, mut order) = mpsc::channel(8);
        let mut first = queue.enqueue("a");
        first.ready().await;
        let mut second = queue.enqueue("a");
        let mut third = queue.enqueue("a");
        let tell = sender.clone();
        // The third is waiting before the second is: the order of entering counts.
        let waiting = tokio::join!(
            async {
                third.ready().await;
                tell.send("third").await.unwrap();
            },
            async {
                second.ready().await;
                sender.send("second").await.unwrap();
                drop(second);
            },
            async {
                queue.enqueue("b").ready().await;
                sender.send("other").await.unwrap();
                drop(first);
            },
        );
        drop((waiting, third));
        assert_eq!(
            [order.recv().await, order.recv().await, order.recv().await],
            [Some("other"), Some("second"), Some("third")]
        );
        assert!(queue.last.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn who_comes_after_the_last_place_was_given_up_waits_for_the_one_before_it() {
        let queue = KeyedQueue::default();
        let first = queue.enqueue("a");
        let second = queue.enqueue("a");
        drop(queue.enqueue("a"));
        drop(second);
        let mut next = queue.enqueue("a");
        let mut turn = Box::pin(next.ready());
        let waits = poll_fn(|cx| Poll::Ready(turn.as_mut().poll(cx).is_pending())).await;
        assert!(waits);
        drop(first);
        turn.await;
        drop(next);
        assert!(queue.last.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_place_that_is_given_up_still_keeps_those_behind_it_waiting_for_those_before() {
        let queue = KeyedQueue::default();
        let first = queue.enqueue("a");
        let second = queue.enqueue("a");
        let mut third = queue.enqueue("a");
        drop(second);
        let mut turn = Box::pin(third.ready());
        let waits = poll_fn(|cx| Poll::Ready(turn.as_mut().poll(cx).is_pending())).await;
        assert!(waits);
        drop(turn);
        drop(first);
        third.ready().await;
        drop(third);
        assert!(queue.last.lock().unwrap().is_empty());
    }
}
