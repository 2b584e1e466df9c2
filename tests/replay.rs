//! `mh-hook replay`: what it sends again, and how it ends.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use mh_hook::store::journal::VerifiedDelivery;
use serde_json::{Value, json};

use crate::journal_support::{keep, received};
use crate::support::{Program, interrupt};

const HOUR: Duration = Duration::from_hours(1);

/// A program whose journal has three deliveries, all more than an hour old, the second of which is not JSON.
fn sample() -> Program {
    let program = Program::with_secret();
    let broken = VerifiedDelivery { body: Bytes::from_static(b"\xff{"), ..received("image.started", "clx2", 2 * HOUR) };
    let deliveries =
        vec![received("video.completed", "clx1", 3 * HOUR), broken, received("audio.completed", "clx3", HOUR)];
    keep(&program, deliveries, Vec::new());
    program
}

fn header<'a>(record: &'a Value, name: &str) -> Vec<&'a str> {
    let pairs = record["headers"].as_array().unwrap().iter();
    pairs.filter(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap()).collect()
}

/// Body of a record, be it text or not.
fn body_of(record: &Value) -> Vec<u8> {
    let text = |name: &str| record[name].as_str();
    text("body").map_or_else(|| BASE64_STANDARD.decode(text("body_base64").unwrap()).unwrap(), Into::into)
}

#[test]
fn an_old_delivery_verifies_when_signed_anew_and_not_as_it_was() {
    let program = sample();
    let mut handler = Program::with_secret().listen(&[]);
    let to = handler.url.clone();
    let original = program.run(&["history", "show", "3", "--format", "json"]).records().remove(0);

    let anew = program.run(&["replay", "--last", "1", "--to", &to]);
    assert_eq!(anew.code, 0, "{}", anew.err);
    assert!(anew.out.contains("audio.completed") && anew.out.contains("-> 200"), "{}", anew.out);
    let arrived = handler.record();
    assert_eq!((&arrived["verdict"], &arrived["body"]), (&json!("verified"), &original["body"]));
    assert_eq!(header(&arrived, "x-twice"), ["one", "two"]);
    assert_eq!(header(&arrived, "host"), [handler.authority()]);

    let as_is = program.run(&["replay", "3", "--as-is", "--to", &to]);
    assert_eq!(as_is.code, 1, "{}", as_is.err);
    let arrived = handler.record();
    assert_eq!((&arrived["verdict"], &arrived["reason"]), (&json!("invalid"), &json!("timestamp-too-old")));
    for name in ["content-type", "magic-hour-event-signature", "magic-hour-event-timestamp", "x-twice"] {
        assert_eq!(header(&arrived, name), header(&original, name), "{name}");
    }

    let shown = program.run(&["history", "show", "3", "--format", "json"]).records().remove(0);
    let attempts: Vec<_> =
        shown["attempts"].as_array().unwrap().iter().map(|a| (&a["origin"], &a["answered"])).collect();
    assert_eq!(attempts, [(&json!("replay"), &json!(200)), (&json!("replay"), &json!(401))]);
}

#[test]
fn bytes_that_are_no_text_are_sent_as_they_are() {
    let program = sample();
    let mut handler = Program::with_secret().listen(&[]);
    let ended = program.run(&["replay", "2", "--to", &handler.url, "--format", "json"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let record = &ended.records()[0];
    assert_eq!((&record["record"], &record["delivery"]), (&json!("attempt"), &json!(2)));
    assert_eq!(handler.record()["body_base64"], record["body_base64"]);
}

#[test]
fn bodies_that_strict_parsers_refuse_are_read_alike_by_every_command() {
    const LINK: &str = r#""url":"https:\/\/h\/a\u003fsig=1""#;
    let event = |id: &str, more: &str| {
        format!(r#"{{"type":"video.completed","payload":{{"id":"{id}", "fps": 3e1, {LINK}{more}}}}}"#)
    };
    let deep = format!(",\"x\":{}{}", "[".repeat(300), "]".repeat(300));
    let latin =
        event("odd4", ",\"name\":\"caf?\"").into_bytes().into_iter().map(|byte| if byte == b'?' { 0xe9 } else { byte });
    let bodies: Vec<Vec<u8>> = vec![
        format!("\u{feff}{}", event("odd1", "")).into_bytes(),
        event("odd2", r#","name":"\ud800""#).into_bytes(),
        event("odd3", ",\"n\":1e400,\"big\":12345678901234567890123").into_bytes(),
        latin.collect(),
        event("odd5", &deep).into_bytes(),
        event("no", r#","id":"odd6""#).into_bytes(),
    ];
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    for body in &bodies {
        listening.post_signed(&[], body);
        listening.record();
    }
    listening.stop();
    let mut handler = Program::with_secret().listen(&[]);
    for (at, body) in bodies.iter().enumerate() {
        let (number, job) = ((at + 1).to_string(), format!("odd{}", at + 1));
        let place = format!("payload.id={job}");
        for filter in
            [vec!["--job", &job], vec!["--where", &place], vec!["--where", &place, "--where", "payload.fps=30.0"]]
        {
            let found = program.run(&[vec!["history", "--format", "json"], filter.clone()].concat()).records();
            let ids: Vec<_> = found.iter().map(|record| record["id"].to_string()).collect();
            assert_eq!(ids, [number.as_str()], "{job} {filter:?}");
        }
        let shown = program.run(&["history", "show", &number]).out;
        assert!(shown.contains("    \"fps\": 3e1,"), "{shown}");
        let exported = program.run(&["history", "export", "--job", &job]).records().remove(1);
        let exported = String::from_utf8_lossy(&body_of(&exported)).into_owned();
        assert_eq!(exported, String::from_utf8_lossy(body).replace(LINK, "\"url\":\"https://h/a?…\""));
        let edited = program.run(&["replay", &number, "--set", "payload.fps=24", "--to", &handler.url]);
        assert_eq!(edited.code, 0, "{}", edited.err);
        let arrived = handler.record();
        let expected = String::from_utf8_lossy(body).replace("3e1", "24");
        assert_eq!(String::from_utf8_lossy(&body_of(&arrived)), expected, "only the field that was set changes");
    }
}

#[test]
fn a_type_that_is_not_known_yet_is_a_pattern_in_every_command() {
    let program = Program::with_secret();
    let mut listening = program.listen(&["--expect", "image.archived"]);
    listening.post_signed(&[], br#"{"type":"image.archived","payload":{"id":"later"}}"#);
    assert_eq!(listening.record()["type"], "image.archived");
    assert_eq!(listening.ended().code, 0, "what was expected came");
    let listed = program.run(&["history", "--type", "image.archived", "--format", "compact"]);
    assert_eq!(
        (listed.code, listed.out.contains("image.archived") && listed.out.contains("later"), listed.err.as_str()),
        (0, true, "")
    );
    let handler = Program::with_secret().listen(&[]);
    let replayed = program.run(&["replay", "--type", "image.archived", "--to", &handler.url]);
    assert!(
        replayed.code == 0 && replayed.out.contains("image.archived") && replayed.out.contains("later"),
        "{replayed:?}"
    );
    let slip = program.run(&["history", "--type", "iamge.archived,vidoe.completed"]);
    assert_eq!(
        (slip.code, slip.err.as_str()),
        (
            0,
            "warning: no event is called 'vidoe.completed' today; did you mean 'video.completed'?\nno delivery matches\n"
        )
    );
}

#[test]
fn what_where_cannot_look_into_is_said() {
    let program = sample();
    for command in [&["history"][..], &["history", "export"]] {
        let ended = program.run(&[command, &["--where", "payload.name=a"]].concat());
        let note = "passed over 1 delivery: its body is not JSON, which --where looks into";
        assert_eq!(ended.err.lines().filter(|line| *line == note).count(), 1, "{}", ended.err);
        assert!(!program.run(command).err.contains("passed over"));
    }
}

#[test]
fn an_edited_delivery_is_signed_as_edited() {
    let program = sample();
    let mut handler = Program::with_secret().listen(&[]);
    let edits = ["--set", "payload.name=null", "--set-new", "payload.extra=1"];
    let arguments: Vec<&str> = ["replay", "1", "--to", &handler.url].into_iter().chain(edits).collect();
    assert_eq!(program.run(&arguments).code, 0);
    let arrived = handler.record();
    assert_eq!(arrived["verdict"], "verified");
    let body: Value = serde_json::from_str(arrived["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["payload"], json!({ "id": "clx1", "status": "complete", "name": null, "extra": 1 }));
}

#[test]
fn a_slip_in_what_is_asked_sends_nothing() {
    let program = sample();
    let handler = Program::with_secret().listen(&[]);
    let cases: [(&[&str], &str); 6] = [
        (&["1", "77"], "the journal has no delivery 77"),
        (&["--last", "3", "--set", "payload.name=1"], "delivery 2 has no fields to set"),
        (&["1", "--set", "payload.nmae=1"], "did you mean 'payload.name'"),
        (&[], "no delivery was named"),
        (&["1", "--last", "1"], "ids and filters cannot be combined"),
        (&["1", "--as-is", "--set", "payload.name=1"], "cannot be used with"),
    ];
    for (arguments, said) in cases {
        let all: Vec<&str> = ["replay", "--to", &handler.url].iter().chain(arguments).copied().collect();
        let ended = program.run(&all);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.err.contains(said), "{arguments:?}: {}", ended.err);
    }
    let none = program.run(&["replay", "--type", "video.errored", "--to", &handler.url]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("nothing was sent"), "{}", none.err);
    assert_eq!(handler.stop().out, "");
}

#[test]
fn several_go_in_the_order_in_which_they_were_received() {
    let program = sample();
    let mut handler = Program::with_secret().listen(&[]);
    assert_eq!(program.run(&["replay", "--type", "*.completed", "--to", &handler.url]).code, 0);
    assert_eq!([&handler.record()["job_id"], &handler.record()["job_id"]], [&json!("clx1"), &json!("clx3")]);
}

#[test]
fn nobody_there_ends_it_at_the_first_and_is_kept() {
    let program = sample();
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let ended = program.run(&["replay", "--last", "3", "--to", &format!("http://127.0.0.1:{free}/")]);
    assert_eq!((ended.code, ended.out.lines().count()), (4, 1), "{}", ended.err);
    let shown = program.run(&["history", "show", "1", "--format", "json"]).records().remove(0);
    assert_eq!(shown["attempts"][0]["answered"], Value::Null);
    assert!(shown["attempts"][0]["error"]["message"].as_str().unwrap().contains("refused"), "{shown}");
}

#[test]
fn an_interruption_is_told_apart() {
    let program = sample();
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let to = format!("http://127.0.0.1:{}/", silent.local_addr().unwrap().port());
    for command in [&["replay", "1", "2"][..], &["send", "video.started", "video.completed"]] {
        let arguments = [command, &["--to", &to]].concat();
        let child = program.command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
        let (mut connection, _) = silent.accept().unwrap();
        connection.read_exact(&mut [0; 5]).unwrap();
        interrupt(child.id());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130));
        let err = String::from_utf8(ended.stderr).unwrap();
        let said = "interrupted: 0 of 2 events done; one more was sent, and its answer is unknown\n";
        assert!(err.ends_with(said), "{err}");
    }
}
