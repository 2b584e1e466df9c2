//! State of a journal that is written: the last number that it gave, and whether it can be written.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::store::journal::error::WriteFailed;
use crate::store::journal::failure::Failure;
use crate::store::journal::notice::JournalNotice;

/// State that the threads of one journal share, whichever file it is in.
pub(super) struct WriteState {
    path: Arc<Path>,
    notices: mpsc::Sender<JournalNotice>,
    /// The greatest number of a delivery that is kept.
    last: AtomicU64,
    fault: Mutex<WriteFault>,
}

#[derive(Default)]
struct WriteFault {
    failing: bool,
    /// Whether the file that was written last is gone.
    anew: bool,
}

impl WriteState {
    pub(super) fn new(path: Arc<Path>, notices: mpsc::Sender<JournalNotice>) -> Self {
        Self { path, notices, last: AtomicU64::new(0), fault: Mutex::default() }
    }

    /// Notes that a group is on the disk, with the greatest number in it.
    pub(super) fn note_kept(&self, last: u64) {
        self.last.fetch_max(last, Ordering::AcqRel);
        let fault = std::mem::take(&mut *self.fault());
        if fault.failing {
            self.notify(JournalNotice::Recovered { anew: fault.anew });
        }
    }

    /// Notes that a group failed. There is one notice of this until a group is kept again.
    pub(super) fn note_failed(&self, cause: &str) {
        if !std::mem::replace(&mut self.fault().failing, true) {
            self.notify(JournalNotice::Failed { cause: cause.to_owned() });
        }
    }

    /// Notes that the file is gone from its path.
    pub(super) fn note_gone(&self) {
        self.fault().anew = true;
    }

    pub(super) fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// The outcome of an entry of a group that failed.
    pub(super) fn write_failed(&self, failure: &Failure) -> WriteFailed {
        WriteFailed { path: Arc::clone(&self.path), cause: Arc::from(failure.cause()) }
    }

    /// Sends a notice of a change. When nobody takes the notices the newest are lost: writing goes on.
    pub(super) fn notify(&self, notice: JournalNotice) {
        let _ = self.notices.try_send(notice);
    }

    fn fault(&self) -> MutexGuard<'_, WriteFault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
