//! Properties that hold for any input at all, each a function of bytes.
//!
//! `cargo test` tries them with generated inputs and with the samples in `tests/fuzz/seeds`; the targets in `tests/fuzz`
//! try them millions of times, guided by coverage.

pub(crate) mod answers;
#[cfg(test)]
mod deliveries;
pub(crate) mod dotenv;
pub(crate) mod json;
pub(crate) mod paths;
pub(crate) mod receiving;
pub(crate) mod rendering;
#[cfg(test)]
mod samples;
pub(crate) mod settings_file;
mod streams;
pub(crate) mod verifying;
