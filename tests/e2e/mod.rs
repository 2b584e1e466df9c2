//! `mh-hook e2e`: the trial of a whole integration, in the embedded sandbox and against an API in another process.

mod embedded;
mod endings;
pub(crate) mod fake;
mod files;
mod handler;
mod hostile;
mod live;
mod public_url;
mod relay;
pub(crate) mod trial;
mod usage;
