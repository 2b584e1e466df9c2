//! `mh-hook check`: the conformance suite for a handler.

mod args;
mod junit;
mod render;
mod reproduction;
mod run;
mod summary;

pub use args::CheckArgs;
pub use run::run;
