//! The tests of the program as a whole, in one binary that links once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy allows them in tests, but does not see that a helper of tests is one"
)]

mod architecture;
mod conformance;
mod handlers;
mod house_rules;
mod rust_source;
