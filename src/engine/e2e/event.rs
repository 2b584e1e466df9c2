//! What a trial tells while it runs.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::e2e::job_trace::{Delivered, PassedOn};
use crate::engine::e2e::report::JobReport;
use crate::engine::receive::received::ReceivedDelivery;
use crate::model::Kind;
use crate::model::contract::project::rfc3339;

#[derive(Debug)]
pub enum E2eEvent {
    /// To a job, by its place in the order of requests.
    Job { job: usize, event: JobEvent },
    /// A delivery came that names no job.
    Nameless(Arc<ReceivedDelivery>),
    /// Something that the user should look at.
    Warning(String),
}

/// What happened to a job.
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
    /// Its trial is over.
    Ended(Arc<JobReport>),
}

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
    pub from: Option<String>,
    /// The status now, as the API calls it.
    pub to: String,
    /// The code of its error, if it has one.
    pub error: Option<String>,
    /// What the account has paid for it by now.
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

/// Which way a file goes.
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
    /// How many bytes have moved.
    pub moved: u64,
    /// How many there are, if that is known.
    pub total: Option<u64>,
}
