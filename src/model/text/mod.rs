//! Small functions over text.

pub mod duration;
pub mod encoding;
pub mod nearest;
pub mod one_line;
pub mod timestamp;
pub mod units;
