//! The trial of a whole integration: a job is submitted, its webhooks are received, the details endpoint is asked as a
//! second witness, and all of it is judged.
//!
//! Nothing here knows whether the API is Magic Hour's or a sandbox's: an [`Runner`] is given an API and a receiver.

mod assertion;
mod embedded;
mod event;
mod inbox;
mod job_result;
mod job_runner;
mod job_trace;
mod judge;
mod judgement_record;
mod observed;
mod outputs;
mod poller;
mod report;
mod request;
mod runner;
#[cfg(test)]
mod tests;

pub use assertion::{Check, CheckOutcome, Judgement};
pub use embedded::{EMBEDDED_GRACE, Embedded, EmbeddedError, LOCAL_POLL};
pub use event::{Direction, E2eEvent, JobEvent, Transfer};
pub use job_result::{JobResult, SubmitError};
pub use job_trace::JobTrace;
pub use judgement_record::JudgementRecord;
pub use observed::{Delivered, PassedOn, StatusChange};
pub use outputs::JobOutput;
pub use report::{E2eReport, JobReport};
pub use request::{JobRequest, UploadRequest};
pub use runner::{Runner, RunnerOptions};
