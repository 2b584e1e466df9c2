//! `mh-hook listen`: receives events on this machine.

mod render;
mod run;

pub use run::{ListenArgs, run};
