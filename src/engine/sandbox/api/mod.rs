//! Magic Hour's REST API, and the files that it links to.

mod account;
mod create;
mod faces;
mod link_access;
mod outputs;
mod projects;
mod range;
mod router;
mod uploads;

pub(super) use create::generator;
pub(super) use router::router;
