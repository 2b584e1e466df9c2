//! A local Magic Hour: its REST API, jobs that run by a clock, their files, and signed webhooks that are retried.
//!
//! The [state](crate::store::sandbox) is the truth. The API and the control API change it; the runner takes the steps
//! that are due of jobs, and one dispatcher for each endpoint makes the attempts that are due.

mod api;
mod app_state;
mod browsers;
mod control;
mod dispatcher;
mod event;
mod json;
mod links;
pub mod media;
mod options;
mod rate_limit;
mod scheduler;
mod server;
mod start;
mod transitions;

pub use event::{AttemptOutcome, Attempted, Call, JobStep, SandboxEvent};
pub use options::{EndpointSpec, EndpointSpecError, Rate, RateError, SandboxOptions};
pub use start::{Sandbox, SandboxError};
