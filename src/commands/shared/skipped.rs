//! The line in the place of events that were not shown.

use serde::Serialize;

use crate::output::{Record, Render, Role, TextWriter, units};

/// Text that says where the deliveries of a listener are.
pub(crate) const IN_JOURNAL: &str = "`mh-hook history` has them";

/// A line in the place of events that were not shown.
#[derive(Serialize)]
pub(crate) struct SkippedEvents<'a> {
    pub(crate) count: u64,
    /// Text that says where they are.
    #[serde(skip)]
    pub(crate) place: &'a str,
}

impl Render for SkippedEvents<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let text =
            format!("… {} not shown, since the output is too slow; {}", units::counted(self.count, "line"), self.place);
        writer.paint(Role::Warning, &text).newline();
    }
}

impl Record for SkippedEvents<'_> {
    const NAME: &'static str = "skipped";
}
