//! The conclusion of a run of `listen`: whether the expected events came, and the exit code.

use crate::commands::listen::render::Summary;
use crate::commands::shared::context::Context;
use crate::commands::shared::junit_file::JunitFile;
use crate::engine::receive::expectations::{ExpectationState, Expectations};
use crate::error::{Error, Exit};
use crate::output::{Format, OutputError, Printer, units};

/// Cause of the end of listening.
pub(crate) enum Cause {
    /// There was nothing left to wait for, or nobody left to show it to.
    Done,
    Signal,
    /// All sources were read, or one of them cannot be.
    Read(Option<Error>),
    Timeout,
}

/// A run that has ended.
pub(crate) struct Conclusion<'a> {
    pub(crate) expectations: &'a Expectations,
    /// Result of the last write; nothing if nobody read the output.
    pub(crate) output: Option<Result<(), OutputError>>,
    pub(crate) cause: Cause,
    /// Whether a journal keeps what came.
    pub(crate) is_kept: bool,
}

impl Conclusion<'_> {
    /// Says which expectations are met, and the result of the whole run.
    pub(crate) fn conclude(self, junit: Option<JunitFile>, context: &Context) -> Result<Exit, Error> {
        let is_read = match self.output {
            Some(Ok(())) => true,
            Some(Err(OutputError::Closed)) | None => false,
            Some(Err(error)) => return Err(error.into()),
        };
        if let Cause::Read(Some(error)) = self.cause {
            return Err(error);
        }
        let expectations = self.expectations;
        if expectations.is_wanting() {
            let summary = Summary::of(expectations);
            junit.map(|file| file.write(&summary.to_junit())).transpose()?;
            if context.streams.format == Format::Json && is_read {
                Printer::new(&context.streams).print(&summary).or_else(OutputError::unless_closed)?;
            }
        }
        let is_all_read = is_read && matches!(self.cause, Cause::Read(_));
        let exit = match (expectations.state(), self.cause) {
            (ExpectationState::Met | ExpectationState::Enough, _) => return Ok(Exit::Done),
            (ExpectationState::Waiting, _) if !expectations.is_wanting() && expectations.exit_after().is_none() => {
                return Ok(Exit::Done);
            }
            (_, Cause::Signal) => Exit::Interrupted,
            (_, Cause::Timeout) => Exit::TimedOut,
            (_, Cause::Done | Cause::Read(_)) => Exit::No,
        };
        let when = match (exit, expectations.exit_after()) {
            (Exit::Interrupted, _) => "before the interruption".to_owned(),
            (Exit::TimedOut, _) => "in time".to_owned(),
            _ if is_all_read => "before the end of what --from reads".to_owned(),
            (_, Some(most)) if is_read => format!("among the first {most} deliveries"),
            _ => "before the output was closed".to_owned(),
        };
        let look = if self.is_kept { "`mh-hook history`" } else { "without --no-journal, `mh-hook history`" };
        let (message, what) = if expectations.is_wanting() {
            let hint = "only a verified delivery that was answered 2xx counts";
            (format!("{} did not come {when}", Summary::of(expectations).missing()), hint)
        } else {
            let wanted = expectations.exit_after().unwrap_or_default();
            let hint = "refused deliveries do not count";
            (format!("{} of {} came {when}", expectations.seen(), units::counted(wanted, "delivery")), hint)
        };
        context.streams.error(&message, Some(&format!("{what}; {look} shows what came")), exit as u8);
        Ok(exit)
    }
}
