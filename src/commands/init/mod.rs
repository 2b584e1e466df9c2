//! `mh-hook init`: writes a correct webhook handler into a new file.

mod run;

pub use run::{InitArgs, run};
