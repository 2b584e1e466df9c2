//! Deliveries and attempts: what is still to be sent, when, and how it went so far.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{OptionalExtension, Row, params};

use crate::store::sandbox::error::StateError;
use crate::store::sandbox::transaction::Tx;
use crate::store::sqlite::{micros, micros_from, time};

/// When a new delivery is sent for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deliver {
    /// When it is due.
    WhenDue,
    /// When it is due, and the first attempt at this other delivery has ended.
    After(i64),
    /// When it is [released](Tx::release_started).
    WhenReleased,
}

/// A delivery to be.
#[derive(Clone, Debug)]
pub struct NewDelivery<'a> {
    pub endpoint: i64,
    /// The job that it is about.
    pub job_id: &'a str,
    /// The type of the event.
    pub event_type: &'a str,
    /// The exact bytes to be sent.
    pub body: &'a [u8],
    /// The names of the faults by which it is broken.
    pub faults: &'a [String],
    /// When it is sent.
    pub deliver: Deliver,
    /// When it is due.
    pub due_at: Timestamp,
}

/// A delivery that is due.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    pub id: i64,
    /// The job that it is about.
    pub job_id: String,
    /// The type of the event.
    pub event_type: String,
    /// The exact bytes to be sent.
    pub body: Vec<u8>,
    /// The names of the faults by which it is broken.
    pub faults: Vec<String>,
    /// Number of attempts.
    pub attempts: u32,
    /// When the first of them was signed.
    pub signed_at: Option<Timestamp>,
}

/// State of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is, or will be, due.
    Pending,
    /// It waits for another one.
    Held,
    /// An attempt was answered 2xx.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Held, Self::Delivered, Self::Failed];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl FromSql for DeliveryState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(FromSqlError::InvalidType)
    }
}

/// Consequence of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was delivered.
    Delivered,
    /// Another attempt, from this time on.
    Retry(Timestamp),
    /// Nothing: it is given up.
    Failed,
}

/// An attempt that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    pub delivery: i64,
    /// Number of the attempt, counted from 1.
    pub number: u32,
    /// When it was sent, by the sandbox's clock.
    pub sent_at: Timestamp,
    /// When it was signed, by the real one.
    pub signed_at: Timestamp,
    /// Time until the answer.
    pub elapsed: Duration,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
    pub next: Next,
}

/// Filter of deliveries.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Those of this job.
    pub job_id: Option<String>,
    /// Those to this endpoint.
    pub endpoint: Option<i64>,
    /// Those in this state.
    pub state: Option<String>,
}

/// A delivery as it is listed.
#[derive(Clone, Debug)]
pub struct SandboxDelivery {
    pub id: i64,
    pub endpoint: i64,
    /// The job that it is about.
    pub job_id: String,
    /// The type of the event.
    pub event_type: String,
    pub state: DeliveryState,
    /// Number of attempts.
    pub attempts: u32,
    /// When the next one is due, if one is.
    pub due_at: Timestamp,
    pub body: Vec<u8>,
    /// The names of its faults.
    pub faults: Vec<String>,
}

/// An attempt as it is listed.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    /// Number of the attempt, counted from 1.
    pub number: u32,
    /// When it was sent, by the sandbox's clock.
    pub sent_at: Timestamp,
    /// Time until the answer.
    pub elapsed: Duration,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
}

const ROW: &str = "id, endpoint, job_id, event_type, state, attempts, due_at, body, faults";

impl Tx<'_> {
    /// Adds a delivery, and gives its number.
    pub fn add_delivery(&self, new: &NewDelivery<'_>) -> Result<i64, StateError> {
        let sql = "INSERT INTO deliveries (endpoint, job_id, event_type, body, faults, state, attempts, due_at, follows) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)";
        let (state, follows) = match new.deliver {
            Deliver::WhenDue => (DeliveryState::Pending, None),
            Deliver::After(other) => (DeliveryState::Held, Some(other)),
            Deliver::WhenReleased => (DeliveryState::Held, None),
        };
        let faults = serde_json::to_string(new.faults)?;
        let due = micros_from(new.due_at);
        let (job_id, event_type) = (new.job_id, new.event_type);
        self.0.prepare_cached(sql)?.execute(params![
            new.endpoint,
            job_id,
            event_type,
            new.body,
            faults,
            state.as_str(),
            due,
            follows
        ])?;
        Ok(self.0.last_insert_rowid())
    }

    /// The newest delivery of a job to an endpoint at which no attempt has ended yet: the one to send others after.
    pub fn newest_unsent(&self, job_id: &str, endpoint: i64) -> Result<Option<i64>, StateError> {
        let sql = "SELECT id FROM deliveries WHERE job_id = ?1 AND endpoint = ?2 AND attempts = 0 \
                   AND state IN ('pending', 'held') ORDER BY id DESC LIMIT 1";
        Ok(self.0.prepare_cached(sql)?.query_row(params![job_id, endpoint], |row| row.get(0)).optional()?)
    }

    /// Has what waits for its release be sent after another delivery, of the same job to the same endpoint.
    pub fn send_after(&self, job_id: &str, endpoint: i64, other: i64) -> Result<(), StateError> {
        let sql = "UPDATE deliveries SET follows = ?3 \
                   WHERE job_id = ?1 AND endpoint = ?2 AND state = 'held' AND follows IS NULL";
        self.0.prepare_cached(sql)?.execute(params![job_id, endpoint, other])?;
        Ok(())
    }

    /// Has what of a job waits for its release, and for no other delivery, be sent when it is due.
    pub fn release_started(&self, job_id: &str) -> Result<(), StateError> {
        let sql = "UPDATE deliveries SET state = 'pending' WHERE job_id = ?1 AND state = 'held' AND follows IS NULL";
        self.0.prepare_cached(sql)?.execute([job_id])?;
        Ok(())
    }

    /// Drops what of a job was never sent, since the job was called off.
    pub fn drop_unsent(&self, job_id: &str) -> Result<(), StateError> {
        let sql = "DELETE FROM deliveries WHERE job_id = ?1 AND attempts = 0 AND state = 'held'";
        self.0.prepare_cached(sql)?.execute([job_id])?;
        // One that only waits for its time is given up. Its row stays, since its first attempt may just be under way.
        let sql = "UPDATE deliveries SET state = 'failed' WHERE job_id = ?1 AND attempts = 0 AND state = 'pending'";
        self.0.prepare_cached(sql)?.execute([job_id])?;
        Ok(())
    }

    /// Deliveries to an endpoint that are due, the longest due first.
    pub fn due_deliveries(&self, endpoint: i64, now: Timestamp, most: u32) -> Result<Vec<DueDelivery>, StateError> {
        let sql = "SELECT id, job_id, event_type, body, faults, attempts, signed_at FROM deliveries \
                   WHERE state = 'pending' AND endpoint = ?1 AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3";
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params![endpoint, micros(now), most], |row| {
            Ok(DueDelivery {
                id: row.get(0)?,
                job_id: row.get(1)?,
                event_type: row.get(2)?,
                body: row.get(3)?,
                faults: names(row, 4)?,
                attempts: row.get(5)?,
                signed_at: row.get::<_, Option<i64>>(6)?.map(time),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next delivery to an endpoint will be due, those that are due already aside.
    pub fn next_delivery_due(&self, endpoint: i64, now: Timestamp) -> Result<Option<Timestamp>, StateError> {
        let sql = "SELECT due_at FROM deliveries WHERE state = 'pending' AND endpoint = ?1 AND due_at > ?2 \
                   ORDER BY due_at LIMIT 1";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row(params![endpoint, micros(now)], |row| row.get(0)).optional()?.map(time))
    }

    /// Keeps how an attempt ended, and releases what was to be sent after it.
    pub fn note_attempt(&self, ended: &Ended) -> Result<(), StateError> {
        let sql = "INSERT OR REPLACE INTO attempts (delivery, number, sent_at, elapsed, status, error) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let elapsed = i64::try_from(ended.elapsed.as_micros()).unwrap_or(i64::MAX);
        let (id, number, sent_at) = (ended.delivery, ended.number, micros(ended.sent_at));
        self.0.prepare_cached(sql)?.execute(params![id, number, sent_at, elapsed, ended.status, ended.error])?;
        let (state, due) = match ended.next {
            Next::Delivered => (DeliveryState::Delivered, None),
            Next::Retry(at) => (DeliveryState::Pending, Some(micros_from(at))),
            Next::Failed => (DeliveryState::Failed, None),
        };
        // One that was given up meanwhile, with its endpoint, stays so.
        let sql = "UPDATE deliveries SET attempts = ?2, due_at = coalesce(?4, due_at), \
                   signed_at = coalesce(signed_at, ?5), \
                   state = CASE WHEN state = 'failed' AND ?3 = 'pending' THEN state ELSE ?3 END WHERE id = ?1";
        let signed_at = micros(ended.signed_at);
        self.0.prepare_cached(sql)?.execute(params![id, number, state.as_str(), due, signed_at])?;
        if number == 1 {
            let sql = "UPDATE deliveries SET state = 'pending' WHERE state = 'held' AND follows = ?1";
            self.0.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }

    /// The newest deliveries, the newest first.
    pub fn newest_deliveries(&self, filter: &DeliveryFilter, most: u32) -> Result<Vec<SandboxDelivery>, StateError> {
        let sql = format!(
            "SELECT {ROW} FROM deliveries WHERE (?1 IS NULL OR job_id = ?1) AND (?2 IS NULL OR endpoint = ?2) \
             AND (?3 IS NULL OR state = ?3) ORDER BY id DESC LIMIT ?4"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let rows = statement.query_map(params![filter.job_id, filter.endpoint, filter.state, most], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A delivery by its number.
    pub fn delivery(&self, id: i64) -> Result<Option<SandboxDelivery>, StateError> {
        let mut statement = self.0.prepare_cached(&format!("SELECT {ROW} FROM deliveries WHERE id = ?1"))?;
        Ok(statement.query_row([id], read).optional()?)
    }

    /// The attempts at a delivery, in order.
    pub fn attempts(&self, delivery: i64) -> Result<Vec<AttemptRow>, StateError> {
        let sql = "SELECT number, sent_at, elapsed, status, error FROM attempts WHERE delivery = ?1 ORDER BY number";
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map([delivery], |row| {
            let elapsed = row.get::<_, i64>(2)?.unsigned_abs();
            Ok(AttemptRow {
                number: row.get(0)?,
                sent_at: time(row.get(1)?),
                elapsed: Duration::from_micros(elapsed),
                status: row.get(3)?,
                error: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<SandboxDelivery> {
    Ok(SandboxDelivery {
        id: row.get(0)?,
        endpoint: row.get(1)?,
        job_id: row.get(2)?,
        event_type: row.get(3)?,
        state: row.get(4)?,
        attempts: row.get(5)?,
        due_at: time(row.get(6)?),
        body: row.get(7)?,
        faults: names(row, 8)?,
    })
}

fn names(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(column)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}
