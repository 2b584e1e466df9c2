//! The catalogue of faults: the ways in which a delivery can be wrong, each with a name.
//!
//! One table serves the sender (`--fault`), the conformance suite and the sandbox.

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::model::json::reserialize::Rewriter;
use crate::model::json::view::JsonView;
use crate::model::json::writing::{Spacing, Style};
use crate::model::nearest;
use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};

/// One way in which a delivery can be wrong.
#[derive(Debug)]
pub struct Fault {
    /// Its name on the command line.
    pub name: &'static str,
    /// Effect, in one line.
    pub about: &'static str,
    /// Name that a correct receiver gives it.
    pub shows: Shows,
    /// Step of making a delivery that it changes, and the change.
    pub change: Change,
}

/// Verdict of a receiver that holds the right secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The signature is invalid for the reason of this code.
    Reason(&'static str),
    /// The signature is right, and the body has the problem of this code.
    Problem(&'static str),
}

/// Change that a fault makes.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// The body before it is signed: the signature will be right.
    Content(fn(&mut Vec<u8>)),
    /// The key that signs.
    Key(fn(&str) -> String),
    /// The timestamp that is signed and sent, from now.
    Time(fn(Timestamp) -> String),
    /// The message that is signed, from the timestamp and the body.
    Message(fn(&str, &[u8]) -> Vec<u8>),
    /// Form of the signature.
    Signature(fn(&str) -> String),
    /// The body after it was signed.
    Body(fn(&mut Vec<u8>)),
    /// The headers, last of all.
    Headers(fn(&mut HeaderMap)),
}

/// Gives each sort of change a way to be picked out of many.
macro_rules! pick {
    ($($name:ident: $variant:ident => $function:ty;)+) => {
        impl Change {
            $(pub(crate) fn $name(self) -> Option<$function> {
                match self {
                    Self::$variant(change) => Some(change),
                    _ => None,
                }
            })+
        }
    };
}

pick! {
    content: Content => fn(&mut Vec<u8>);
    key: Key => fn(&str) -> String;
    time: Time => fn(Timestamp) -> String;
    message: Message => fn(&str, &[u8]) -> Vec<u8>;
    signature: Signature => fn(&str) -> String;
    body: Body => fn(&mut Vec<u8>);
    headers: Headers => fn(&mut HeaderMap);
}

/// Finds a fault by its name.
pub fn find(name: &str) -> Result<&'static Fault, UnknownFault> {
    FAULTS.iter().find(|fault| fault.name == name).ok_or_else(|| UnknownFault {
        given: name.to_owned(),
        nearest: nearest(name, FAULTS.iter().map(|fault| fault.name)),
    })
}

/// A name that no fault has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called '{given}'")]
pub struct UnknownFault {
    /// The value that was given.
    pub given: String,
    /// The fault that was most likely meant.
    pub nearest: Option<&'static str>,
}

const fn fault(name: &'static str, about: &'static str, shows: Shows, change: Change) -> Fault {
    Fault { name, about, shows, change }
}

use Change::{Body, Content, Headers, Key, Message, Signature, Time};
use Shows::{Problem, Reason};

/// Every fault, grouped by what it breaks.
#[rustfmt::skip]
pub static FAULTS: [Fault; 40] = [
    fault("wrong-secret", "sign with another secret", Reason("digest-differs"), Key(|_| "mhw_test_notTheSecretThatWasAskedFor00".to_owned())),
    fault("newline-secret", "sign with the secret and a line break after it", Reason("secret-newline"), Key(|secret| format!("{secret}\n"))),
    fault("quoted-secret", "sign with the secret in quotes", Reason("secret-quotes"), Key(|secret| format!("\"{secret}\""))),

    fault("truncated-signature", "send only half of the signature", Reason("signature-length"), Signature(|hex| hex.chars().take(32).collect())),
    fault("uppercase-signature", "write the signature in upper-case hex", Reason("signature-uppercase"), Signature(str::to_uppercase)),
    fault("prefixed-signature", "write 'sha256=' before the signature", Reason("signature-prefix"), Signature(|hex| format!("sha256={hex}"))),
    fault("versioned-signature", "write 'v1=' before the signature", Reason("signature-prefix"), Signature(|hex| format!("v1={hex}"))),
    fault("non-hex-signature", "write letters that are not hex", Reason("signature-not-hex"), Signature(|hex| hex.replace(|c: char| c.is_ascii_digit(), "x"))),
    fault("base64-signature", "write the signature in base64", Reason("signature-base64"), Signature(base64_of_hex)),
    fault("non-ascii-signature", "write letters outside ASCII for the digits", Reason("signature-not-hex"), Signature(|hex| hex.replace(|c: char| c.is_ascii_digit(), "é"))),
    fault("empty-signature", "send an empty signature", Reason("empty-signature"), Signature(|_| String::new())),

    fault("stale-timestamp", "sign for an hour ago", Reason("timestamp-too-old"), Time(|now| (now.as_second() - 3_600).to_string())),
    fault("future-timestamp", "sign for an hour from now", Reason("timestamp-in-future"), Time(|now| (now.as_second() + 3_600).to_string())),
    fault("millisecond-timestamp", "sign and send the time in milliseconds", Reason("timestamp-milliseconds"), Time(|now| now.as_millisecond().to_string())),
    fault("fractional-timestamp", "sign and send the time with a fraction", Reason("timestamp-malformed"), Time(|now| format!("{}.5", now.as_second()))),
    fault("garbage-timestamp", "sign and send a word as the time", Reason("timestamp-malformed"), Time(|_| "yesterday".to_owned())),
    fault("non-ascii-timestamp", "sign and send the time in full-width digits", Reason("timestamp-malformed"), Time(full_width)),
    fault("empty-timestamp", "sign and send an empty time", Reason("timestamp-malformed"), Time(|_| String::new())),

    fault("body-only-hmac", "sign the body without the timestamp", Reason("signed-body-only"), Message(|_, body| body.to_vec())),
    fault("no-dot-hmac", "sign without the dot between timestamp and body", Reason("signed-without-dot"), Message(|time, body| [time.as_bytes(), body].concat())),
    fault("other-timestamp-hmac", "sign another timestamp than the header's", Reason("other-timestamp-signed"), Message(with_earlier_time)),
    fault("lost-newline", "sign a line break at the end that is not sent", Reason("trailing-newline-lost"), Message(|time, body| [time.as_bytes(), b".", body, b"\n"].concat())),

    fault("tampered-body", "change the body after signing", Reason("digest-differs"), Body(tamper)),
    fault("reserialized-body", "sign compact JSON and send it spaced, as Python's json.dumps writes", Reason("body-reserialized"), Body(respace)),
    fault("added-newline", "add a line break after signing", Reason("trailing-newline-added"), Body(|body| body.push(b'\n'))),
    fault("byte-order-mark", "put a byte order mark before the body after signing", Reason("byte-order-mark"), Body(|body| { body.splice(0..0, *b"\xef\xbb\xbf"); })),

    fault("missing-signature", "send no signature header", Reason("missing-signature"), Headers(|headers| { headers.remove(SIGNATURE_HEADER); })),
    fault("missing-timestamp", "send no timestamp header", Reason("missing-timestamp"), Headers(|headers| { headers.remove(TIMESTAMP_HEADER); })),
    fault("renamed-headers", "send both under invented names (x-magic-hour-signature ...)", Reason("missing-headers"), Headers(rename)),
    fault("duplicated-signature", "send the signature header twice", Reason("duplicate-signature"), Headers(|headers| repeat(headers, SIGNATURE_HEADER))),
    fault("duplicated-timestamp", "send the timestamp header twice", Reason("duplicate-timestamp"), Headers(|headers| repeat(headers, TIMESTAMP_HEADER))),

    fault("invalid-json", "cut the body short, then sign it", Problem("invalid-json"), Content(cut_short)),
    fault("invalid-utf8", "put a byte that is not UTF-8 into a text, then sign", Problem("invalid-json"), Content(spoil_text)),
    fault("empty-body", "sign and send no body", Problem("empty-body"), Content(Vec::clear)),
    fault("array-body", "put the event into a list, then sign", Problem("not-an-object"), Content(|body| *body = [b"[", body.as_slice(), b"]"].concat())),
    fault("unknown-type", "name an event that does not exist, then sign", Problem("unknown-type"), Content(|body| edit(body, |event| { event.insert("type".to_owned(), json!("video.archived")); }))),
    fault("missing-type", "leave the type out, then sign", Problem("missing-type"), Content(|body| edit(body, |event| { event.remove("type"); }))),
    fault("missing-payload", "leave the payload out, then sign", Problem("missing-payload"), Content(|body| edit(body, |event| { event.remove("payload"); }))),
    fault("wrong-types", "make the payload a text, then sign", Problem("missing-payload"), Content(|body| edit(body, |event| { event.insert("payload".to_owned(), json!("not an object")); }))),
    fault("deep-nesting", "nest lists 10,000 deep in place of the payload, then sign", Problem("missing-payload"), Content(nest)),
];

fn base64_of_hex(hex: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(hex::decode(hex).unwrap_or_default())
}

/// The seconds in digits that Python's `int` takes and ASCII does not have.
fn full_width(now: Timestamp) -> String {
    now.as_second()
        .to_string()
        .chars()
        .map(|digit| digit.to_digit(10).and_then(|n| char::from_u32(0xff10 + n)).unwrap_or(digit))
        .collect()
}

/// Written as text: a value of this depth would overflow the stack of a builder.
fn nest(body: &mut Vec<u8>) {
    const DEPTH: usize = 10_000;
    edit(body, |event| _ = event.remove("payload"));
    body.pop();
    let comma = if body.ends_with(b"{") { "" } else { "," };
    let payload = format!("{comma}\"payload\":{}{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    body.extend_from_slice(payload.as_bytes());
}

/// Puts a byte into the name of the job, so that a lenient reader finds an event without a fault.
fn spoil_text(body: &mut Vec<u8>) {
    let place = |body: &[u8]| {
        let name = JsonView::read(body).ok()?.get("payload")?.get("name")?;
        name.string().map(|_| name.range().start + 1)
    };
    let at = place(body).or_else(|| {
        edit(body, |event| {
            let payload = event.entry("payload").or_insert_with(|| json!({}));
            if let Value::Object(payload) = payload {
                payload.insert("name".to_owned(), json!("a name"));
            }
        });
        place(body)
    });
    body.insert(at.unwrap_or_default(), 0xff);
}

fn with_earlier_time(timestamp: &str, body: &[u8]) -> Vec<u8> {
    const EARLIER: i64 = 7;
    let signed = timestamp.parse::<i64>().map_or_else(|_| format!("{timestamp}0"), |now| (now - EARLIER).to_string());
    [signed.as_bytes(), b".", body].concat()
}

fn tamper(body: &mut Vec<u8>) {
    match body.iter().position(|byte| *byte == b'{') {
        Some(brace) if body.get(brace + 1).is_some_and(|next| *next != b'}') => {
            body.splice(brace + 1..=brace, *b"\"tampered\":true,");
        }
        _ => body.push(b'!'),
    }
}

/// Writes JSON with other white space. What is not JSON gets a space at its end, so that it differs in any case.
fn respace(body: &mut Vec<u8>) {
    let styles = [Spacing::Python, Spacing::IndentTwo].map(Style::spaced);
    let rewritten = Rewriter::new(body).and_then(|rewriter| {
        styles.into_iter().map(|style| rewriter.write(style).into_bytes()).find(|written| written != body)
    });
    match rewritten {
        Some(written) => *body = written,
        None => body.push(b' '),
    }
}

fn rename(headers: &mut HeaderMap) {
    const INVENTED: [(&str, &str); 2] =
        [(SIGNATURE_HEADER, "x-magic-hour-signature"), (TIMESTAMP_HEADER, "x-magic-hour-timestamp")];
    for (real, invented) in INVENTED {
        if let Some(value) = headers.remove(real) {
            headers.append(HeaderName::from_static(invented), value);
        }
    }
}

fn repeat(headers: &mut HeaderMap, name: &'static str) {
    let value = headers.get(name).cloned().unwrap_or_else(|| HeaderValue::from_static(""));
    headers.append(name, value);
}

/// Drops the last half of the body, or makes one that is cut short if there is too little to drop.
fn cut_short(body: &mut Vec<u8>) {
    body.truncate(body.len() / 2);
    if !body.starts_with(b"{") {
        *body = b"{\"type\":".to_vec();
    }
}

/// Edits the event, or a minimal one where the body is no JSON object.
fn edit(body: &mut Vec<u8>, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut event = serde_json::from_slice(body).unwrap_or_else(|_| {
        let minimal = json!({ "type": "video.completed", "payload": { "id": "clx7uu86w0a5qp55yxz315r6r" } });
        minimal.as_object().cloned().unwrap_or_default()
    });
    change(&mut event);
    *body = Value::Object(event).to_string().into_bytes();
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Change, FAULTS, find};

    #[test]
    fn names_are_unique_and_found() {
        let names: HashSet<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), FAULTS.len());
        assert!(names.iter().all(|name| find(name).is_ok_and(|fault| fault.name == *name)));
    }

    #[test]
    fn a_fault_of_a_text_or_of_the_depth_leaves_the_rest_of_the_event() {
        let changed = |name: &str, body: &str| {
            let Change::Content(change) = find(name).unwrap().change else { panic!("{name}") };
            let mut body = body.as_bytes().to_vec();
            change(&mut body);
            body
        };
        let event = r#"{"type":"image.errored", "payload":{"id":"clx1","name":"a","error":null}}"#;
        let lenient = String::from_utf8_lossy(&changed("invalid-utf8", event)).into_owned();
        assert_eq!(lenient, event.replace("\"a\"", "\"\u{fffd}a\""));
        for nameless in
            [r#"{"type":"image.errored","payload":{"id":"clx1","name":null}}"#, r#"{"type":"image.errored"}"#, "", "[]"]
        {
            let lenient = String::from_utf8_lossy(&changed("invalid-utf8", nameless)).into_owned();
            let event: serde_json::Value = serde_json::from_str(&lenient).unwrap();
            assert!(lenient.contains("\"name\":\"\u{fffd}a name\"") && event["type"].is_string(), "{lenient}");
        }
        let nested = String::from_utf8(changed("deep-nesting", event)).unwrap();
        assert!(nested.starts_with(r#"{"type":"image.errored","payload":[[["#) && nested.ends_with("]]]}"));
        assert!(changed("deep-nesting", "{}").starts_with(b"{\"payload\":[["));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        assert_eq!(find("stale-timestmap").unwrap_err().nearest, Some("stale-timestamp"));
    }
}
