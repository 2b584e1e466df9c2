//! Faults of a journal, in words.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::model::text::io_message::reason;
use crate::store::sqlite::cause;

/// A journal that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// There is no such file, and it was to be read.
    #[error("cannot read the journal {}: there is none yet", path.display())]
    Missing { path: PathBuf },
    /// Another process holds the file.
    #[error("cannot use the journal {}: another process holds it locked", path.display())]
    Locked { path: PathBuf },
    /// A newer version of this program made it.
    #[error("cannot use the journal {}: its format {found} is newer than {known}, the newest that this version knows", path.display())]
    Newer {
        path: PathBuf,
        /// The format's version in the file.
        found: i64,
        /// The newest version that we know.
        known: i64,
    },
    /// The file belongs to something else.
    #[error("cannot use the journal {}: it is another kind of file", path.display())]
    Foreign { path: PathBuf },
    /// The file is damaged.
    #[error("cannot use the journal {}: it is damaged", path.display())]
    Corrupt { path: PathBuf },
    /// The file cannot be opened, made, read or written.
    #[error("cannot use the journal {}: {cause}", path.display())]
    Unusable {
        path: PathBuf,
        /// Error of the system.
        cause: String,
    },
}

impl JournalError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => "`mh-hook listen` begins one; --journal FILE reads another",
            Self::Locked { .. } => {
                "end that process, keep another journal with --journal FILE, or none with --no-journal"
            }
            Self::Newer { .. } => "update mh-hook, keep another journal with --journal FILE, or none with --no-journal",
            Self::Foreign { .. } => "keep the journal elsewhere with --journal FILE, or none with --no-journal",
            Self::Corrupt { .. } => {
                "move the file away to begin a new one, keep another with --journal FILE, or none with --no-journal"
            }
            Self::Unusable { .. } => {
                "fix this, keep the journal elsewhere with --journal FILE, or none with --no-journal"
            }
        };
        Some(hint.to_owned())
    }

    /// Advice for a reader, who needs a journal.
    pub const fn hint_to_reader(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "`mh-hook listen` begins one; --journal FILE reads another",
            Self::Locked { .. } => "end that process, or read another journal with --journal FILE",
            Self::Newer { .. } => "update mh-hook, or read another journal with --journal FILE",
            Self::Foreign { .. } => "--journal FILE names the journal that is meant",
            Self::Corrupt { .. } => {
                "move the file away and `mh-hook listen` begins a new one, or read another with --journal FILE"
            }
            Self::Unusable { .. } => "fix this, or read another journal with --journal FILE",
        }
    }

    /// Error of the journal at `path` for a failure of SQLite.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path },
            _ => Self::Unusable { path, cause: cause(error) },
        }
    }

    /// Error of a journal that an older version wrote, where it cannot be brought to the format of this one.
    pub(super) fn old_and_read_only(path: &Path) -> Self {
        let cause = "an older version wrote it, and it cannot be converted where nothing can be written".to_owned();
        Self::Unusable { path: path.to_owned(), cause }
    }

    /// Error of the journal at `path` for a refusal of the operating system.
    pub(super) fn of_io(path: &Path, error: &io::Error) -> Self {
        Self::Unusable { path: path.to_owned(), cause: reason(error) }
    }

    /// The part after the file's name.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Missing { .. } => "it is gone".to_owned(),
            Self::Locked { .. } => "another process holds it locked".to_owned(),
            Self::Newer { .. } => "a newer version's journal has taken its place".to_owned(),
            Self::Foreign { .. } => "another kind of file has taken its place".to_owned(),
            Self::Corrupt { .. } => "it is damaged".to_owned(),
            Self::Unusable { cause, .. } => cause.clone(),
        }
    }
}

/// Something could not be written to the journal; it is not there, or is possibly lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot write the journal {}: {cause}", path.display())]
pub struct WriteFailed {
    pub path: Arc<Path>,
    pub cause: Arc<str>,
}

impl WriteFailed {
    /// The journal was closed before.
    pub(super) fn closed(path: &Arc<Path>) -> Self {
        Self { path: Arc::clone(path), cause: Arc::from("it is closed") }
    }
}
