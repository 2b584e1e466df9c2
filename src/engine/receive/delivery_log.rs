//! The memory of deliveries: in the journal, durably, or in memory as long as the run lasts.

use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;

use crate::engine::receive::duplicates::Duplicates;
use crate::store::journal::{Committed, Journal, NewAttempt, VerifiedDelivery, WriteFailed};

/// Log that keeps deliveries.
#[derive(Debug)]
pub enum DeliveryLog {
    /// In the journal: a delivery that was kept survives whatever happens.
    Journal(Journal),
    /// In memory: ids and duplicates are counted from the start of the run.
    Memory(Mutex<RunMemory>),
}

/// Deliveries of a run without a journal.
#[derive(Debug, Default)]
pub struct RunMemory {
    duplicates: Duplicates,
    last_id: u64,
}

impl DeliveryLog {
    /// Keeps nothing beyond the run.
    pub fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// Whether what was kept can be looked up after the run.
    pub fn is_durable(&self) -> bool {
        matches!(self, Self::Journal(_))
    }

    /// Keeps a delivery; once this returns it is kept for good. `answered` is not known yet where a handler decides.
    pub async fn keep(
        &self,
        delivery: &Arc<VerifiedDelivery>,
        answered: Option<StatusCode>,
    ) -> Result<Committed, WriteFailed> {
        let answered = answered.map(|status| status.as_u16());
        match self {
            Self::Journal(journal) => journal.append(Arc::clone(delivery), answered).await,
            Self::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                memory.last_id += 1;
                let repeat = match (&delivery.job_id, &delivery.event_type) {
                    _ if delivery.is_refused(answered) => 0,
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
