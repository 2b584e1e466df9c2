//! The inspector: a page on a separate loopback port that shows the journal, and the API behind the page.
//!
//! It reads the journal by itself and gets nothing from the receiver, so that no page can slow it. Each run has a token;
//! without it nothing but the page's own files is answered. `mh-hook help inspector` documents the API.

mod actions;
mod assets;
mod check;
mod check_run;
mod deliveries;
mod e2e;
mod e2e_log;
mod e2e_run;
mod guard;
mod head;
mod inspector_head;
mod jobs;
mod journal_access;
mod options;
mod query;
mod records;
mod reply;
mod router;
mod run_log;
mod sandbox;
mod schema_report;
mod server;
mod start;
mod state;
mod token;

pub use e2e_log::E2eLog;
pub use options::{InspectedSandbox, InspectorOptions, InspectorSecret, LiveSecret, NamedTarget, TimeParser};
pub use run_log::RunLog;
pub use start::{Inspector, InspectorError};
