//! Accepting connections: binding a port, serving HTTP within limits, and reading bodies.

pub mod bind;
pub mod body;
mod body_buffer;
mod connections;
pub mod limits;
mod read_timeouts;
pub mod rejection;
pub(crate) mod request_tracker;
pub mod server;
pub(crate) mod trust;
