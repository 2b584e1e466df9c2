//! `mh-hook e2e`: submits a job, waits for its webhooks, and judges the whole integration.

mod advice;
mod args;
mod conclusion;
mod inspector;
mod junit;
mod preflight;
mod progress;
mod registration;
mod render;
mod request;
mod resolve;
mod run;
mod session;
mod target;
mod tool_list;

pub use args::E2eArgs;
pub use run::run;
