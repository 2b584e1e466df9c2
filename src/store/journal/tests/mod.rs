//! The journal as a whole.

mod failing;
mod indexing;
mod limits;
mod reading;
pub(super) mod sample;
#[cfg(unix)]
mod syncing;
mod writing;
