//! Hostile deliveries: none disturbs the terminal, the process or the next delivery.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{Listening, PATIENCE, Program, interrupt, read_all, request, status};

const GOOD: &[u8] = br#"{"type":"video.completed","payload":{"id":"clx-good"}}"#;

/// The answers to these requests, and what a person sees of them. A good delivery follows, to show that all is well.
#[track_caller]
fn shown(requests: &[Vec<u8>]) -> (Vec<String>, String) {
    let program = Program::new();
    let mut listening = program.listen(&[]);
    let answers: Vec<String> = requests.iter().map(|request| listening.exchange(request)).collect();
    assert_eq!(status(&listening.post(&[], GOOD)), 200);
    while listening.record()["job_id"] != "clx-good" {}
    let text = pretty(&program, requests);
    assert!(text.contains("clx-good"), "{text}");
    (answers, text)
}

/// The pretty output of a listener that received these requests, then a good one, then was stopped.
fn pretty(program: &Program, requests: &[Vec<u8>]) -> String {
    let mut child = program.command(&["listen", "--port", "0", "--color", "always"]).spawn().unwrap();
    let url = Listening::url_on_stderr(&mut child);
    let port: u16 = url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).unwrap().parse().unwrap();
    for request in requests.iter().chain([&request("/webhook", &[], GOOD)]) {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A server that refuses early may close before all is written.
        let _ = stream.write_all(request);
        read_all(&mut stream);
    }
    interrupt(child.id());
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    text
}

/// Asserts that nothing but our own colour codes and line breaks could move a terminal.
#[track_caller]
fn assert_harmless(text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let code = &rest[at + 1..];
        let end = code.find('m').expect("an escape sequence of ours ends in m");
        let ours = code.starts_with('[') && code[1..end].bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
        assert!(ours, "{:?}", &code[..end.min(20)]);
        rest = &code[end..];
    }
    let bad = |c: &char| (c.is_control() && !matches!(c, '\n' | '\u{1b}')) || ('\u{202a}'..='\u{202e}').contains(c);
    assert_eq!(text.chars().find(bad), None);
}

#[test]
fn escape_sequences_and_bidi_marks_are_made_visible() {
    let body = "{\"type\":\"video.\u{202e}detelpmoc\",\"payload\":{\"id\":\"\\u001b[2J\u{1b}]0;owned\u{7}\"}}";
    let in_json = request("/\u{1b}[31m", &[("x-evil", b"\x1b[2Jgone")], body.as_bytes());
    let raw = request("/webhook", &[], b"plain \x1b[2J text \r\n with \xe2\x80\xae bidi");
    let valid = request(
        "/webhook",
        &[("x-evil", b"caf\xe9")],
        "{\"type\":\"a\u{202e}b\",\"payload\":{\"id\":\"\\u001b[2J\\u202e\"}}".as_bytes(),
    );
    let (_, text) = shown(&[in_json, raw, valid]);
    assert_harmless(&text);
    assert!(text.contains("\\u001b[2J"), "{text}");
}

#[test]
fn invalid_utf8_is_shown_as_bytes() {
    let (answers, text) = shown(&[request("/webhook", &[], b"\xff\xfe\x00binary\x80")]);
    assert_eq!(status(&answers[0]), 200);
    assert_harmless(&text);
    assert!(text.contains("ff fe 00 62"), "{text}");
}

#[test]
fn a_body_over_the_limit_is_refused_early() {
    let (answers, text) = shown(&[request("/webhook", &[], &vec![b'x'; 2 << 20])]);
    assert_eq!(status(&answers[0]), 413, "{}", answers[0]);
    assert!(text.contains("body is larger than 1048576 bytes"), "{text}");
}

#[test]
fn a_body_that_hides_its_size_is_refused_as_well() {
    let mut chunked = b"POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..32 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&vec![b'x'; 0x10000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let (answers, _) = shown(&[chunked]);
    assert_eq!(status(&answers[0]), 413);
}

#[test]
fn deep_nesting_is_neither_parsed_by_recursion_nor_indented_without_end() {
    let deep = format!("{{\"type\":\"video.completed\",\"payload\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let (answers, text) = shown(&[request("/webhook", &[], deep.as_bytes())]);
    assert_eq!(status(&answers[0]), 200);
    assert!(text.len() < 100_000, "{}", text.len());
}

#[test]
fn a_signature_that_is_there_twice_is_refused() {
    let name = "magic-hour-event-signature";
    let twice = request("/webhook", &[(name, b"00"), (name, b"00"), ("magic-hour-event-timestamp", b"1")], GOOD);
    let (answers, text) = shown(&[twice]);
    assert_eq!(status(&answers[0]), 401);
    assert!(text.contains("signature header is there more than once"), "{text}");
}

#[test]
fn a_body_sent_a_byte_at_a_time_arrives_whole() {
    let mut listening = Program::new().listen(&[]);
    let mut stream = listening.connect();
    stream.set_nodelay(true).unwrap();
    for byte in request("/webhook", &[], GOOD) {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(status(&read_all(&mut stream)), 200);
    assert_eq!(listening.record()["body"], str::from_utf8(GOOD).unwrap());
}

#[test]
fn broken_requests_are_answered_or_dropped_and_nothing_else_happens() {
    let many = "x-many: y\r\n".repeat(200);
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-long: {}\r\n\r\n", "y".repeat(100_000));
    let requests = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GARBAGE\r\n\r\n".to_vec(),
        format!("POST / HTTP/1.1\r\nHost: x\r\n{many}Content-Length: 0\r\n\r\n").into_bytes(),
        long.into_bytes(),
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n".to_vec(),
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!".to_vec(),
    ];
    let (answers, text) = shown(&requests);
    assert!(answers.iter().all(|answer| answer.is_empty() || (400..=431).contains(&status(answer))), "{answers:?}");
    assert_harmless(&text);
}

#[test]
fn a_secret_that_arrives_in_a_body_is_masked_for_people() {
    let body = br#"{"type":"video.completed","payload":{"id":"mhw_live_0123456789abcdefghijABCDEFGHIJ"}}"#;
    let (_, text) = shown(&[request("/webhook", &[], body)]);
    assert!(!text.contains("0123456789abcdefghij"), "{text}");
    assert!(text.contains("mhw_live_…GHIJ"), "{text}");
}

#[test]
fn a_link_loses_its_query_for_people() {
    let body = br#"{"type":"video.completed","payload":{"id":"c","downloads":[{"url":"https://h/o.mp4?key=hush","expires_at":"2099-01-01T00:00:00Z"}]}}"#;
    let (_, text) = shown(&[request("/webhook", &[], body)]);
    assert!(!text.contains("hush") && text.contains("https://h/o.mp4?…"), "{text}");
}
