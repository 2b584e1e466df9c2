//! A delivery without what opens doors: secrets, credentials, and the queries of download links.
//!
//! An export is made to be handed on. The exact bytes need an option.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::model::json::edit::JsonText;
use crate::model::json::lexer::{Lexer, Token};
use crate::model::json::view::{JsonView, decoded};
use crate::output::{redact, units};
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
    const OURS: [&str; 2] = ["magic-hour-event-signature", "magic-hour-event-timestamp"];
    const PARTS: [&str; 19] = [
        "auth",
        "apikey",
        "token",
        "secret",
        "passw",
        "passphrase",
        "jwt",
        "session",
        "assertion",
        "credential",
        "cookie",
        "cert",
        "signature",
        "principal",
        "bypass",
        "oidc",
        "saml",
        "csrf",
        "xsrf",
    ];
    const WORDS: [&str; 5] = ["key", "sig", "dpop", "hmac", "sso"];
    let name = name.as_str();
    let has_word = || name.split(['-', '_', '.']).any(|word| WORDS.contains(&word));
    !OURS.contains(&name) && (PARTS.iter().any(|part| name.contains(part)) || has_word())
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

/// A text with its secrets masked and its links cut, also a link without a host. Where these are hidden in another spelling, all of it is left out.
fn text(text: &str) -> String {
    let is_relative = text.starts_with('/') && !text.contains(char::is_whitespace);
    let masked = redact::secrets(text);
    let redacted = if is_relative { redact::query(&masked) } else { redact::queries(&masked) }.into_owned();
    if conceals(&redacted) { HIDDEN.to_owned() } else { redacted }
}

/// Whether a text has secrets or open links once its escapes are undone, however often they were made.
fn conceals(text: &str) -> bool {
    const NESTED: usize = 4;
    let is_open = |text: &str| redact::queries(&redact::secrets(text)) != text;
    let mut unescaped = text.to_owned();
    for _ in 0..NESTED {
        let next = percent_decode_str(&without_escapes(&unescaped)).decode_utf8_lossy().into_owned();
        if next == unescaped {
            return false;
        }
        if is_open(&next) {
            return true;
        }
        unescaped = next;
    }
    false
}

/// A text with the escapes of JSON undone wherever they are.
fn without_escapes(text: &str) -> String {
    decoded(format!("\"{text}\"").as_bytes()).into_owned()
}

/// A body with nothing changed but what had to be. What cannot be read is left out as a whole if it is no plain text.
fn body(bytes: &Bytes) -> Bytes {
    if JsonView::read(bytes).is_ok() {
        return json(bytes);
    }
    let is_plain = |text: &&str| !text.contains(|c: char| c.is_control() && !c.is_whitespace()) && !is_base64(text);
    match std::str::from_utf8(bytes).ok().filter(is_plain) {
        Some(plain) => {
            let redacted = text(plain);
            if redacted == plain { bytes.clone() } else { redacted.into() }
        }
        None => format!(
            "{HIDDEN} ({} that cannot be read as JSON or text; --reveal keeps them)",
            units::counted(bytes.len() as u64, "byte")
        )
        .into(),
    }
}

/// A JSON text whose strings are redacted; its other bytes stay as they are.
fn json(bytes: &Bytes) -> Bytes {
    let mut lexer = Lexer::new(bytes);
    let mut redacted = Vec::new();
    let mut copied = 0;
    while let Ok(Some(token)) = lexer.token() {
        let (Token::Key(string) | Token::String(string)) = token else { continue };
        let meant = decoded(string.raw);
        let shown = text(&meant);
        if shown != meant {
            redacted.extend_from_slice(bytes.get(copied..lexer.start()).unwrap_or_default());
            redacted.extend_from_slice(JsonText::string(&shown).as_json().as_bytes());
            copied = lexer.start() + string.raw.len();
        }
    }
    if copied == 0 {
        return bytes.clone();
    }
    redacted.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    redacted.into()
}

/// Whether a text is nothing but the base64 of something, as AWS Lambda gets bodies.
fn is_base64(text: &str) -> bool {
    const SHORTEST: usize = 32;
    let text = text.trim();
    text.len() >= SHORTEST && BASE64_STANDARD.decode(text).is_ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use http::HeaderName;

    use super::{body, is_credential};

    #[track_caller]
    fn becomes(given: &str, expected: &str) {
        let redacted = body(&Bytes::copy_from_slice(given.as_bytes()));
        assert_eq!(String::from_utf8_lossy(&redacted), expected);
    }

    #[test]
    fn a_header_that_opens_doors_is_known_by_its_name() {
        let is_hidden = |name: &'static str| is_credential(&HeaderName::from_static(name));
        for name in [
            "authorization",
            "x-api-key",
            "cf-access-jwt-assertion",
            "set-cookie",
            "x-vercel-protection-bypass",
            "ocp-apim-subscription-key",
            "fastly-key",
            "x-ssl-client-cert",
            "x-amzn-oidc-data",
            "x-ms-client-principal",
            "ngrok-auth-user-id",
            "x-hub-signature-256",
            "dpop",
        ] {
            assert!(is_hidden(name), "{name}");
        }
        for name in [
            "magic-hour-event-signature",
            "magic-hour-event-timestamp",
            "user-agent",
            "host",
            "x-monkey",
            "content-type",
        ] {
            assert!(!is_hidden(name), "{name}");
        }
    }

    #[test]
    fn a_link_without_a_host_loses_its_query() {
        becomes(
            r#"{"url":"//h/a.mp4?sig=1","path":"/download?token=1"}"#,
            r#"{"url":"//h/a.mp4?…","path":"/download?…"}"#,
        );
        becomes(r#"{"text":"/ why? that"}"#, r#"{"text":"/ why? that"}"#);
    }

    #[test]
    fn links_lose_their_query_however_they_are_spelled() {
        becomes(r#"{"url": "https://h/a.mp4?sig=1"}"#, r#"{"url": "https://h/a.mp4?…"}"#);
        becomes(r#"{"url":"https:\/\/h\/a.mp4\u003fsig=1", "n": 1.50}"#, r#"{"url":"https://h/a.mp4?…", "n": 1.50}"#);
        becomes("see https://h/a?sig=1 there", "see https://h/a? there".replace('?', "?…").as_str());
    }

    #[test]
    fn links_are_cut_in_bodies_that_strict_parsers_refuse() {
        const LINK: &str = r#""https:\/\/h\/a\u003fsig=1""#;
        const CUT: &str = r#""https://h/a?…""#;
        for body in [
            "\u{feff}[LINK]".to_owned(),
            r#"["\ud800",LINK]"#.to_owned(),
            "[1e400,LINK]".to_owned(),
            format!("{}LINK{}", "[".repeat(200), "]".repeat(200)),
            r#"{"a":LINK,"a":LINK,"LINK":1}"#.replace("\"LINK\"", "LINK"),
        ] {
            becomes(&body.replace("LINK", LINK), &body.replace("LINK", CUT));
        }
        let latin = [b"{\"a\":\"caf\xe9\",\"b\":", LINK.as_bytes(), b"}"].concat();
        let expected = [b"{\"a\":\"caf\xe9\",\"b\":", CUT.as_bytes(), b"}"].concat();
        assert_eq!(body(&Bytes::from(latin)), expected);
    }

    #[test]
    fn what_hides_a_link_and_cannot_be_parsed_is_left_out() {
        for hidden in [
            r#"{"url":"https:\/\/h\/a?sig=1"#,
            r#"{"url":"https:\/\/h\/a\u003fsig=1"}x"#,
            "url=https%3A%2F%2Fh%2Fa%3Fsig%3D1",
            r#"say \"https:\\/\\/h\\/a?sig=1\""#,
        ] {
            becomes(hidden, "…");
        }
        becomes(r#"{"body":"{\"url\":\"https:\\/\\/h\\/a?sig=1\"}"}"#, r#"{"body":"…"}"#);
        becomes(
            "eyJ1cmwiOiJodHRwczovL2gvYT9zaWc9MSJ9",
            "… (36 bytes that cannot be read as JSON or text; --reveal keeps them)",
        );
        becomes("h\0t\0t\0p\0", "… (8 bytes that cannot be read as JSON or text; --reveal keeps them)");
        let gzip = Bytes::from_static(b"\x1f\x8b\x08\xff");
        assert!(body(&gzip).ends_with(b"(4 bytes that cannot be read as JSON or text; --reveal keeps them)"));
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
