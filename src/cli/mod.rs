//! The command line as a whole: its definition, its parsing with settings, suggestions for what cannot be parsed, and the version.

mod aliases;
mod global_args;
mod help_footer;
mod parse;
mod root;
mod settings_defaults;
mod standard_input;
mod suggestions;
mod version;
mod welcome;

pub use root::{command, main};
