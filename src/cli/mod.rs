//! The command line as a whole: its definition, what settings add to it, what is suggested when it makes no sense, and which build it is.

mod aliases;
mod root;
mod settings_defaults;
mod standard_input;
mod suggestions;
mod version;
mod welcome;

pub use root::{command, main};
