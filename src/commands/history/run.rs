//! `mh-hook history`: what the journal holds: a list, one delivery in full, an export; and letting old ones go.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use crate::commands::history::args::{ExportArgs, HistoryAction, HistoryArgs, PruneArgs};
use crate::commands::history::export_text::Heading;
use crate::commands::history::render::{DeliveryDetails, DeliveryRow};
use crate::commands::shared::context::{Context, interrupt, runtime};
use crate::commands::shared::filter_args::{FilterArgs, find, unreadable};
use crate::commands::shared::journal_args::JournalFile;
use crate::commands::shared::redacted;
use crate::commands::shared::request_text::curl_as_received;
use crate::error::{Error, Exit};
use crate::model::text::timestamp::rfc3339;
use crate::net::out::target::Target;
use crate::output::{Batch, Format, Printer, Record, Render, TextWriter, units};
use crate::store::journal::{Filter, PruneScope, Pruner, Reader, StoredDelivery};

/// Bytes of text that are written at once.
const CHUNK: usize = 64 << 10;

/// Time between two looks for new deliveries.
const FOLLOWING: Duration = Duration::from_millis(200);

/// Lists, shows, exports or prunes.
pub fn run(args: &HistoryArgs, context: &Context) -> Result<Exit, Error> {
    if args.action.is_some() && !args.filter.is_empty() {
        let hint = "as in `mh-hook history export --last 20`; show and prune have none";
        return Err(Error::usage("filters go behind 'list' or 'export', not before", hint));
    }
    match &args.action {
        None => list(&args.filter, &args.journal.reader(context)?, context),
        Some(HistoryAction::List(filter)) => list(filter, &args.journal.reader(context)?, context),
        Some(HistoryAction::Show(show)) => {
            let reader = args.journal.reader(context)?;
            let delivery = find(&reader, show.id)?;
            let attempts = reader.attempts_of(show.id).map_err(unreadable)?;
            Printer::new(&context.streams).print(&DeliveryDetails { delivery: &delivery, attempts: &attempts })?;
            Ok(Exit::Done)
        }
        Some(HistoryAction::Export(export)) => export.run_on(&args.journal.reader(context)?, context),
        Some(HistoryAction::Prune(which)) => which.run_on(&args.journal, context),
    }
}

fn list(filter: &FilterArgs, reader: &Reader, context: &Context) -> Result<Exit, Error> {
    let now = context.clock.now();
    let newest = newest(reader)?;
    let mut batch = Printer::new(&context.streams).batch();
    let mut first = true;
    visit(reader, &filter.filter(now)?, |delivery| {
        batch.add(&DeliveryRow { delivery: &delivery, newest, now, first })?;
        first = false;
        if batch.len() >= CHUNK { batch.flush().map_err(Error::from) } else { Ok(()) }
    })?;
    batch.flush()?;
    if newest == 0 {
        context.streams.note("the journal holds no deliveries; `mh-hook listen` fills it");
    } else if first {
        context.streams.note("no delivery matches");
    }
    Ok(Exit::Done)
}

/// Number of the newest delivery, 0 in an empty journal.
fn newest(reader: &Reader) -> Result<u64, Error> {
    Ok(reader.near(u64::MAX).map_err(unreadable)?.last().copied().unwrap_or_default())
}

/// Hands each delivery that matches on, until one cannot be taken.
fn visit(
    reader: &Reader,
    filter: &Filter,
    mut take: impl FnMut(StoredDelivery) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut taken = Ok(());
    reader.visit(filter, |delivery| {
        taken = take(delivery);
        if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    taken
}

impl ExportArgs {
    fn run_on(&self, reader: &Reader, context: &Context) -> Result<Exit, Error> {
        let heading = Heading::new(rfc3339(context.clock.now()), !self.reveal);
        if self.curl {
            return self.write_commands(&heading, reader, context);
        }
        // Records are what an export is, in whatever format results are otherwise shown.
        let mut streams = context.streams.clone();
        streams.format = Format::Json;
        let mut batch = Printer::new(&streams).batch();
        batch.add(&heading)?;
        let mut filter = self.filter.filter(context.clock.now())?;
        // Taken before the look, so that nothing is missed that comes meanwhile.
        let newest = newest(reader)?;
        let written = self.write_records(&filter, reader, &mut batch)?;
        if !self.follow {
            return Ok(Exit::Done);
        }
        (filter.above, filter.last) = (Some(newest.max(written)), None);
        runtime()?.block_on(async {
            let mut interrupt = interrupt()?;
            let mut looks = tokio::time::interval(FOLLOWING);
            loop {
                tokio::select! {
                    _ = looks.tick() => {}
                    () = interrupt.heard() => return Ok(Exit::Done),
                }
                let newest = self::newest(reader)?;
                if filter.above.is_some_and(|after| newest > after) {
                    let written = self.write_records(&filter, reader, &mut batch)?;
                    filter.above = Some(newest.max(written));
                }
            }
        })
    }

    /// Writes what matches; returns the number of the last that did.
    fn write_records(&self, filter: &Filter, reader: &Reader, batch: &mut Batch) -> Result<u64, Error> {
        let mut last = 0;
        visit(reader, filter, |mut delivery| {
            last = delivery.id;
            let mut attempts = reader.attempts_of(delivery.id).map_err(unreadable)?;
            if !self.reveal {
                delivery = redacted::delivery(delivery);
                attempts = attempts.into_iter().map(redacted::attempt).collect();
            }
            batch.add(&DeliveryDetails { delivery: &delivery, attempts: &attempts })?;
            if batch.len() >= CHUNK { batch.flush().map_err(Error::from) } else { Ok(()) }
        })?;
        batch.flush()?;
        Ok(last)
    }

    fn write_commands(&self, heading: &Heading, reader: &Reader, context: &Context) -> Result<Exit, Error> {
        let target: Target = self.to.parse()?;
        let out = &context.streams.out;
        let mut text = String::new();
        heading.render(&mut TextWriter::new(&mut text, out.theme(), None, Format::Compact));
        out.write(text.as_bytes())?;
        visit(reader, &self.filter.filter(context.clock.now())?, |mut delivery| {
            if !self.reveal {
                delivery = redacted::delivery(delivery);
            }
            let command = curl_as_received(&delivery, &place_of(&delivery, &target));
            Ok(out.write(format!("\n# delivery {}\n{command}\n", delivery.id).as_bytes())?)
        })?;
        Ok(Exit::Done)
    }
}

/// The target with the query of a delivery, and with its path unless the target has one. A query that is hidden is left
/// out.
fn place_of(delivery: &StoredDelivery, target: &Target) -> Target {
    let received = delivery.delivery.path.split_once('?');
    let (path, query) = received.map_or((delivery.delivery.path.as_str(), None), |(path, query)| (path, Some(query)));
    let path = if target.path.path() == "/" && path.starts_with('/') { path } else { target.path.path() };
    let query = query.filter(|query| !query.contains(redacted::HIDDEN));
    let queries: Vec<&str> = [target.path.query(), query].into_iter().flatten().collect();
    let mark = if queries.is_empty() { "" } else { "?" };
    let scheme = if target.tls { "https" } else { "http" };
    let url = format!("{scheme}://{}{path}{mark}{}", target.authority, queries.join("&"));
    url.parse().unwrap_or_else(|_| target.clone())
}

impl PruneArgs {
    fn run_on(&self, journal: &JournalFile, context: &Context) -> Result<Exit, Error> {
        let which = match (self.older_than, self.keep) {
            (Some(age), _) => PruneScope::Before(context.clock.now().checked_sub(age).unwrap_or(jiff::Timestamp::MIN)),
            (None, kept) => PruneScope::AllBut(kept.unwrap_or(usize::MAX)),
        };
        // Reading it first says what is wrong with a journal in words for someone who cannot do without it.
        drop(journal.reader(context)?);
        let mut pruner = Pruner::open(journal.path(context)?)?;
        runtime()?.block_on(async {
            let mut interrupt = interrupt()?;
            let done = tokio::select! {
                done = pruner.prune(which) => done?,
                () = interrupt.heard() => {
                    context.streams.note("what was deleted so far stays deleted; the same command goes on");
                    return Ok(Exit::Interrupted);
                }
            };
            let gone = PruneResult { deliveries: done.deliveries, bytes: done.bytes };
            Printer::new(&context.streams).print(&gone)?;
            Ok(Exit::Done)
        })
    }
}

/// Result of pruning.
#[derive(Serialize)]
struct PruneResult {
    deliveries: u64,
    bytes: u64,
}

impl Render for PruneResult {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.push("deleted ").push(&units::counted(self.deliveries, "delivery"));
        if self.bytes > 0 {
            writer.push(&format!("; the journal is {} smaller", units::size(self.bytes)));
        }
        writer.newline();
    }
}

impl Record for PruneResult {
    const NAME: &'static str = "pruned";
}
