//! The runner: has jobs take their steps when they are due.

use std::sync::Arc;

use tokio::time::sleep;

use crate::engine::sandbox::app_state::{AppState, STATE_PAUSE};

/// Runs until the shutdown is requested.
pub(super) async fn run(app: Arc<AppState>) {
    let mut stirred = app.jobs.subscribe();
    loop {
        stirred.mark_unchanged();
        let (transitions, now) = (Arc::clone(&app.transitions), app.now());
        let turn = app.run(move |records| transitions.turn(records, now)).await;
        if app.shutdown.is_requested() {
            return;
        }
        let Ok(turn) = turn else {
            sleep(STATE_PAUSE).await;
            continue;
        };
        let quiet = turn.steps.is_empty();
        app.tell_steps(turn.steps).await;
        if !quiet {
            // A step may have made room for another, or was one of many.
            continue;
        }
        let next = turn.next;
        tokio::select! {
            () = app.until(next) => {}
            changed = stirred.changed() => if changed.is_err() { return },
            () = app.shutdown.requested() => return,
        }
    }
}
