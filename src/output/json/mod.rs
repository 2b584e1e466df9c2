//! Received JSON made readable token by token, straight from its bytes.
//!
//! There is no tree in between: keys stay in the order received, and numbers and escapes keep the very text that was
//! sent (`1e400`, `0.10`, `\u00e9`), since a tool for debugging must not tidy up what it shows.

mod formatter;

pub use formatter::{JsonLayout, append, append_visible};
