//! The state as the engine sees it: pieces of work, each done whole or not at all, and committed in groups.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::store::sandbox::error::StateError;
use crate::store::sandbox::file::{StatePlace, open};
use crate::store::sandbox::temporary_folder::TemporaryFolder;

#[derive(Clone)]
pub struct Database(Arc<DatabaseShared>);

struct DatabaseShared {
    /// None once the state was closed.
    connection: Mutex<Option<Connection>>,
    waiting: Mutex<PendingWork>,
    files: std::path::PathBuf,
    /// Dropped after the connection, which it holds the file of.
    _directory: Option<TemporaryFolder>,
}

/// Work that waits for a thread, and whether one is at it.
#[derive(Default)]
struct PendingWork {
    works: Vec<Work>,
    worked_on: bool,
}

/// Does the work, and returns the reply that its caller gets after the commit.
type Work = Box<dyn FnOnce(&Connection) -> Reply + Send>;
type Reply = Box<dyn FnOnce(Result<(), StateError>) + Send>;

/// The records, inside of a transaction.
pub struct Tx<'a>(pub(super) &'a Connection);

impl Database {
    /// Opens a state, and makes it if there is none.
    pub fn open(place: &StatePlace) -> Result<Self, StateError> {
        let opened = open(place)?;
        Ok(Self(Arc::new(DatabaseShared {
            connection: Mutex::new(Some(opened.connection)),
            waiting: Mutex::default(),
            files: opened.files,
            _directory: opened.directory,
        })))
    }

    /// Folder of the uploaded files.
    pub fn files(&self) -> &Path {
        &self.0.files
    }

    /// Does a piece of work on the records and commits it; work that fails changes nothing.
    ///
    /// What several callers want at once is committed together, on a thread of the runtime's that may wait for the disk.
    pub async fn run<T, F>(&self, work: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StateError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let done = whole_or_not(connection, work);
            // One who no longer waits does not need to know.
            Box::new(move |committed| drop(reply.send(committed.and(done))))
        });
        if self.0.enqueue(work) {
            let shared = Arc::clone(&self.0);
            spawn_blocking(move || shared.work_off());
        }
        answer.await.unwrap_or_else(|_| Err(StateError::abandoned()))
    }

    /// Waits for the work under way and lets go of the file, so that another sandbox may have it at once. Dropping the
    /// state does the same a moment later, when the thread that answered last has ended. Later work is abandoned.
    pub async fn close(&self) {
        let shared = Arc::clone(&self.0);
        let closed = spawn_blocking(move || drop(shared.connection().take()));
        // Fails only when the runtime is ending, and with it every hold on the file.
        let _ = closed.await;
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("files", &self.0.files).finish_non_exhaustive()
    }
}

impl DatabaseShared {
    /// Adds work; true if nobody is at it yet.
    fn enqueue(&self, work: Work) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.works.push(work);
        !std::mem::replace(&mut waiting.worked_on, true)
    }

    /// Works until nothing waits.
    fn work_off(&self) {
        let connection = self.connection();
        loop {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.works.is_empty() {
                waiting.worked_on = false;
                return;
            }
            let works = std::mem::take(&mut waiting.works);
            drop(waiting);
            if let Some(connection) = connection.as_ref() {
                commit(connection, works);
            }
        }
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does all of a group in one transaction, and only then replies.
fn commit(connection: &Connection, works: Vec<Work>) {
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    let replies: Vec<Reply> = works.into_iter().map(|work| work(connection)).collect();
    let committed = begun.and_then(|()| connection.execute_batch("COMMIT")).map_err(StateError::from);
    if committed.is_err() {
        // Fails if there is nothing to take back, which is as good.
        let _ = connection.execute_batch("ROLLBACK");
    }
    for reply in replies {
        reply(committed.clone());
    }
}

fn whole_or_not<T>(
    connection: &Connection,
    work: impl FnOnce(&Tx<'_>) -> Result<T, StateError>,
) -> Result<T, StateError> {
    connection.execute_batch("SAVEPOINT work")?;
    let done = work(&Tx(connection));
    connection.execute_batch(if done.is_ok() { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" })?;
    done
}
