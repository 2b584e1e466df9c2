//! Facts of a request's head that distinguish a direct request of this machine from one that was passed on.

use http::{HeaderMap, HeaderName};

/// Headers that proxies and tunnels add: a request with one of them comes from elsewhere, whatever its peer is.
pub(crate) const FORWARDING: [&str; 11] = [
    "forwarded",
    "via",
    "x-forwarded-port",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "cf-connecting-ip",
    "cf-ray",
    "true-client-ip",
    "ngrok-trace-id",
];

/// Whether a proxy or a tunnel passed the request on.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDING.iter().any(|name| headers.contains_key(*name))
}

/// The value of a header that is there once.
pub(crate) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}
