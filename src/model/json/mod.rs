//! JSON as text: one reader of what was received, edits of a value in place, and the styles of writers.

pub mod edit;
pub mod lexer;
pub mod number;
pub mod reserialize;
pub mod style;
pub mod view;
pub mod writing;
