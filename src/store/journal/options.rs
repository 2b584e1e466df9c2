//! Options of a journal that is written.

use std::path::PathBuf;
use std::time::Duration;

/// The most bytes that refused deliveries take: any stranger can send them.
const MOST_REFUSED: u64 = 256 << 20;

/// Durability of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMode {
    /// To the disk: survives a power failure.
    #[default]
    Full,
    /// To the operating system: survives the end of the process by whatever means, not that of the machine.
    Normal,
}

/// Options of a journal that is written.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    /// The file. Its directory must be there.
    pub path: PathBuf,
    /// Durability of a commit.
    pub sync: SyncMode,
    /// About how many bytes the journal may hold; when it holds more, the oldest deliveries go, refused ones first.
    pub max_size: Option<u64>,
    /// The most bytes that refused deliveries may take; beyond that the oldest of them go.
    pub max_refused: u64,
    /// Time to wait for another process that is writing to the same file.
    pub patience: Duration,
}

impl JournalOptions {
    /// A journal without a limit whose commits reach the disk, and that waits up to 5 s for other processes.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            sync: SyncMode::Full,
            max_size: None,
            max_refused: MOST_REFUSED,
            patience: Duration::from_secs(5),
        }
    }
}
