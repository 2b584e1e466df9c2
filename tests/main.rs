//! The tests of the program as a whole, in one binary that links once.

mod architecture;
mod house_rules;
mod rust_source;
