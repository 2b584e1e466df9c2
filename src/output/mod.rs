//! Output for people and programs: streams, themes, tables, and text made safe for a terminal.
//!
//! A command hands a [`Record`] to a [`Printer`], which writes it as text drawn on a [`TextWriter`] or as a line of JSON;
//! what is not a result goes to stderr through [`Streams`]. Nothing else in the program writes to a terminal.

mod envelope;
pub mod format;
pub mod json;
pub mod junit;
mod lenient_terminal;
pub mod live_block;
pub mod log;
mod origins;
pub mod progress;
mod progress_bars;
pub mod records;
pub mod redact;
pub mod sanitise;
pub mod stream;
pub mod streams;
pub mod tables;
pub mod text_writer;
pub mod theme;
pub mod width;

pub use crate::model::text::units;
pub use format::{ColorChoice, ColorEnvironment, Format};
pub use live_block::{LiveBlock, LiveText};
pub use origins::ConfiguredValue;
pub use progress::Progress;
pub use records::{Batch, Printer, Record, Render};
pub use stream::{Buffer, OutputError, Stream};
pub use streams::{OutputOptions, Streams};
pub use tables::{Cell, Table};
pub use text_writer::TextWriter;
pub use theme::{Role, Theme};
