//! Browsing the journal: a page of the list at a time, without bodies, and how far the journal is.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params_from_iter};

use crate::model::signing::verdict::VerdictKind;
use crate::store::journal::cursor::Cursor;
use crate::store::journal::error::JournalError;
use crate::store::journal::filter::Filter;
use crate::store::journal::reader::{QueryError, Reader};
use crate::store::sqlite::time;

/// The most deliveries whose bodies one page looks into; a rarer match is found page by page.
const MOST_EXAMINED: usize = 4_000;

const SUMMARY: &str = "SELECT id, received_at, event_type, job_id, status, verdict, reason, explanation, problem, repeat, \
                       answered, length(body) FROM deliveries WHERE id = ?1";

const LATEST_ATTEMPT: &str = "SELECT status, latency, error_code FROM attempts WHERE delivery = ?1 \
                              ORDER BY started_at DESC, id DESC LIMIT 1";

/// A delivery as a list shows it: without headers and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySummary {
    /// The delivery's number.
    pub id: u64,
    /// Time of receipt, to the microsecond.
    pub received_at: Timestamp,
    /// The event's type, known or not.
    pub event_type: Option<String>,
    /// `payload.id` of the body.
    pub job_id: Option<String>,
    /// `payload.status` of the body.
    pub status: Option<String>,
    pub verdict: VerdictKind,
    /// The stable code of the reason, unless it was verified.
    pub reason: Option<String>,
    /// The reason as a sentence.
    pub explanation: Option<String>,
    /// The stable code of what is wrong with the body, if anything.
    pub problem: Option<String>,
    /// The number of deliveries of the same job id and event type up to this one.
    pub repeat: u32,
    /// The status of our answer; nothing when none was ever given.
    pub answered: Option<u16>,
    /// The length of the body in bytes.
    pub size: u64,
    /// The newest attempt to pass it on.
    pub latest: Option<LatestAttempt>,
}

/// The newest attempt to pass a delivery on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestAttempt {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The time until the answer, or the error.
    pub latency: Duration,
    /// The stable code of the error, if there was no answer.
    pub error: Option<String>,
}

impl DeliverySummary {
    /// Its place in the list.
    pub const fn cursor(&self) -> Cursor {
        Cursor { id: self.id }
    }
}

/// A page of the list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub deliveries: Vec<DeliverySummary>,
    /// The place before which the next page begins; nothing at the end of the list.
    pub next: Option<Cursor>,
}

/// Position of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalHead {
    /// The newest delivery's number; 0 if there is none.
    pub deliveries: u64,
    /// A number that changes whenever anybody else commits to the file.
    pub version: i64,
}

impl Reader {
    /// The deliveries that match, newest first, at most `most` of them.
    pub fn page(&self, filter: &Filter, most: usize) -> Result<Page, QueryError> {
        let mut page = Page::default();
        let Some(query) = self.list_query(filter)? else { return Ok(page) };
        let exact = query.exact;
        // One more than is shown says whether there is a next page.
        let query = if exact { query.limited(most + 1).skipping(filter.skip) } else { query.limited(MOST_EXAMINED) };
        let mut to_skip = if exact { 0 } else { filter.skip };
        let ids: Vec<i64> = self.column(&query.sql, params_from_iter(query.parameters))?;
        let place = |id: &i64| Cursor { id: id.cast_unsigned() };
        for (at, id) in ids.iter().enumerate() {
            if page.deliveries.len() == most {
                page.next = ids.get(at - 1).map(place);
                return Ok(page);
            }
            if !exact && !self.get(id.cast_unsigned())?.is_some_and(|delivery| self.matches(filter, &delivery)) {
                continue;
            }
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            page.deliveries.extend(self.explain(self.summary(*id))?);
        }
        page.next = ids.last().filter(|_| !exact && ids.len() == MOST_EXAMINED).map(place);
        Ok(page)
    }

    /// The number of deliveries that match, counted up to `most`; nothing for a filter that reads bodies.
    pub fn count_of_list(&self, filter: &Filter, most: u64) -> Result<Option<u64>, QueryError> {
        let Some(query) = self.list_query(filter)? else { return Ok(Some(0)) };
        if !query.exact {
            return Ok(None);
        }
        let query = query.limited(usize::try_from(most).unwrap_or(usize::MAX)).counting();
        let count = || {
            let mut statement = self.connection.prepare_cached(&query.sql)?;
            statement.query_row(params_from_iter(query.parameters), |row| row.get::<_, i64>(0))
        };
        Ok(Some(self.explain(count())?.cast_unsigned()))
    }

    /// Position of the journal.
    pub fn head(&self) -> Result<JournalHead, JournalError> {
        let read = || {
            let newest = self.connection.prepare_cached("SELECT max(id) FROM deliveries")?;
            let version = self.connection.prepare_cached("PRAGMA data_version")?;
            let number = |mut statement: rusqlite::CachedStatement<'_>| {
                statement.query_row([], |row| row.get::<_, Option<i64>>(0)).map(Option::unwrap_or_default)
            };
            Ok(JournalHead { deliveries: number(newest)?.cast_unsigned(), version: number(version)? })
        };
        self.explain(read())
    }

    fn summary(&self, id: i64) -> rusqlite::Result<Option<DeliverySummary>> {
        let latest = self.connection.prepare_cached(LATEST_ATTEMPT)?.query_row([id], latest).optional()?;
        let mut statement = self.connection.prepare_cached(SUMMARY)?;
        statement.query_row([id], |row| summary(row, latest)).optional()
    }
}

fn latest(row: &Row<'_>) -> rusqlite::Result<LatestAttempt> {
    let latency = Duration::from_micros(row.get::<_, i64>(1)?.cast_unsigned());
    Ok(LatestAttempt { status: row.get(0)?, latency, error: row.get(2)? })
}

fn summary(row: &Row<'_>, latest: Option<LatestAttempt>) -> rusqlite::Result<DeliverySummary> {
    Ok(DeliverySummary {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        received_at: time(row.get(1)?),
        event_type: row.get(2)?,
        job_id: row.get(3)?,
        status: row.get(4)?,
        verdict: VerdictKind::named(row.get_ref(5)?.as_str()?),
        reason: row.get(6)?,
        explanation: row.get(7)?,
        problem: row.get(8)?,
        repeat: row.get(9)?,
        answered: row.get(10)?,
        size: row.get::<_, i64>(11)?.cast_unsigned(),
        latest,
    })
}
