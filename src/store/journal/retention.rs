//! Keeps the journal below the size that its user set, and notices when it grows large.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::journal::prune::{delete, ids};
use crate::store::journal::writer::JournalNotice;

/// The size from which on a journal is called large, once in a run.
const LARGE: u64 = 1 << 30;

/// After how many entries the size is looked at.
const LOOK_EVERY: usize = 64;

/// Deliveries deleted in one transaction: few, since the next group waits for it.
const BATCH: usize = 128;

/// Unused pages that a file with a limit may hold (8 MiB), and that are given back at once.
const MOST_UNUSED: u64 = 2_048;
const GIVEN_BACK: u64 = 256;

/// Who is to go first: what was refused, then what is oldest.
const REFUSED: &str = "SELECT id FROM deliveries INDEXED BY deliveries_in_doubt \
                       WHERE verdict = 'invalid' AND verdict <> 'verified' ORDER BY received_at, id LIMIT ?1";
const OLDEST: &str = "SELECT id FROM deliveries ORDER BY received_at, id LIMIT ?1";

/// Use of a file's pages, in bytes.
struct Pages {
    size: u64,
    used: u64,
    unused: u64,
}

impl Pages {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0)).map(i64::cast_unsigned);
        let (size, count, unused) = (pragma("page_size")?, pragma("page_count")?, pragma("freelist_count")?);
        Ok(Self { size, used: count.saturating_sub(unused) * size, unused })
    }
}

/// Watches the size of one journal.
#[derive(Debug, Default)]
pub(super) struct Retention {
    most: Option<u64>,
    unseen: usize,
    exceeded: bool,
    called_large: bool,
    let_go: u64,
}

impl Retention {
    pub(super) fn new(most: Option<u64>) -> Self {
        Self { most, ..Self::default() }
    }

    /// Number of deliveries that this run deleted.
    pub(super) fn let_go(&self) -> u64 {
        self.let_go
    }

    /// Called between groups with the number of entries in the last one; lets at most one batch go.
    ///
    /// A failure is left to the next group, which meets the same and says so.
    pub(super) fn look(&mut self, connection: &mut Connection, written: usize) -> Option<JournalNotice> {
        self.unseen += written;
        if self.unseen < LOOK_EVERY && !self.exceeded {
            return None;
        }
        self.unseen = 0;
        let pages = Pages::of(connection).ok()?;
        if let Some(most) = self.most {
            return self.keep_below(most, connection, &pages).unwrap_or_default();
        }
        let newly_large = pages.used >= LARGE && !self.called_large;
        self.called_large |= newly_large;
        newly_large.then_some(JournalNotice::Large { bytes: pages.used })
    }

    fn keep_below(
        &mut self,
        most: u64,
        connection: &mut Connection,
        pages: &Pages,
    ) -> rusqlite::Result<Option<JournalNotice>> {
        self.exceeded = pages.used > most;
        let mut gone = 0;
        if self.exceeded {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut doomed = ids(&transaction, REFUSED, [BATCH.cast_signed()])?;
            if doomed.is_empty() {
                doomed = ids(&transaction, OLDEST, [BATCH.cast_signed()])?;
            }
            delete(&transaction, &doomed)?;
            transaction.commit()?;
            gone = doomed.len();
        }
        if pages.unused > MOST_UNUSED {
            give_back(connection, GIVEN_BACK)?;
        }
        let first = self.let_go == 0 && gone > 0;
        self.let_go += u64::try_from(gone).unwrap_or_default();
        Ok(first.then_some(JournalNotice::LettingGo { limit: most }))
    }
}

/// Gives unused pages back to the file system; returns how many are left.
pub(super) fn give_back(connection: &Connection, pages: u64) -> rusqlite::Result<u64> {
    // The pragma gives back one page for each row that is asked of it.
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Pages::of(connection).map(|pages| pages.unused)
}

/// The size of the file's contents in bytes, used or not.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    Pages::of(connection).map(|pages| pages.used + pages.unused * pages.size)
}
