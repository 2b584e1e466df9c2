//! The events that a receiver reports.

use std::io;
use std::sync::Arc;

use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::received::{ReceivedDelivery, RejectedRequest};
use crate::engine::receive::retry_observer::Retries;
use crate::engine::reporter::LeftOut;

/// An event at a receiver.
#[derive(Debug)]
pub enum ReceiverEvent {
    /// A delivery of a job that is ours was kept, and the handler is about to be asked. Its
    /// [`ReceiverEvent::Delivery`] follows once that has answered.
    Arrived { delivery: u64, job_id: String },
    /// A delivery was received and answered.
    Delivery(Arc<ReceivedDelivery>),
    /// A delivery was passed on, or could not be.
    Forwarded(Box<Forwarded>),
    /// A request was turned away: it was no delivery, or it could not be kept.
    Rejected(RejectedRequest),
    /// Events were left out, since they came faster than they were taken.
    Skipped(LeftOut),
    /// A connection could not be accepted.
    AcceptFailed(io::Error),
    /// The retries of an event whose first attempts were failed on purpose.
    Retries(Retries),
}

impl From<LeftOut> for ReceiverEvent {
    fn from(left_out: LeftOut) -> Self {
        Self::Skipped(left_out)
    }
}
