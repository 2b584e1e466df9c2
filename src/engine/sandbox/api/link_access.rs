//! Links to files: the base URL that they start with, and the check before they open.

use http::header::HOST;
use http::{HeaderMap, StatusCode, Uri};

use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::Refusal;
use crate::engine::sandbox::links::Closed;
use crate::engine::sandbox::options::SandboxOptions;

/// Lets a link open what it was made for.
pub(super) fn open(app: &AppState, uri: &Uri) -> Result<(), Refusal> {
    let why = match app.transitions.links.check(uri.path(), uri.query(), app.now()) {
        Ok(()) => return Ok(()),
        Err(Closed::Expired) => "the link has expired; the details of the project have a new one",
        Err(Closed::Forged) => "the link's signature is missing or wrong",
    };
    Err(Refusal::new(StatusCode::FORBIDDEN, why))
}

/// Base of the links in an answer: as configured, else the address that the caller used.
pub(super) fn base(options: &SandboxOptions, headers: &HeaderMap) -> String {
    let host = || headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    options.public_base.clone().unwrap_or_else(|| format!("http://{}", host()))
}
