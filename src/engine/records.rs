//! Parts that the JSON records of all engines share: headers, bodies and times.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Headers as a list of `[name, value]`, in order and with repetitions.
///
/// A value that is not UTF-8 has its bytes in base64 as a third element, and the second shows what can be shown.
pub(crate) struct HeaderPairs<'a>(pub(crate) &'a HeaderMap);

impl Serialize for HeaderPairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(name, value)| match str::from_utf8(value.as_bytes()) {
            Ok(text) => Pair::Text(name.as_str(), text),
            Err(_) => Pair::Bytes(
                name.as_str(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
                BASE64_STANDARD.encode(value.as_bytes()),
            ),
        }))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Pair<'a> {
    Text(&'a str, &'a str),
    Bytes(&'a str, String, String),
}

/// Writes `body` as text, or `body_base64` where it is not UTF-8.
pub(crate) fn serialize_body<M: SerializeMap>(map: &mut M, body: &[u8]) -> Result<(), M::Error> {
    match str::from_utf8(body) {
        Ok(text) => map.serialize_entry("body", text),
        Err(_) => map.serialize_entry("body_base64", &BASE64_STANDARD.encode(body)),
    }
}

/// A duration as milliseconds with three decimals.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use serde_json::json;

    use super::HeaderPairs;

    #[test]
    fn a_header_that_is_not_utf8_keeps_its_bytes() {
        let mut headers = HeaderMap::new();
        headers.append("a", HeaderValue::from_static("x"));
        headers.append("a", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        let pairs = serde_json::to_value(HeaderPairs(&headers)).unwrap();
        assert_eq!(pairs, json!([["a", "x"], ["a", "caf\u{fffd}", "Y2Fm6Q=="]]));
    }
}
