//! Reasons why a group was not written.

use rusqlite::ErrorCode;

use crate::store::sqlite::cause;

/// Why a group was not written.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Not now; the file is still the right one.
    Refused(String),
    /// The file is no longer of use, and must be opened again.
    Lost(String),
    /// The disk did not take the write-ahead log, which is not to be trusted before it begins anew.
    Unsynced(String),
}

impl Failure {
    pub(super) fn cause(&self) -> &str {
        match self {
            Self::Refused(cause) | Self::Lost(cause) | Self::Unsynced(cause) => cause,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let passing = [ErrorCode::DiskFull, ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked];
        match error.sqlite_error_code() {
            Some(code) if passing.contains(&code) => Self::Refused(cause(&error)),
            _ => Self::Lost(cause(&error)),
        }
    }
}
