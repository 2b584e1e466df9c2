//! Judgements as test results, for CI systems.

use std::time::Duration;

use crate::engine::e2e::{Check, CheckOutcome, E2eReport, JobReport, JobResult, Judgement};
use crate::output::junit::{TestCase, TestOutcome, TestSuite};

/// A test for each judgement of each job.
pub(crate) fn junit(report: &E2eReport, place: &str) -> TestSuite {
    let cases = report.jobs.iter().flat_map(|job| {
        let judged = job.judgements.iter().map(|judgement| case(job, judgement));
        judged.chain(interrupted(job))
    });
    TestSuite { name: format!("mh-hook e2e {place}"), cases: cases.collect() }
}

/// Error for a job that was interrupted: skipped checks must not look like success.
fn interrupted(job: &JobReport) -> Option<TestCase> {
    let message = "interrupted".to_owned();
    matches!(job.result, JobResult::Interrupted).then(|| TestCase {
        name: "ended".to_owned(),
        classname: format!("mh-hook.e2e.{}", job.kind),
        time: Duration::ZERO,
        outcome: TestOutcome::Failed { details: message.clone(), message },
    })
}

/// A trial that ended before there was anything to judge: one test, which failed.
pub(crate) fn broken_off(place: &str, why: &str) -> TestSuite {
    let case = TestCase {
        name: "submitted".to_owned(),
        classname: "mh-hook.e2e".to_owned(),
        time: Duration::ZERO,
        outcome: TestOutcome::Failed { message: why.to_owned(), details: why.to_owned() },
    };
    TestSuite { name: format!("mh-hook e2e {place}"), cases: vec![case] }
}

fn case(job: &JobReport, judgement: &Judgement) -> TestCase {
    let found = &judgement.found;
    TestCase {
        name: judgement.check.as_str().to_owned(),
        classname: format!("mh-hook.e2e.{}", job.kind),
        // The time of the job is that of its first check, so that it is counted once.
        time: if judgement.check == Check::Accepted { job.elapsed } else { Duration::ZERO },
        outcome: match judgement.outcome {
            CheckOutcome::Pass => TestOutcome::Passed,
            CheckOutcome::Skipped => TestOutcome::Skipped(found.clone()),
            CheckOutcome::Fail => {
                let id = job.trace.id().unwrap_or("none");
                let details =
                    format!("rule: {}\nfound: {found}\ntool: {}\njob: {id}\n", judgement.check.rule(), job.tool);
                TestOutcome::Failed { message: found.clone(), details }
            }
        },
    }
}
