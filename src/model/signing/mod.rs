//! Signatures of deliveries: signing, verifying, and explaining why one fails.

pub mod advice;
pub mod delivery;
pub mod diagnosis;
pub mod fault;
pub mod mistake;
pub mod reason;
pub mod secret;
pub mod secret_text;
pub mod signature;
pub mod verdict;
pub mod verdict_report;
