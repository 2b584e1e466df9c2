//! The state of a run that sends one event after another, for the moment when it is interrupted.

use std::cell::Cell;

use crate::commands::shared::context::Context;
use crate::output::units;

/// Events that were answered, and whether one is under way.
#[derive(Debug, Default)]
pub(crate) struct SentSoFar {
    answered: Cell<u64>,
    is_under_way: Cell<bool>,
}

impl SentSoFar {
    /// Marks the begin of an attempt.
    pub(crate) fn begin(&self) {
        self.is_under_way.set(true);
    }

    /// Marks the end of an attempt, with or without an answer.
    pub(crate) fn end(&self) {
        self.is_under_way.set(false);
    }

    /// Counts an event that is done with.
    pub(crate) fn count(&self) {
        self.answered.set(self.answered.get() + 1);
    }

    /// Says what is known of the run's events, and what is not.
    pub(crate) fn say_interrupted(&self, total: usize, context: &Context) {
        let total = units::counted(total as u64, "event");
        let unknown = if self.is_under_way.get() { "; one more was sent, and its answer is unknown" } else { "" };
        context.streams.note(&format!("interrupted: {} of {total} done{unknown}", self.answered.get()));
    }
}
