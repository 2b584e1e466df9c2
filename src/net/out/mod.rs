//! Outgoing connections: targets, posting exact bytes, TLS, and the client of the API.

pub mod api_client;
pub mod connect;
pub mod end_to_end;
pub mod load_client;
pub mod post;
pub mod post_error;
pub mod post_failure;
pub mod raw_connection;
pub mod target;
pub mod tls;
pub mod tls_problem;
mod traffic;
