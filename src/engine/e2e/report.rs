//! What a trial found.

use std::time::Duration;

use crate::engine::e2e::assertion::{CheckOutcome, Judgement};
use crate::engine::e2e::job_result::{JobResult, SubmitError};
use crate::engine::e2e::job_trace::JobTrace;
use crate::engine::e2e::outputs::JobOutput;
use crate::model::Kind;

/// What was found of all jobs.
#[derive(Debug)]
pub struct E2eReport {
    /// What was found of each, in the order of requests.
    pub jobs: Vec<std::sync::Arc<JobReport>>,
    /// How many deliveries of other jobs came. They were answered with success and not judged.
    pub others: u64,
    /// How many deliveries came that name no job.
    pub nameless: u64,
    /// Time that it took.
    pub elapsed: Duration,
}

/// What was found of one job.
#[derive(Debug)]
pub struct JobReport {
    pub kind: Kind,
    /// The tool, such as `text-to-video`.
    pub tool: &'static str,
    /// What it was thought to cost, in credits.
    pub estimate: u64,
    /// All that was seen of it.
    pub trace: JobTrace,
    /// Its outputs, as far as they were fetched.
    pub outputs: Vec<JobOutput>,
    /// The answer to every check.
    pub judgements: Vec<Judgement>,
    pub result: JobResult,
    /// How long its trial took.
    pub elapsed: Duration,
}

impl JobReport {
    /// How many checks were answered so.
    pub fn count(&self, outcome: CheckOutcome) -> usize {
        self.judgements.iter().filter(|judgement| judgement.outcome == outcome).count()
    }

    /// Whether it may be there, and have cost something, although nothing is known of it.
    pub fn may_exist_unknown(&self) -> bool {
        let is_unknown = self.trace.create_requested && self.trace.accepted.is_none();
        is_unknown
            && match &self.result {
                JobResult::Refused(SubmitError::Create(error)) => error.may_have_created(),
                _ => true,
            }
    }

    /// What the account has paid for it, by the last word of the API.
    pub fn credits_charged(&self) -> Option<u64> {
        let details = self.trace.details.as_ref().and_then(|details| details.get("credits_charged")?.as_u64());
        details.or_else(|| self.trace.accepted.as_ref()?.1.credits_charged)
    }
}
