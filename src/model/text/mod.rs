//! Small functions over text.

pub mod duration;
pub mod encoding;
pub(crate) mod io_message;
pub mod nearest;
pub mod one_line;
pub(crate) mod packed_text;
pub mod timestamp;
pub mod units;
