//! The answers of capture services, read leniently: a stranger's JSON, in which any field can be missing or odd.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::engine::capture::captured::{CapturedRequest, add_header, has_its_length, method_of, path_of, sender};

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// An element of webhook.site's list. Nothing for what is no HTTP request: e-mails and DNS look-ups are kept there too.
pub(super) fn webhook_site(element: &Value) -> Option<CapturedRequest> {
    if text(element, "type").is_some_and(|kind| kind != "web") {
        return None;
    }
    let id = text(element, "uuid")?.to_owned();
    let mut headers = HeaderMap::new();
    // PHP writes an empty object as an empty array.
    for (name, values) in element.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let one = std::slice::from_ref(values);
        for value in values.as_array().map_or(one, Vec::as_slice).iter().filter_map(Value::as_str) {
            add_header(&mut headers, name, value.as_bytes());
        }
    }
    let body = Bytes::from(text(element, "content").unwrap_or_default().to_owned());
    Some(CapturedRequest {
        id,
        captured_at: utc(text(element, "created_at")?)?,
        method: method_of(text(element, "method")),
        path: path_of(text(element, "url")),
        is_whole: has_its_length(&headers, &body),
        headers,
        body,
        remote: sender(text(element, "ip")),
    })
}

/// A time as webhook.site has it, in UTC: `2026-10-01 15:04:05`.
fn utc(text: &str) -> Option<Timestamp> {
    let civil: DateTime = text.replacen(' ', "T", 1).parse().ok()?;
    civil.to_zoned_datetime(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// An element of the history of Svix Play. Its bodies are in base64, so the bytes are kept.
pub(super) fn svix_play(element: &Value) -> Option<CapturedRequest> {
    let mut headers = HeaderMap::new();
    for (name, value) in element.get("headers").and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = value.as_str() {
            add_header(&mut headers, name, value.as_bytes());
        }
    }
    let body = BASE64_STANDARD.decode(text(element, "body").unwrap_or_default()).ok();
    let is_whole = body.as_ref().is_some_and(|body| has_its_length(&headers, body));
    Some(CapturedRequest {
        id: text(element, "id")?.to_owned(),
        captured_at: text(element, "created_at")?.parse().ok()?,
        method: method_of(text(element, "method")),
        path: path_of(text(element, "url")),
        headers,
        body: body.unwrap_or_default().into(),
        is_whole,
        remote: sender(text(element, "ip")),
    })
}

/// An element of a webhook-tester's list.
pub(super) fn webhook_tester(element: &Value) -> Option<CapturedRequest> {
    let mut headers = HeaderMap::new();
    for header in element.get("headers").and_then(Value::as_array).into_iter().flatten() {
        if let (Some(name), Some(value)) = (text(header, "name"), text(header, "value")) {
            add_header(&mut headers, name, value.as_bytes());
        }
    }
    let body = BASE64_STANDARD.decode(text(element, "request_payload_base64").unwrap_or_default()).ok();
    let is_whole = body.as_ref().is_some_and(|body| has_its_length(&headers, body));
    let at = element.get("captured_at_unix_milli").and_then(Value::as_i64)?;
    Some(CapturedRequest {
        id: text(element, "uuid")?.to_owned(),
        captured_at: Timestamp::from_millisecond(at).ok()?,
        method: method_of(text(element, "method")),
        path: path_of(text(element, "url")),
        headers,
        body: body.unwrap_or_default().into(),
        is_whole,
        remote: sender(text(element, "client_address")),
    })
}

/// A line of an export or of `listen --format json`.
#[derive(Debug, PartialEq)]
pub(super) enum CapturedLine {
    /// A delivery.
    Delivery(Box<CapturedRequest>),
    /// The heading of an export whose bodies and headers were changed to hide secrets.
    Redacted,
    /// Something that is no delivery.
    Other,
    /// Something that is no record at all.
    Broken,
}

/// Reads a line of records.
pub(super) fn record(line: &[u8]) -> CapturedLine {
    let Ok(value) = serde_json::from_slice::<Value>(line) else { return CapturedLine::Broken };
    match text(&value, "record") {
        Some("export") if value.get("redacted") == Some(&Value::Bool(true)) => CapturedLine::Redacted,
        Some("delivery") => {
            delivery(&value).map_or(CapturedLine::Broken, |delivery| CapturedLine::Delivery(Box::new(delivery)))
        }
        Some(_) => CapturedLine::Other,
        None => CapturedLine::Broken,
    }
}

fn delivery(value: &Value) -> Option<CapturedRequest> {
    let mut headers = HeaderMap::new();
    for pair in value.get("headers")?.as_array()? {
        let part = |at: usize| pair.get(at).and_then(Value::as_str);
        // A third part holds the bytes of a value that is not UTF-8.
        let bytes = part(2).and_then(|bytes| BASE64_STANDARD.decode(bytes).ok());
        add_header(&mut headers, part(0)?, bytes.as_deref().unwrap_or(part(1)?.as_bytes()));
    }
    let body = match (text(value, "body"), text(value, "body_base64")) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(base64)) => BASE64_STANDARD.decode(base64).ok()?,
        (None, None) => return None,
    };
    let remote = text(value, "remote");
    Some(CapturedRequest {
        id: value.get("id")?.to_string(),
        captured_at: text(value, "received_at")?.parse().ok()?,
        method: method_of(text(value, "method")),
        path: text(value, "path").unwrap_or("/").to_owned(),
        headers,
        body: body.into(),
        is_whole: true,
        remote: remote.and_then(|remote| remote.parse().ok()).unwrap_or_else(|| sender(None)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CapturedLine, record, svix_play, webhook_site, webhook_tester};

    #[test]
    fn an_element_of_webhook_site_is_read_although_fields_are_null_or_arrays() {
        let element = json!({
            "uuid": "u1", "type": "web", "method": "POST", "url": "https://webhook.site/t/hooks?x=1", "ip": "1.2.3.4",
            "content": "{\"a\":\"ü\"}", "query": null, "files": [], "created_at": "2026-10-01 15:04:05",
            "headers": {"content-length": ["10"], "x": ["1", "2"], "bad name": ["3"], "odd": [null, 7]},
        });
        let request = webhook_site(&element).unwrap();
        assert_eq!((request.path.as_str(), request.method.as_str()), ("/t/hooks?x=1", "POST"));
        assert_eq!(request.captured_at.to_string(), "2026-10-01T15:04:05Z");
        assert_eq!((request.headers.len(), request.is_whole, request.body.len()), (3, true, 10));
        let mut element = element;
        element["headers"] = json!([]);
        element["ip"] = json!(null);
        assert!(webhook_site(&element).unwrap().is_whole);
        element["headers"] = json!({"content-length": ["11"]});
        assert!(!webhook_site(&element).unwrap().is_whole);
        element["type"] = json!("email");
        assert_eq!(webhook_site(&element), None);
        for hostile in [json!(null), json!([]), json!({"uuid": 7}), json!({"uuid": "u", "created_at": "soon"})] {
            assert_eq!(webhook_site(&hostile), None, "{hostile}");
        }
    }

    #[test]
    fn the_other_services_keep_bytes_in_base64() {
        let element = json!({
            "id": "k1", "created_at": "2026-10-01T15:04:05.123456789Z", "method": "POST", "url": "/in/e_1/",
            "body": "AP8=", "headers": {"Content-Length": "2"}, "ip": "::1",
        });
        let request = svix_play(&element).unwrap();
        assert_eq!((&request.body[..], request.is_whole), (&b"\0\xff"[..], true));
        let element = json!({
            "uuid": "k2", "captured_at_unix_milli": 1_790_000_000_123_i64, "method": "POST",
            "request_payload_base64": "!", "headers": [{"name": "A", "value": "b"}, {"name": 1}],
        });
        assert!(!webhook_tester(&element).unwrap().is_whole);
    }

    #[test]
    fn lines_of_an_export_are_deliveries_and_others() {
        let line =
            br#"{"v":1,"record":"delivery","id":7,"received_at":"2026-10-01T15:04:05Z","method":"POST","path":"/w",
            "headers":[["a","b"],["c","?","/w=="]],"body_base64":"AP8=","remote":"127.0.0.1:5"}"#;
        let CapturedLine::Delivery(delivery) = record(line) else { panic!() };
        assert_eq!((delivery.id.as_str(), delivery.headers.len(), delivery.body.len()), ("7", 2, 2));
        assert_eq!(delivery.headers["c"].as_bytes(), b"\xff");
        assert_eq!(record(br#"{"record":"export","redacted":true}"#), CapturedLine::Redacted);
        assert_eq!(record(br#"{"record":"export","redacted":false}"#), CapturedLine::Other);
        assert_eq!(record(br#"{"record":"forward"}"#), CapturedLine::Other);
        for broken in [&b"oops"[..], b"{}", br#"{"record":"delivery"}"#, b"", b"\xff"] {
            assert_eq!(record(broken), CapturedLine::Broken);
        }
    }
}
