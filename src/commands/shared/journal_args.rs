//! Options of the commands that write or read the journal.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tokio::sync::mpsc;

use crate::commands::shared::context::Context;
use crate::commands::shared::value_parsers;
use crate::error::Error;
use crate::output::units;
use crate::store::journal::{Journal, JournalNotice, JournalOptions, ReadAccess, Reader, SyncMode};
use crate::store::settings::SetBy;

/// The journal's file in the data directory.
const FILE_NAME: &str = "journal.db";

/// Text of a notice from the journal.
pub(crate) fn notice(notice: &JournalNotice) -> String {
    match notice {
        JournalNotice::Failed { cause } => {
            format!("the journal cannot be written ({cause}): deliveries are answered 503, and each one tries again")
        }
        JournalNotice::Recovered { anew: false } => "the journal can be written again".to_owned(),
        JournalNotice::Recovered { anew: true } => {
            "the journal's file was gone: deliveries are kept in a new one".to_owned()
        }
        JournalNotice::LogKept { log } => format!(
            "the journal's file is gone, and its last deliveries are still in {}: if you moved the journal, rename this \
             file to the journal's new name followed by -wal before you use it; if you deleted it, delete this file as well",
            log.display()
        ),
        JournalNotice::Large { bytes } => format!(
            "the journal has {}: `mh-hook history prune` or --journal-max makes it smaller",
            units::size(*bytes)
        ),
        JournalNotice::LettingGo { limit } => {
            format!(
                "the journal has reached {}: the oldest deliveries are deleted from now on, refused ones first",
                units::size(*limit)
            )
        }
        JournalNotice::LettingRefusedGo { limit } => format!(
            "refused deliveries have reached {} in the journal: the oldest of them are deleted from now on",
            units::size(*limit)
        ),
        JournalNotice::LetGo { deliveries } => {
            format!("{} deleted to keep the journal within its limit", units::counted(*deliveries, "old delivery"))
        }
    }
}

/// Options that name the journal.
#[derive(Args, Clone, Debug)]
pub(crate) struct JournalFile {
    /// Journal file, instead of the one in the data directory
    #[arg(long = "journal", add = SetBy::User, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The usual journal's path; nothing is made.
pub(crate) fn usual_journal(context: &Context) -> Result<PathBuf, Error> {
    Ok(context.directories.data()?.join(FILE_NAME))
}

impl JournalFile {
    /// Its path; the data directory is made if that is where it is.
    pub(crate) fn path(&self, context: &Context) -> Result<PathBuf, Error> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => Ok(context.directories.create_data()?.join(FILE_NAME)),
        }
    }

    /// Its path, if there is a place for it; nothing is made.
    pub(crate) fn place(&self, context: &Context) -> Option<PathBuf> {
        let usual = || context.directories.data().ok().map(|data| data.join(FILE_NAME));
        self.file.clone().or_else(usual)
    }

    /// Opens the journal to read it; nothing is made, not even its directory.
    pub(crate) fn reader(&self, context: &Context) -> Result<Reader, Error> {
        let path = match &self.file {
            Some(file) => file.clone(),
            None => usual_journal(context)?,
        };
        let reader = Reader::open(path).map_err(|error| Error::Query(error.into()))?;
        warn_of_access(reader.access(), context);
        Ok(reader)
    }
}

/// Says so when a journal is read in part.
pub(crate) fn warn_of_access(access: ReadAccess, context: &Context) {
    let ReadAccess::Fixed { log_left_out } = access else { return };
    let fixed = "the journal's directory cannot be written: the journal is read as it is now";
    if log_left_out {
        context.streams.warn(&format!("{fixed}, without the newest deliveries, which are still in its -wal file"));
    } else {
        context.streams.note(fixed);
    }
}

/// Options of writing a journal.
#[derive(Args, Clone, Debug)]
pub(crate) struct JournalWriting {
    #[command(flatten)]
    file: JournalFile,
    /// Do not write a journal; history, replay and duplicate detection are lost when the run ends
    #[arg(long, add = SetBy::User, conflicts_with_all = ["file", "sync", "journal_max"])]
    no_journal: bool,
    /// Answer after the disk has the delivery, or after the operating system has it
    #[arg(long, add = SetBy::User, value_enum, default_value_t = Sync::Full)]
    sync: Sync,
    /// Delete the oldest deliveries, refused ones first, when the journal grows beyond this size
    #[arg(long, add = SetBy::User, value_name = "SIZE", value_parser = value_parsers::size)]
    journal_max: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sync {
    Full,
    Normal,
}

impl JournalWriting {
    /// Whether the user named a file to keep it in.
    pub(crate) fn is_named(&self) -> bool {
        self.file.file.is_some()
    }

    /// The file that the user named.
    pub(crate) fn named(&self) -> Option<&Path> {
        self.file.file.as_deref()
    }

    /// Opens the journal, if there is to be one, with the channel on which it tells of itself.
    pub(crate) fn open(&self, context: &Context) -> Result<Option<(Journal, mpsc::Receiver<JournalNotice>)>, Error> {
        if self.no_journal {
            return Ok(None);
        }
        let mut options = JournalOptions::new(self.file.path(context)?);
        options.sync = match self.sync {
            Sync::Full => SyncMode::Full,
            Sync::Normal => SyncMode::Normal,
        };
        options.max_size = self.journal_max.map(|size| size as u64);
        if self.sync == Sync::Normal {
            context
                .streams
                .note("journal      --sync normal: the last deliveries can be lost if the machine itself goes down");
        }
        Ok(Some(Journal::open(options)?))
    }
}
