//! The library behind the `mh-hook` command: Magic Hour's webhook contract, a receiver, a sender and the commands
//! that join them.
//!
//! Four floors, and imports only point down: [`model`] holds pure values, [`net`], [`store`] and [`output`] touch the
//! world, [`engine`] does what the commands ask for, and [`commands`] turn arguments into engines and events into text.

#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod commands;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod error;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod net;
#[doc(hidden)]
pub mod output;
#[doc(hidden)]
pub mod store;

pub use engine::sandbox::{Sandbox, SandboxOptions};
