//! `mh-hook history`: lists, shows, exports and prunes the journal.

mod args;
mod export;
mod export_text;
mod follow;
mod list;
mod prune;
mod render;
mod run;
mod show;

pub use args::HistoryArgs;
pub use run::run;
