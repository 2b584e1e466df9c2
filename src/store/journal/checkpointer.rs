//! Moves what commits left in the write-ahead log to its place, on a separate thread and connection.
//!
//! A commit that had to do this itself would keep its deliveries waiting for tens of milliseconds. When the writer rests,
//! the thread also enters in the index what is not there yet.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Row};

use crate::store::journal::error::JournalError;
use crate::store::journal::file::OpenFiles;
use crate::store::journal::index::enter_next;
use crate::store::sqlite::connect;

/// After how many bytes written the log is worth a look.
pub(super) const LOOK_EVERY: u64 = 4 << 20;

/// Pages of the log (16 MiB) at which the writer has to move its end, so that it begins anew. Until then nothing is synced
/// that was moved: with a longer log that sync keeps a group waiting longer.
const LONGEST_LOG: i64 = 4_096;

/// Passes over what came while moving, before the writer has to do the rest.
const PASSES: usize = 2;

/// Idle time before the log's space is given back.
const IDLE: Duration = Duration::from_secs(1);

/// Deliveries that are entered in the index at once, which a group that comes then has to wait for.
const STEP: usize = 256;

/// Time to wait for readers when giving space back; a writer waits just as long.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);

/// The thread; it ends when this is dropped.
pub(super) struct Checkpointer {
    poke: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

/// State that the writer and the thread share.
#[derive(Default)]
struct Shared {
    /// Set by the thread, which then leaves the log alone until the writer has had its turn.
    writers_turn: AtomicBool,
    /// The number of groups that were written: what it was a second ago shows whether the writer rests.
    groups: AtomicU64,
    /// Whether enough was written for the log to be looked at.
    is_due: AtomicBool,
    /// Whether the thread sleeps without an end, since the log is empty.
    asleep: AtomicBool,
}

impl Checkpointer {
    pub(super) fn start(files: &Arc<OpenFiles>) -> Result<Self, JournalError> {
        let path = &files.path;
        let explain = |error| JournalError::of(path, &error);
        let connection = connect(path, PATIENCE).map_err(explain)?;
        // The writer's connection is closed after this one, and knows whether the log still belongs to the file.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(explain)?;
        connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(explain)?;
        let (poke, pokes) = sync_channel(1);
        let shared = Arc::new(Shared { asleep: AtomicBool::new(true), ..Shared::default() });
        let thread = Thread { connection, files: Arc::clone(files), shared: Arc::clone(&shared) };
        let thread = spawn("journal-checkpointer", move || thread.run(&pokes));
        let thread = thread.map_err(|error| JournalError::of_io(path, &error))?;
        Ok(Self { poke: Some(poke), thread: Some(thread), shared })
    }

    /// Notes that a group was written, which the log is to give back when the writer rests.
    pub(super) fn note_group(&self) {
        self.shared.groups.fetch_add(1, Ordering::AcqRel);
        if self.shared.asleep.swap(false, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Says that the log is to be looked at. Never waits.
    pub(super) fn poke(&self) {
        self.shared.is_due.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        if let Some(poke) = &self.poke {
            // A full channel means that it knows already.
            let _ = poke.try_send(());
        }
    }

    /// Has the writer, between two groups, move what is left of a log that is very long, so that its next group begins
    /// the log anew.
    pub(super) fn settle(&self, writer: &Connection) {
        if self.shared.writers_turn.load(Ordering::Acquire) {
            checkpoint(writer, "PASSIVE");
            self.shared.writers_turn.store(false, Ordering::Release);
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.poke = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts a thread with a name, which debuggers and `top` show.
pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// The parts of the thread.
struct Thread {
    connection: Connection,
    files: Arc<OpenFiles>,
    shared: Arc<Shared>,
}

impl Thread {
    fn run(mut self, pokes: &Receiver<()>) {
        while let Ok(()) = pokes.recv() {
            let mut seen = self.shared.groups.load(Ordering::Acquire);
            loop {
                self.look();
                match pokes.recv_timeout(IDLE) {
                    Ok(()) => {}
                    Err(RecvTimeoutError::Timeout) => {
                        let groups = self.shared.groups.load(Ordering::Acquire);
                        if groups == seen && self.enter_rest(seen) {
                            self.shared.asleep.store(true, Ordering::Release);
                            break;
                        }
                        seen = groups;
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            // A group that comes from here on wakes the thread again.
            if self.files.may_save() {
                checkpoint(&self.connection, "TRUNCATE");
            }
        }
    }

    /// Enters what is not in the index, unless the writer goes on. Returns whether it still rests.
    fn enter_rest(&mut self, seen: u64) -> bool {
        while self.files.may_save() {
            match enter_next(&mut self.connection, STEP) {
                Ok(STEP) => {}
                // A failure leaves the rest as it is.
                Ok(_) | Err(_) => return true,
            }
            if self.shared.groups.load(Ordering::Acquire) != seen {
                return false;
            }
        }
        true
    }

    fn look(&self) {
        let is_due = self.shared.is_due.swap(false, Ordering::AcqRel);
        if is_due && !self.shared.writers_turn.load(Ordering::Acquire) && self.files.may_save() {
            self.shared.writers_turn.store(keep_up(&self.connection), Ordering::Release);
        }
    }
}

/// Moves what can be moved without making anyone wait. Whether the writer has to do the rest is what this returns: under
/// a load that never pauses the log would grow without end. Each pass leaves it less to do.
fn keep_up(connection: &Connection) -> bool {
    (0..PASSES).all(|_| checkpoint(connection, "PASSIVE").is_some_and(|pages| pages > LONGEST_LOG))
}

/// Moves what it can, and returns how many pages are in the log. A failure is ignored: what is in the log is safe there, the
/// next look tries again, and a disk that is full or broken shows in the next commit.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> Option<i64> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1)).ok()
}

/// Moves all of the log to the file, brings it to the disk and empties the log. Returns whether nothing is left to move:
/// readers and other writers can be in the way.
pub(super) fn empty_log(connection: &Connection) -> rusqlite::Result<bool> {
    let counts = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (is_busy, pages, moved): (bool, i64, i64) =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], counts)?;
    Ok(!is_busy && moved == pages)
}
