//! The journal as those see it who write to it.

use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use crate::store::journal::attempt::NewAttempt;
use crate::store::journal::batch::{Entry, OpenJournal};
use crate::store::journal::checkpointer::spawn;
use crate::store::journal::delivery::{Committed, VerifiedDelivery};
use crate::store::journal::error::{JournalError, WriteFailed};
use crate::store::journal::notice::JournalNotice;
use crate::store::journal::options::JournalOptions;
use crate::store::journal::reply::GroupReply;
use crate::store::journal::writer::{Order, QUEUE, Writer};

/// Notices that may wait to be taken.
const NOTICES: usize = 32;

/// A journal that is open for writing.
///
/// Writing goes on in a separate thread, which [`Journal::close`] or dropping ends after what waits is written.
#[derive(Debug)]
pub struct Journal {
    path: Arc<Path>,
    orders: mpsc::Sender<Order>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Opens a journal, and makes the file if there is none. Also returns the channel for changes of its state.
    pub fn open(options: JournalOptions) -> Result<(Self, mpsc::Receiver<JournalNotice>), JournalError> {
        let open = OpenJournal::open(&options)?;
        Self::start(options, open)
    }

    /// Has a thread write to a file that is open.
    pub(super) fn start(
        options: JournalOptions,
        open: OpenJournal,
    ) -> Result<(Self, mpsc::Receiver<JournalNotice>), JournalError> {
        let path: Arc<Path> = Arc::from(options.path.as_path());
        let (orders, queue) = mpsc::channel(QUEUE);
        let (notify, notices) = mpsc::channel(NOTICES);
        let explain = |error| JournalError::of_io(&path, &error);
        let writer = Writer::new(options, open, (orders.downgrade(), queue), notify).map_err(explain)?;
        let thread = spawn("journal-writer", move || writer.run()).map_err(explain)?;
        Ok((Self { path, orders, thread: Mutex::new(Some(thread)) }, notices))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a delivery. Returns when it is on the disk, and only then may the sender hear that it was received.
    ///
    /// # Errors
    ///
    /// When it could not be written, and so is not kept. Later ones are kept again, if the fault is gone.
    pub async fn append(
        &self,
        delivery: Arc<VerifiedDelivery>,
        answered: Option<u16>,
    ) -> Result<Committed, WriteFailed> {
        self.order(Entry::Delivery { delivery, answered }).await.kept().await
    }

    /// Keeps the status of an answer that was given after its delivery was kept. Returns when there is room for it in
    /// the queue; the receipt says when it is on the disk.
    pub async fn answered(&self, id: u64, status: u16) -> Receipt {
        self.order(Entry::Answer { id, status }).await
    }

    /// Keeps an attempt. Returns when there is room for it in the queue; the receipt says when it is on the disk.
    pub async fn attempt(&self, attempt: NewAttempt) -> Receipt {
        self.order(Entry::Attempt(Box::new(attempt))).await
    }

    /// Writes what waits, ends the thread, and leaves one tidy file unless another process uses it too.
    ///
    /// Later writes fail.
    pub async fn close(&self) {
        let (end, ended) = oneshot::channel();
        // Both fail only when the thread has ended already; that it drops its half is the sign.
        let _ = self.orders.send(Order::Close(end)).await;
        let _ = ended.await;
        self.join();
    }

    async fn order(&self, entry: Entry) -> Receipt {
        let (reply, waiting) = oneshot::channel();
        // If the thread has ended, the order is dropped, and the receipt finds its other half gone.
        let _ = self.orders.send(Order::Write { entry, reply }).await;
        Receipt { path: Arc::clone(&self.path), reply: waiting }
    }

    /// Whether the thread has taken every order from the queue.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.orders.capacity() == QUEUE
    }

    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // The thread ends when the last sender is gone.
        let (unused, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.orders, unused));
        self.join();
    }
}

/// Says when something that was given to the journal is on the disk. Dropping it changes nothing.
#[derive(Debug)]
pub struct Receipt {
    path: Arc<Path>,
    reply: oneshot::Receiver<GroupReply>,
}

impl Receipt {
    async fn kept(self) -> Result<Committed, WriteFailed> {
        self.reply.await.map_or_else(|_| Err(WriteFailed::closed(&self.path)), |reply| reply.outcome())
    }
}

impl Future for Receipt {
    type Output = Result<(), WriteFailed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = std::task::ready!(Pin::new(&mut self.reply).poll(context));
        Poll::Ready(match reply {
            Ok(reply) => reply.outcome().map(drop),
            Err(_) => Err(WriteFailed::closed(&self.path)),
        })
    }
}
