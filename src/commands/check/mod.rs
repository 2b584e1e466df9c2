//! `mh-hook check`: the conformance suite for a handler.

mod junit;
mod render;
mod reproduction;
mod run;
mod summary;

pub use run::{CheckArgs, run};
