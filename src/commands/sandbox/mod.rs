//! `mh-hook sandbox`: a local Magic Hour.

mod ping;
mod render;
mod run;

pub use run::{SandboxArgs, run};
