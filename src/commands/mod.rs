//! One folder or file for each subcommand: its arguments, how it runs, and how its events read.

pub mod check;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod e2e;
pub mod events;
pub mod help;
pub mod history;
pub mod hold;
pub mod init;
pub mod licenses;
pub mod listen;
pub mod man;
pub mod replay;
pub mod sandbox;
pub mod secret;
pub mod send;
pub mod shared;
pub mod ui;
pub mod verify;

pub use crate::store::{Environment, Settings};
pub use shared::context::Context;
