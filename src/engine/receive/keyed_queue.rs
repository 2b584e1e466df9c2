//! Keeps the order of what belongs together, while everything else goes side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// A queue per key: a ticket waits for those before it in the same queue.
#[derive(Clone, Debug, Default)]
pub struct KeyedQueue {
    last: Arc<Mutex<HashMap<String, Last>>>,
}

/// The last place in a queue.
#[derive(Debug)]
struct Last {
    number: u64,
    gone: Gone,
}

/// Tells that a place is gone; if it was given up before its turn, whom to wait for instead.
#[derive(Debug)]
struct Gone(oneshot::Receiver<Option<Gone>>);

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
        last.insert(key.to_owned(), Last { number, gone: Gone(heard) });
        drop(last);
        let before = before.map(|place| place.gone);
        Ticket { queue: self.clone(), key: key.to_owned(), number, before, gone: Some(gone) }
    }
}

impl Ticket {
    /// Waits until everyone before has gone.
    pub async fn ready(&mut self) {
        while let Some(Gone(before)) = self.before.as_mut() {
            self.before = before.await.unwrap_or(None);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut last = self.queue.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&self.key).is_some_and(|place| place.number == self.number) {
            last.remove(&self.key);
        }
        drop(last);
        if let Some(gone) = self.gone.take() {
            let _ = gone.send(self.before.take());
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
