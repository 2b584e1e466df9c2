//! Moves what commits left in the write-ahead log to its place, on a thread and a connection of its own.
//!
//! A commit that had to do this itself would keep its deliveries waiting for tens of milliseconds.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::store::journal::error::JournalError;
use crate::store::journal::file;

/// After how many bytes written the log is worth a look.
pub(super) const LOOK_EVERY: u64 = 4 << 20;

/// Pages of the log (64 MiB) at which the writer has to move its end, so that it begins anew.
const LONGEST_LOG: i64 = 16_384;

/// Passes over what came while moving, before the writer has to do the rest.
const PASSES: usize = 2;

/// Idle time before the log's space is given back.
const IDLE: Duration = Duration::from_secs(1);

/// Time to wait for readers when giving space back; a writer waits just as long.
const PATIENCE: Duration = Duration::from_millis(50);

/// The thread; it ends when this is dropped.
pub(super) struct Checkpointer {
    poke: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Set by the thread, which then leaves the log alone until the writer has had its turn.
    writers_turn: Arc<AtomicBool>,
}

impl Checkpointer {
    pub(super) fn start(path: &Path) -> Result<Self, JournalError> {
        let explain = |error| JournalError::of(path, &error);
        let connection = file::connect(path, PATIENCE).map_err(explain)?;
        // The writer's connection is closed after this one, and knows whether the log still belongs to the file.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(explain)?;
        let (poke, pokes) = sync_channel(1);
        let writers_turn = Arc::new(AtomicBool::new(false));
        let turn = Arc::clone(&writers_turn);
        let thread = spawn("journal-checkpointer", move || run(&connection, &pokes, &turn));
        let thread = thread.map_err(|error| JournalError::of_io(path, &error))?;
        Ok(Self { poke: Some(poke), thread: Some(thread), writers_turn })
    }

    /// Says that there is something to do. Never waits.
    pub(super) fn poke(&self) {
        if let Some(poke) = &self.poke {
            // A full channel means that it knows already.
            let _ = poke.try_send(());
        }
    }

    /// Has the writer, between two groups, move what is left of a log that is very long, so that its next group begins
    /// the log anew.
    pub(super) fn settle(&self, writer: &Connection) {
        if self.writers_turn.load(Ordering::Acquire) {
            checkpoint(writer, "PASSIVE");
            self.writers_turn.store(false, Ordering::Release);
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

fn run(connection: &Connection, pokes: &Receiver<()>, writers_turn: &AtomicBool) {
    let look = || {
        if !writers_turn.load(Ordering::Acquire) {
            writers_turn.store(keep_up(connection), Ordering::Release);
        }
    };
    while let Ok(()) = pokes.recv() {
        look();
        loop {
            match pokes.recv_timeout(IDLE) {
                Ok(()) => look(),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        checkpoint(connection, "TRUNCATE");
    }
}

/// Moves what can be moved without making anyone wait. Whether the writer has to do the rest is what this returns: under
/// a load that never pauses the log would grow without end. Each pass leaves it less to do.
fn keep_up(connection: &Connection) -> bool {
    (0..PASSES).all(|_| checkpoint(connection, "PASSIVE").is_some_and(|pages| pages > LONGEST_LOG))
}

/// Returns how many pages are in the log. A failure is not told: what is in the log is safe there, the next look tries
/// again, and a disk that is full or broken shows in the next commit.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> Option<i64> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1)).ok()
}
