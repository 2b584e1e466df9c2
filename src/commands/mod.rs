//! One file for each subcommand: its arguments, how it runs, and how its events read.

mod answer_text;
mod attempt_text;
pub mod completions;
pub(crate) mod configured;
pub mod context;
mod defaults;
mod delivery_text;
pub mod events;
mod export_text;
mod fault_list;
mod filter_options;
pub mod history;
mod input;
mod journal_options;
mod kept_text;
pub mod listen;
mod load;
mod moment;
mod redacted;
pub mod replay;
mod request_text;
pub mod secret;
pub mod send;
mod target_options;
pub(crate) mod usage;
mod values;
mod verdict_text;
pub mod verify;
mod watch;

pub use crate::store::{Environment, Settings};
pub use context::Context;
