//! The library behind the `mh-hook` command: Magic Hour's webhook contract, a receiver, a sender and the commands
//! that join them.
//!
//! Four floors, and imports only point down: [`model`] holds pure values, [`net`], [`store`] and [`output`] touch the
//! world, [`engine`] does what the commands ask for, and [`commands`] turn arguments into engines and events into text.

pub mod cli;
pub mod commands;
pub mod engine;
pub mod error;
pub mod model;
pub mod net;
pub mod output;
pub mod store;

pub use engine::sandbox::{Sandbox, SandboxOptions};
