//! `mh-hook config`: the settings in force, the files that they come from, and a file to begin with.

mod run;
mod setting_row;
mod template;

pub use run::{ConfigArgs, run};
