//! `mh-hook listen`: receives events on this machine.

mod args;
mod banner;
mod captures;
mod conclusion;
mod inlet;
mod inspector;
mod own_address;
mod place;
mod public_side;
mod render;
mod run;
mod stop;

pub use args::ListenArgs;
pub use run::run;
