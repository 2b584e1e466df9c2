//! The place where deliveries are taken, for people and for programs.

use crate::commands::shared::defaults::DEFAULT_PATH;
use crate::net::accept::bind::Bound;

/// Place where `listen` takes deliveries.
pub(super) struct Place {
    pub(super) port: u16,
    pub(super) url: String,
    /// The addresses behind the URL.
    pub(super) addresses: String,
    /// Whether other machines reach it.
    pub(super) is_exposed: bool,
}

impl Place {
    /// Place of a bound port, with the path that deliveries go to.
    pub(super) fn of(bound: &Bound, path: Option<&str>) -> Self {
        let url = format!("http://{}:{}{}", bound.host(), bound.port, path.unwrap_or(DEFAULT_PATH));
        Self { port: bound.port, url, addresses: bound.to_string(), is_exposed: bound.is_exposed() }
    }
}
