//! `mh-hook e2e`: submits a job, waits for its webhooks, and judges the whole integration.

mod advice;
mod conclusion;
mod inspector;
mod junit;
mod progress;
mod render;
mod request;
mod run;
mod session;
mod target;
mod tool_list;

pub use run::{E2eArgs, run};
