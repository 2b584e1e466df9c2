//! The table of cases, a file for each group.

mod accepts;
mod authenticates;
mod delivery;
mod malformed;

pub(crate) use accepts::ACCEPTS;
pub(crate) use authenticates::AUTHENTICATES;
pub(crate) use delivery::DELIVERY;
pub(crate) use malformed::MALFORMED;
