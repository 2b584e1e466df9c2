//! The tests of the program as a whole, in one binary that links once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails may panic")]

mod architecture;
mod generated;
mod hostile;
mod house_rules;
mod listening;
mod openapi;
mod properties;
mod rust_source;
mod sandbox;
mod sending;
mod settings;
mod support;
mod usage;
