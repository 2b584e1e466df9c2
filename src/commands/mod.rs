//! One file for each subcommand: its arguments, how it runs, and how its events read.

mod answer_text;
mod attempt_text;
pub mod completions;
pub(crate) mod configured;
pub mod context;
mod defaults;
mod delivery_text;
pub mod events;
mod fault_list;
mod journal_options;
pub mod listen;
mod request_text;
pub mod sandbox;
mod sandbox_text;
pub mod secret;
pub mod send;
mod target_options;
pub(crate) mod usage;
mod values;
mod watch;

pub use crate::store::{Environment, Settings};
pub use context::Context;
