//! One open journal file, and what a group of entries writes to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, Transaction, TransactionBehavior, params};
use tracing::debug;

use crate::model::contract::peek::cut_name;
use crate::store::journal::attempt::{EXCERPT_LIMIT, NewAttempt};
use crate::store::journal::checkpointer::{Checkpointer, LOOK_EVERY, empty_log};
use crate::store::journal::delivery::{Committed, VerifiedDelivery};
use crate::store::journal::error::JournalError;
use crate::store::journal::failure::Failure;
use crate::store::journal::file;
use crate::store::journal::file::{Found, LogSync, OpenFiles, OpenedFile, remove_log, set_log_aside};
use crate::store::journal::headers;
use crate::store::journal::index::{LAST_REPEAT, enter_rest};
use crate::store::journal::indexer::{Indexer, Slice};
use crate::store::journal::options::{JournalOptions, SyncMode};
use crate::store::journal::repeats::Repeats;
use crate::store::sqlite::micros;

const ADD_DELIVERY: &str = "INSERT INTO deliveries \
    (received_at, event_type, job_id, status, repeat, verdict, reason, explanation, problem, answered, \
     method, path, remote, headers, body, replayed) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

const ADD_ATTEMPT: &str = "INSERT INTO attempts \
    (delivery, origin, target, started_at, latency, status, excerpt, error_code, error_text) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Something to write.
#[derive(Debug)]
pub(super) enum Entry {
    Delivery {
        delivery: Arc<VerifiedDelivery>,
        /// The status of our answer, when it is known before the delivery is kept.
        answered: Option<u16>,
    },
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
                Self::Delivery { delivery, .. } => delivery.body.len(),
                Self::Attempt(attempt) => attempt.excerpt.len(),
                Self::Answer { .. } => 0,
            }
    }
}

/// A journal file opened by its writer.
pub(super) struct OpenJournal {
    /// Declared first because it must end first: the connection that is closed last tidies the log away.
    checkpointer: Checkpointer,
    /// Before the connection as well: not every system deletes a log that is open.
    pub(super) files: Arc<OpenFiles>,
    /// The sync of the log, where a group is to reach the disk.
    pub(super) sync: Option<LogSync>,
    pub(super) connection: Connection,
    /// The log of an earlier journal that was at this path, if it was found and set aside.
    pub(super) kept_log: Option<PathBuf>,
    /// The bytes of refused deliveries in the last group.
    pub(super) refused: u64,
    unmoved: u64,
    indexer: Indexer,
    repeats: Repeats,
    lines: Vec<u8>,
}

/// State of a file that was given up.
pub(super) struct Abandoned {
    /// Whether it is gone from its path.
    pub(super) is_gone: bool,
    /// The name of its log now, where not all of it could be moved to the file.
    pub(super) kept_log: Option<PathBuf>,
}

impl OpenJournal {
    pub(super) fn open(options: &JournalOptions) -> Result<Self, JournalError> {
        let JournalOptions { path, sync, patience, .. } = options;
        let OpenedFile { mut connection, path: real, identity, kept_log } = file::open(path, *patience)?;
        // What a crash left. If it cannot be entered now, it can be later, and readers find it all the same.
        let _ = enter_rest(&mut connection);
        let explain = |error| JournalError::of_io(path, &error);
        let files = Arc::new(OpenFiles::new(real, identity).map_err(explain)?);
        let sync = match sync {
            SyncMode::Full => Some(files.sync().map_err(explain)?),
            SyncMode::Normal => None,
        };
        Ok(Self {
            checkpointer: Checkpointer::start(&files)?,
            connection,
            files,
            sync,
            kept_log,
            refused: 0,
            unmoved: 0,
            indexer: Indexer::default(),
            repeats: Repeats::default(),
            lines: Vec::new(),
        })
    }

    /// Has numbers go on after `last`, so that one that was given before the file vanished is not given again.
    pub(super) fn number_on(&self, last: u64) -> Result<(), JournalError> {
        let sql = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'deliveries'";
        let updated = self.connection.execute(sql, [last.cast_signed()]);
        updated.map(drop).map_err(|error| JournalError::of(&self.files.path, &error))
    }

    /// Writes entries in one transaction. Returns when it is committed: neither on the disk yet, nor surely to the file
    /// that is at its path now.
    ///
    /// `kept` gets one element for each entry, which says something only for a delivery.
    pub(super) fn write<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a Entry>,
        kept: &mut Vec<Committed>,
    ) -> Result<(), Failure> {
        kept.clear();
        let written = self.commit(entries, kept).map_err(Failure::from);
        if written.is_err() {
            self.repeats.forget();
            self.indexer.doubt();
        }
        written
    }

    fn commit<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a Entry>,
        kept: &mut Vec<Committed>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.repeats.catch_up(&transaction)? {
            self.indexer.doubt();
        }
        let (statement, last) = (transaction.prepare_cached(ADD_DELIVERY)?, transaction.prepare_cached(LAST_REPEAT)?);
        let (repeats, indexer, lines) = (&mut self.repeats, &mut self.indexer, &mut self.lines);
        let mut table =
            DeliveryTable { transaction: &transaction, statement, last, repeats, indexer, lines, refused: 0 };
        for entry in entries {
            kept.push(match entry {
                Entry::Delivery { delivery, answered } => table.add(delivery, *answered)?,
                Entry::Attempt(attempt) => add_attempt(&transaction, attempt)?,
                Entry::Answer { id, status } => set_answer(&transaction, *id, *status)?,
            });
            self.unmoved += u64::try_from(entry.size()).unwrap_or_default();
        }
        self.refused = table.refused;
        drop(table);
        transaction.commit()
    }

    /// Enters a few deliveries in the index, if there are enough that are not. Returns whether there is more to do.
    pub(super) fn enter_slice(&mut self) -> bool {
        match self.indexer.enter_slice(&mut self.connection) {
            Slice::Begun => self.repeats.begin_batch(),
            Slice::Part => {}
            Slice::Last => self.repeats.forget_batch(),
            Slice::All => self.repeats.forget_all_entered(),
            Slice::None => return false,
        }
        true
    }

    /// Enters a few deliveries if they come faster than the writer has time for that.
    pub(super) fn enter_when_behind(&mut self) {
        if self.indexer.is_behind() {
            self.enter_slice();
        }
    }

    /// Enters every delivery in the index. A failure leaves them to the next one who opens the file.
    pub(super) fn enter_all(&mut self) {
        if self.indexer.enter_all(&mut self.connection) == Slice::All {
            self.repeats.forget_all_entered();
        }
    }

    /// Has the log looked after when enough has been written since the last time. Waits only when the log is very long.
    pub(super) fn tidy(&mut self) {
        self.checkpointer.settle(&self.connection);
        self.checkpointer.note_group();
        if self.unmoved >= LOOK_EVERY {
            self.unmoved = 0;
            self.checkpointer.poke();
        }
    }

    /// Has the log begin anew, with all that it holds in the file and on the disk.
    pub(super) fn renew_log(&self) -> Result<(), Failure> {
        let is_emptied = empty_log(&self.connection)?;
        if is_emptied { Ok(()) } else { Err(Failure::Refused("another process holds it locked".to_owned())) }
    }

    /// Gives the file up after a failure.
    ///
    /// The content of the log is moved to the file through the handles that are open, wherever that file was moved to. A log
    /// that is still there without its file would be taken for that of the next one: it is deleted when all of it was moved,
    /// and else kept under another name. One that was emptied is deleted. One that is no longer ours, perhaps that of another
    /// process, is left alone.
    pub(super) fn abandon(self) -> Abandoned {
        let (file, log) = self.files.found();
        drop(self.checkpointer);
        let may_save = self.files.may_save();
        // If this fails although the file is there, the next one who opens it finds the log and does it then.
        let is_moved = may_save
            && empty_log(&self.connection).unwrap_or_else(|error| {
                debug!(target: "journal", %error, "write-ahead log not moved to the file");
                false
            });
        if !(may_save && file == Found::Same && log == Found::Same) {
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        // If these fail, so does making the next journal, which says why.
        let kept_log = match (file, log) {
            (Found::Gone | Found::Replaced, Found::Same) if !is_moved => {
                set_log_aside(&self.files.path).unwrap_or_default()
            }
            (Found::Emptied | Found::Gone | Found::Replaced, Found::Same) | (_, Found::Emptied) => {
                let _ = remove_log(&self.files.path);
                None
            }
            (Found::Same, Found::Same) | (_, Found::Gone | Found::Replaced) => None,
        };
        Abandoned { is_gone: file != Found::Same, kept_log }
    }
}

/// The table of deliveries, as one group writes to it.
struct DeliveryTable<'a> {
    transaction: &'a Transaction<'a>,
    statement: CachedStatement<'a>,
    /// The query for the last repeat of an event.
    last: CachedStatement<'a>,
    repeats: &'a mut Repeats,
    indexer: &'a mut Indexer,
    lines: &'a mut Vec<u8>,
    refused: u64,
}

impl DeliveryTable<'_> {
    fn add(&mut self, delivery: &VerifiedDelivery, answered: Option<u16>) -> rusqlite::Result<Committed> {
        let event_type = delivery.event_type.as_deref().map(cut_name);
        let job_id = delivery.job_id.as_deref().map(cut_name);
        let repeat = match (job_id, event_type) {
            _ if delivery.is_refused(answered) => 0,
            (Some(job_id), Some(event_type)) => self.repeats.count(&mut self.last, job_id, event_type)?,
            _ => 1,
        };
        self.lines.clear();
        headers::encode(&delivery.headers, self.lines);
        self.statement.execute(params![
            micros(delivery.received_at),
            event_type,
            job_id,
            delivery.status.as_deref().map(cut_name),
            repeat,
            delivery.verdict.as_str(),
            delivery.reason,
            delivery.explanation,
            delivery.problem,
            answered,
            delivery.method,
            delivery.path,
            delivery.remote,
            *self.lines,
            &*delivery.body,
            delivery.replayed,
        ])?;
        let id = self.transaction.last_insert_rowid();
        self.repeats.note(id);
        self.indexer.note(id, job_id);
        if repeat == 0 {
            self.refused += u64::try_from(self.lines.len() + delivery.body.len()).unwrap_or_default();
        }
        Ok(Committed { id: id.cast_unsigned(), repeat })
    }
}

fn add_attempt(transaction: &Transaction<'_>, attempt: &NewAttempt) -> rusqlite::Result<Committed> {
    transaction.prepare_cached(ADD_ATTEMPT)?.execute(params![
        attempt.delivery.map(u64::cast_signed),
        attempt.origin.as_str(),
        attempt.target,
        micros(attempt.started_at),
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
