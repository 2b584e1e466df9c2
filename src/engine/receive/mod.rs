//! Receiving deliveries: verify, commit, answer, forward, and report each.

pub mod delivery_log;
pub mod duplicates;
pub mod expectations;
pub mod forwarder;
pub mod intake;
pub mod keyed_queue;
pub mod options;
pub mod own_jobs;
pub mod public_access;
pub mod received;
pub mod receiver;
mod responses;
pub mod retry_observer;
pub mod shared_verifier;
