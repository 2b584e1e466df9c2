//! Pruning: deleting what is old, in steps that a running listener does not notice, and giving the space back.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, Transaction, TransactionBehavior};

use crate::store::journal::checkpointer::checkpoint;
use crate::store::journal::error::JournalError;
use crate::store::journal::file;
use crate::store::journal::index;
use crate::store::journal::index::enter_rest;
use crate::store::journal::pages::{give_back, size};
use crate::store::journal::read_access::open_to_read;
use crate::store::sqlite::micros;

/// Deliveries deleted in one transaction, which a listener may have to wait for.
const BATCH: usize = 256;

/// Pages given back in one transaction.
const PAGES: u64 = 256;

/// Time to wait for a listener.
const PATIENCE: Duration = Duration::from_secs(5);

/// The least rest between two steps: a waiting writer looks again after 1 ms, then after 2.
const REST: Duration = Duration::from_millis(2);

const BEFORE_NUMBER: &str = "SELECT id FROM deliveries WHERE id < ?1 ORDER BY id LIMIT ?2";
const BEFORE_TIME: &str = "SELECT id FROM delivery_index WHERE received_at < ?1 ORDER BY received_at, id LIMIT ?2";

/// Deliveries to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneScope {
    /// Those received earlier.
    Before(Timestamp),
    /// All but this many, the newest.
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
        drop(open_to_read(&path, PATIENCE)?);
        let connection = file::open(&path, PATIENCE)?.connection;
        Ok(Self { path, connection })
    }

    /// Deletes deliveries with their attempts, and attempts that belong to no delivery and are as old.
    ///
    /// Works in short steps and rests as long as each took, so that a listener gets its turn. If this is broken off,
    /// what is deleted is deleted, and the rest can be done later.
    pub async fn prune(&mut self, which: PruneScope) -> Result<Pruned, JournalError> {
        let before = self.explain(size(&self.connection))?;
        let entered = enter_rest(&mut self.connection);
        self.explain(entered)?;
        let Some(end) = self.explain(end(&self.connection, which))? else { return Ok(Pruned::default()) };
        let mut deliveries = 0;
        let mut most = BATCH;
        loop {
            let began = Instant::now();
            let gone = match delete_batch(&mut self.connection, end, most) {
                // To delete needs room in the log; what the log holds already may give way.
                Err(error) if is_full(&error) && most > 1 => {
                    checkpoint(&self.connection, "TRUNCATE");
                    most = most.div_ceil(16);
                    continue;
                }
                gone => self.explain(gone)?,
            };
            deliveries += u64::try_from(gone).unwrap_or_default();
            if gone < most {
                break;
            }
            if most < BATCH {
                checkpoint(&self.connection, "TRUNCATE");
            }
            rest(began).await;
        }
        let mut unused = u64::MAX;
        loop {
            let began = Instant::now();
            let left = self.explain(give_back(&self.connection, PAGES))?;
            // A file that was begun by something else is possibly unable to shrink.
            if left == 0 || left >= unused {
                break;
            }
            unused = left;
            rest(began).await;
        }
        // Only now does the file shrink. A listener or reader can be in the way; its own tidying does this later.
        checkpoint(&self.connection, "TRUNCATE");
        let after = self.explain(size(&self.connection))?;
        Ok(Pruned { deliveries, bytes: before.saturating_sub(after) })
    }

    fn explain<T>(&self, result: rusqlite::Result<T>) -> Result<T, JournalError> {
        result.map_err(|error| JournalError::of(&self.path, &error))
    }
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// Lets a waiting listener go first.
async fn rest(began: Instant) {
    tokio::time::sleep(began.elapsed().max(REST)).await;
}

/// The bounds of what goes.
#[derive(Clone, Copy)]
struct End {
    /// The query for the next of the deliveries that go, and its first parameter.
    doomed: &'static str,
    bound: i64,
    /// The time before which an attempt goes that belongs to no delivery.
    time: i64,
}

/// The bounds of what goes; nothing when all stay.
fn end(connection: &Connection, which: PruneScope) -> rusqlite::Result<Option<End>> {
    let by_number = |bound, time| End { doomed: BEFORE_NUMBER, bound, time };
    match which {
        PruneScope::Before(time) => {
            let time = micros(time);
            Ok(Some(End { doomed: BEFORE_TIME, bound: time, time }))
        }
        PruneScope::AllBut(0) => Ok(Some(by_number(i64::MAX, i64::MAX))),
        PruneScope::AllBut(kept) => connection
            .query_row(
                "SELECT id, received_at FROM deliveries ORDER BY id DESC LIMIT 1 OFFSET ?1",
                [i64::try_from(kept - 1).unwrap_or(i64::MAX)],
                |row| Ok(by_number(row.get(0)?, row.get(1)?)),
            )
            .optional(),
    }
}

fn delete_batch(connection: &mut Connection, end: End, most: usize) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let doomed = ids(&transaction, end.doomed, (end.bound, most.cast_signed()))?;
    delete(&transaction, &doomed)?;
    if doomed.len() < most {
        transaction.execute("DELETE FROM attempts WHERE delivery IS NULL AND started_at < ?1", [end.time])?;
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
    index::remove(transaction, ids)?;
    let mut attempts = transaction.prepare_cached("DELETE FROM attempts WHERE delivery = ?1")?;
    let mut deliveries = transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?;
    for id in ids {
        attempts.execute([id])?;
        deliveries.execute([id])?;
    }
    Ok(())
}
