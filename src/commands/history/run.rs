//! `mh-hook history`: what the journal holds: a list, one delivery in full, an export; and letting old ones go.

use crate::commands::history::args::{HistoryAction, HistoryArgs};
use crate::commands::shared::context::Context;
use crate::error::{Error, Exit};

/// Lists, shows, exports or prunes.
pub fn run(args: &HistoryArgs, context: &Context) -> Result<Exit, Error> {
    if args.action.is_some() && !args.list.is_empty() {
        let hint = "as in `mh-hook history export --last 20`; show and prune have none";
        return Err(Error::usage("filters go behind 'list' or 'export', not before", hint));
    }
    match &args.action {
        None => args.list.run_on(&args.journal.reader(context)?, context),
        Some(HistoryAction::List(list)) => list.run_on(&args.journal.reader(context)?, context),
        Some(HistoryAction::Show(show)) => show.run_on(&args.journal.reader(context)?, context),
        Some(HistoryAction::Export(export)) => export.run_on(&args.journal.reader(context)?, context),
        Some(HistoryAction::Prune(which)) => which.run_on(&args.journal, context),
    }
}
