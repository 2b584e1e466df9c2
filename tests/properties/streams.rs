//! Streams in memory: a runtime whose time is paused, and a search for bytes.

use std::cell::RefCell;

use tokio::runtime::{Builder, Runtime};

thread_local! {
    /// One for each thread, since a runtime costs more than an exchange.
    static RUNTIME: RefCell<Runtime> =
        RefCell::new(Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime"));
}

/// Runs to its end what waits for nothing but time and streams in memory. Time passes when nothing else can happen.
pub(crate) fn paused<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.with_borrow(|runtime| runtime.block_on(work))
}

/// Whether bytes contain others.
pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}
