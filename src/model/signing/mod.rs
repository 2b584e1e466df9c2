//! Signatures of deliveries: signing, verifying, and explaining why one fails.
//!
//! `signature` has the protocol on one page. `verdict` verifies a delivery, `reason` names each failure, and `diagnosis`
//! looks for the sender's `mistake` behind a wrong digest. `fault` breaks deliveries on purpose.

pub mod advice;
pub mod delivery;
pub mod diagnosis;
pub mod fault;
mod likely_keys;
pub mod mistake;
mod other_bodies;
pub mod reason;
pub mod secret;
pub mod secret_text;
pub mod signature;
pub mod verdict;
pub mod verdict_report;
