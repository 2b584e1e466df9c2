//! The thread that brings committed groups to the disk and replies to them, while the writer is at the next group.
//!
//! The writer's connection commits with `synchronous=NORMAL`, and this thread syncs the write-ahead log after each commit,
//! before anyone hears of it. Together that is `synchronous=FULL`: in WAL mode the two differ in nothing but this sync
//! (<https://www.sqlite.org/pragma.html#pragma_synchronous>: with NORMAL "the WAL file is synchronized before each
//! checkpoint and the database file is synchronized after each completed checkpoint and the WAL file header is synchronized
//! when a WAL file begins to be reused after a checkpoint"; FULL adds a sync of the log "after each transaction commit").
//!
//! * A sync covers all that was written to the file before, by whomever. So one that begins after several commits is enough
//!   for all of them, and a crash cannot keep a later group without an earlier one.
//! * A log begins anew only when all of it is in the database and synced there, so what was in it needs no sync any more
//!   (<https://www.sqlite.org/wal.html#checkpointing>). The log stays the same file as long as a connection is open.
//! * After a failed sync nothing can be trusted that the system holds for the log: that group and every later one fail,
//!   until the whole log has been moved to the database and begins anew.

use std::io;
use std::iter::once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::{debug, trace};

use crate::store::journal::checkpointer::{PATIENCE, checkpoint, spawn};
use crate::store::journal::delivery::Committed;
use crate::store::journal::failure::Failure;
use crate::store::journal::file::{Found, LogSync, OpenFiles};
use crate::store::journal::reply::{Reply, send_alone, send_together};
use crate::store::journal::write_state::WriteState;
use crate::store::sqlite::connect;

/// Groups that wait for a sync at most, besides those that one is under way for.
const GROUPS: usize = 4;

/// Those who wait for a group, with what its commit gave them.
#[derive(Default)]
pub(super) struct CommittedGroup {
    /// The senders of deliveries, who look at once.
    pub(super) senders: Vec<(Reply, Committed)>,
    /// Those who are possibly slow to look, or do not want to know.
    pub(super) others: Vec<Reply>,
}

impl CommittedGroup {
    fn len(&self) -> usize {
        self.senders.len() + self.others.len()
    }

    fn last(&self) -> u64 {
        self.senders.iter().map(|(_, committed)| committed.id).max().unwrap_or_default()
    }
}

/// The size of a group that waits for nothing.
const MOST: usize = 256;

/// A group waits for the sync of those before it when they are more than this many times larger.
const SMALL: usize = 4;

/// Time of a sync from which on it is logged.
const SLOW: Duration = Duration::from_secs(1);

/// An order to the thread.
enum Task {
    Secure(CommittedGroup),
    /// To drop the other half once every group before it has its outcome.
    Settle(SyncSender<()>),
}

/// The thread; it ends when this is dropped, after all groups have their reply.
pub(super) struct Syncer {
    tasks: Option<SyncSender<Task>>,
    thread: Option<JoinHandle<()>>,
    failure: Arc<Mutex<Option<Failure>>>,
    under_way: Arc<SyncUnderWay>,
}

/// The sync that is under way.
#[derive(Default)]
struct SyncUnderWay {
    /// The entries that wait for it.
    size: AtomicUsize,
    /// Whether its end is to be announced.
    is_awaited: AtomicBool,
}

impl Syncer {
    /// Starts the thread, which calls `on_synced` at the end of a sync that is awaited or has failed. Without a `sync`
    /// nothing is synced: the operating system having a group is enough.
    pub(super) fn start(
        sync: Option<LogSync>,
        files: Arc<OpenFiles>,
        state: Arc<WriteState>,
        on_synced: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let (tasks, queue) = sync_channel(GROUPS);
        let (failure, under_way) = (Arc::default(), Arc::default());
        let thread =
            SyncThread { sync, files, state, failure: Arc::clone(&failure), under_way: Arc::clone(&under_way) };
        let thread = spawn("journal-syncer", move || thread.run(&queue, on_synced))?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread), failure, under_way })
    }

    /// Has a group brought to the disk and replied to. Waits only while many are before it.
    pub(super) fn submit(&self, group: CommittedGroup) {
        self.order(Task::Secure(group));
    }

    /// The failure after which nothing is kept, if there was one.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a group of this size is to be written now. One that is small beside those that a sync is under way for
    /// waits for its end, which is announced then, and gets larger meanwhile: to write and to sync many small ones would
    /// cost more.
    pub(super) fn is_next(&self, size: usize) -> bool {
        let is_enough = || size >= self.under_way.size.load(Ordering::SeqCst) / SMALL;
        if size >= MOST || is_enough() {
            return true;
        }
        self.under_way.is_awaited.store(true, Ordering::SeqCst);
        is_enough()
    }

    /// Waits until every group has its outcome.
    pub(super) fn settle(&self) {
        let (end, ended) = sync_channel(0);
        self.order(Task::Settle(end));
        // The other half is dropped unused.
        let _ = ended.recv();
    }

    fn order(&self, task: Task) {
        if let Some(tasks) = &self.tasks {
            // Fails only after a panic of the thread; those who wait then find their other half gone.
            let _ = tasks.send(task);
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The parts of the thread.
struct SyncThread {
    sync: Option<LogSync>,
    files: Arc<OpenFiles>,
    state: Arc<WriteState>,
    failure: Arc<Mutex<Option<Failure>>>,
    under_way: Arc<SyncUnderWay>,
}

impl SyncThread {
    fn run(self, queue: &Receiver<Task>, on_synced: impl Fn()) {
        while let Ok(first) = queue.recv() {
            let (mut groups, mut settled) = (Vec::new(), Vec::new());
            for task in once(first).chain(queue.try_iter()) {
                match task {
                    Task::Secure(group) => groups.push(group),
                    Task::Settle(end) => settled.push(end),
                }
            }
            if groups.is_empty() {
                continue;
            }
            let entries = groups.iter().map(CommittedGroup::len).sum();
            self.under_way.size.store(entries, Ordering::SeqCst);
            let outcome = self.secure(&groups);
            self.under_way.size.store(0, Ordering::SeqCst);
            match &outcome {
                Ok(()) => trace!(target: "journal", entries, "group committed"),
                Err(failure) => debug!(target: "journal", entries, cause = failure.cause(), "group not committed"),
            }
            if outcome.is_err() || self.under_way.is_awaited.swap(false, Ordering::SeqCst) {
                on_synced();
            }
            self.reply(groups, outcome.err().as_ref());
        }
    }

    /// Brings all that is committed to the disk. From then on it is kept, unless the file or its log is not at its path.
    fn secure(&self, groups: &[CommittedGroup]) -> Result<(), Failure> {
        // The writer looks at this before each group, and must not wait for the sync: only this thread changes it.
        let earlier = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(failure) = earlier {
            return Err(failure);
        }
        let began = Instant::now();
        let synced = self.sync.as_ref().map_or(Ok(()), |sync| sync());
        let elapsed = began.elapsed();
        if elapsed > SLOW {
            debug!(target: "journal", ?elapsed, "slow sync of the write-ahead log");
        }
        let unsynced = |_| Failure::Unsynced("the disk reports an error".to_owned());
        let outcome = synced.map_err(unsynced).and_then(|()| self.check_place());
        match &outcome {
            Ok(()) => self.state.note_kept(groups.iter().map(CommittedGroup::last).max().unwrap_or_default()),
            Err(failure) => {
                self.state.note_failed(failure.cause());
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.clone());
            }
        }
        outcome
    }

    fn reply(&self, groups: Vec<CommittedGroup>, failure: Option<&Failure>) {
        let failed = failure.map(|failure| self.state.write_failed(failure));
        let outcome = |committed| failed.clone().map_or(Ok(committed), Err);
        let mut senders = Vec::with_capacity(groups.iter().map(|group| group.senders.len()).sum());
        for group in groups {
            senders.extend(group.senders.into_iter().map(|(reply, committed)| (reply, outcome(committed))));
            for reply in group.others {
                send_alone(reply, outcome(Committed::default()));
            }
        }
        send_together(senders);
    }

    /// Whether what was committed can be found: the file and its log are still the ones at their paths, and whole.
    fn check_place(&self) -> Result<(), Failure> {
        let cause = match self.files.found() {
            (Found::Same, Found::Same) => return Ok(()),
            (Found::Same, Found::Emptied) if self.is_moved() => return Ok(()),
            (Found::Same, Found::Emptied) => "its write-ahead log was emptied",
            (Found::Same, Found::Replaced | Found::Gone) => "its write-ahead log was deleted or replaced",
            (Found::Emptied, _) => "the file was emptied",
            (Found::Replaced, _) => "the file was replaced",
            (Found::Gone, _) => "the file was deleted or moved",
        };
        Err(Failure::Lost(cause.to_owned()))
    }

    /// Whether the log is empty since all of it was moved to the database, which `history prune` does beside a listener.
    /// SQLite's index of the log says so. When the log has begun anew since, it is whole again.
    fn is_moved(&self) -> bool {
        let Ok(connection) = connect(&self.files.path, PATIENCE) else { return false };
        checkpoint(&connection, "NOOP") == Some(0) || self.files.found() == (Found::Same, Found::Same)
    }
}
