//! Tunnels: a public URL that reaches a port of this machine, opened, proven, watched and ended.

pub mod agent;
pub mod attach;
pub mod error;
pub mod event;
pub mod fault;
pub mod guardian;
pub mod keeper;
pub mod launch;
mod local_api;
pub mod mask;
pub mod open;
pub mod output;
pub mod proof;
pub mod provider;
pub mod public_resolver;
