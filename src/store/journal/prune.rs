//! Pruning: deleting what is old, in steps that a running listener does not notice, and giving the space back.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Transaction, TransactionBehavior};

use crate::store::journal::checkpointer::checkpoint;
use crate::store::journal::error::JournalError;
use crate::store::journal::file;
use crate::store::journal::file::SyncMode;
use crate::store::journal::retention::{give_back, size};

/// Deliveries deleted in one transaction, which a listener may have to wait for.
const BATCH: usize = 256;

/// Pages given back in one transaction.
const PAGES: u64 = 256;

/// Time to wait for a listener.
const PATIENCE: Duration = Duration::from_secs(5);

/// The least rest between two steps: a waiting writer looks again after 1 ms, then after 2.
const REST: Duration = Duration::from_millis(2);

const DOOMED: &str = "SELECT id FROM deliveries WHERE (received_at, id) < (?1, ?2) ORDER BY received_at, id LIMIT ?3";

/// Deliveries to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneScope {
    /// Those received earlier.
    Before(Timestamp),
    /// All but so many, the newest.
    AllBut(usize),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Number of deleted deliveries, each with its attempts.
    pub deliveries: u64,
    /// Bytes by which the journal shrank.
    pub bytes: u64,
}

/// A journal open for pruning, by this process or beside a listener.
#[derive(Debug)]
pub struct Pruner {
    path: PathBuf,
    connection: Connection,
}

impl Pruner {
    /// Opens a journal that is there.
    ///
    /// # Errors
    ///
    /// When there is none yet, or it cannot be written, or is no journal that this version knows.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref().to_owned();
        drop(file::open_to_read(&path, PATIENCE)?);
        let connection = file::open(&path, SyncMode::Normal, PATIENCE)?.connection;
        Ok(Self { path, connection })
    }

    /// Deletes deliveries with their attempts, and attempts that belong to no delivery and are as old.
    ///
    /// Works in short steps and rests as long as each took, so that a listener gets its turn. If this is broken off,
    /// what is deleted is deleted, and the rest can be done later.
    pub async fn prune(&mut self, which: PruneScope) -> Result<Pruned, JournalError> {
        let before = self.explain(size(&self.connection))?;
        let Some(end) = self.explain(end(&self.connection, which))? else { return Ok(Pruned::default()) };
        let mut deliveries = 0;
        loop {
            let began = Instant::now();
            let gone = delete_batch(&mut self.connection, end);
            let gone = self.explain(gone)?;
            deliveries += u64::try_from(gone).unwrap_or_default();
            if gone < BATCH {
                break;
            }
            rest(began).await;
        }
        let mut unused = u64::MAX;
        loop {
            let began = Instant::now();
            let left = self.explain(give_back(&self.connection, PAGES))?;
            // A file that was begun by something else may be unable to shrink.
            if left == 0 || left >= unused {
                break;
            }
            unused = left;
            rest(began).await;
        }
        // Only now does the file shrink. A listener or reader may be in the way; its own tidying does this later.
        checkpoint(&self.connection, "TRUNCATE");
        let after = self.explain(size(&self.connection))?;
        Ok(Pruned { deliveries, bytes: before.saturating_sub(after) })
    }

    fn explain<T>(&self, result: rusqlite::Result<T>) -> Result<T, JournalError> {
        result.map_err(|error| JournalError::of(&self.path, &error))
    }
}

/// Lets a waiting listener go first.
async fn rest(began: Instant) {
    tokio::time::sleep(began.elapsed().max(REST)).await;
}

/// The time and number of the first delivery that stays; nothing when all stay.
fn end(connection: &Connection, which: PruneScope) -> rusqlite::Result<Option<(i64, i64)>> {
    match which {
        PruneScope::Before(time) => Ok(Some((time.as_microsecond(), 0))),
        PruneScope::AllBut(0) => Ok(Some((i64::MAX, i64::MAX))),
        PruneScope::AllBut(kept) => connection
            .query_row(
                "SELECT received_at, id FROM deliveries ORDER BY received_at DESC, id DESC LIMIT 1 OFFSET ?1",
                [i64::try_from(kept - 1).unwrap_or(i64::MAX)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional(),
    }
}

fn delete_batch(connection: &mut Connection, end: (i64, i64)) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let doomed = ids(&transaction, DOOMED, (end.0, end.1, BATCH.cast_signed()))?;
    delete(&transaction, &doomed)?;
    if doomed.len() < BATCH {
        transaction.execute("DELETE FROM attempts WHERE delivery IS NULL AND started_at < ?1", [end.0])?;
    }
    transaction.commit()?;
    Ok(doomed.len())
}

/// The numbers that a query finds.
pub(super) fn ids(connection: &Connection, sql: &str, parameters: impl Params) -> rusqlite::Result<Vec<i64>> {
    connection.prepare_cached(sql)?.query_map(parameters, |row| row.get(0))?.collect()
}

/// Deletes deliveries with their attempts.
pub(super) fn delete(transaction: &Transaction<'_>, ids: &[i64]) -> rusqlite::Result<()> {
    let mut attempts = transaction.prepare_cached("DELETE FROM attempts WHERE delivery = ?1")?;
    let mut deliveries = transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?;
    for id in ids {
        attempts.execute([id])?;
        deliveries.execute([id])?;
    }
    Ok(())
}
