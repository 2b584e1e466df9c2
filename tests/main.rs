//! The tests of the program as a whole, in one binary that links once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails may panic")]

mod accepting;
mod architecture;
mod attacks;
mod capture_services;
mod captures;
mod catching_up;
mod circles;
mod completing;
mod conformance;
mod doctor;
mod documentation;
mod durability;
mod e2e;
mod forwarding;
mod generated;
mod handlers;
mod history;
mod hostile;
mod house_rules;
mod init;
mod inspector;
mod journal_support;
mod listening;
mod loading;
mod logging;
mod openapi;
mod promises;
mod properties;
#[cfg(unix)]
mod read_only;
mod replay;
mod rust_source;
mod sandbox;
mod selecting;
mod sending;
mod settings;
mod settings_trust;
mod slow_output;
mod snapshots;
mod support;
#[cfg(unix)]
mod terminal;
mod tour;
mod tunnels;
mod usage;
mod verify;
mod waiting;
#[cfg(target_os = "linux")]
mod watching;
mod wire;
