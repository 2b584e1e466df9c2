//! `--watch`: the wait for a handler that is started anew.

use std::time::Duration;

use tokio::time::sleep;

use crate::net::out::post::Remote;

/// The time between two looks; a handler needs longer to start.
const INTERVAL: Duration = Duration::from_millis(50);

/// Longest wait for a connection.
const CONNECTING: Duration = Duration::from_secs(2);

/// Waits until the handler accepts no connections any more, which `down` reports, and then until it accepts them again.
pub(crate) async fn restarted(remote: &Remote, down: impl FnOnce()) {
    while remote.dial(CONNECTING).await.is_ok() {
        sleep(INTERVAL).await;
    }
    down();
    while remote.dial(CONNECTING).await.is_err() {
        sleep(INTERVAL).await;
    }
    remote.forget_idle();
}
