//! Conclusion of a run: the verdict, advice on each job that did not pass, the report for CI, and the
//! exit code.

use std::time::Duration;

use crate::commands::e2e::advice::{AdviceContext, advice};
use crate::commands::e2e::junit;
use crate::commands::e2e::junit::junit;
use crate::commands::e2e::render::E2eSummary;
use crate::commands::e2e::session::ResolvedOptions;
use crate::commands::shared::context::Context;
use crate::commands::shared::junit_file::JunitFile;
use crate::engine::e2e::E2eReport;
use crate::error::{Error, Exit};
use crate::output::junit::TestSuite;
use crate::output::{Format, OutputError, Printer};

/// A trial that was judged.
pub(crate) struct Judged {
    pub(crate) report: E2eReport,
    /// URL that received deliveries.
    pub(crate) receiver: String,
    /// Whether all of it could be printed so far.
    pub(crate) printed: Result<(), OutputError>,
}

/// Says what came out, and what to do about it.
pub(crate) fn conclude(
    options: &ResolvedOptions,
    judged: Judged,
    junit_file: Option<JunitFile>,
    context: &Context,
) -> Result<Exit, Error> {
    let Judged { report, receiver, printed } = judged;
    let streams = &context.streams;
    let mut exit = report.jobs.iter().map(|job| Exit::from(&job.result)).fold(Exit::Done, Exit::worse);
    let lost = report.jobs.len() < options.requests.len();
    if lost {
        exit = exit.worse(Exit::No);
    }
    let printed = printed.and_then(|()| print(&E2eSummary { options, report: &report, exit, error: None }, context));
    let advice_context = AdviceContext { options, receiver: &receiver, report: &report };
    for job in &report.jobs {
        if let Some((message, hint)) = advice(job, advice_context) {
            streams.error(&message, Some(&hint), Exit::from(&job.result) as u8);
        }
    }
    if lost {
        let hint = "that is a fault of mh-hook: please report it; the job may go on";
        streams.error("the trial of a job broke off", Some(hint), Exit::No as u8);
    }
    warn_of_cost(options, &report, context);
    if let (Exit::Done, Some(handler)) = (exit, &options.forward) {
        streams.note(&format!(
            "not asked    whether the handler refuses forged deliveries: `mh-hook check {handler}` asks it"
        ));
    }
    let suite = junit(&report, &options.target.place());
    match written(printed, junit_file, &suite) {
        Err(error) if exit == Exit::Done => Err(error),
        // The verdict counts for more than what became of its copies.
        Err(error) => {
            streams.error(&error.to_string(), error.hint().as_deref(), error.exit() as u8);
            Ok(exit)
        }
        Ok(()) => Ok(exit),
    }
}

/// Estimates can be wrong, and then the limit was none.
fn warn_of_cost(options: &ResolvedOptions, report: &E2eReport, context: &Context) {
    let charged = report.jobs.iter().filter_map(|job| job.trace.accepted.as_ref()?.1.credits_charged);
    let charged = charged.fold(0, u64::saturating_add);
    if let Some(most) = options.max_credits.filter(|most| charged > *most) {
        context.streams.warn(&format!(
            "{charged} credits were charged, more than the limit of {most}: the estimate of {} was too low",
            options.estimate
        ));
    }
}

/// Reports a trial that ended before there was anything to judge. What becomes of the report is no match for why.
pub(crate) fn broken_off(
    options: &ResolvedOptions,
    why: &str,
    exit: Exit,
    junit_file: Option<JunitFile>,
    context: &Context,
) {
    let report = E2eReport { jobs: Vec::new(), others: 0, nameless: 0, elapsed: Duration::ZERO };
    let printed = print(&E2eSummary { options, report: &report, exit, error: Some(why) }, context);
    let suite = junit::broken_off(&options.target.place(), why);
    if let Err(error) = written(printed, junit_file, &suite) {
        context.streams.error(&error.to_string(), error.hint().as_deref(), error.exit() as u8);
    }
}

/// Writes the report for CI, and says whether that or what was printed failed. A reader who has gone is no failure.
fn written(printed: Result<(), OutputError>, junit_file: Option<JunitFile>, suite: &TestSuite) -> Result<(), Error> {
    let printed = match printed {
        Err(error @ OutputError::Failed { .. }) => Err(error.into()),
        Ok(()) | Err(OutputError::Closed) => Ok(()),
    };
    junit_file.map_or(Ok(()), |file| file.write(suite)).and(printed)
}

fn print(summary: &E2eSummary<'_>, context: &Context) -> Result<(), OutputError> {
    let printer = Printer::new(&context.streams);
    match context.streams.format {
        Format::Json => printer.print(summary),
        Format::Pretty | Format::Compact => printer.draw(summary),
    }
}
