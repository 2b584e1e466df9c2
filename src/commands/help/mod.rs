//! `mh-hook help`: the help of a command, or a topic of the reference.

mod markdown;
mod run;
mod topic;

pub use run::{HelpArgs, run};
