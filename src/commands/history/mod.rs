//! `mh-hook history`: lists, shows, exports and prunes the journal.

mod args;
mod export_text;
mod render;
mod run;

pub use args::HistoryArgs;
pub use run::run;
