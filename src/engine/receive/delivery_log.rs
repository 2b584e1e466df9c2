//! Log of deliveries: in the journal, durably, or in memory for the duration of the run.

use std::sync::{Mutex, PoisonError};

use http::StatusCode;

use crate::engine::receive::duplicates::Duplicates;
use crate::engine::receive::received::ReceivedDelivery;
use crate::model::contract::peek::Problem;
use crate::model::signing::reason::Reason;
use crate::store::journal::{Committed, Journal, NewAttempt, NewDelivery, WriteFailed};

/// Log that keeps deliveries.
#[derive(Debug)]
pub enum DeliveryLog {
    /// In the journal: a delivery that was kept survives whatever happens.
    Journal(Journal),
    /// In memory: ids and duplicates are counted from the start of the run.
    Memory(Mutex<Memory>),
}

/// Deliveries of a run without a journal.
#[derive(Debug, Default)]
pub struct Memory {
    duplicates: Duplicates,
    last_id: u64,
}

impl DeliveryLog {
    /// Keeps nothing beyond the run.
    pub fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// Keeps a delivery; once this returns it is kept for good. `answered` is not known yet where a handler decides.
    pub async fn keep(
        &self,
        received: &ReceivedDelivery,
        answered: Option<StatusCode>,
    ) -> Result<Committed, WriteFailed> {
        match self {
            Self::Journal(journal) => journal.append(entry(received, answered)).await,
            Self::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                memory.last_id += 1;
                let repeat = match (&received.peek.job_id, &received.peek.event_type) {
                    (Some(job_id), Some(event_type)) => memory.duplicates.count(job_id, event_type),
                    _ => 1,
                };
                Ok(Committed { id: memory.last_id, repeat })
            }
        }
    }

    /// Notes what a delivery was answered with. Does not wait for the disk: an answer given is not lost with the note.
    pub async fn answered(&self, id: u64, status: StatusCode) {
        if let Self::Journal(journal) = self {
            drop(journal.answered(id, status.as_u16()).await);
        }
    }

    /// Notes an attempt to pass a delivery on.
    pub async fn attempted(&self, attempt: NewAttempt) {
        if let Self::Journal(journal) = self {
            drop(journal.attempt(attempt).await);
        }
    }

    /// Writes what still waits.
    pub async fn close(&self) {
        if let Self::Journal(journal) = self {
            journal.close().await;
        }
    }
}

fn entry(received: &ReceivedDelivery, answered: Option<StatusCode>) -> NewDelivery {
    NewDelivery {
        received_at: received.received_at,
        method: received.method.as_str().to_owned(),
        path: received.path.clone(),
        remote: received.remote.to_string(),
        headers: received.headers.clone(),
        body: received.body.clone(),
        verdict: received.verdict.as_str(),
        reason: received.verdict.reason().map(Reason::code),
        explanation: received.verdict.reason().map(ToString::to_string),
        problem: received.peek.problem.as_ref().map(Problem::code),
        event_type: received.peek.event_type.clone(),
        job_id: received.peek.job_id.clone(),
        status: received.peek.status.clone(),
        answered: answered.map(|status| status.as_u16()),
    }
}
