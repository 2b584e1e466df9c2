//! `mh-hook check`: the conformance suite for a handler.

mod args;
mod conclusion;
mod junit;
mod render;
mod reproduction;
mod run;
mod summary;
mod watch;

pub use args::CheckArgs;
pub use run::run;
