//! Text for a terminal and records for programs, drawn from a delivery that anybody could have sent.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use mh_hook::engine::receive::forwarder::Forwarded;
use mh_hook::engine::receive::received::{ReceivedDelivery, RejectedRequest};
use mh_hook::engine::send::attempt::Attempt;
use mh_hook::model::Verdict;
use mh_hook::model::contract::peek::Peek;
use mh_hook::model::signing::reason::Reason;
use mh_hook::net::out::post::{Answer, Timing};
use mh_hook::output::sanitise::is_hidden;
use mh_hook::output::{Format, Printer, Record, Render, Streams, TextWriter, Theme};
use mh_hook::store::journal::VerifiedDelivery;
use serde_json::Value;

/// More lines than this are never drawn for one delivery.
const MOST_LINES: usize = 450;

/// The first byte chooses the format and the width; a line follows that is a path and a header, and then a body.
pub(crate) fn check(bytes: &[u8]) {
    let (choice, bytes) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, body) = (&bytes[..end], Bytes::copy_from_slice(bytes.get(end + 1..).unwrap_or_default()));
    let width = [None, Some(80), Some(usize::from(choice))][usize::from(choice >> 1) % 3];
    let format = if choice & 1 == 0 { Format::Pretty } else { Format::Compact };
    let received = delivery(line, &body, choice);
    drawn(&received, width, format);
    recorded(&received, &body);
    match choice >> 6 {
        0 => drawn(&rejected(line, &body), width, format),
        1 => drawn(&forwarded(line, &body, choice), width, format),
        _ => {}
    }
}

/// Draws in colour and without: nothing that was received reaches the terminal hidden, and colour changes no text.
pub(crate) fn drawn(record: &impl Render, width: Option<usize>, format: Format) {
    let draw = |colour| {
        let mut text = String::new();
        record.render(&mut TextWriter::new(&mut text, Theme::new(colour), width, format));
        text
    };
    let (plain, coloured) = (draw(false), draw(true));
    let hidden = plain.chars().find(|c| is_hidden(*c) && !matches!(c, '\n' | '\t'));
    assert!(hidden.is_none(), "{hidden:?} is hidden in {plain:?}");
    assert_eq!(without_colours(&coloured), plain, "colour changes the text");
    assert!(plain.ends_with('\n') && plain.lines().count() <= MOST_LINES);
}

/// A text without the colours that a theme adds.
fn without_colours(text: &str) -> Cow<'_, str> {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.map(|part| part.split_once('m').map_or(part, |(_, text)| text)).collect();
    if rest.is_empty() { Cow::Borrowed(text) } else { Cow::Owned([first, &rest.concat()].concat()) }
}

/// A record is one line of JSON with the exact bytes.
fn recorded(received: &ReceivedDelivery, body: &Bytes) {
    let (streams, out, _) = Streams::in_memory(Format::Json);
    Printer::new(&streams).print(received).expect("memory takes it");
    let text = out.text();
    let line = text.strip_suffix('\n').expect("a line");
    assert!(!line.contains(is_hidden), "hidden characters in {line:?}");
    let record: Value = serde_json::from_str(line).expect("a record is JSON");
    assert_eq!(record["record"], ReceivedDelivery::NAME);
    assert_eq!(record["path"], received.path);
    match std::str::from_utf8(body) {
        Ok(text) => assert_eq!(record["body"], text),
        Err(_) => assert_eq!(record["body_base64"], BASE64_STANDARD.encode(body)),
    }
}

fn delivery(line: &[u8], body: &Bytes, choice: u8) -> ReceivedDelivery {
    let peek = Peek::at(body);
    let verdict = if choice & 0x20 == 0 { Verdict::Verified } else { Verdict::Invalid(Reason::DigestDiffers) };
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_bytes(line).map(|value| (LOCATION, value)));
    let delivery = VerifiedDelivery {
        received_at: Timestamp::UNIX_EPOCH,
        method: "POST".into(),
        path: String::from_utf8_lossy(line).into_owned(),
        remote: "127.0.0.1:1".to_owned(),
        headers,
        body: body.clone(),
        verdict: verdict.kind(),
        reason: None,
        explanation: verdict.reason().map(ToString::to_string),
        problem: peek.problem.as_ref().map(|problem| problem.code().into()),
        event_type: peek.event_type.clone(),
        job_id: peek.job_id.clone(),
        status: peek.status.clone(),
        replayed: choice & 0x10 != 0,
    };
    ReceivedDelivery {
        id: 1,
        attempt: u32::from(choice),
        is_refused: false,
        answered: StatusCode::OK,
        elapsed: Duration::from_millis(1),
        shown: true,
        peek,
        verdict,
        delivery: Arc::new(delivery),
    }
}

fn rejected(line: &[u8], why: &Bytes) -> RejectedRequest {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    RejectedRequest {
        received_at: Timestamp::UNIX_EPOCH,
        method: Some(text(line)),
        path: Some(text(line)),
        answered: None,
        why: text(why),
    }
}

fn forwarded(line: &[u8], body: &Bytes, choice: u8) -> Forwarded {
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_bytes(line).map(|value| (LOCATION, value)));
    let status = StatusCode::from_u16(300 + u16::from(choice)).unwrap_or_default();
    let answer = Answer { status, headers, body: body.clone(), truncated: choice & 0x10 != 0, excess: 0 };
    let attempt = Attempt {
        url: String::from_utf8_lossy(line).into_owned(),
        sent_at: Timestamp::UNIX_EPOCH,
        outcome: Ok(answer),
        timing: Timing::default(),
    };
    Forwarded { delivery: 1, attempt }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};

    use super::check;
    use crate::properties::samples::json_text;

    /// Text that would harm a terminal if it came through.
    fn hostile() -> impl Strategy<Value = String> {
        let parts = &[
            "\x1b[2J",
            "\x1b]0;x\x07",
            "\u{9b}31m",
            "\r",
            "\n",
            "\t",
            "\0",
            "\x7f",
            "\u{202e}",
            "\u{200b}",
            "\u{feff}",
            "\u{e0041}",
            "é",
            "日本",
            "👩\u{200d}🚀",
            "https://h/p?sig=1",
            "mhw_live_0123456789abcdefWXYZ",
            " ",
            "a",
            "\\u001b",
        ][..];
        prop::collection::vec(prop::sample::select(parts), 0..20).prop_map(|parts| parts.concat())
    }

    fn body() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<Vec<u8>>(),
            json_text().prop_map(String::into_bytes),
            hostile().prop_map(String::into_bytes),
            (hostile(), hostile(), hostile()).prop_map(|(event, id, error)| {
                let error = serde_json::json!({ "code": error, "message": id });
                let downloads = [serde_json::json!({ "url": error, "expires_at": "2026-01-02T00:00:00Z" })];
                let payload = serde_json::json!({ "id": id, "error": error, "downloads": downloads });
                serde_json::json!({ "type": event, "payload": payload }).to_string().into_bytes()
            }),
        ]
    }

    proptest! {
        #[test]
        fn nothing_received_reaches_the_terminal_hidden(choice in any::<u8>(), line in hostile(), body in body()) {
            check(&[&[choice], line.replace('\n', " ").as_bytes(), b"\n", &body].concat());
        }
    }
}
