//! The line in the place of events that were not shown.

use serde::Serialize;

use crate::output::{Record, Render, Role, TextWriter, units};

/// A line in the place of events that were not shown.
#[derive(Serialize)]
pub(super) struct SkippedEvents {
    pub(super) count: u64,
}

impl Render for SkippedEvents {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let text = format!(
            "… {} not shown, since the output is too slow; `mh-hook history` has them",
            units::counted(self.count, "line")
        );
        writer.paint(Role::Warning, &text).newline();
    }
}

impl Record for SkippedEvents {
    const NAME: &'static str = "skipped";
}
