//! Filter of deliveries, and the SQL that finds them by an index.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;
use rusqlite::types::Value;

use crate::model::EventPattern;
use crate::model::contract::path::Assignment;
use crate::model::json::view::JsonView;
use crate::model::signing::verdict::VerdictKind;
use crate::store::journal::cursor::Cursor;
use crate::store::journal::delivery::StoredDelivery;
use crate::store::journal::index::LAST_ENTERED;
use crate::store::sqlite::micros;

/// Filter of deliveries: they match every part that is given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The event type matches one of these. None given: any type, and none.
    pub event_types: Vec<EventPattern>,
    /// The job id, or the beginning of one when no job has exactly this id.
    pub job: Option<String>,
    /// Received then or later.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub verdict: Option<VerdictKind>,
    /// Values at these places of the body.
    pub places: Vec<Assignment>,
    /// The body has this text, in whatever case.
    pub text: Option<String>,
    /// Older than this place of the list.
    pub before: Option<Cursor>,
    /// Newer than this place of the list.
    pub after: Option<Cursor>,
    /// Only those with greater numbers.
    pub above: Option<u64>,
    /// Leave out what `mh-hook replay` sent.
    pub without_replays: bool,
    /// Only what a handler was asked for and never took.
    pub undelivered: bool,
    /// Only this many, the newest of those that match.
    pub last: Option<usize>,
    /// The number of matches that a page leaves out, the newest.
    pub skip: usize,
}

/// Deliveries that a handler was sent and never answered with success, nor a later replay.
const UNDELIVERED: &str = "id IN (SELECT delivery FROM attempts AS lost \
                           WHERE delivery IS NOT NULL AND NOT coalesce(status, 0) BETWEEN 200 AND 299 \
                           AND NOT EXISTS (SELECT 1 FROM attempts AS taken WHERE taken.delivery = lost.delivery \
                           AND taken.status BETWEEN 200 AND 299 \
                           AND (taken.target = lost.target OR taken.origin = 'replay')))";

/// Result of a filter for one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilterMatch {
    Yes,
    No,
    /// Values were asked for, and the body is not JSON.
    Unreadable,
}

/// A query for the numbers of the deliveries that may match, newest first.
pub(super) struct JournalQuery {
    pub(super) sql: String,
    pub(super) parameters: Vec<Value>,
    /// Whether each that is found matches; otherwise [`Filter::matches`] has the last word.
    pub(super) exact: bool,
}

impl JournalQuery {
    /// The same query for at most this many rows; the limit is its last parameter.
    pub(super) fn limited(mut self, most: usize) -> Self {
        if let Some(limit) = self.parameters.last_mut() {
            *limit = Value::from(i64::try_from(most).unwrap_or(i64::MAX));
        }
        self
    }

    /// The same query without its newest rows.
    pub(super) fn skipping(mut self, rows: usize) -> Self {
        let _ = write!(self.sql, " OFFSET {rows}");
        self
    }

    /// The number of rows that it finds.
    pub(super) fn counting(mut self) -> Self {
        // Counting needs no order, and is fastest in the smallest index.
        let rows = self.sql.replace(" ORDER BY id DESC", "").replace("NOT INDEXED", "");
        self.sql = format!("SELECT count(*) FROM ({rows})");
        self
    }
}

impl Filter {
    /// Judges a delivery that a query found by what SQL did not ask.
    pub(super) fn judge(&self, delivery: &StoredDelivery) -> FilterMatch {
        let of_type = |event_type| self.event_types.iter().any(|pattern| pattern.matches(event_type));
        let type_matches = self.event_types.is_empty() || delivery.event_type.as_deref().is_some_and(of_type);
        if !type_matches || !self.text_matches(&delivery.body) {
            return FilterMatch::No;
        }
        if self.places.is_empty() {
            return FilterMatch::Yes;
        }
        match JsonView::read(&delivery.body) {
            Ok(event) if self.places.iter().all(|place| place.holds(event)) => FilterMatch::Yes,
            Ok(_) => FilterMatch::No,
            Err(_) => FilterMatch::Unreadable,
        }
    }

    fn text_matches(&self, body: &[u8]) -> bool {
        let Some(text) = &self.text else { return true };
        memchr::memmem::find(&body.to_ascii_lowercase(), text.to_ascii_lowercase().as_bytes()).is_some()
    }

    /// The query, given the event types in the journal that match, if they are known and few, and the exact job id.
    ///
    /// Each of its parts names the one index that finds its rows in their order or, for a job or a time, few rows.
    pub(super) fn query(&self, types: Option<&[String]>, job: Option<&str>) -> JournalQuery {
        let mut conditions = Conditions::default();
        self.since.into_iter().for_each(|since| conditions.add("received_at >=", micros(since)));
        self.above.into_iter().for_each(|above| conditions.add("id >", above.cast_signed()));
        self.until.into_iter().for_each(|until| conditions.add("received_at <", micros(until)));
        self.before.into_iter().for_each(|cursor| conditions.add("id <", cursor.id.cast_signed()));
        self.after.into_iter().for_each(|cursor| conditions.add("id >", cursor.id.cast_signed()));
        self.verdict.iter().for_each(|verdict| conditions.add("verdict =", verdict.as_str().to_owned()));
        self.columns().for_each(|(column, text)| conditions.add(column, text.into_owned()));
        let in_doubt = self.verdict.is_some_and(|verdict| verdict != VerdictKind::Verified);
        if self.without_replays {
            conditions.sql.push("replayed = 0".to_owned());
        }
        if self.undelivered {
            conditions.sql.push(UNDELIVERED.to_owned());
        }
        let is_timed = self.since.is_some() || self.until.is_some();
        let mut types_asked = self.event_types.is_empty();
        let mut parts = if let Some(job) = job {
            let number = conditions.parameter(job.to_owned());
            conditions.sql.push(format!("job_id = ?{number}"));
            let of_job = format!("id IN (SELECT id FROM job_index WHERE job_id = ?{number})");
            vec![conditions.select("delivery_index NOT INDEXED", Some(&of_job))]
        } else if in_doubt {
            vec![conditions.select("delivery_index INDEXED BY deliveries_in_doubt", Some("verdict <> 'verified'"))]
        } else if let Some(types) = types.filter(|_| !types_asked) {
            types_asked = true;
            let numbers: Vec<_> = types.iter().map(|name| conditions.parameter(name.clone())).collect();
            let of_type = |number: &usize| {
                let of_type = format!("event_type = ?{number}");
                conditions.select("delivery_index INDEXED BY deliveries_by_type", Some(&of_type))
            };
            let parts = numbers.iter().map(of_type).collect();
            let any: Vec<_> = numbers.iter().map(|number| format!("?{number}")).collect();
            conditions.sql.push(format!("event_type IN ({})", any.join(", ")));
            parts
        } else if is_timed {
            vec![conditions.select("delivery_index INDEXED BY deliveries_by_time", None)]
        } else {
            Vec::new()
        };
        // Without an index all deliveries are like the rest: looked through from the newest on.
        let rest = (!parts.is_empty()).then(|| format!("id > {LAST_ENTERED}"));
        parts.push(conditions.select("deliveries NOT INDEXED", rest.as_deref()));
        let exact = types_asked && self.places.is_empty() && self.text.is_none();
        // A negative limit is none.
        let most = self.last.filter(|_| exact).map_or(-1, |last| i64::try_from(last).unwrap_or(i64::MAX));
        let most = conditions.parameter(most);
        let sql = format!("{} ORDER BY id DESC LIMIT ?{most}", parts.join(" UNION ALL "));
        JournalQuery { sql, parameters: conditions.parameters, exact }
    }

    /// The places whose text has a column, which narrows the search; the body decides.
    fn columns(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        self.places.iter().filter_map(|place| {
            let column = match place.path.to_string().as_str() {
                "type" => "event_type =",
                "payload.id" => "job_id =",
                "payload.status" => "status =",
                _ => return None,
            };
            place.value.as_string().map(|text| (column, text))
        })
    }

    /// The job id that the places ask for, which narrows the search as much as [`Filter::job`] does.
    pub(super) fn job_of_places(&self) -> Option<Cow<'_, str>> {
        self.columns().find(|(column, _)| *column == "job_id =").map(|(_, text)| text)
    }
}

/// Conditions that every part of a query has, and the values of all its parameters.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    parameters: Vec<Value>,
}

impl Conditions {
    /// Adds a parameter and returns its number.
    fn parameter(&mut self, value: impl Into<Value>) -> usize {
        self.parameters.push(value.into());
        self.parameters.len()
    }

    fn add(&mut self, comparison: &str, value: impl Into<Value>) {
        let number = self.parameter(value);
        self.sql.push(format!("{comparison} ?{number}"));
    }

    fn select(&self, table: &str, more: Option<&str>) -> String {
        let conditions: Vec<_> = self.sql.iter().map(String::as_str).chain(more).collect();
        let conditions = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
        format!("SELECT id FROM {table} WHERE {conditions}")
    }
}
