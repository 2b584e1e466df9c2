//! `mh-hook history list`: a line for each delivery, the newest last.

use crate::commands::history::args::ListArgs;
use crate::commands::history::follow::{follow, newest, visit};
use crate::commands::history::render::DeliveryRow;
use crate::commands::shared::context::Context;
use crate::commands::shared::filter_args::{note_unreadable, unreadable};
use crate::commands::shared::pager::{is_paged, paged};
use crate::error::{Error, Exit};
use crate::output::{Printer, Streams};
use crate::store::journal::{Filter, Reader, StoredDelivery};

/// Bytes of text that are written at once.
pub(super) const CHUNK: usize = 64 << 10;

/// Deliveries that are listed where nothing is said: on a terminal, elsewhere, and before those that are followed.
const ON_TERMINAL: usize = 50;
const ELSEWHERE: usize = 1_000;
const BEFORE_FOLLOWING: usize = 10;

impl ListArgs {
    pub(super) fn run_on(&self, reader: &Reader, context: &Context) -> Result<Exit, Error> {
        let filter = self.filter.filter(context)?;
        if self.follow {
            return self.follow(filter, reader, context);
        }
        let most = match filter.last {
            None if self.all => None,
            None if context.streams.out.is_terminal() && !is_paged(context) => Some(ON_TERMINAL),
            None => Some(ELSEWHERE),
            last => last,
        };
        // One more says whether any are left out.
        let asked = if filter.last.is_none() { most.map(|most| most + 1) } else { most };
        let filter = Filter { last: asked, ..filter };
        let left_out = paged(context, |streams| list(&filter, most, reader, (streams, context)))?;
        if let Some(before) = left_out {
            context.streams.note(&format!("deliveries before {before} are left out: -n N or --all shows more"));
        }
        Ok(Exit::Done)
    }

    fn follow(&self, filter: Filter, reader: &Reader, context: &Context) -> Result<Exit, Error> {
        let last = if self.all { None } else { Some(filter.last.unwrap_or(BEFORE_FOLLOWING)) };
        let filter = Filter { last, ..filter };
        let mut seen = newest(reader)?;
        let now = context.clock.now();
        let mut batch = Printer::new(&context.streams).batch();
        let mut first = true;
        let mut add = |delivery: &StoredDelivery| {
            batch.add(&DeliveryRow { delivery, newest: delivery.id, now, first })?;
            first = false;
            Ok::<_, Error>(batch.flush()?)
        };
        visit(reader, &filter, |delivery| {
            seen = seen.max(delivery.id);
            add(&delivery)
        })?;
        follow(reader, (filter, seen), context, |delivery| delivery.as_ref().map_or(Ok(()), &mut add))
    }
}

/// Lists the newest `most` of what matches. Returns the number before which more are left out, if any are.
fn list(
    filter: &Filter,
    most: Option<usize>,
    reader: &Reader,
    (streams, context): (&Streams, &Context),
) -> Result<Option<u64>, Error> {
    let now = context.clock.now();
    let newest = newest(reader)?;
    let mut batch = Printer::new(streams).batch();
    let ids = reader.ids(filter)?;
    let left_out = most.map_or(0, |most| ids.len().saturating_sub(most));
    let mut first = true;
    for id in ids.iter().skip(left_out) {
        // One that was pruned in the meantime is no longer there to be shown.
        let Some(delivery) = reader.get(*id).map_err(unreadable)? else {
            continue;
        };
        batch.add(&DeliveryRow { delivery: &delivery, newest, now, first })?;
        first = false;
        if batch.len() >= CHUNK {
            batch.flush()?;
        }
    }
    batch.flush()?;
    if newest == 0 {
        context.streams.note("the journal holds no deliveries; `mh-hook listen` fills it");
    } else if first {
        context.streams.note("no delivery matches");
    }
    note_unreadable(reader, context);
    Ok(ids.get(left_out).copied().filter(|_| left_out > 0))
}
