//! The journal as a whole.

mod failing;
mod indexing;
mod limits;
mod reading;
pub(super) mod sample;
mod writing;
