//! The journal's file: made for this user only, opened in a known state, and known again later.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tempfile::Builder;

use crate::store::journal::error::JournalError;
use crate::store::journal::schema;
use crate::store::journal::schema::{MIGRATIONS, State};

/// Durability of a commit.
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
    /// Real path of the file: absolute, no link.
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
}

/// The name of the write-ahead log beside a journal.
pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// Whether a journal's file was emptied in place: it keeps its identity, and what is written to its log is of no use.
pub(super) fn is_emptied(path: &Path) -> bool {
    const HEADER: u64 = 100;
    fs::metadata(path).is_ok_and(|metadata| metadata.len() < HEADER)
}

/// Deletes the write-ahead log of a journal that is gone, and the log's index.
///
/// Nothing in a log tells which file it belongs to: SQLite would write it into the one that is there next.
pub(super) fn remove_log(path: &Path) -> io::Result<()> {
    for file in [log_of(path), beside(path, "-shm")] {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a journal for writing and proves that it can be written; makes or migrates it if need be.
pub(super) fn open(path: &Path, sync: SyncMode, patience: Duration) -> Result<OpenedFile, JournalError> {
    let explain_io = |error| JournalError::of_io(path, &error);
    let explain = |error| JournalError::of(path, &error);
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path)?,
        Err(error) => return Err(explain_io(error)),
        Ok(metadata) if !metadata.is_file() => return Err(not_a_file(path)),
        Ok(_) => {}
    }
    let real = fs::canonicalize(path).map_err(explain_io)?;
    let identity = Identity::of(&real).map_err(explain_io)?;
    let mut connection = connect(&real, patience).map_err(explain)?;
    prepare(&mut connection, path)?;
    let synchronous = match sync {
        SyncMode::Full => "FULL",
        SyncMode::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous).map_err(explain)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(explain)?;
    let proof = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    proof.commit().map_err(explain)?;
    if Identity::of(&real).map_err(explain_io)? != identity {
        return Err(JournalError::Unusable { path: path.to_owned(), cause: "it is being replaced".to_owned() });
    }
    Ok(OpenedFile { connection, path: real, identity })
}

/// Opens a journal that is there for questions only.
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
    // SQLite makes do with reading when it may not write. When it may, the last to leave tidies the log away.
    let mut connection = connect(&real, patience).map_err(explain)?;
    match schema::state(&connection, path, MIGRATIONS)? {
        State::Current => {}
        State::Empty => return Err(JournalError::Missing { path: path.to_owned() }),
        State::Older(_) => schema::migrate(&mut connection, path, MIGRATIONS)?,
    }
    connection.pragma_update(None, "query_only", true).map_err(explain)?;
    Ok(connection)
}

/// A connection to a file that is there; `path` is absolute, so that SQLite sees neither a URI nor `:memory:` in it.
pub(super) fn connect(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    // Otherwise SQLite plans a statement again whenever its parameters change, at a fifth of the cost of a delivery.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Makes a journal, 0600; SQLite gives the files beside it the same mode.
///
/// It gets its name when it is complete, so that nobody ever finds a part. The handle is closed before SQLite opens the
/// file: closing it later would drop the locks that SQLite holds.
fn create(path: &Path) -> Result<(), JournalError> {
    let explain_io = |error| JournalError::of_io(path, &error);
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let draft = Builder::new().prefix(".journal-").tempfile_in(directory).map_err(explain_io)?.into_temp_path();
    let real = fs::canonicalize(&draft).map_err(explain_io)?;
    let mut connection = connect(&real, Duration::ZERO).map_err(|error| JournalError::of(path, &error))?;
    prepare(&mut connection, path)?;
    connection.close().map_err(|(_, error)| JournalError::of(path, &error))?;
    let _lock = lock(directory);
    if fs::exists(path).map_err(explain_io)? {
        return Ok(());
    }
    remove_log(path).map_err(explain_io)?;
    draft.persist_noclobber(path).map_err(|error| explain_io(error.error))
}

/// Keeps other processes from making a journal in the same directory, until the returned file is dropped: whoever makes
/// one must know that a log that is left there is not that of another one, just made. Best effort where this is unknown.
fn lock(directory: &Path) -> Option<File> {
    let directory = File::open(directory).ok()?;
    directory.lock().ok()?;
    Some(directory)
}

/// Brings a file to the format of this version.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    if schema::state(connection, path, MIGRATIONS)? == State::Empty {
        // What lets `prune` give space back in small steps must be settled before the file's first page is written.
        let settled = connection.pragma_update(None, "auto_vacuum", "INCREMENTAL");
        settled.map_err(|error| JournalError::of(path, &error))?;
    }
    switch_to_log(connection, path)?;
    schema::migrate(connection, path, MIGRATIONS)
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
