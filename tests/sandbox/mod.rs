//! The sandbox: its API, its jobs, and its webhooks, in this process and as the real binary.

mod api;
mod browsers;
mod control;
mod durability;
mod files;
mod handler;
#[cfg(unix)]
mod leftovers;
mod options;
mod program;
mod schedule;
mod webhooks;
mod world;
