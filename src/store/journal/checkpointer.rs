//! Moves what commits left in the write-ahead log to its place, on a thread and a connection of its own.
//!
//! A commit that had to do this itself would keep its deliveries waiting for tens of milliseconds.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::store::journal::error::JournalError;
use crate::store::journal::file;

/// After how many bytes written the log is worth a look.
pub(super) const LOOK_EVERY: u64 = 4 << 20;

/// How many pages the log may have (64 MiB) before the writer is made to wait until it can begin anew.
const LONGEST_LOG: i64 = 16_384;

/// How long nothing must have been written before the log's space is given back.
const IDLE: Duration = Duration::from_secs(1);

/// How long to wait for the writer and for readers; the writer waits for as long.
const PATIENCE: Duration = Duration::from_millis(50);

/// The thread; it ends when this is dropped.
pub(super) struct Checkpointer {
    poke: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    pub(super) fn start(path: &Path) -> Result<Self, JournalError> {
        let explain = |error| JournalError::of(path, &error);
        let connection = file::connect(path, PATIENCE).map_err(explain)?;
        // The writer's connection is closed after this one, and knows whether the log still belongs to the file.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(explain)?;
        let (poke, pokes) = sync_channel(1);
        let thread = spawn("journal-checkpointer", move || run(&connection, &pokes));
        let thread = thread.map_err(|error| JournalError::of_io(path, &error))?;
        Ok(Self { poke: Some(poke), thread: Some(thread) })
    }

    /// Says that there is something to do. Never waits.
    pub(super) fn poke(&self) {
        if let Some(poke) = &self.poke {
            // A full channel means that it knows already.
            let _ = poke.try_send(());
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

fn run(connection: &Connection, pokes: &Receiver<()>) {
    while let Ok(()) = pokes.recv() {
        keep_up(connection);
        loop {
            match pokes.recv_timeout(IDLE) {
                Ok(()) => keep_up(connection),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        checkpoint(connection, "TRUNCATE");
    }
}

/// Moves what can be moved without making anyone wait; makes the writer wait for the rest when the log is very long,
/// since under a load that never pauses it would grow without end.
fn keep_up(connection: &Connection) {
    if checkpoint(connection, "PASSIVE").is_some_and(|pages| pages > LONGEST_LOG) {
        checkpoint(connection, "RESTART");
    }
}

/// Returns how many pages are in the log. A failure is not told: what is in the log is safe there, the next look tries
/// again, and a disk that is full or broken shows in the next commit.
fn checkpoint(connection: &Connection, mode: &str) -> Option<i64> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1)).ok()
}
