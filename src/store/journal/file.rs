//! The journal's file: made for this user only, opened in a known state, and known again later.

use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::store::journal::error::JournalError;
use crate::store::journal::schema::{self, MIGRATIONS, State};

/// How far a commit goes before it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMode {
    /// To the disk: survives a power failure.
    #[default]
    Full,
    /// To the operating system: survives the end of the process by whatever means, not that of the machine.
    Normal,
}

/// A file that is told apart from every other one, also from one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::from_metadata(&metadata))
    }

    #[cfg(unix)]
    fn from_metadata(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(metadata.dev(), metadata.ino())
    }

    /// Elsewhere a file that is open can be neither deleted nor replaced.
    #[cfg(not(unix))]
    fn from_metadata(_: &Metadata) -> Self {
        Self(0, 0)
    }
}

/// A journal opened for writing.
pub(super) struct OpenedFile {
    pub(super) connection: Connection,
    /// Where the file really is: absolute, no link.
    pub(super) path: PathBuf,
}

/// The name of the write-ahead log beside a journal.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Opens a journal for writing and proves that it can be written; makes or migrates it if need be.
pub(super) fn open(path: &Path, sync: SyncMode, patience: Duration) -> Result<OpenedFile, JournalError> {
    create_if_missing(path).map_err(|error| JournalError::of_io(path, &error))?;
    let real = fs::canonicalize(path).map_err(|error| JournalError::of_io(path, &error))?;
    let explain = |error| JournalError::of(path, &error);
    let mut connection = connect(&real, OpenFlags::SQLITE_OPEN_READ_WRITE, patience).map_err(explain)?;
    if schema::state(&connection, path, MIGRATIONS)? == State::Empty {
        // What lets `prune` give space back in small steps must be settled before the file's first page is written.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(explain)?;
    }
    switch_to_log(&connection, path)?;
    let synchronous = match sync {
        SyncMode::Full => "FULL",
        SyncMode::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous).map_err(explain)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(explain)?;
    schema::migrate(&mut connection, path, MIGRATIONS)?;
    let proof = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    proof.commit().map_err(explain)?;
    Ok(OpenedFile { connection, path: real })
}

/// Opens a journal that is there, without writing to it.
pub(super) fn open_to_read(path: &Path, patience: Duration) -> Result<Connection, JournalError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(JournalError::Missing { path: path.to_owned() });
        }
        Err(error) => return Err(JournalError::of_io(path, &error)),
        Ok(metadata) if !metadata.is_file() => return Err(not_a_file(path)),
        Ok(_) => {}
    }
    let real = fs::canonicalize(path).map_err(|error| JournalError::of_io(path, &error))?;
    let explain = |error| JournalError::of(path, &error);
    let connection = connect(&real, OpenFlags::SQLITE_OPEN_READ_ONLY, patience).map_err(explain)?;
    match schema::state(&connection, path, MIGRATIONS)? {
        State::Current => Ok(connection),
        State::Empty => Err(JournalError::Missing { path: path.to_owned() }),
        State::Older(_) => {
            drop(connection);
            drop(open(path, SyncMode::Full, patience)?);
            connect(&real, OpenFlags::SQLITE_OPEN_READ_ONLY, patience).map_err(explain)
        }
    }
}

/// A connection to a file that is there; `path` is absolute, so that SQLite sees neither a URI nor `:memory:` in it.
pub(super) fn connect(path: &Path, access: OpenFlags, patience: Duration) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Makes an empty file, 0600; SQLite gives the files beside it the same mode. A file that is there stays as it is.
///
/// It must not even be opened: closing it would drop the locks that SQLite holds for another journal in this process.
fn create_if_missing(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) => {
            Err(io::Error::other("it is not a file"))
        }
        _ => Ok(()),
    }
}

fn not_a_file(path: &Path) -> JournalError {
    JournalError::Unusable { path: path.to_owned(), cause: "it is not a file".to_owned() }
}

/// Has the file keep a write-ahead log, which lets readers work while a commit is under way.
fn switch_to_log(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(|error| JournalError::of(path, &error))?;
    if mode == "wal" {
        return Ok(());
    }
    let cause = "its file system cannot share memory between processes".to_owned();
    Err(JournalError::Unusable { path: path.to_owned(), cause })
}
