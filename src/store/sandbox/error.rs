//! Faults of a sandbox's state, in words.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::model::text::io_message::reason;
use crate::store::sqlite::cause;

/// A state that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The file cannot be opened, or is none of ours.
    #[error("cannot use the sandbox state {}: {cause}", path.display())]
    Unusable {
        path: PathBuf,
        /// Description of the fault.
        cause: String,
    },
    /// The file is open and cannot be read or written.
    #[error("the sandbox's state cannot be kept: {cause}")]
    Failed { cause: String },
}

impl StateError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unusable { .. } => {
                Some("--state FILE names another file; without it the state is temporary".to_owned())
            }
            Self::Failed { .. } => None,
        }
    }

    pub(super) fn unusable(path: &Path, cause: impl Into<String>) -> Self {
        Self::Unusable { path: path.to_owned(), cause: cause.into() }
    }

    pub(super) fn of_io(path: &Path, error: &io::Error) -> Self {
        Self::unusable(path, reason(error))
    }

    /// Error for SQLite's failure to open the file at `path`.
    pub(super) fn of_opening(path: &Path, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::unusable(path, "it is another kind of file"),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::unusable(path, "another sandbox is using it")
            }
            _ => Self::unusable(path, cause(error)),
        }
    }

    /// The work was given up with the runtime that it was to be done on.
    pub(super) fn abandoned() -> Self {
        Self::Failed { cause: "the sandbox is stopping".to_owned() }
    }
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed { cause: cause(&error) }
    }
}

impl From<serde_json::Error> for StateError {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed { cause: format!("a record is damaged: {error}") }
    }
}
