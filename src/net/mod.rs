//! The network: accepting connections within limits, posting exact bytes, and stopping in good order.

pub mod bind;
pub mod body;
pub mod client;
pub mod connect;
pub mod server;
pub mod shutdown;
pub mod target;
mod timed;
pub mod tls;
pub mod web;
pub mod wire;
