//! Default address, where commands meet.

/// The port of Magic Hour's own sample handlers.
pub(crate) const DEFAULT_PORT: u16 = 8000;

/// Path of their webhook route.
pub(crate) const DEFAULT_PATH: &str = "/webhook";

/// URL that `send` posts to and `listen` listens on.
pub(crate) fn default_url() -> String {
    default_server() + DEFAULT_PATH
}

/// The same without a path.
pub(crate) fn default_server() -> String {
    format!("http://localhost:{DEFAULT_PORT}")
}
