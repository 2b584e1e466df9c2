//! A job in the sandbox, as a pure state machine: queued, rendering, then complete, error or canceled.
//!
//! The clock, the workers and the deliveries are the engine's; what happens when, and which event reports it, is here.

mod faces;
mod failure;
mod machine;
mod script;
mod spec;
mod status;

pub use faces::{Face, face_details, task_id};
pub use failure::{failure, failures_of};
pub use machine::{Job, Transition};
pub use script::{JobOutcome, JobScript, Speed, UnknownSpeed};
pub use spec::JobSpec;
pub use status::{IllegalTransition, ReportedStatus, Status};
