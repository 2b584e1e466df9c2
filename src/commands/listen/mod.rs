//! `mh-hook listen`: receives events on this machine.

mod args;
mod attend;
mod banner;
mod captures;
mod conclusion;
mod console;
mod forward_text;
mod inlet;
mod inspector;
mod key_actions;
mod keyboard;
mod keyed;
mod keys;
mod live_screen;
mod own_address;
mod place;
mod public_side;
mod render;
mod run;
mod stop;
mod terminal_hold;
mod totals;

pub use args::ListenArgs;
pub use run::run;
