//! The index of deliveries, which no sender waits for.
//!
//! A delivery is kept in a table that has no index but its numbers, so that a commit writes little. Later, many at a time,
//! deliveries are entered in the index in the order of their numbers. Those that are not in it yet are the *rest*:
//! readers look through them one by one.
//!
//! Jobs are entered before, in any order. A delivery counts as entered by its number in `delivery_index`: what `job_index`
//! has beyond the last one there is looked at by nobody, and entering it again changes nothing. So a crash leaves nothing
//! to repair: the rest is longer, that is all.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

/// Deliveries that are entered in one transaction by who has time for it, or together in short slices. More of them at
/// once write fewer pages of a large index of random ids.
pub(super) const BATCH: usize = 4_096;

/// The number of the last delivery in the index, as SQL.
pub(super) const LAST_ENTERED: &str = "(SELECT coalesce(max(id), 0) FROM delivery_index)";

const ENTER: &str = "INSERT INTO delivery_index \
                     SELECT id, received_at, event_type, job_id, status, repeat, verdict, replayed FROM deliveries \
                     WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";

/// Sorted by job, so that each page is written once for all its deliveries. What counts no repeats is number 0.
const ENTER_JOBS: &str = "INSERT OR IGNORE INTO job_index \
                          SELECT job_id, coalesce(event_type, ''), iif(event_type IS NULL, 0, repeat), id \
                          FROM delivery_index NOT INDEXED WHERE id > ?1 AND job_id IS NOT NULL ORDER BY 1, 2, 3, 4";

const ENTER_JOB: &str = "INSERT OR IGNORE INTO job_index \
                         SELECT job_id, coalesce(event_type, ''), iif(event_type IS NULL, 0, repeat), id \
                         FROM deliveries WHERE id = ?1 AND job_id IS NOT NULL";

/// By the delivery itself, which is there until the index has been cleared of it: its job is possibly entered before it.
const REMOVE_JOB: &str = "DELETE FROM job_index WHERE (job_id, event_type, repeat, id) = \
                          (SELECT job_id, coalesce(event_type, ''), iif(event_type IS NULL, 0, repeat), id \
                           FROM deliveries WHERE id = ?1)";

/// Query for the greatest repeat of an event in the index, by its job id and its type.
pub(super) const LAST_REPEAT: &str = "SELECT repeat FROM job_index WHERE job_id = ?1 AND event_type = ?2 \
                           ORDER BY repeat DESC LIMIT 1";

/// Enters the next deliveries, `most` at most; returns how many they were.
pub(super) fn enter_next(connection: &mut Connection, most: usize) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let last = last_entered(&transaction)?;
    let entered = transaction.prepare_cached(ENTER)?.execute(params![last, i64::MAX, most.cast_signed()])?;
    if entered > 0 {
        transaction.prepare_cached(ENTER_JOBS)?.execute([last])?;
    }
    transaction.commit()?;
    Ok(entered)
}

/// Enters every delivery that is not in the index.
pub(super) fn enter_rest(connection: &mut Connection) -> rusqlite::Result<()> {
    while enter_next(connection, BATCH)? == BATCH {}
    Ok(())
}

/// Enters the next deliveries up to the number `end`, `most` at most, whose jobs are entered; returns how many they were.
pub(super) fn enter_up_to(transaction: &Connection, end: i64, most: usize) -> rusqlite::Result<usize> {
    let last = last_entered(transaction)?;
    transaction.prepare_cached(ENTER)?.execute(params![last, end, most.cast_signed()])
}

/// Enters the jobs of deliveries, wherever these are among those that are not entered yet.
pub(super) fn enter_jobs(transaction: &Connection, ids: impl Iterator<Item = i64>) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(ENTER_JOB)?;
    for id in ids {
        statement.execute([id])?;
    }
    Ok(())
}

/// The number of the last delivery in the index.
pub(super) fn last_entered(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT coalesce(max(id), 0) FROM delivery_index")?.query_row([], |row| row.get(0))
}

/// Removes deliveries, which are possibly not in it.
pub(super) fn remove(transaction: &Transaction<'_>, ids: &[i64]) -> rusqlite::Result<()> {
    let mut jobs = transaction.prepare_cached(REMOVE_JOB)?;
    let mut deliveries = transaction.prepare_cached("DELETE FROM delivery_index WHERE id = ?1")?;
    for id in ids {
        jobs.execute([id])?;
        deliveries.execute([id])?;
    }
    Ok(())
}
