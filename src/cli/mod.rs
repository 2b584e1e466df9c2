//! The command line as a whole: its definition, what settings add to it, and what is suggested when it makes no sense.

mod root;
mod settings_defaults;
mod suggestions;

pub use root::{command, main};
