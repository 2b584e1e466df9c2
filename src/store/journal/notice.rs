//! Changes in the state of a journal that is being written.

use std::path::PathBuf;

/// A change in the state of a journal that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalNotice {
    /// Nothing can be written any more. Said once, until it can be again.
    Failed { cause: String },
    /// It can be written again.
    Recovered {
        /// Whether into another file, since the old one is gone with what was in it.
        anew: bool,
    },
    /// The file at its path is gone, and deliveries of it are in its write-ahead log only, which is kept.
    LogKept {
        /// The log's name now.
        log: PathBuf,
    },
    /// It has reached 1 GiB. Said once in a run, and only when it has no limit.
    Large { bytes: u64 },
    /// It has reached its limit: from now on the oldest deliveries go, refused ones first. Said once in a run.
    LettingGo {
        /// The limit in bytes.
        limit: u64,
    },
    /// Refused deliveries have reached their limit: the oldest of them go. Said once in a run.
    LettingRefusedGo {
        /// The limit in bytes.
        limit: u64,
    },
    /// Number of deliveries deleted in the whole run; said at its end, if any.
    LetGo { deliveries: u64 },
}
