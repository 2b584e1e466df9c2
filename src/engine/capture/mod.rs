//! Captures: requests that somebody else received for us, from capture services and from records.

pub mod captured;
pub mod collector;
pub mod fetch;
mod formats;
pub mod lines;
pub mod source;
