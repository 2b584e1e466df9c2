//! What people and programs see: streams, themes, tables and text made safe for a terminal.
//!
//! A command hands a [`Record`] to a [`Printer`], which writes it as text drawn on a [`Canvas`] or as a line of JSON;
//! what is not a result goes to stderr through [`Streams`]. Nothing else in the program writes to a terminal.

mod bars;
pub mod canvas;
mod envelope;
pub mod format;
pub mod json;
pub mod junit;
pub mod mask;
pub mod progress;
pub mod record;
pub mod sanitise;
pub mod stream;
pub mod streams;
pub mod table;
pub mod theme;
pub mod width;

pub use crate::model::units;
pub use canvas::Canvas;
pub use format::{ColorChoice, ColorEnvironment, Format};
pub use progress::Progress;
pub use record::{Batch, Printer, Record, Render};
pub use stream::{Buffer, OutputError, Stream};
pub use streams::{OutputOptions, Streams};
pub use table::{Cell, Table};
pub use theme::{Role, Theme};
