//! One open journal file, and what a group of entries writes to it.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::store::journal::checkpointer::{Checkpointer, LOOK_EVERY, checkpoint};
use crate::store::journal::entry::{Committed, EXCERPT_LIMIT, NewAttempt, NewDelivery};
use crate::store::journal::error::{JournalError, cause};
use crate::store::journal::file;
use crate::store::journal::file::{Identity, OpenedFile, log_of, remove_log};
use crate::store::journal::handle::JournalOptions;
use crate::store::journal::headers;

const LAST_REPEAT: &str = "SELECT repeat FROM deliveries INDEXED BY deliveries_by_job \
                           WHERE job_id = ?1 AND event_type = ?2 ORDER BY repeat DESC LIMIT 1";

const ADD_DELIVERY: &str = "INSERT INTO deliveries \
    (received_at, event_type, job_id, status, repeat, verdict, reason, explanation, problem, answered, \
     method, path, remote, headers, body) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

const ADD_ATTEMPT: &str = "INSERT INTO attempts \
    (delivery, origin, target, started_at, latency, status, excerpt, error_code, error_text) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Something to write.
#[derive(Debug)]
pub(super) enum Entry {
    Delivery(Box<NewDelivery>),
    Attempt(Box<NewAttempt>),
    /// The answer to a delivery that was kept before it was known.
    Answer {
        id: u64,
        status: u16,
    },
}

impl Entry {
    /// About how much this adds to the file, in bytes.
    fn size(&self) -> usize {
        const FIELDS: usize = 512;
        FIELDS
            + match self {
                Self::Delivery(delivery) => delivery.body.len(),
                Self::Attempt(attempt) => attempt.excerpt.len(),
                Self::Answer { .. } => 0,
            }
    }
}

/// Why a group was not written.
#[derive(Debug)]
pub(super) enum Failure {
    /// Not now; the file is still the right one.
    Refused(String),
    /// The file is no longer of use, and must be opened again.
    Lost(String),
}

impl Failure {
    pub(super) fn cause(&self) -> &str {
        match self {
            Self::Refused(cause) | Self::Lost(cause) => cause,
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

/// A journal file opened by its writer.
pub(super) struct OpenJournal {
    /// Stands first because it must end first: the connection that is closed last tidies the log away.
    checkpointer: Checkpointer,
    pub(super) connection: Connection,
    path: PathBuf,
    log_path: PathBuf,
    file: Identity,
    log: Identity,
    unmoved: u64,
    lines: Vec<u8>,
}

impl OpenJournal {
    pub(super) fn open(options: &JournalOptions) -> Result<Self, JournalError> {
        let JournalOptions { path, sync, patience, .. } = options;
        let OpenedFile { connection, path: real, identity } = file::open(path, *sync, *patience)?;
        let log_path = log_of(&real);
        let log = Identity::of(&log_path).map_err(|error| JournalError::of_io(path, &error))?;
        Ok(Self {
            checkpointer: Checkpointer::start(&real)?,
            connection,
            file: identity,
            log,
            path: real,
            log_path,
            unmoved: 0,
            lines: Vec::new(),
        })
    }

    /// Has numbers go on after `last`, so that one that was given before the file vanished is not given again.
    pub(super) fn number_on(&self, last: u64) -> Result<(), JournalError> {
        let sql = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'deliveries'";
        let updated = self.connection.execute(sql, [last.cast_signed()]);
        updated.map(drop).map_err(|error| JournalError::of(&self.path, &error))
    }

    /// Writes entries in one transaction. Returns only when it is committed, and to the file that is at its path now.
    ///
    /// `kept` gets one element for each entry, which says something only for a delivery.
    pub(super) fn write<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a Entry>,
        kept: &mut Vec<Committed>,
    ) -> Result<(), Failure> {
        kept.clear();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for entry in entries {
            kept.push(match entry {
                Entry::Delivery(delivery) => add_delivery(&transaction, delivery, &mut self.lines)?,
                Entry::Attempt(attempt) => add_attempt(&transaction, attempt)?,
                Entry::Answer { id, status } => set_answer(&transaction, *id, *status)?,
            });
            self.unmoved += u64::try_from(entry.size()).unwrap_or_default();
        }
        transaction.commit()?;
        self.check_place()
    }

    /// Has the log looked after when enough has been written since the last time. Waits only when the log is very long.
    pub(super) fn tidy(&mut self) {
        self.checkpointer.settle(&self.connection);
        if self.unmoved >= LOOK_EVERY {
            self.unmoved = 0;
            self.checkpointer.poke();
        }
    }

    /// Whether what was committed can be found: the file and its log are still the ones at their paths.
    fn check_place(&self) -> Result<(), Failure> {
        let cause = match (self.file_is_ours(), self.log_is_ours()) {
            (true, true) => return Ok(()),
            (true, false) => "its write-ahead log was deleted or replaced",
            (false, _) if file::is_emptied(&self.path) => "the file was emptied",
            (false, _) if self.path.exists() => "the file was replaced",
            (false, _) => "the file was deleted",
        };
        Err(Failure::Lost(cause.to_owned()))
    }

    fn file_is_ours(&self) -> bool {
        Identity::of(&self.path).is_ok_and(|found| found == self.file) && !file::is_emptied(&self.path)
    }

    fn log_is_ours(&self) -> bool {
        Identity::of(&self.log_path).is_ok_and(|found| found == self.log)
    }

    /// Gives the file up after a failure; returns whether it is gone from its path.
    ///
    /// What stands in a log that was deleted is saved to the file, if that is still there. A log that is still there
    /// without its file is deleted, since it would be taken for that of the next one. One that is no longer ours,
    /// perhaps that of another process, is left alone.
    pub(super) fn abandon(self) -> bool {
        let (file_is_ours, log_is_ours) = (self.file_is_ours(), self.log_is_ours());
        if file_is_ours {
            // If this fails, the next one who opens the file finds the log and does it then.
            checkpoint(&self.connection, "TRUNCATE");
        }
        if !(file_is_ours && log_is_ours) {
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        if !file_is_ours && log_is_ours {
            // If this fails, so does opening the next one, which says why.
            let _ = remove_log(&self.path);
        }
        !file_is_ours
    }
}

fn add_delivery(
    transaction: &Transaction<'_>,
    delivery: &NewDelivery,
    lines: &mut Vec<u8>,
) -> rusqlite::Result<Committed> {
    let repeat = match (&delivery.job_id, &delivery.event_type) {
        (Some(job_id), Some(event_type)) => {
            let mut statement = transaction.prepare_cached(LAST_REPEAT)?;
            let last: Option<u32> = statement.query_row([job_id, event_type], |row| row.get(0)).optional()?;
            last.map_or(1, |last| last.saturating_add(1))
        }
        _ => 1,
    };
    lines.clear();
    headers::encode(&delivery.headers, lines);
    transaction.prepare_cached(ADD_DELIVERY)?.execute(params![
        delivery.received_at.as_microsecond(),
        delivery.event_type,
        delivery.job_id,
        delivery.status,
        repeat,
        delivery.verdict,
        delivery.reason,
        delivery.explanation,
        delivery.problem,
        delivery.answered,
        delivery.method,
        delivery.path,
        delivery.remote,
        *lines,
        &*delivery.body,
    ])?;
    Ok(Committed { id: transaction.last_insert_rowid().cast_unsigned(), repeat })
}

fn add_attempt(transaction: &Transaction<'_>, attempt: &NewAttempt) -> rusqlite::Result<Committed> {
    transaction.prepare_cached(ADD_ATTEMPT)?.execute(params![
        attempt.delivery.map(u64::cast_signed),
        attempt.origin.as_str(),
        attempt.target,
        attempt.started_at.as_microsecond(),
        microseconds(attempt.latency),
        attempt.status,
        excerpt(&attempt.excerpt),
        attempt.error.as_ref().map(|error| &error.code),
        attempt.error.as_ref().map(|error| &error.text),
    ])?;
    Ok(Committed::default())
}

fn set_answer(transaction: &Transaction<'_>, id: u64, status: u16) -> rusqlite::Result<Committed> {
    let mut statement = transaction.prepare_cached("UPDATE deliveries SET answered = ?2 WHERE id = ?1")?;
    statement.execute(params![id.cast_signed(), status])?;
    Ok(Committed::default())
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn excerpt(answer: &Bytes) -> &[u8] {
    answer.get(..EXCERPT_LIMIT).unwrap_or(answer)
}
