//! The control API below `/_sandbox`: what a test does to the sandbox that no client of Magic Hour could.

mod clock;
mod deliveries;
mod endpoints;
mod guard;
mod jobs;
mod query;
mod router;

pub(super) use guard::admit;
pub(super) use router::{BASE, router};
