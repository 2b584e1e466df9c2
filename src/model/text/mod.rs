//! Small functions over text.

pub mod nearest;
pub mod one_line;
pub mod units;
