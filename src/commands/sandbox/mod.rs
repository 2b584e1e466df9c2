//! `mh-hook sandbox`: a local Magic Hour.

mod args;
mod ping;
mod render;
mod run;

pub use args::SandboxArgs;
pub use run::run;
