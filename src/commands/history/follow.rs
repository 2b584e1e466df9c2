//! Deliveries of the journal one after another, also those that are still to come.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::commands::shared::context::{Context, block_on, interrupt};
use crate::commands::shared::filter_args::unreadable;
use crate::error::{Error, Exit};
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::store::journal::{Filter, Reader, StoredDelivery};

/// Time between two looks for new deliveries.
const FOLLOWING: Duration = Duration::from_millis(200);

/// Number of the newest delivery, 0 in an empty journal.
pub(super) fn newest(reader: &Reader) -> Result<u64, Error> {
    Ok(reader.near(u64::MAX).map_err(unreadable)?.last().copied().unwrap_or_default())
}

/// Hands each delivery that matches on, until one cannot be taken.
pub(super) fn visit(
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

/// Hands on what is received after delivery `seen`, until Ctrl-C. A delivery whose handler has not answered yet follows
/// when it has, or when that is too late. `take` gets nothing after each look, to write what it has.
pub(super) fn follow(
    reader: &Reader,
    (filter, seen): (Filter, u64),
    context: &Context,
    mut take: impl FnMut(Option<StoredDelivery>) -> Result<(), Error>,
) -> Result<Exit, Error> {
    let mut filter = Filter { above: Some(seen), last: None, ..filter };
    let mut unanswered: Vec<u64> = Vec::new();
    block_on(async {
        let mut interrupt = interrupt()?;
        let mut looks = tokio::time::interval(FOLLOWING);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = interrupt.heard() => return Ok(Exit::Done),
            }
            for id in std::mem::take(&mut unanswered) {
                match reader.get(id).map_err(unreadable)? {
                    Some(delivery) if is_awaited(&delivery, context) => unanswered.push(id),
                    Some(delivery) => take(Some(delivery))?,
                    None => {}
                }
            }
            let newest = newest(reader)?;
            if filter.above.is_some_and(|after| newest > after) {
                let mut last = newest;
                visit(reader, &filter, |delivery| {
                    last = last.max(delivery.id);
                    if is_awaited(&delivery, context) {
                        unanswered.push(delivery.id);
                        return Ok(());
                    }
                    take(Some(delivery))
                })?;
                filter.above = Some(last);
            }
            take(None)?;
        }
    })?
}

/// Whether the answer to a delivery may still come.
fn is_awaited(delivery: &StoredDelivery, context: &Context) -> bool {
    /// Time to write the answer down.
    const GRACE: Duration = Duration::from_secs(2);
    let age = Duration::try_from(context.clock.now().duration_since(delivery.received_at)).unwrap_or_default();
    delivery.answered.is_none() && age < ANSWER_TIMEOUT + GRACE
}
