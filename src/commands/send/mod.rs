//! `mh-hook send`: posts signed test events.

mod fault_list;
mod load;
mod run;

pub use run::{SendArgs, run};
