//! The head of an inspector: numbers that say what to read again.

use serde::Serialize;

/// Position of the journal, the sandbox, the check and the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct InspectorHead {
    /// The newest delivery's number.
    pub(super) deliveries: u64,
    /// A number that rises whenever the journal or the sandbox changed.
    pub(super) change: u64,
    /// A number that rises as a check goes on.
    pub(super) check: u64,
    /// A number that rises as an end-to-end run goes on.
    pub(super) e2e: u64,
}
