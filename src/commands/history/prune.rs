//! `mh-hook history prune`: old deliveries go, or are counted.

use serde::Serialize;

use crate::commands::history::args::PruneArgs;
use crate::commands::shared::context::{Context, block_on, interrupt};
use crate::commands::shared::journal_args::JournalFile;
use crate::error::{Error, Exit};
use crate::output::{Printer, Record, Render, TextWriter, units};
use crate::store::journal::{Filter, PruneScope, Pruner, Reader};

impl PruneArgs {
    pub(super) fn run_on(&self, journal: &JournalFile, context: &Context) -> Result<Exit, Error> {
        let which = match (self.older_than, self.keep) {
            (Some(age), _) => PruneScope::Before(context.clock.now().checked_sub(age).unwrap_or(jiff::Timestamp::MIN)),
            (None, kept) => PruneScope::AllBut(kept.unwrap_or(usize::MAX)),
        };
        // Reading it first gives an unusable journal the hint for readers, who need one.
        drop(journal.reader(context)?);
        if self.dry_run {
            return dry_run(which, &journal.reader(context)?, context);
        }
        let mut pruner = Pruner::open(journal.path(context)?)?;
        block_on(async {
            let mut interrupt = interrupt()?;
            let done = tokio::select! {
                done = pruner.prune(which) => done?,
                () = interrupt.heard() => {
                    context.streams.note("what was deleted so far stays deleted; the same command goes on");
                    return Ok(Exit::Interrupted);
                }
            };
            let gone = PruneResult { deliveries: done.deliveries, bytes: done.bytes, dry_run: false };
            Printer::new(&context.streams).print(&gone)?;
            Ok(Exit::Done)
        })?
    }
}

/// Counts what would go.
fn dry_run(which: PruneScope, reader: &Reader, context: &Context) -> Result<Exit, Error> {
    let count = |filter: &Filter| Ok::<_, Error>(reader.ids(filter)?.len());
    let deliveries = match which {
        PruneScope::Before(time) => count(&Filter { until: Some(time), ..Filter::default() })?,
        PruneScope::AllBut(kept) => count(&Filter::default())?.saturating_sub(kept),
    };
    let gone = PruneResult { deliveries: deliveries as u64, bytes: 0, dry_run: true };
    Printer::new(&context.streams).print(&gone)?;
    Ok(Exit::Done)
}

/// Result of pruning.
#[derive(Serialize)]
struct PruneResult {
    deliveries: u64,
    bytes: u64,
    dry_run: bool,
}

impl Render for PruneResult {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let count = units::counted(self.deliveries, "delivery");
        if self.dry_run {
            writer.line(&format!("would delete {count}; nothing was changed"));
            return;
        }
        writer.push("deleted ").push(&count);
        if self.bytes > 0 {
            writer.push(&format!("; the journal is {} smaller", units::size(self.bytes)));
        }
        writer.newline();
    }
}

impl Record for PruneResult {
    const NAME: &'static str = "pruned";
}
