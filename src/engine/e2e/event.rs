//! Events of a run.

use std::sync::Arc;

use crate::engine::e2e::assertion::Judgement;
use crate::engine::e2e::observed::{Delivered, PassedOn, StatusChange};
use crate::engine::e2e::report::JobReport;
use crate::engine::receive::received::ReceivedDelivery;

#[derive(Debug)]
pub enum E2eEvent {
    /// To a job, by its place in the order of requests.
    Job { job: usize, event: JobEvent },
    /// A delivery came that names no job.
    Nameless(Arc<ReceivedDelivery>),
    /// Something that the user should look at.
    Warning(String),
}

/// Event of a job.
#[derive(Debug)]
pub enum JobEvent {
    /// It came to another status.
    StatusChanged(StatusChange),
    /// A delivery of it came.
    Delivered(Delivered),
    /// One was passed on to the handler.
    PassedOn(PassedOn),
    /// A file of it is on its way.
    Transferred(Transfer),
    /// A check of it passes, whatever else comes.
    Settled(Judgement),
    /// Its trial is over.
    Ended(Arc<JobReport>),
}

/// Direction of a file transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To Magic Hour.
    Up,
    /// From Magic Hour.
    Down,
}

/// A file on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub direction: Direction,
    /// The file, or the number of the output.
    pub name: String,
    /// Bytes transferred so far.
    pub moved: u64,
    /// Bytes in total, if known.
    pub total: Option<u64>,
}
