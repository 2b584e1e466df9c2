//! The state's file: made for this user only, and held by one sandbox at a time.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::store::directories::create_private;
use crate::store::sandbox::error::StateError;
use crate::store::sandbox::temporary_folder::TemporaryFolder;
use crate::store::sqlite::{FileFormat, Identified, connect, keep_log};

/// The format that this version reads and writes. Its application id is `MHsb`.
const FORMAT: FileFormat = FileFormat { application_id: 0x4d48_7362, newest: 1 };

/// Times are microseconds since 1970. AUTOINCREMENT never gives the number of something deleted again. The partial
/// indexes hold only what something still has to be done for, however long the history grows.
///
/// The secret of an endpoint is kept only if the sandbox made it; else it is empty.
const TABLES: &str = "
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL, waiting INTEGER NOT NULL, due_at INTEGER,
        job TEXT NOT NULL, directives TEXT NOT NULL
    ) STRICT;
    CREATE INDEX jobs_waiting ON jobs (number) WHERE waiting = 1;
    CREATE INDEX jobs_rendering ON jobs (number) WHERE status = 'rendering';
    CREATE INDEX jobs_due ON jobs (due_at, number) WHERE due_at IS NOT NULL;
    CREATE TABLE uploads (path TEXT PRIMARY KEY, size INTEGER) STRICT;
    CREATE TABLE endpoints (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL,
        enabled INTEGER NOT NULL, configured INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        endpoint INTEGER NOT NULL,
        job_id TEXT NOT NULL, event_type TEXT NOT NULL,
        body BLOB NOT NULL, faults TEXT NOT NULL,
        state TEXT NOT NULL, attempts INTEGER NOT NULL,
        due_at INTEGER NOT NULL, follows INTEGER, signed_at INTEGER
    ) STRICT;
    CREATE INDEX deliveries_due ON deliveries (endpoint, due_at, id) WHERE state = 'pending';
    CREATE INDEX deliveries_held ON deliveries (follows) WHERE state = 'held';
    CREATE INDEX deliveries_by_job ON deliveries (job_id, endpoint);
    CREATE TABLE attempts (
        delivery INTEGER NOT NULL, number INTEGER NOT NULL,
        sent_at INTEGER NOT NULL, elapsed INTEGER NOT NULL,
        status INTEGER, error TEXT,
        PRIMARY KEY (delivery, number)
    ) STRICT, WITHOUT ROWID;";

/// Secrets that were given to the sandbox, which are never written to a file: the table lives in memory.
const GIVEN_SECRETS: &str = "
    PRAGMA temp_store = MEMORY;
    CREATE TEMP TABLE given_secrets (endpoint INTEGER PRIMARY KEY, secret TEXT NOT NULL) STRICT;";

/// Place of a sandbox's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StatePlace {
    /// In a temporary directory that is removed with the sandbox.
    #[default]
    Temporary,
    /// In this file, and uploads in a directory beside it whose name is the file's and `.files`.
    File(PathBuf),
}

/// A state that is open.
pub(super) struct OpenedState {
    pub(super) connection: Connection,
    /// Folder of uploads.
    pub(super) files: PathBuf,
    /// Removes a temporary state when it is dropped.
    pub(super) directory: Option<TemporaryFolder>,
}

/// Opens a state, and makes it if there is none.
pub(super) fn open(place: &StatePlace) -> Result<OpenedState, StateError> {
    match place {
        StatePlace::Temporary => {
            let parent = std::env::temp_dir();
            let directory = TemporaryFolder::create(&parent).map_err(|error| StateError::of_io(&parent, &error))?;
            // Nobody will read it after a crash, so nothing has to wait for the disk.
            let connection = open_file(&directory.path().join("state.db"), "OFF")?;
            let files = files_at(directory.path().join("files"))?;
            Ok(OpenedState { connection, files, directory: Some(directory) })
        }
        StatePlace::File(path) => {
            let connection = open_file(path, "FULL")?;
            let mut files = path.clone().into_os_string();
            files.push(".files");
            Ok(OpenedState { connection, files: files_at(files.into())?, directory: None })
        }
    }
}

fn files_at(files: PathBuf) -> Result<PathBuf, StateError> {
    create_private(&files).map_err(|error| StateError::of_io(&files, &error))?;
    Ok(files)
}

fn open_file(path: &Path, synchronous: &str) -> Result<Connection, StateError> {
    let explain = |error: rusqlite::Error| StateError::of_opening(path, &error);
    let explain_io = |error: io::Error| StateError::of_io(path, &error);
    create(path).map_err(explain_io)?;
    // An absolute path, in which SQLite sees neither a URI nor `:memory:`.
    let real = fs::canonicalize(path).map_err(explain_io)?;
    let mut connection = connect(&real, Duration::ZERO).map_err(explain)?;
    // Two sandboxes on one state would send everything twice.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(explain)?;
    let found = FORMAT.identify(&connection).map_err(explain)?;
    keep_log(&connection).map_err(explain)?;
    connection.pragma_update(None, "synchronous", synchronous).map_err(explain)?;
    match found {
        Identified::Empty => make_tables(&mut connection).map_err(explain)?,
        Identified::Version(version) if version == FORMAT.newest => {}
        Identified::Newer(version) => {
            let newest = FORMAT.newest;
            let cause = format!("its format {version} is newer than {newest}, the newest that this version knows");
            return Err(StateError::unusable(path, cause));
        }
        Identified::Version(_) | Identified::Foreign => {
            return Err(StateError::unusable(path, "it is another kind of file"));
        }
    }
    connection.execute_batch(GIVEN_SECRETS).map_err(explain)?;
    // Takes the lock now, so that a second sandbox hears of it at once.
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT").map_err(explain)?;
    Ok(connection)
}

/// Makes an empty file, 0600, if there is none.
fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn make_tables(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    FORMAT.mark(&transaction)?;
    transaction.commit()
}
