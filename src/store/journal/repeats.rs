//! Counts of the repeats of an event: by memory while its deliveries are not in the index yet, else by the index.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use rusqlite::{Connection, OptionalExtension, Statement};

use crate::store::journal::index::last_entered;

const REST: &str = "SELECT job_id, event_type, repeat FROM deliveries \
                    WHERE id > ?1 AND repeat > 0 AND job_id IS NOT NULL AND event_type IS NOT NULL ORDER BY id";

const LAST_NUMBER: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'";

/// The last repeats of the events that are possibly not in the index.
///
/// An event is known by a hash of 64 bits with a random key: that two of the few thousand here share one is less likely
/// than one in a billion.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    hasher: RandomState,
    recent: HashMap<u64, u32>,
    /// Those of the batch of deliveries that is being entered.
    entering: HashMap<u64, u32>,
    /// The last number up to which deliveries are known here; none before the first look.
    seen: Option<i64>,
}

impl Repeats {
    /// Catches up with what others wrote to the file, which a group does first. Returns whether that was anything.
    pub(super) fn catch_up(&mut self, transaction: &Connection) -> rusqlite::Result<bool> {
        let last = transaction.prepare_cached(LAST_NUMBER)?.query_row([], |row| row.get(0)).optional()?;
        let last: i64 = last.unwrap_or_default();
        if self.seen == Some(last) {
            return Ok(false);
        }
        let after = match self.seen {
            Some(seen) => seen,
            None => last_entered(transaction)?,
        };
        let mut statement = transaction.prepare_cached(REST)?;
        let mut rows = statement.query([after])?;
        while let Some(row) = rows.next()? {
            let event = self.hasher.hash_one((row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?));
            self.recent.insert(event, row.get(2)?);
        }
        self.seen = Some(last);
        Ok(last > after)
    }

    /// Counts one more delivery of an event; returns how many there are, this one included.
    ///
    /// `last` is the statement of [`LAST_REPEAT`](crate::store::journal::index::LAST_REPEAT), which a group prepares once.
    pub(super) fn count(&mut self, last: &mut Statement<'_>, job_id: &str, event_type: &str) -> rusqlite::Result<u32> {
        let event = self.hasher.hash_one((job_id, event_type));
        let before = match self.recent.get(&event).or_else(|| self.entering.get(&event)) {
            Some(before) => Some(*before),
            None => last.query_row([job_id, event_type], |row| row.get(0)).optional()?,
        };
        let repeat = before.map_or(1, |before: u32| before.saturating_add(1));
        self.recent.insert(event, repeat);
        Ok(repeat)
    }

    /// Notes the number of a delivery that was written here.
    pub(super) fn note(&mut self, id: i64) {
        self.seen = Some(id);
    }

    /// Forgets everything, after a group that was not committed.
    pub(super) fn forget(&mut self) {
        self.forget_all_entered();
        self.seen = None;
    }

    /// Forgets what is in the index, after all was entered.
    pub(super) fn forget_all_entered(&mut self) {
        self.recent.clear();
        self.entering.clear();
    }

    /// Forgets what is in the index, after a batch was entered. What came since it began can be in the next one.
    pub(super) fn forget_batch(&mut self) {
        self.entering.clear();
    }

    /// Notes that a batch begins with all that came before.
    pub(super) fn begin_batch(&mut self) {
        std::mem::swap(&mut self.entering, &mut self.recent);
        self.recent.clear();
    }
}
