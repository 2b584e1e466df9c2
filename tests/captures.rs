//! `listen --from` and `history export --follow`: deliveries that somebody else received.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::e2e::fake::{self, Fake};
use crate::support::{Listening, Program, SECRET, interrupt, status};

const EVENT: &[u8] = br#"{"type":"image.completed","payload":{"id":"clx1","status":"complete"}}"#;

const ID: &str = "0a1b2c3d-0000-4000-8000-00000000000f";

/// A request as a webhook-tester keeps it, signed at its capture time.
fn kept(id: &str, seconds_ago: i64, body: &[u8]) -> Value {
    #[expect(clippy::disallowed_methods, reason = "the program under test has the real clock")]
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds_ago);
    let signer = mh_hook::model::Signer::new(&mh_hook::model::Secret::new(SECRET));
    let delivery = mh_hook::model::Delivery::signed(&signer, body.to_vec().into(), at);
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| json!({"name": name.as_str(), "value": value.to_str().unwrap()});
    let headers: Vec<Value> = delivery.headers.iter().map(header).collect();
    json!({
        "uuid": id, "client_address": "1.2.3.4", "method": "POST", "url": "http://host/x?y=1", "headers": headers,
        "request_payload_base64": BASE64_STANDARD.encode(body), "captured_at_unix_milli": at.as_millisecond(),
    })
}

fn listen_from(program: &Program, from: &str, more: &[&str]) -> Listening {
    let all: Vec<&str> = ["listen", "--format", "json", "--from", from].iter().chain(more).copied().collect();
    Listening::start(program.command(&all), Arc::clone(&program.home))
}

#[test]
fn what_a_service_kept_is_judged_as_of_its_capture_and_never_read_twice() {
    let round = Arc::new(AtomicUsize::new(0));
    let rounds = Arc::clone(&round);
    let service = Fake::start(move |line| {
        assert!(line.starts_with(&format!("GET /api/session/{ID}/requests ")), "{line}");
        let old = kept("a", 3_600, EVENT);
        let answer = match rounds.fetch_add(1, Ordering::SeqCst) {
            0 => fake::json("200 OK", &json!([old]).to_string()),
            1 => fake::json("429 Too Many Requests", "{}").replacen("\r\n", "\r\nRetry-After: 1\r\n", 1),
            _ => fake::json("200 OK", &json!([kept("b", 0, EVENT), old, {"uuid": null}, null]).to_string()),
        };
        Some(answer)
    });
    let handler = Program::with_secret().listen(&["--no-journal"]);
    let program = Program::with_secret();
    let from = format!("{}/s/{ID}", service.url);
    let mut listening = listen_from(&program, &from, &["--since", "all", "--forward", &handler.url]);
    let old = listening.record();
    // An hour ago it was fresh; today a handler would refuse it, so it gets no attempt.
    assert_eq!(
        (old["record"].as_str(), old["verdict"].as_str(), old["path"].as_str()),
        (Some("delivery"), Some("verified"), Some("/x?y=1"))
    );
    let fresh = listening.record();
    assert_eq!((fresh["record"].as_str(), fresh["attempt"].as_u64()), (Some("delivery"), Some(2)));
    assert_eq!(listening.record()["record"], "forward");
    let ended = listening.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("asks for a pause of 1 s") && ended.err.contains("signs it anew"), "{}", ended.err);
    // What was read is remembered: nothing is new in another run.
    let before = round.load(Ordering::SeqCst);
    let again = program.run(&["listen", "--format", "json", "--from", &from, "--since", "all", "--timeout", "1s"]);
    assert_eq!((again.code, again.records().len()), (0, 1), "{}", again.out);
    assert!(round.load(Ordering::SeqCst) > before);
}

#[test]
fn a_url_that_is_gone_ends_it_with_what_to_do() {
    let service = Fake::start(|_| Some(fake::json("404 Not Found", "{}")));
    let from = format!("{}/s/{ID}", service.url);
    let ended = Program::with_secret().run(&["listen", "--from", &from]);
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(ended.err.contains("does not know this URL") && ended.err.contains("--from new"), "{}", ended.err);
    let smee = Program::with_secret().run(&["listen", "--from", "https://smee.io/abc"]);
    assert_eq!(smee.code, 2, "{}", smee.err);
    assert!(smee.err.contains("does not keep the bytes"), "{}", smee.err);
}

#[test]
fn an_export_that_is_followed_feeds_another_listener_through_a_pipe() {
    let host = Program::with_secret();
    let mut receiving = host.listen(&[]);
    assert_eq!(status(&receiving.post_signed(&[], EVENT)), 200);
    assert_eq!(receiving.record()["record"], "delivery");
    let mut export = host.command(&["history", "export", "--follow", "--reveal"]).spawn().unwrap();
    let laptop = Program::with_secret();
    let handler = Program::with_secret().listen(&["--no-journal"]);
    let arguments = ["listen", "--format", "json", "--from", "-", "--forward", &handler.url];
    let mut command = laptop.command(&arguments);
    command.stdin(Stdio::from(export.stdout.take().unwrap()));
    let mut reading = Listening::start(command, Arc::clone(&laptop.home));
    let expect = |reading: &mut Listening, attempt: u64| {
        let records = [reading.record(), reading.record()];
        let delivery = records.iter().find(|record| record["record"] == "delivery").unwrap();
        assert_eq!((delivery["verdict"].as_str(), delivery["attempt"].as_u64()), (Some("verified"), Some(attempt)));
        let forward = records.iter().find(|record| record["record"] == "forward").unwrap();
        assert_eq!(forward["status"].as_u64().or(forward["answered"].as_u64()), Some(200), "{forward}");
    };
    expect(&mut reading, 1);
    assert_eq!(status(&receiving.post_signed(&[], EVENT)), 200);
    expect(&mut reading, 2);
    interrupt(export.id());
    assert!(export.wait().unwrap().success());
    // The end of the input ends the listener.
    let ended = reading.ended();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("2 deliveries read from standard input"), "{}", ended.err);
}

#[test]
fn a_saved_export_is_read_and_one_that_was_redacted_is_named() {
    let host = Program::with_secret();
    let mut receiving = host.listen(&[]);
    assert_eq!(status(&receiving.post_signed(&[], EVENT)), 200);
    assert_eq!(receiving.record()["record"], "delivery");
    let export = host.run(&["history", "export"]);
    let laptop = Program::with_secret();
    laptop.write("kept.ndjson", format!("{}oops\n", export.out));
    let ended = laptop.run(&["listen", "--format", "json", "--from", "kept.ndjson", "--expect", "image.completed"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(ended.records().iter().filter(|record| record["record"] == "delivery").count(), 1);
    for (wanted, message) in [
        (&["--expect", "video.started"][..], "video.started did not come before the end of what --from reads"),
        (&["--exit-after", "2"], "1 of 2 deliveries came before the end of what --from reads"),
    ] {
        let unmet = laptop.run(&[&["listen", "--from", "kept.ndjson"], wanted].concat());
        assert_eq!(unmet.code, 1, "{}", unmet.err);
        assert!(unmet.err.contains(message), "{}", unmet.err);
    }
    laptop.write("prose.txt", "one\ntwo\n");
    let prose = laptop.run(&["listen", "--from", "prose.txt"]);
    assert_eq!(prose.code, 2, "{}", prose.err);
    assert!(prose.err.contains("none of the 2 lines of prose.txt could be read as a record"), "{}", prose.err);
    let missing = laptop.run(&["listen", "--from", "none.ndjson"]);
    assert_eq!(missing.code, 2, "{}", missing.err);
    laptop.write("broken.ndjson", format!("{}oops\n", export.out));
    let broken = laptop.run(&["listen", "--from", "broken.ndjson"]);
    assert!(
        broken.err.contains("exported without --reveal") && broken.err.contains("1 line of broken.ndjson"),
        "{}",
        broken.err
    );
}

#[test]
fn an_interrupt_ends_a_reader_whose_input_stays_open() {
    let program = Program::with_secret();
    let mut child = program.command(&["listen", "--from", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"record\":\"forward\"}\n").unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("reading ")));
    interrupt(child.id());
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(stdin);
}
