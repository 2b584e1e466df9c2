//! A request that somebody else received and kept for us.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;

/// A request as a capture service or a journal kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedRequest {
    /// The service's id of it, unique within its source.
    pub id: String,
    /// When it was received there.
    pub captured_at: Timestamp,
    pub method: Method,
    /// Its path with the query.
    pub path: String,
    pub headers: HeaderMap,
    /// Its body, as far as it was kept.
    pub body: Bytes,
    /// Whether the body is what was sent, byte for byte.
    pub is_whole: bool,
    /// Who sent it, as far as that is known.
    pub remote: SocketAddr,
}

/// Adds a header that somebody reports; one that is none is left out.
pub(super) fn add_header(headers: &mut HeaderMap, name: &str, value: &[u8]) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
        headers.append(name, value);
    }
}

/// The address of a sender of whom only the IP address is known, or not even that.
pub(super) fn sender(ip: Option<&str>) -> SocketAddr {
    let ip = ip.and_then(|ip| ip.parse::<IpAddr>().ok()).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    SocketAddr::new(ip, 0)
}

/// The path and the query of a URL, or `/`.
pub(super) fn path_of(url: Option<&str>) -> String {
    let path = url.and_then(|url| url.parse::<http::Uri>().ok()?.path_and_query().map(ToString::to_string));
    path.unwrap_or_else(|| "/".to_owned())
}

/// Whether a body has the length that its headers give; one without a length is taken as it is.
pub(super) fn has_its_length(headers: &HeaderMap, body: &[u8]) -> bool {
    let length = headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    length.is_none_or(|length| length == body.len())
}

/// A method, POST where it cannot be read: deliveries are POSTs.
pub(super) fn method_of(text: Option<&str>) -> Method {
    text.and_then(|text| text.parse().ok()).unwrap_or(Method::POST)
}
