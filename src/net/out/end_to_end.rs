//! Headers that are passed on, and those that are not.

use http::HeaderMap;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

/// The headers that concern the receiver of a message, not the connection that it came over.
pub fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    let hop_by_hop = [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        EXPECT,
        HOST,
        CONTENT_LENGTH,
    ];
    let named: Vec<&str> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if !hop_by_hop.contains(name) && !named.iter().any(|named| named.eq_ignore_ascii_case(name.as_str())) {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::end_to_end;

    #[test]
    fn what_concerns_the_connection_alone_is_left_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("connection", "x-hop, close"), ("x-hop", "1"), ("te", "trailers"), ("a", "1"), ("a", "2")]
        {
            headers.append(name, HeaderValue::from_static(value));
        }
        let kept = end_to_end(&headers);
        assert_eq!(kept.len(), 2);
        assert!(kept.get_all("a").iter().eq(["1", "2"]));
    }
}
