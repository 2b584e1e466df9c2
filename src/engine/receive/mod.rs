//! Receiving deliveries: verify, commit, answer, forward, and report each.

mod admission;
mod authenticator;
mod backlog;
pub mod counters;
pub mod delivery_log;
pub(crate) mod delivery_record;
mod diagnosis_budget;
pub mod duplicates;
pub mod event;
pub mod expectations;
mod fan_out;
pub mod forwarder;
pub mod intake;
pub mod keyed_queue;
pub mod options;
pub mod own_jobs;
mod pipeline;
pub mod public_access;
pub mod received;
pub mod receiver;
mod responses;
pub mod retry_observer;
mod service;
pub mod shared_verifier;
mod verified;
mod work;

pub(crate) use verified::REPLAY_HEADER;
