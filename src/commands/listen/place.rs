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
    /// Whether deliveries come from sources that others filled.
    pub(super) is_elsewhere: bool,
}

impl Place {
    /// Place of a bound port, with the path that deliveries go to.
    pub(super) fn of(bound: &Bound, path: Option<&str>) -> Self {
        let url = format!("http://{}:{}{}", bound.host(), bound.port, path.unwrap_or(DEFAULT_PATH));
        let (addresses, is_exposed) = (bound.to_string(), bound.is_exposed());
        Self { port: bound.port, url, addresses, is_exposed, is_elsewhere: false }
    }

    /// Sources that others filled.
    pub(super) fn elsewhere(names: &str) -> Self {
        let (url, addresses) = (names.to_owned(), String::new());
        Self { port: 0, url, addresses, is_exposed: false, is_elsewhere: true }
    }
}
