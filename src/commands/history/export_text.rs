//! Text of an export: records or curl commands, after a line that says whether they are exact.

use serde::Serialize;

use crate::commands::shared::redacted;
use crate::net::out::target::Target;
use crate::output::{Record, Render, TextWriter};
use crate::store::journal::StoredDelivery;

/// The target with the query of a delivery, and with its path unless the target has one. A query that is hidden is left
/// out.
pub(super) fn place_of(delivery: &StoredDelivery, target: &Target) -> Target {
    let received = delivery.delivery.path.split_once('?');
    let (path, query) = received.map_or((delivery.delivery.path.as_str(), None), |(path, query)| (path, Some(query)));
    let path = if target.path.path() == "/" && path.starts_with('/') { path } else { target.path.path() };
    let query = query.filter(|query| !query.contains(redacted::HIDDEN));
    let queries: Vec<&str> = [target.path.query(), query].into_iter().flatten().collect();
    let mark = if queries.is_empty() { "" } else { "?" };
    let scheme = if target.tls { "https" } else { "http" };
    let url = format!("{scheme}://{}{path}{mark}{}", target.authority, queries.join("&"));
    url.parse().unwrap_or_else(|_| target.clone())
}

/// The first record of an export.
#[derive(Serialize)]
pub(crate) struct Heading {
    pub(crate) exported_at: String,
    /// Whether secrets and the queries of links were taken out.
    pub(crate) redacted: bool,
    pub(crate) about: &'static str,
}

impl Heading {
    pub(crate) fn new(exported_at: String, redacted: bool) -> Self {
        let about = if redacted {
            "secrets and credentials are masked and links have no query, so signatures of what was changed no longer \
             match; --reveal exports exact data"
        } else {
            "exact data: it may hold secrets, credentials and links that open without a password"
        };
        Self { exported_at, redacted, about }
    }
}

impl Render for Heading {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.line(&format!("# exported by mh-hook at {}", self.exported_at)).line(&format!("# {}", self.about));
    }
}

impl Record for Heading {
    const NAME: &'static str = "export";
}
