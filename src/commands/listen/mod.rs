//! `mh-hook listen`: receives events on this machine.

mod banner;
mod captures;
mod inlet;
mod inspector;
mod late_secret;
mod place;
mod public_side;
mod render;
mod run;

pub use run::{ListenArgs, run};
