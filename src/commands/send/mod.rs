//! `mh-hook send`: posts signed test events.

mod fault_list;
mod load;
mod load_summary;
mod run;

pub use run::{SendArgs, run};
