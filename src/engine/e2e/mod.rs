//! The trial of a whole integration: a job is submitted, its webhooks are received, the details endpoint is asked as a
//! second witness, and all of it is judged.
//!
//! Nothing here knows whether the API is Magic Hour's or a sandbox's: an [`Examiner`] is given an API and a receiver.

mod attendant;
mod course;
mod ending;
mod event;
mod examiner;
mod judge;
mod judgement;
mod mailroom;
mod outputs;
mod probe;
mod report;
mod request;
#[cfg(test)]
mod tests;

pub use course::{Course, Delivered, PassedOn};
pub use ending::{Ending, SubmitError};
pub use event::{Direction, E2eEvent, News, Step, Transfer};
pub use examiner::{Examiner, ExaminerOptions};
pub use judgement::{Judgement, Outcome, Question};
pub use outputs::Output;
pub use probe::ProbeError;
pub use report::{JobReport, Report};
pub use request::{JobRequest, UploadRequest};
