//! Keeps the journal below the size that its user set, and what was refused below a size that nobody has to set.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::journal::notice::JournalNotice;
use crate::store::journal::options::JournalOptions;
use crate::store::journal::pages::{Pages, give_back};
use crate::store::journal::prune::{delete, ids};

/// The size from which on a journal is called large, once in a run.
const LARGE: u64 = 1 << 30;

/// The number of entries after which the size is looked at.
const LOOK_EVERY: usize = 64;

/// The number of deliveries that go in one transaction: few, since the next group waits for it.
const BATCH: usize = 128;

/// The most unused pages of a file that has a limit (8 MiB), and how many are given back at once.
const MOST_UNUSED: u64 = 2_048;
const GIVEN_BACK: u64 = 256;

/// Whose turn it is to go: first what was refused, then what is oldest.
const REFUSED: &str = "SELECT id FROM deliveries INDEXED BY deliveries_refused WHERE repeat = 0 ORDER BY id LIMIT ?1";
const OLDEST: &str = "SELECT id FROM deliveries ORDER BY id LIMIT ?1";

/// The bytes of what was refused, all of it or up to a number, from the index alone.
const REFUSED_BYTES: &str = "SELECT coalesce(sum(length(headers) + length(body)), 0) FROM deliveries \
                             INDEXED BY deliveries_refused WHERE repeat = 0 AND id <= ?1";

/// Watches the size of one journal.
#[derive(Debug, Default)]
pub(super) struct Retention {
    most: Option<u64>,
    most_refused: u64,
    unseen: usize,
    exceeded: bool,
    called_large: bool,
    let_go: u64,
    /// The bytes of what was refused, as of the last count, and since then.
    refused: Option<u64>,
    let_refused_go: bool,
}

impl Retention {
    pub(super) fn new(options: &JournalOptions) -> Self {
        Self { most: options.max_size, most_refused: options.max_refused, ..Self::default() }
    }

    /// The number of deliveries that were let go in this run.
    pub(super) fn let_go(&self) -> u64 {
        self.let_go
    }

    /// Notes that a group wrote refused deliveries of `bytes` bytes.
    pub(super) fn add_refused(&mut self, bytes: u64) {
        if let Some(refused) = &mut self.refused {
            *refused += bytes;
        }
    }

    /// Called between groups with the number of entries in the last one; lets at most one batch go.
    ///
    /// A failure is left to the next group, which meets the same and says so.
    pub(super) fn look(&mut self, connection: &mut Connection, written: usize) -> Option<JournalNotice> {
        self.unseen += written;
        let refused_exceeded = self.refused.is_none_or(|bytes| bytes > self.most_refused);
        if self.unseen < LOOK_EVERY && !self.exceeded && !refused_exceeded {
            return None;
        }
        let written = std::mem::take(&mut self.unseen);
        if refused_exceeded && let Some(notice) = self.bound_refused(connection, written).unwrap_or_default() {
            return Some(notice);
        }
        let pages = Pages::of(connection).ok()?;
        if let Some(most) = self.most {
            return self.keep_below(most, connection, &pages).unwrap_or_default();
        }
        let newly_large = pages.used >= LARGE && !self.called_large;
        self.called_large |= newly_large;
        newly_large.then_some(JournalNotice::Large { bytes: pages.used })
    }

    /// Lets the oldest of what was refused go, as many as came, so that a flood does not outrun this.
    fn bound_refused(
        &mut self,
        connection: &mut Connection,
        written: usize,
    ) -> rusqlite::Result<Option<JournalNotice>> {
        let bytes = match self.refused {
            Some(bytes) => bytes,
            None => refused_bytes(connection, i64::MAX)?,
        };
        self.refused = Some(bytes);
        if bytes <= self.most_refused {
            return Ok(None);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let doomed = ids(&transaction, REFUSED, [written.max(BATCH).cast_signed()])?;
        let gone = refused_bytes(&transaction, doomed.last().copied().unwrap_or_default())?;
        delete(&transaction, &doomed)?;
        transaction.commit()?;
        self.refused = Some(bytes.saturating_sub(gone));
        let first = !std::mem::replace(&mut self.let_refused_go, true);
        Ok(first.then_some(JournalNotice::LettingRefusedGo { limit: self.most_refused }))
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
            let refused = refused_bytes(&transaction, doomed.last().copied().unwrap_or_default())?;
            if doomed.is_empty() {
                doomed = ids(&transaction, OLDEST, [BATCH.cast_signed()])?;
            }
            delete(&transaction, &doomed)?;
            transaction.commit()?;
            // What is left is not summed again: with a flood of them that takes long.
            self.refused = self.refused.map(|bytes| bytes.saturating_sub(refused));
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

/// The bytes of what was refused, up to a number.
fn refused_bytes(connection: &Connection, last: i64) -> rusqlite::Result<u64> {
    connection.prepare_cached(REFUSED_BYTES)?.query_row([last], |row| row.get(0)).map(i64::cast_unsigned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{BATCH, Retention, refused_bytes};
    use crate::store::journal::batch::{Entry, OpenJournal};
    use crate::store::journal::options::JournalOptions;
    use crate::store::journal::tests::sample::refused;

    #[test]
    fn what_a_limit_lets_go_is_taken_off_the_bytes_of_the_refused() {
        let root = tempfile::tempdir().unwrap();
        let options = JournalOptions { max_size: Some(1), ..JournalOptions::new(root.path().join("j.db")) };
        let mut open = OpenJournal::open(&options).unwrap();
        let entry = |second| Entry::Delivery { delivery: Arc::new(refused(second)), answered: Some(401) };
        let entries: Vec<_> = (0..2 * i64::try_from(BATCH).unwrap() + 10).map(entry).collect();
        open.write(entries.iter(), &mut Vec::new()).unwrap();
        let mut retention = Retention::new(&options);
        for left in [BATCH + 10, 10, 0] {
            retention.look(&mut open.connection, BATCH);
            let count: i64 =
                open.connection.query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0)).unwrap();
            assert_eq!(count, i64::try_from(left).unwrap());
            assert_eq!(retention.refused, Some(refused_bytes(&open.connection, i64::MAX).unwrap()));
        }
    }
}
