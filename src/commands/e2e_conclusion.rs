//! What a trial comes to in the end: the verdict, what to do about each job that did not pass, the report for CI, and the
//! exit code.

use std::time::Duration;

use crate::commands::context::Context;
use crate::commands::e2e_advice::{Situation, advice};
use crate::commands::e2e_junit::{self, junit};
use crate::commands::e2e_stage::Settled;
use crate::commands::e2e_text::Summary;
use crate::commands::junit_file::JunitFile;
use crate::engine::e2e::Report;
use crate::error::{Error, Exit};
use crate::output::{Format, OutputError, Printer};

/// Says what came out, and what to do about it.
pub(crate) fn conclude(
    settled: &Settled,
    (report, printed): (&Report, Result<(), OutputError>),
    receiver: &str,
    junit_file: Option<JunitFile>,
    context: &Context,
) -> Result<Exit, Error> {
    let streams = &context.streams;
    let mut exit = report.jobs.iter().map(|job| Exit::from(&job.ending)).fold(Exit::Done, Exit::worse);
    let lost = report.jobs.len() < settled.requests.len();
    if lost {
        exit = exit.worse(Exit::No);
    }
    let printed = printed.and_then(|()| print(&Summary { world: &settled.world, report, exit, error: None }, context));
    let situation = Situation { settled, receiver, others: report.others, nameless: report.nameless };
    for job in &report.jobs {
        if let Some((message, hint)) = advice(job, situation) {
            streams.error(&message, Some(&hint), Exit::from(&job.ending) as u8);
        }
    }
    if lost {
        let hint = "that is a fault of mh-hook: please report it; the job may go on";
        streams.error("the trial of a job broke off", Some(hint), Exit::No as u8);
    }
    warn_of_cost(settled, report, context);
    let written = junit_file.map_or(Ok(()), |file| file.write(&junit(report, &settled.world.place())));
    let printed = match printed {
        Err(error @ OutputError::Failed { .. }) => Err(error.into()),
        Ok(()) | Err(OutputError::Closed) => Ok(()),
    };
    match written.and(printed) {
        Ok(()) => Ok(exit),
        Err(error) if exit == Exit::Done => Err(error),
        // The verdict counts for more than what became of its copies.
        Err(error) => {
            streams.error(&error.to_string(), error.hint().as_deref(), error.exit() as u8);
            Ok(exit)
        }
    }
}

/// Estimates can be wrong, and then the limit was none.
fn warn_of_cost(settled: &Settled, report: &Report, context: &Context) {
    let charged = report.jobs.iter().filter_map(|job| job.course.accepted.as_ref()?.1.credits_charged);
    let charged = charged.fold(0, u64::saturating_add);
    if let Some(most) = settled.max_credits.filter(|most| charged > *most) {
        context.streams.warn(&format!(
            "{charged} credits were charged, more than the limit of {most}: the estimate of {} was too low",
            settled.estimate
        ));
    }
}

/// Reports a trial that ended before there was anything to judge.
pub(crate) fn broken_off(
    settled: &Settled,
    why: &str,
    exit: Exit,
    junit_file: Option<JunitFile>,
    context: &Context,
) -> Result<(), Error> {
    if let Some(file) = junit_file {
        file.write(&e2e_junit::broken_off(&settled.world.place(), why))?;
    }
    let report = Report { jobs: Vec::new(), others: 0, nameless: 0, elapsed: Duration::ZERO };
    match print(&Summary { world: &settled.world, report: &report, exit, error: Some(why) }, context) {
        Err(error @ OutputError::Failed { .. }) => Err(error.into()),
        Ok(()) | Err(OutputError::Closed) => Ok(()),
    }
}

fn print(summary: &Summary<'_>, context: &Context) -> Result<(), OutputError> {
    let printer = Printer::new(&context.streams);
    match context.streams.format {
        Format::Json => printer.print(summary),
        Format::Pretty | Format::Compact => printer.draw(summary),
    }
}
