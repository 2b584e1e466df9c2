//! The parts that the journal and the sandbox's state share: opening a file of SQLite, its format, times, and failures in
//! words.

mod cause;
mod identify;
mod open;
mod time;

pub(in crate::store) use cause::cause;
pub(in crate::store) use identify::{FileFormat, Identified};
pub(in crate::store) use open::{connect, keep_log, set_up};
pub(in crate::store) use time::{micros, micros_from, time};
