//! Reading the journal, also while a listener writes to it.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use crate::model::signing::verdict::VerdictKind;
use crate::model::text::one_line::shortened;
use crate::store::journal::attempt::{AttemptError, StoredAttempt};
use crate::store::journal::delivery::{StoredDelivery, VerifiedDelivery};
use crate::store::journal::error::JournalError;
use crate::store::journal::file::Identity;
use crate::store::journal::filter::{Filter, FilterMatch, JournalQuery};
use crate::store::journal::headers;
use crate::store::journal::index::LAST_ENTERED;
use crate::store::journal::read_access::{OpenedToRead, ReadAccess, open_to_read};
use crate::store::sqlite::time;

/// Time to wait for another process; readers hardly ever have to.
const PATIENCE: Duration = Duration::from_secs(5);

/// With more event types than this each row is compared: a hostile sender can make up any number of them.
const MOST_TYPES: usize = 64;

/// Jobs that are named when a prefix is ambiguous.
const NAMED: usize = 5;

/// Distance at which a number is called near a missing one.
const NEAR: usize = 2;

const ONE: &str = "SELECT id, received_at, method, path, remote, headers, body, verdict, reason, explanation, problem, \
                   event_type, job_id, status, repeat, answered, replayed FROM deliveries WHERE id = ?1";

/// A question that got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Several job ids begin like this.
    #[error("several jobs begin with '{given}': {}", listed(.some))]
    AmbiguousJob {
        /// The value that was given.
        given: String,
        /// The first of these jobs.
        some: Vec<String>,
    },
}

/// Job ids for a message, each of a length that leaves room for the others.
fn listed(ids: &[String]) -> String {
    const LONGEST: usize = 60;
    ids.iter().map(|id| shortened(id.clone(), LONGEST)).collect::<Vec<_>>().join(", ")
}

impl QueryError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Journal(error) => Some(error.hint_to_reader().to_owned()),
            Self::AmbiguousJob { .. } => Some("give more of the id".to_owned()),
        }
    }
}

/// A journal open for reading.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    pub(super) connection: Connection,
    access: ReadAccess,
    identity: Option<Identity>,
    unreadable: Cell<u64>,
}

impl Reader {
    /// Opens a journal that is there.
    ///
    /// # Errors
    ///
    /// When there is none yet, or it cannot be read, or is no journal that this version knows.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref().to_owned();
        let OpenedToRead { connection, access } = open_to_read(&path, PATIENCE)?;
        let identity = Identity::of(&path).ok();
        Ok(Self { path, connection, access, identity, unreadable: Cell::default() })
    }

    /// Extent to which the journal can be seen.
    pub fn access(&self) -> ReadAccess {
        self.access
    }

    /// The version of the file's format.
    pub fn format_version(&self) -> Result<i64, JournalError> {
        let version = self.connection.pragma_query_value(None, "user_version", |row| row.get(0));
        version.map_err(|error| JournalError::of(&self.path, &error))
    }

    /// Whether the file that is read is still the one that its path names.
    #[must_use]
    pub fn is_current(&self) -> bool {
        Identity::of(&self.path).ok() == self.identity
    }

    /// Number of deliveries that were passed over so far, since a filter asked for values and their bodies are not JSON.
    pub fn unreadable(&self) -> u64 {
        self.unreadable.get()
    }

    pub(super) fn matches(&self, filter: &Filter, delivery: &StoredDelivery) -> bool {
        let judged = filter.judge(delivery);
        self.unreadable.set(self.unreadable.get() + u64::from(judged == FilterMatch::Unreadable));
        judged == FilterMatch::Yes
    }

    /// Shows each delivery that matches, newest last, until the visitor breaks off. Holds one delivery at a time, and
    /// nothing that would keep a listener from tidying up.
    pub fn visit(
        &self,
        filter: &Filter,
        mut visitor: impl FnMut(StoredDelivery) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        let (ids, exact) = self.candidates(filter)?;
        for id in ids {
            // One that was pruned in the meantime is no longer there to be shown.
            let Some(delivery) = self.get(id.cast_unsigned())? else { continue };
            if (exact || self.matches(filter, &delivery)) && visitor(delivery).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The numbers of the deliveries that match, newest last.
    pub fn ids(&self, filter: &Filter) -> Result<Vec<u64>, QueryError> {
        let (candidates, exact) = self.candidates(filter)?;
        let mut ids = Vec::new();
        for id in candidates.into_iter().map(i64::cast_unsigned) {
            if exact || self.get(id)?.is_some_and(|delivery| self.matches(filter, &delivery)) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Whether a delivery has this number.
    pub fn holds(&self, id: u64) -> Result<bool, JournalError> {
        Ok(!self.column::<i64, _>("SELECT id FROM deliveries WHERE id = ?1", [id.cast_signed()])?.is_empty())
    }

    pub fn get(&self, id: u64) -> Result<Option<StoredDelivery>, JournalError> {
        self.explain(self.find(id.cast_signed()))
    }

    /// Numbers of deliveries that are there, near one that is not: two below and two above, in order.
    pub fn near(&self, id: u64) -> Result<Vec<u64>, JournalError> {
        let id = i64::try_from(id).unwrap_or(i64::MAX);
        let below = format!("SELECT id FROM deliveries WHERE id < ?1 ORDER BY id DESC LIMIT {NEAR}");
        let above = format!("SELECT id FROM deliveries WHERE id > ?1 ORDER BY id LIMIT {NEAR}");
        let below = self.column::<i64, _>(&below, [id])?;
        let above = self.column::<i64, _>(&above, [id])?;
        Ok(below.into_iter().rev().chain(above).map(i64::cast_unsigned).collect())
    }

    /// Every attempt that was made to pass a delivery on, in the order in which they began.
    pub fn attempts_of(&self, id: u64) -> Result<Vec<StoredAttempt>, JournalError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT id, delivery, origin, target, started_at, latency, status, excerpt, error_code, error_text \
                 FROM attempts WHERE delivery = ?1 ORDER BY started_at, id",
            )?;
            statement.query_map([id.cast_signed()], attempt)?.collect()
        };
        self.explain(read())
    }

    fn find(&self, id: i64) -> rusqlite::Result<Option<StoredDelivery>> {
        self.connection.prepare_cached(ONE)?.query_row([id], delivery).optional()
    }

    /// The numbers of what may match, oldest first, and whether each does.
    fn candidates(&self, filter: &Filter) -> Result<(Vec<i64>, bool), QueryError> {
        let Some(query) = self.list_query(filter)? else { return Ok((Vec::new(), true)) };
        let mut ids: Vec<i64> = self.column(&query.sql, params_from_iter(query.parameters))?;
        if let Some(last) = filter.last.filter(|_| !query.exact) {
            let mut matching = Vec::new();
            for id in ids {
                if matching.len() == last {
                    break;
                }
                if self.get(id.cast_unsigned())?.is_some_and(|delivery| self.matches(filter, &delivery)) {
                    matching.push(id);
                }
            }
            ids = matching;
        }
        ids.reverse();
        Ok((ids, query.exact))
    }

    /// The query of a list; nothing if no delivery can match.
    pub(super) fn list_query(&self, filter: &Filter) -> Result<Option<JournalQuery>, QueryError> {
        let job = match &filter.job {
            Some(given) => match self.job(given)? {
                Some(job) => Some(job),
                None => return Ok(None),
            },
            None => filter.job_of_places().map(Cow::into_owned),
        };
        let types = if job.is_none() { self.types(filter)? } else { None };
        if types.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        Ok(Some(filter.query(types.as_deref(), job.as_deref())))
    }

    /// The one job that is meant, if there is any.
    fn job(&self, given: &str) -> Result<Option<String>, QueryError> {
        let mut some = self.distinct(("job_index", "job_id"), given, NAMED)?;
        if some.len() > 1 && some.first().is_some_and(|first| first != given) {
            return Err(QueryError::AmbiguousJob { given: given.to_owned(), some });
        }
        Ok(if some.is_empty() { None } else { Some(some.swap_remove(0)) })
    }

    /// The event types in the journal that a filter's patterns match; nothing if it has none, or there are too many.
    fn types(&self, filter: &Filter) -> Result<Option<Vec<String>>, JournalError> {
        if filter.event_types.is_empty() {
            return Ok(None);
        }
        let mut types = self.distinct(("delivery_index", "event_type"), "", MOST_TYPES + 1)?;
        if types.len() > MOST_TYPES {
            return Ok(None);
        }
        types.retain(|name| filter.event_types.iter().any(|pattern| pattern.matches(name)));
        Ok(Some(types))
    }

    /// The different values of an indexed column that begin in the same way, by one look into the index for each.
    fn distinct(&self, index: (&str, &str), beginning: &str, most: usize) -> Result<Vec<String>, JournalError> {
        let (table, column) = index;
        // Before the index, since what is entered in the meantime is then found twice and not missed.
        let rest = format!(
            "SELECT DISTINCT {column} FROM deliveries NOT INDEXED WHERE id > {LAST_ENTERED} AND {column} >= ?1"
        );
        let mut rest: Vec<String> = self.column(&rest, [beginning])?;
        rest.retain(|value| value.starts_with(beginning));
        let next = |comparison, after: &str| {
            let sql = format!("SELECT {column} FROM {table} WHERE {column} {comparison} ?1 ORDER BY {column} LIMIT 1");
            let next = self.column::<String, _>(&sql, [after])?.pop();
            Ok::<_, JournalError>(next.filter(|next| next.starts_with(beginning)))
        };
        let mut found = Vec::new();
        let mut last = next(">=", beginning)?;
        while let Some(value) = last.take() {
            if found.len() + 1 < most {
                last = next(">", &value)?;
            }
            found.push(value);
        }
        found.extend(rest);
        found.sort_unstable();
        found.dedup();
        found.truncate(most);
        Ok(found)
    }

    /// The first column of every row.
    pub(super) fn column<T: FromSql, P: rusqlite::Params>(
        &self,
        sql: &str,
        parameters: P,
    ) -> Result<Vec<T>, JournalError> {
        let read = || self.connection.prepare_cached(sql)?.query_map(parameters, |row| row.get(0))?.collect();
        self.explain(read())
    }

    pub(super) fn explain<T>(&self, result: rusqlite::Result<T>) -> Result<T, JournalError> {
        result.map_err(|error| JournalError::of(&self.path, &error))
    }

    /// Plan of a query, step by step.
    #[cfg(test)]
    pub(super) fn plan(&self, filter: &Filter) -> Vec<String> {
        let types = self.types(filter).unwrap();
        let job = filter.job.as_deref().map(Cow::Borrowed).or(filter.job_of_places());
        let query = filter.query(types.as_deref(), job.as_deref());
        let mut statement = self.connection.prepare(&format!("EXPLAIN QUERY PLAN {}", query.sql)).unwrap();
        let steps = statement.query_map(params_from_iter(query.parameters), |row| row.get(3)).unwrap();
        steps.map(Result::unwrap).collect()
    }
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<StoredDelivery> {
    let name = |text: Option<String>| text.map(Cow::Owned);
    let delivery = VerifiedDelivery {
        received_at: time(row.get(1)?),
        method: Cow::Owned(row.get(2)?),
        path: row.get(3)?,
        remote: row.get(4)?,
        headers: headers::decode(row.get_ref(5)?.as_bytes()?),
        body: Bytes::from(row.get::<_, Vec<u8>>(6)?),
        verdict: VerdictKind::named(row.get_ref(7)?.as_str()?),
        reason: name(row.get(8)?),
        explanation: row.get(9)?,
        problem: name(row.get(10)?),
        event_type: row.get(11)?,
        job_id: row.get(12)?,
        status: row.get(13)?,
        replayed: row.get(16)?,
    };
    let id = row.get::<_, i64>(0)?.cast_unsigned();
    Ok(StoredDelivery { id, repeat: row.get(14)?, answered: row.get(15)?, delivery })
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<StoredAttempt> {
    let code: Option<String> = row.get(8)?;
    let text: Option<String> = row.get(9)?;
    Ok(StoredAttempt {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        delivery: row.get::<_, Option<i64>>(1)?.map(i64::cast_unsigned),
        origin: row.get(2)?,
        target: row.get(3)?,
        started_at: time(row.get(4)?),
        latency: Duration::from_micros(row.get::<_, i64>(5)?.cast_unsigned()),
        status: row.get(6)?,
        excerpt: Bytes::from(row.get::<_, Vec<u8>>(7)?),
        error: code.zip(text).map(|(code, text)| AttemptError { code, text }),
    })
}
