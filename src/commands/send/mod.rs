//! `mh-hook send`: posts signed test events.

mod args;
mod edit;
mod event_lines;
mod fault_list;
mod load;
mod load_summary;
mod run;

pub use args::SendArgs;
pub use run::run;
