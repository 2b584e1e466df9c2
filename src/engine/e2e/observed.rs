//! Observations of a job: its statuses, its deliveries, and the handler's responses.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::received::ReceivedDelivery;
use crate::model::Kind;
use crate::model::job::ReportedStatus;
use crate::model::json::view::JsonView;
use crate::model::text::timestamp::rfc3339;

/// A status that a job came to.
#[derive(Clone, Debug)]
pub struct StatusChange {
    /// When this was seen.
    pub at: Timestamp,
    /// The time from the start of the trial until then.
    pub after: Duration,
    pub job_id: String,
    pub kind: Kind,
    /// The tool that makes it, such as `text-to-video`.
    pub tool: &'static str,
    /// The status before; none when it was created.
    pub from: Option<ReportedStatus>,
    pub to: ReportedStatus,
    /// The code of its error, if it has one.
    pub error: Option<String>,
    /// Credits that the account has paid by now.
    pub credits_charged: Option<u64>,
}

impl Serialize for StatusChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &rfc3339(self.at))?;
        map.serialize_entry("job_id", &self.job_id)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        map.serialize_entry("tool", self.tool)?;
        map.serialize_entry("from", &self.from)?;
        map.serialize_entry("to", &self.to)?;
        map.serialize_entry("error", &self.error)?;
        map.serialize_entry("credits_charged", &self.credits_charged)?;
        map.end()
    }
}

/// A delivery that came.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub after: Duration,
    /// All that is known of it.
    pub received: Arc<ReceivedDelivery>,
}

/// A delivery that was passed on to the handler.
#[derive(Clone, Debug)]
pub struct PassedOn {
    /// When the handler had answered, or had not.
    pub after: Duration,
    /// The type of the event.
    pub event_type: String,
    /// Result of forwarding it.
    pub forwarded: Arc<Forwarded>,
}

impl Delivered {
    /// The event, if the body is JSON.
    pub fn event(&self) -> Option<JsonView<'_>> {
        JsonView::read(&self.received.body).ok()
    }
}

/// The kinds of arrivals.
#[derive(Clone, Debug)]
pub(super) enum Arrived {
    /// A delivery by its number; the handler has not answered it yet.
    AwaitingHandler(u64),
    Delivery(Arc<ReceivedDelivery>),
    /// The handler's response to it.
    Forwarded(Arc<Forwarded>),
}

/// Something that arrived for a job, and its time.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    pub(super) what: Arrived,
}

/// A part of the trace that was just recorded.
#[derive(Clone, Debug)]
pub(super) enum Recorded {
    Delivered(Delivered),
    PassedOn(PassedOn),
}
