//! JSON as text: its style, and rewriting a body in another style.

pub mod reserialize;
pub mod style;
