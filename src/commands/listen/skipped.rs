//! The line in the place of events that were not shown.

use serde::Serialize;

use crate::output::{Canvas, Record, Render, Role, units};

/// A line in the place of events that were not shown.
#[derive(Serialize)]
pub(super) struct SkippedEvents {
    pub(super) count: u64,
}

impl Render for SkippedEvents {
    fn render(&self, canvas: &mut Canvas<'_>) {
        let text = format!(
            "… {} not shown, since the output is too slow; `mh-hook history` has them",
            units::counted(self.count, "line")
        );
        canvas.paint(Role::Warning, &text).newline();
    }
}

impl Record for SkippedEvents {
    fn record(&self) -> &'static str {
        "skipped"
    }
}
