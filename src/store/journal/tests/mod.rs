//! The journal as a whole.

mod failing;
mod limits;
mod reading;
mod sample;
mod writing;
