//! `mh-hook sandbox`: a local Magic Hour.

mod render;
mod run;

pub use run::{SandboxArgs, run};
