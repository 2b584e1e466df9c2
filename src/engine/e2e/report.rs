//! Report of a run.

use std::time::Duration;

use crate::engine::e2e::assertion::{CheckOutcome, Judgement};
use crate::engine::e2e::job_result::{JobResult, SubmitError};
use crate::engine::e2e::job_trace::JobTrace;
use crate::engine::e2e::outputs::JobOutput;
use crate::model::Kind;

/// Report on all jobs.
#[derive(Debug)]
pub struct E2eReport {
    /// Report on each job, in the order of requests.
    pub jobs: Vec<std::sync::Arc<JobReport>>,
    /// Number of deliveries for other jobs. They were answered with success and not judged.
    pub others: u64,
    /// Number of deliveries that name no job.
    pub nameless: u64,
    /// Time that it took.
    pub elapsed: Duration,
}

/// Report on one job.
#[derive(Debug)]
pub struct JobReport {
    pub kind: Kind,
    /// The tool, such as `text-to-video`.
    pub tool: &'static str,
    /// Credits of all jobs, by estimate.
    pub estimate: u64,
    /// All that was seen of it.
    pub trace: JobTrace,
    /// Its outputs, as far as they were fetched.
    pub outputs: Vec<JobOutput>,
    /// The answer to every check.
    pub judgements: Vec<Judgement>,
    pub result: JobResult,
    /// Time that the job took.
    pub elapsed: Duration,
}

impl JobReport {
    /// Number of checks with this outcome.
    pub fn count(&self, outcome: CheckOutcome) -> usize {
        self.judgements.iter().filter(|judgement| judgement.outcome == outcome).count()
    }

    /// Whether it possibly exists and has cost something, although nothing is known of it.
    pub fn may_exist_unknown(&self) -> bool {
        let is_unknown = self.trace.create_requested && self.trace.accepted.is_none();
        is_unknown
            && match &self.result {
                JobResult::Refused(SubmitError::Create(error)) => error.may_have_created(),
                _ => true,
            }
    }

    /// Credits that the account has paid, by the API's last answer.
    pub fn credits_charged(&self) -> Option<u64> {
        let details = self.trace.details.as_ref().and_then(|details| details.get("credits_charged")?.as_u64());
        details.or_else(|| self.trace.accepted.as_ref()?.1.credits_charged)
    }
}
