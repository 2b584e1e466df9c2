//! Options that say which of the journal's deliveries are meant, and how they are found.

use clap::{Args, ValueEnum};

use crate::commands::shared::context::Context;
use crate::commands::shared::event_patterns::event_patterns;
use crate::commands::shared::time_arg::{Moment, moment};
use crate::commands::shared::value_parsers;
use crate::error::Error;
use crate::model::signing::verdict::VerdictKind;
use crate::output::units;
use crate::store::journal::{Filter, JournalError, Reader, StoredDelivery};
use crate::store::settings::SetBy;

/// Filter options: a delivery must match all of them.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub(crate) struct FilterArgs {
    /// Only events of these types (globs allowed)
    #[arg(long = "type", add = SetBy::CommandLine, value_name = "GLOB", value_delimiter = ',')]
    event_types: Vec<String>,
    /// Only deliveries of this job: its id, or the beginning of it
    #[arg(long, add = SetBy::CommandLine, value_name = "ID")]
    job: Option<String>,
    /// Only deliveries received since this time: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z
    #[arg(long, add = SetBy::CommandLine, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// Only deliveries received before this time
    #[arg(long, add = SetBy::CommandLine, value_name = "TIME", value_parser = moment)]
    until: Option<Moment>,
    /// Only deliveries with this verdict
    #[arg(long, add = SetBy::CommandLine, value_enum)]
    verdict: Option<VerdictName>,
    /// Only deliveries with this value, such as payload.error.code=timeout
    #[arg(long = "where", add = SetBy::CommandLine, value_name = "PATH=VALUE")]
    places: Vec<String>,
    /// Only those that a handler was sent and never answered with success
    #[arg(long, add = SetBy::CommandLine)]
    failed: bool,
    /// Only the newest N of those that match
    #[arg(short = 'n', long, add = SetBy::CommandLine, value_name = "N", value_parser = value_parsers::whole::<u32>(1, 1_000_000_000))]
    last: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum VerdictName {
    Verified,
    Unverified,
    Invalid,
}

impl VerdictName {
    const fn kind(self) -> VerdictKind {
        match self {
            Self::Verified => VerdictKind::Verified,
            Self::Unverified => VerdictKind::Unverified,
            Self::Invalid => VerdictKind::Invalid,
        }
    }
}

impl FilterArgs {
    /// Whether nothing was asked for.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Filter for the journal.
    pub(crate) fn filter(&self, context: &Context) -> Result<Filter, Error> {
        let now = context.clock.now();
        Ok(Filter {
            event_types: event_patterns(&self.event_types, context)?,
            job: self.job.clone(),
            since: self.since.map(|moment| moment.resolve(now)),
            until: self.until.map(|moment| moment.resolve(now)),
            verdict: self.verdict.map(VerdictName::kind),
            places: self.places.iter().map(|text| value_parsers::assignment(text)).collect::<Result<_, _>>()?,
            without_replays: false,
            undelivered: self.failed,
            last: self.last.map(|last| usize::try_from(last).unwrap_or(usize::MAX)),
            ..Filter::default()
        })
    }
}

/// One delivery of the journal; of one that is not there, an error that names its neighbours.
pub(crate) fn find(reader: &Reader, id: u64) -> Result<StoredDelivery, Error> {
    if let Some(delivery) = reader.get(id).map_err(unreadable)? {
        return Ok(delivery);
    }
    let near: Vec<String> = reader.near(id).map_err(unreadable)?.iter().map(ToString::to_string).collect();
    let hint = match near.as_slice() {
        [] => "the journal holds none at all; `mh-hook listen` fills it".to_owned(),
        near => format!("near it are {}; `mh-hook history` lists all", near.join(", ")),
    };
    Err(Error::usage(format!("the journal has no delivery {id}"), hint))
}

/// Says how many deliveries `--where` could not look into.
pub(crate) fn note_unreadable(reader: &Reader, context: &Context) {
    let count = reader.unreadable();
    if count > 0 {
        let deliveries = units::counted(count, "delivery");
        let bodies = if count == 1 { "its body is" } else { "their bodies are" };
        context.streams.note(&format!("passed over {deliveries}: {bodies} not JSON, which --where looks into"));
    }
}

/// A journal that could not be read.
pub(crate) fn unreadable(error: JournalError) -> Error {
    Error::Query(error.into())
}
