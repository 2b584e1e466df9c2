//! A delivery without what opens doors: secrets, credentials, and the queries of download links.
//!
//! An export is made to be handed on. Whoever needs the exact bytes says so.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::output::redact;
use crate::store::journal::{StoredAttempt, StoredDelivery};

/// Replacement for a hidden value.
pub(crate) const HIDDEN: &str = "…";

/// The same delivery, fit to be handed on.
pub(crate) fn delivery(mut stored: StoredDelivery) -> StoredDelivery {
    let delivery = &mut stored.delivery;
    delivery.body = body(&delivery.body);
    if let Some((path, _)) = delivery.path.split_once('?') {
        delivery.path = format!("{path}?{HIDDEN}");
    }
    for (name, value) in &mut delivery.headers {
        let text_of = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let shown = if is_credential(name) { HIDDEN.to_owned() } else { text(&text_of(value)) };
        if shown != text_of(value)
            && let Ok(redacted) = HeaderValue::from_bytes(shown.as_bytes())
        {
            *value = redacted;
        }
    }
    stored
}

/// Whether a header's value opens doors, by the header's name: those of the standards, of proxies and tunnels, and what
/// programs call their own. The two of Magic Hour's signature prove a delivery and open nothing.
fn is_credential(name: &HeaderName) -> bool {
    const NAMES: [&str; 3] = ["cookie", "set-cookie", "x-forwarded-client-cert"];
    const PARTS: [&str; 12] = [
        "authorization",
        "authenticat",
        "api-key",
        "apikey",
        "token",
        "secret",
        "password",
        "jwt",
        "session",
        "assertion",
        "credential",
        "access-key",
    ];
    let name = name.as_str();
    NAMES.contains(&name) || PARTS.iter().any(|part| name.contains(part))
}

/// The same attempt, fit to be handed on.
pub(crate) fn attempt(mut attempt: StoredAttempt) -> StoredAttempt {
    if let Some((target, _)) = attempt.target.split_once('?') {
        attempt.target = format!("{target}?{HIDDEN}");
    }
    attempt.target = text(&attempt.target);
    attempt.excerpt = body(&attempt.excerpt);
    attempt.error.iter_mut().for_each(|error| error.text = text(&error.text));
    attempt
}

fn text(text: &str) -> String {
    redact::queries(&redact::secrets(text)).into_owned()
}

/// A body with nothing changed but what had to be; JSON in which something had to be is written anew.
fn body(bytes: &Bytes) -> Bytes {
    if let Ok(mut json) = serde_json::from_slice(bytes) {
        // JSON may spell the `/` and `?` of a link in ways that its text does not show.
        return if redact(&mut json) { Bytes::from(json.to_string()) } else { bytes.clone() };
    }
    let shown = String::from_utf8_lossy(bytes);
    let redacted = text(&shown);
    if redacted == shown { bytes.clone() } else { Bytes::from(redacted) }
}

/// Whether anything had to be changed.
fn redact(json: &mut Value) -> bool {
    match json {
        Value::String(string) => {
            let redacted = text(string);
            let changed = redacted != *string;
            *string = redacted;
            changed
        }
        Value::Array(list) => list.iter_mut().fold(false, |changed, value| redact(value) | changed),
        Value::Object(object) => object.values_mut().fold(false, |changed, value| redact(value) | changed),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::body;

    #[track_caller]
    fn becomes(given: &'static str, expected: &str) {
        assert_eq!(body(&Bytes::from_static(given.as_bytes())), expected.as_bytes());
    }

    #[test]
    fn links_lose_their_query_however_they_are_spelled() {
        becomes(r#"{"url": "https://h/a.mp4?sig=1"}"#, r#"{"url":"https://h/a.mp4?…"}"#);
        becomes(r#"{"url":"https:\/\/h\/a.mp4\u003fsig=1"}"#, r#"{"url":"https://h/a.mp4?…"}"#);
        becomes("see https://h/a?sig=1 there", "see https://h/a?… there");
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        becomes(r#"[{"a":["mhw_live_0123456789abcdefWXYZ"]}]"#, r#"[{"a":["mhw_live_…WXYZ"]}]"#);
        becomes("mhk_live_0123456789abcdefWXYZ", "mhk_live_…WXYZ");
    }

    #[test]
    fn what_holds_nothing_of_the_sort_stays_byte_for_byte() {
        becomes("{ \"n\": 1.50,\n\"a\": \"\\u00e9\" }", "{ \"n\": 1.50,\n\"a\": \"\\u00e9\" }");
        becomes("{ not json", "{ not json");
    }
}
