//! One file for each subcommand: its arguments, how it runs, and how its events read.

mod answer_text;
mod attempt_text;
pub mod check;
mod check_junit;
mod check_reproduction;
mod check_summary;
mod check_text;
pub mod completions;
pub mod context;
mod defaults;
mod delivery_text;
pub mod events;
mod fault_list;
pub mod init;
pub mod listen;
mod request_text;
pub mod secret;
pub mod send;
mod shell;
mod target_options;
mod values;

pub use context::Context;
