//! The journal's file: made for this user only, opened in a known state, and known again later.

use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tempfile::Builder;

use crate::store::journal::error::JournalError;
use crate::store::journal::pages::give_back;
use crate::store::journal::schema;
use crate::store::journal::schema::{FileState, MIGRATIONS};
use crate::store::sqlite::{connect, keep_log};

/// Identity of a file, which no other one has at the same time, not even one of the same name.
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
    /// The log of an earlier journal that was at this path, if it was found and set aside.
    pub(super) kept_log: Option<PathBuf>,
}

/// The name of the write-ahead log beside a journal.
pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// State of the path of a file that was opened before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The same file.
    Same,
    /// The same file, with nothing in it.
    Emptied,
    Replaced,
    Gone,
}

impl Found {
    /// Looks at the file at `path`, which began with `header` bytes when it was known as `identity`.
    fn at(path: &Path, identity: Identity, header: u64) -> Self {
        match fs::metadata(path) {
            Err(_) => Self::Gone,
            Ok(metadata) if Identity::from_metadata(&metadata) != identity => Self::Replaced,
            Ok(metadata) if metadata.len() < header => Self::Emptied,
            Ok(_) => Self::Same,
        }
    }
}

/// The bytes at the beginning of a SQLite file without which it is empty.
const FILE_HEADER: u64 = 100;

/// The write-ahead log, held open to look at its beginning and to sync it. To close it drops no lock of SQLite's.
struct LogFile {
    path: PathBuf,
    identity: Identity,
    file: File,
}

impl LogFile {
    fn open(path: PathBuf) -> io::Result<Self> {
        // Not every system syncs a file that is open for reading only.
        let file = File::options().read(true).write(true).open(&path)?;
        let identity = Identity::from_metadata(&file.metadata()?);
        Ok(Self { path, identity, file })
    }

    /// State of its path now. A log that was emptied and written to again has a hole where it should begin.
    fn found(&self) -> Found {
        match Found::at(&self.path, self.identity, 0) {
            Found::Same if !self.begins() => Found::Emptied,
            found => found,
        }
    }

    /// Whether it begins as a log does that holds something.
    #[cfg(unix)]
    fn begins(&self) -> bool {
        use std::os::unix::fs::FileExt;
        const MAGIC: [u8; 3] = [0x37, 0x7f, 0x06];
        let mut start = [0; MAGIC.len()];
        self.file.read_exact_at(&mut start, 0).is_ok() && start == MAGIC
    }

    #[cfg(not(unix))]
    fn begins(&self) -> bool {
        true
    }
}

/// Brings to the disk what is written to a log.
pub(super) type LogSync = Box<dyn Fn() -> io::Result<()> + Send>;

/// A journal's file and its log as they were opened.
pub(super) struct OpenFiles {
    pub(super) path: PathBuf,
    identity: Identity,
    log: LogFile,
}

impl OpenFiles {
    pub(super) fn new(path: PathBuf, identity: Identity) -> io::Result<Self> {
        let log = LogFile::open(log_of(&path))?;
        Ok(Self { path, identity, log })
    }

    /// The sync of the log.
    pub(super) fn sync(&self) -> io::Result<LogSync> {
        let log = self.log.file.try_clone()?;
        Ok(Box::new(move || log.sync_data()))
    }

    /// State of the paths of the file and of its log.
    pub(super) fn found(&self) -> (Found, Found) {
        (Found::at(&self.path, self.identity, FILE_HEADER), self.log.found())
    }

    /// Whether the log can be moved into the file, wherever that is now: neither was emptied, which leaves holes.
    pub(super) fn may_save(&self) -> bool {
        let (file, log) = self.found();
        file != Found::Emptied && log != Found::Emptied
    }
}

/// Deletes the write-ahead log of a journal, and the log's index.
pub(super) fn remove_log(path: &Path) -> io::Result<()> {
    for file in [log_of(path), beside(path, "-shm")] {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Renames the write-ahead log of a journal that is gone, if it holds anything, and deletes the log's index. Returns the
/// log's name now.
///
/// Nothing in a log says which file it belongs to: SQLite would write it into the one that is there next.
pub(super) fn set_log_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    let log = log_of(path);
    let length = match fs::metadata(&log) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    if length == 0 {
        return remove_log(path).map(|()| None);
    }
    let mut number = 1;
    let mut kept = beside(path, "-wal.kept-1");
    while fs::exists(&kept)? {
        number += 1;
        kept = beside(path, &format!("-wal.kept-{number}"));
    }
    fs::rename(&log, &kept)?;
    remove_log(path).map(|()| Some(kept))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Pages that the writer keeps in memory, in negative KiB as SQLite has it: half of what is usual. Rows are appended, so
/// few pages are needed again.
const CACHE: i64 = -1024;

/// Opens a journal for writing and proves that it can be written; makes or migrates it if need be.
pub(super) fn open(path: &Path, patience: Duration) -> Result<OpenedFile, JournalError> {
    let explain_io = |error| JournalError::of_io(path, &error);
    let explain = |error| JournalError::of(path, &error);
    let mut kept_log = None;
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => kept_log = create(path, patience)?,
        Err(error) => return Err(explain_io(error)),
        Ok(metadata) if !metadata.is_file() => return Err(not_a_file(path)),
        Ok(_) => {}
    }
    let real = fs::canonicalize(path).map_err(explain_io)?;
    let identity = Identity::of(&real).map_err(explain_io)?;
    let mut connection = connect(&real, patience).map_err(explain)?;
    prepare(&mut connection, path)?;
    // A commit is not brought to the disk here: for deliveries the syncing thread does that, and what is pruned need not be.
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(explain)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(explain)?;
    connection.pragma_update(None, "cache_size", CACHE).map_err(explain)?;
    let proof = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    proof.commit().map_err(explain)?;
    if Identity::of(&real).map_err(explain_io)? != identity {
        return Err(JournalError::Unusable { path: path.to_owned(), cause: "it is being replaced".to_owned() });
    }
    Ok(OpenedFile { connection, path: real, identity, kept_log })
}

/// Makes a journal, 0600; SQLite gives the files beside it the same mode. Returns the log of an earlier one that was set aside.
///
/// It gets its name when it is complete, so that nobody ever finds a part. The handle is closed before SQLite opens the
/// file: closing it later would drop the locks that SQLite holds.
fn create(path: &Path, patience: Duration) -> Result<Option<PathBuf>, JournalError> {
    let explain_io = |error| JournalError::of_io(path, &error);
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let draft = Builder::new().prefix(".journal-").tempfile_in(directory).map_err(explain_io)?.into_temp_path();
    let real = fs::canonicalize(&draft).map_err(explain_io)?;
    let made = make(&real, path);
    if made.is_err() {
        // SQLite leaves these files on a disk that is full, at each attempt.
        let _ = remove_log(&real);
    }
    made?;
    let _lock = lock(directory, patience)?;
    if fs::exists(path).map_err(explain_io)? {
        return Ok(None);
    }
    let kept_log = set_log_aside(path).map_err(explain_io)?;
    draft.persist_noclobber(path).map_err(|error| explain_io(error.error))?;
    Ok(kept_log)
}

/// Makes the journal of `path` in the empty file `draft`.
fn make(draft: &Path, path: &Path) -> Result<(), JournalError> {
    let mut connection = connect(draft, Duration::ZERO).map_err(|error| JournalError::of(path, &error))?;
    prepare(&mut connection, path)?;
    connection.close().map_err(|(_, error)| JournalError::of(path, &error))
}

/// Keeps other processes from making a journal in the same directory, until the returned file is dropped: the maker of
/// one must know that a log that is left there is not that of another one, just made. Best effort where locks are unknown.
///
/// Everyone who may read the directory can hold its lock, so patience with that has an end.
fn lock(directory: &Path, patience: Duration) -> Result<Option<File>, JournalError> {
    const PAUSE: Duration = Duration::from_millis(10);
    let Ok(file) = File::open(directory) else { return Ok(None) };
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::park_timeout(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked { path: directory.to_owned() }),
        }
    }
}

/// Brings a file to the format of this version.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    let is_new = schema::state(connection, path, MIGRATIONS)? == FileState::Empty;
    if is_new {
        // What lets `prune` give space back in small steps must be settled before the file's first page is written.
        let settled = connection.pragma_update(None, "auto_vacuum", "INCREMENTAL");
        settled.map_err(|error| JournalError::of(path, &error))?;
    }
    if !keep_log(connection).map_err(|error| JournalError::of(path, &error))? {
        let cause = "its file system cannot share memory between processes".to_owned();
        return Err(JournalError::Unusable { path: path.to_owned(), cause });
    }
    schema::migrate(connection, path, MIGRATIONS)?;
    if is_new {
        // The steps to this version left pages that nothing uses.
        give_back(connection, u64::from(u16::MAX)).map_err(|error| JournalError::of(path, &error))?;
    }
    Ok(())
}

pub(super) fn not_a_file(path: &Path) -> JournalError {
    JournalError::Unusable { path: path.to_owned(), cause: "it is not a file".to_owned() }
}
