//! Webhook handlers to try the program against: a good one, and for each known mistake one that makes it.

mod defect;
mod server;

pub(crate) use defect::{Defect, KNOWN_JOB};
pub(crate) use server::{SECRET, Serving, secret};
