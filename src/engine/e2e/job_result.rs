//! Result of a job. Each result has its own advice.

use crate::engine::e2e::assertion::{Check, CheckOutcome, Judgement};
use crate::engine::e2e::job_trace::JobTrace;
use crate::engine::magic_hour::{ApiError, UploadError};
use crate::model::Phase;

#[derive(Debug)]
pub enum JobResult {
    /// All that was judged is as it should be.
    Passed,
    /// The event of the end came, and something is not as it should be.
    Unmet,
    /// Deliveries came that are not authentic.
    InvalidSignature,
    /// The job was not submitted: the API said no, or could not be reached.
    Refused(SubmitError),
    /// The job ended in error, and its credits were returned.
    Failed {
        /// The error's stable name; received text.
        code: String,
        /// A sentence for people; received text.
        message: String,
    },
    /// The job was called off, and its credits were returned.
    Canceled,
    /// The job ended, and no webhook reported it.
    NoWebhook,
    /// The job did not end in time.
    TimedOut,
    /// The user did not want to wait.
    Interrupted,
}

/// Why a job could not be submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// It was not created.
    #[error(transparent)]
    Create(#[from] ApiError),
    /// One of its files was not uploaded.
    #[error(transparent)]
    Upload(#[from] UploadError),
}

impl JobResult {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Unmet => "unmet",
            Self::InvalidSignature => "invalid-signature",
            Self::Refused(_) => "refused",
            Self::Failed { .. } => "job-error",
            Self::Canceled => "canceled",
            Self::NoWebhook => "no-webhook",
            Self::TimedOut => "timed-out",
            Self::Interrupted => "interrupted",
        }
    }

    /// The ending of a job that was submitted, by what was seen and how that was judged.
    pub(super) fn of(trace: &JobTrace, judgements: &[Judgement]) -> Self {
        let failed = |check: Option<Check>| {
            judgements
                .iter()
                .any(|judgement| judgement.outcome == CheckOutcome::Fail && check.is_none_or(|q| q == judgement.check))
        };
        match trace.ended_in() {
            _ if trace.is_canceled() => Self::Canceled,
            None => Self::TimedOut,
            Some(Phase::Errored) => {
                let (code, message) = trace.failure();
                Self::Failed { code, message }
            }
            Some(_) if failed(Some(Check::Signature)) => Self::InvalidSignature,
            Some(_) if trace.finished().is_none() => Self::NoWebhook,
            Some(_) if failed(None) => Self::Unmet,
            Some(_) => Self::Passed,
        }
    }
}
