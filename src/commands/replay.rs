//! `mh-hook replay`: sends deliveries of the journal again and shows the answers.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::commands::shared::attempt_text::AttemptReport;
use crate::commands::shared::context::{Context, block_on, finish, interrupt};
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::filter_args::note_unreadable;
use crate::commands::shared::filter_args::{FilterArgs, find};
use crate::commands::shared::interruption::SentSoFar;
use crate::commands::shared::journal_args::JournalFile;
use crate::commands::shared::place::place;
use crate::commands::shared::selection::{Selector, selected};
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::commands::shared::value_parsers::ExpectedStatus;
use crate::engine::send::replayer::{EditError, Edits, Replayer};
use crate::error::{Error, Exit};
use crate::model::Signer;
use crate::model::contract::path::Assignment;
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::{OutputError, Printer, Record, Render, TextWriter};
use crate::store::journal::{AttemptOrigin, Filter, Journal, JournalError, JournalOptions, Reader};
use crate::store::settings::SetBy;

/// Send deliveries of the journal again
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook replay 3
      send a delivery again, signed anew
  mh-hook replay last --to http://localhost:3000/webhook
      the newest, elsewhere
  mh-hook replay 3 --set payload.name=null
      edit it first")]
pub struct ReplayArgs {
    /// Numbers of the deliveries, ranges such as 3-7, or last, last~1, in the order to send them; or use the filters
    #[arg(value_name = "ID")]
    ids: Vec<Selector>,
    /// URL to post to
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL", default_value_t = default_url(), value_parser = place())]
    to: String,
    /// Send the original timestamp and signature instead of signing anew
    #[arg(long, add = SetBy::User, conflicts_with_all = ["set", "set_new", "secret_file"])]
    as_is: bool,
    /// Change a field, such as payload.name=null; the value is JSON, else text
    #[arg(long, add = SetBy::CommandLine, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Add or change a field
    #[arg(long, add = SetBy::CommandLine, value_name = "PATH=VALUE")]
    set_new: Vec<String>,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Time for the handler to answer
    #[arg(long, add = SetBy::Project, value_name = "DURATION", default_value = "30s", value_parser = value_parsers::some_time)]
    timeout: Duration,
    /// Statuses that count as success: 2xx, 4xx or one status
    #[arg(long, add = SetBy::User, value_name = "STATUS", default_value = "2xx")]
    expect_status: ExpectedStatus,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    journal: JournalFile,
    #[command(flatten)]
    tls: TlsArgs,
}

/// Sends the deliveries one after another, shows each answer and keeps each attempt in the journal.
pub fn run(args: &ReplayArgs, context: &Context) -> Result<Exit, Error> {
    args.tls.require_readable()?;
    let target: Target = args.to.parse()?;
    let edits = Edits { set: assignments(&args.set)?, set_new: assignments(&args.set_new)? };
    let reader = args.journal.reader(context)?;
    let ids = chosen(args, &edits, &reader, context)?;
    note_unreadable(&reader, context);
    if ids.is_empty() {
        context.streams.note("no delivery matches, so nothing was sent");
        return Ok(Exit::Done);
    }
    let signer = if args.as_is {
        None
    } else {
        let found = context.secret(args.secret_file.as_deref())?;
        context.streams.note(&format!("signing with {}", found.described()));
        Some(Signer::new(&found.secret))
    };
    block_on(async {
        let mut interrupt = interrupt()?;
        let shutdown = Shutdown::new();
        let remote = Remote::new(target, &args.tls.options(), shutdown.clone())?;
        let journal = writable(args, context)?;
        let replayer = Replayer { remote, signer, timeout: args.timeout, clock: context.clock.clone() };
        let replay = Replay { args, edits, reader, replayer, journal };
        let so_far = SentSoFar::default();
        let exit = tokio::select! {
            exit = replay.send_all(&ids, &so_far, context) => exit,
            () = interrupt.heard() => {
                so_far.say_interrupted(ids.len(), context);
                Ok(Exit::Interrupted)
            }
        };
        if let Some(journal) = &replay.journal {
            journal.close().await;
        }
        drop(replay);
        finish(&shutdown, &mut interrupt).await;
        exit
    })?
}

/// The journal to keep attempts in. One that can only be read is no reason not to send.
fn writable(args: &ReplayArgs, context: &Context) -> Result<Option<Journal>, Error> {
    match Journal::open(JournalOptions::new(args.journal.path(context)?)) {
        Ok((journal, _notices)) => Ok(Some(journal)),
        Err(error @ JournalError::Unusable { .. }) => {
            context.streams.warn(&format!("{error}; the attempts are not kept"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn assignments(texts: &[String]) -> Result<Vec<Assignment>, Error> {
    texts.iter().map(|text| value_parsers::assignment(text)).collect()
}

/// The deliveries that are meant. Each edit is tried on each of them first, so that a slip sends none.
fn chosen(args: &ReplayArgs, edits: &Edits, reader: &Reader, context: &Context) -> Result<Vec<u64>, Error> {
    match (args.ids.is_empty(), args.filter.is_empty()) {
        (false, true) => {
            let ids = selected(&args.ids, reader, &Filter { without_replays: true, ..Filter::default() })?;
            for id in &ids {
                edits.apply(&find(reader, *id)?).map_err(misfit)?;
            }
            Ok(ids)
        }
        (true, false) => {
            let mut ids = Vec::new();
            let mut tried = Ok(());
            // What a replay brought here again would be replayed twice as often each time.
            let filter = Filter { without_replays: true, ..args.filter.filter(context)? };
            reader.visit(&filter, |delivery| {
                ids.push(delivery.id);
                tried = edits.apply(&delivery).map(drop);
                if tried.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            tried.map(|()| ids).map_err(misfit)
        }
        (true, true) => {
            let hint = "`mh-hook replay last`, `mh-hook replay 12` or `mh-hook replay 3-7`; `mh-hook history` lists what there is";
            Err(Error::usage("no delivery was named", hint))
        }
        (false, false) => Err(Error::usage("ids and filters cannot be combined", "give either")),
    }
}

fn misfit(error: EditError) -> Error {
    match error {
        EditError::Path(error) => error.into(),
        EditError::NotJson(id, _) => Error::usage(
            error.to_string(),
            format!("`mh-hook history show {id}` shows it; without --set it can be sent"),
        ),
    }
}

/// A replay under way.
struct Replay<'a> {
    args: &'a ReplayArgs,
    edits: Edits,
    reader: Reader,
    replayer: Replayer,
    /// None where the journal can only be read.
    journal: Option<Journal>,
}

impl Replay<'_> {
    async fn send_all(&self, ids: &[u64], so_far: &SentSoFar, context: &Context) -> Result<Exit, Error> {
        let printer = Printer::new(&context.streams);
        let mut exit = Exit::Done;
        for id in ids {
            let delivery = find(&self.reader, *id)?;
            let event = self.edits.apply(&delivery).map_err(misfit)?;
            so_far.begin();
            let sent = self.replayer.replay(&delivery, event).await;
            so_far.end();
            so_far.count();
            if let Some(journal) = &self.journal
                && let Err(error) = journal.attempt(sent.attempt.entry(*id, AttemptOrigin::Replay)).await.await
            {
                context.streams.warn(&format!("{error}; this attempt is not in it"));
            }
            let report = AttemptReport { sent: &sent, expected: self.args.expect_status, faulty: false };
            // Nobody reading any more is no reason to send less.
            match printer.print(&Replayed { delivery: *id, report: &report }) {
                Ok(()) | Err(OutputError::Closed) => {}
                Err(error) => return Err(error.into()),
            }
            exit = exit.worse(report.exit());
            report.comment(context);
            if report.is_hopeless() {
                break;
            }
        }
        Ok(exit)
    }
}

/// An attempt, and which delivery of the journal it sent again.
#[derive(Serialize)]
struct Replayed<'a> {
    delivery: u64,
    #[serde(flatten)]
    report: &'a AttemptReport<'a>,
}

impl Render for Replayed<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        self.report.render(writer);
    }
}

impl Record for Replayed<'_> {
    const NAME: &'static str = AttemptReport::NAME;
}
