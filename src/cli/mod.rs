//! The command line as a whole: its definition, what settings add to it, what is suggested when it makes no sense, and which build it is.

mod root;
mod settings_defaults;
mod suggestions;
mod version;

pub use root::{command, main};
