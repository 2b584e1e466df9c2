//! `mh-hook init`: writes a correct webhook handler into a new file.

mod detect;
mod framework;
mod render;
mod run;

pub use run::{InitArgs, run};
