//! The sandbox's state: jobs, uploads, endpoints, deliveries and attempts, in one SQLite file with a directory beside it.
//!
//! Whatever happens in the sandbox is one piece of work on [`Tx`], done in a transaction and committed in groups; a
//! sandbox that is killed at any moment goes on from what was committed.

mod deliveries;
mod endpoints;
mod error;
mod file;
mod jobs;
mod metadata;
mod temporary_folder;
mod transaction;
mod uploads;

#[cfg(test)]
mod tests;

pub use deliveries::{
    AttemptRow, Deliver, DeliveryFilter, DeliveryState, DueDelivery, Ended, NewDelivery, Next, SandboxDelivery,
};
pub use endpoints::{Endpoint, EndpointChange, EndpointSecret, NewEndpoint};
pub use error::StateError;
pub use file::StatePlace;
pub use jobs::StoredJob;
pub use transaction::{Database, Tx};
