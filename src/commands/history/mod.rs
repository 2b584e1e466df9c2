//! `mh-hook history`: lists, shows, exports and prunes the journal.

mod export_text;
mod render;
mod run;

pub use run::{HistoryArgs, run};
