//! Jobs as they are kept: whole, with what finds those for which something is to be done.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Params, Row, params};

use crate::model::directive::Directives;
use crate::model::job::Job;
use crate::store::sandbox::error::StateError;
use crate::store::sandbox::transaction::Tx;
use crate::store::sqlite::{micros, micros_from, time};

/// A job, and what its creator asked of the sandbox.
#[derive(Clone, Debug)]
pub struct StoredJob {
    pub job: Job,
    pub directives: Directives,
}

impl Tx<'_> {
    /// Keeps a new job.
    pub fn add_job(&self, job: &Job, directives: &Directives) -> Result<(), StateError> {
        let sql = "INSERT INTO jobs (id, status, waiting, due_at, job, directives) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let directives = serde_json::to_string(directives)?;
        let due = job.due().map(micros_from);
        let status = job.status().as_str();
        let job_text = serde_json::to_string(job)?;
        self.0.prepare_cached(sql)?.execute(params![job.id, status, job.wants_worker(), due, job_text, directives])?;
        Ok(())
    }

    /// Keeps a job as it is now.
    pub fn save_job(&self, job: &Job) -> Result<(), StateError> {
        let sql = "UPDATE jobs SET status = ?2, waiting = ?3, due_at = ?4, job = ?5 WHERE id = ?1";
        let (due, text) = (job.due().map(micros_from), serde_json::to_string(job)?);
        self.0.prepare_cached(sql)?.execute(params![job.id, job.status().as_str(), job.wants_worker(), due, text])?;
        Ok(())
    }

    /// A job by its id.
    pub fn job(&self, id: &str) -> Result<Option<StoredJob>, StateError> {
        let mut statement = self.0.prepare_cached("SELECT job, directives FROM jobs WHERE id = ?1")?;
        let texts = statement.query_row([id], texts).optional()?;
        texts.map(|texts| StoredJob::read(&texts)).transpose()
    }

    /// Jobs for which a step is due, the longest due first.
    pub fn due_jobs(&self, now: Timestamp, most: u32) -> Result<Vec<StoredJob>, StateError> {
        let sql = "SELECT job, directives FROM jobs WHERE due_at IS NOT NULL AND due_at <= ?1 \
                   ORDER BY due_at, number LIMIT ?2";
        self.kept_jobs(sql, params![micros(now), most])
    }

    /// When the next step of any job is due.
    pub fn next_job_due(&self) -> Result<Option<Timestamp>, StateError> {
        let sql = "SELECT due_at FROM jobs WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
        Ok(self.0.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.map(time))
    }

    /// Jobs that wait for a worker, the oldest first.
    pub fn waiting_jobs(&self, most: u32) -> Result<Vec<StoredJob>, StateError> {
        self.kept_jobs("SELECT job, directives FROM jobs WHERE waiting = 1 ORDER BY number LIMIT ?1", params![most])
    }

    /// Number of jobs that render.
    pub fn rendering(&self) -> Result<u32, StateError> {
        let mut statement = self.0.prepare_cached("SELECT count(*) FROM jobs WHERE status = 'rendering'")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Number of jobs that were ever created, including reset ones.
    pub fn jobs_ever(&self) -> Result<u64, StateError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'";
        let ever: Option<i64> = self.0.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
        Ok(ever.unwrap_or_default().unsigned_abs())
    }

    /// The newest jobs, of one status if it is given, the newest first.
    pub fn newest_jobs(&self, status: Option<&str>, most: u32) -> Result<Vec<StoredJob>, StateError> {
        let sql = "SELECT job, directives FROM jobs WHERE ?1 IS NULL OR status = ?1 ORDER BY number DESC LIMIT ?2";
        self.kept_jobs(sql, params![status, most])
    }

    fn kept_jobs(&self, sql: &str, parameters: impl Params) -> Result<Vec<StoredJob>, StateError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, texts)?;
        rows.map(|row| StoredJob::read(&row?)).collect()
    }
}

impl StoredJob {
    fn read((job, directives): &(String, String)) -> Result<Self, StateError> {
        Ok(Self { job: serde_json::from_str(job)?, directives: serde_json::from_str(directives)? })
    }
}

fn texts(row: &Row<'_>) -> rusqlite::Result<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}
