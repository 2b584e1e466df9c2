//! Text of an export: records or curl commands, after a line that says whether they are exact.

use serde::Serialize;

use crate::output::{Record, Render, TextWriter};

/// The first record of an export.
#[derive(Serialize)]
pub(crate) struct Heading {
    pub(crate) exported_at: String,
    /// Whether secrets and the queries of links were taken out.
    pub(crate) redacted: bool,
    pub(crate) about: &'static str,
}

impl Heading {
    pub(crate) fn new(exported_at: String, redacted: bool) -> Self {
        let about = if redacted {
            "secrets and credentials are masked and links have no query, so signatures of what was changed no longer \
             match; --reveal exports exact data"
        } else {
            "exact data: it may hold secrets, credentials and links that open without a password"
        };
        Self { exported_at, redacted, about }
    }
}

impl Render for Heading {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.line(&format!("# exported by mh-hook at {}", self.exported_at)).line(&format!("# {}", self.about));
    }
}

impl Record for Heading {
    const NAME: &'static str = "export";
}
