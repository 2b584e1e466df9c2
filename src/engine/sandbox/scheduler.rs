//! The runner: has jobs take their steps when they are due.

use std::sync::Arc;

use tokio::time::sleep;

use crate::engine::sandbox::app_state::{Desk, STATE_PAUSE};

/// Runs until the shutdown is requested.
pub(super) async fn run(desk: Arc<Desk>) {
    let mut stirred = desk.jobs.subscribe();
    loop {
        stirred.mark_unchanged();
        let (clerk, now) = (Arc::clone(&desk.clerk), desk.now());
        let turn = desk.run(move |records| clerk.turn(records, now)).await;
        if desk.shutdown.is_requested() {
            return;
        }
        let Ok(turn) = turn else {
            sleep(STATE_PAUSE).await;
            continue;
        };
        let quiet = turn.steps.is_empty();
        desk.tell_steps(turn.steps).await;
        if !quiet {
            // A step may have made room for another, or was one of many.
            continue;
        }
        let next = turn.next;
        tokio::select! {
            () = desk.until(next) => {}
            changed = stirred.changed() => if changed.is_err() { return },
            () = desk.shutdown.requested() => return,
        }
    }
}
