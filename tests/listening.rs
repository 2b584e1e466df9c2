//! `mh-hook listen` over loopback: what it answers, what it shows, and what it survives.

use std::io::Write;

use mh_hook::model::EventType;
use mh_hook::model::signing::fault::{FAULTS, Shows};
use serde_json::{Value, json};

use crate::support::{Program, SECRET, read_all, request, signed_headers, status};

const BODY: &[u8] = br#"{"type":"video.completed","payload":{"id":"clx1","status":"complete"}}"#;

#[test]
fn a_delivery_record_has_every_documented_field() {
    let mut listening = Program::with_secret().listen(&[]);
    let answer = listening.post_signed(&[("X-Twice", b"a"), ("x-twice", b"b")], BODY);
    assert_eq!(status(&answer), 200);
    assert!(answer.ends_with("{\"success\": true}"), "{answer}");
    let record = listening.record();
    let keys: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "v",
        "record",
        "id",
        "received_at",
        "type",
        "job_id",
        "status",
        "verdict",
        "reason",
        "explanation",
        "problem",
        "duplicate",
        "attempt",
        "replayed",
        "method",
        "path",
        "remote",
        "headers",
        "body",
        "answered",
        "elapsed_ms",
    ];
    assert_eq!(keys, expected);
    let known = |name: &str| record[name].clone();
    assert_eq!([known("v"), known("record"), known("id")], [json!(1), json!("delivery"), json!(1)]);
    assert_eq!([known("type"), known("job_id")], [json!("video.completed"), json!("clx1")]);
    assert_eq!([known("verdict"), known("reason"), known("problem")], [json!("verified"), Value::Null, Value::Null]);
    assert_eq!([known("duplicate"), known("attempt"), known("answered")], [json!(false), json!(1), json!(200)]);
    assert_eq!(known("body"), json!(str::from_utf8(BODY).unwrap()));
    let headers = known("headers");
    let pairs = headers.as_array().unwrap();
    let twice: Vec<&Value> = pairs.iter().filter(|pair| pair[0] == "x-twice").map(|pair| &pair[1]).collect();
    assert_eq!(twice, [&json!("a"), &json!("b")]);
    assert_eq!(listening.stop().code, 0);
}

#[test]
fn every_event_of_send_all_arrives_verified_and_in_order() {
    let program = Program::new();
    let mut listening = program.listen(&[]);
    let sent = program.run(&["send", "all", "--to", &listening.url, "--format", "json"]);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let attempts = sent.records();
    assert_eq!(attempts.len(), 9);
    for (event, attempt) in EventType::ALL.into_iter().zip(attempts) {
        let delivery = listening.record();
        assert_eq!(delivery["type"], event.as_str());
        assert_eq!(delivery["verdict"], "verified");
        assert_eq!(delivery["body"], attempt["body"]);
        assert_eq!(attempt["answered"], 200);
    }
}

#[test]
fn each_fault_comes_back_with_the_reason_that_names_it() {
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    for fault in &FAULTS {
        let name = fault.name;
        let to = listening.url.clone();
        let sent = program.run(&["send", "video.completed", "--to", &to, "--fault", name, "--format", "json"]);
        let answer: Value = serde_json::from_str(sent.records()[0]["answer"]["body"].as_str().unwrap()).unwrap();
        let delivery = listening.record();
        match fault.shows {
            Shows::Reason(reason) => {
                assert_eq!(
                    (delivery["verdict"].as_str(), delivery["reason"].as_str()),
                    (Some("invalid"), Some(reason))
                );
                assert_eq!((sent.code, &delivery["answered"], &answer["reason"]), (1, &json!(401), &json!(reason)));
            }
            Shows::Problem(problem) => {
                assert_eq!(delivery["verdict"], "verified", "{name}");
                assert_eq!((&delivery["problem"], &answer["problem"]), (&json!(problem), &json!(problem)), "{name}");
                assert_eq!((sent.code, &delivery["answered"]), (0, &json!(200)), "{name}");
            }
        }
    }
}

#[test]
fn the_development_secret_doubts_where_a_configured_one_refuses() {
    let program = Program::new();
    let mut listening = program.listen(&[]);
    let cases = [
        (&["--unsigned"][..], "unverified", "missing-headers", 200),
        (&["--fault", "wrong-secret"][..], "unverified", "digest-differs", 200),
        (&["--fault", "body-only-hmac"][..], "unverified", "signed-body-only", 200),
        (&["--fault", "missing-signature"][..], "unverified", "missing-signature", 200),
        (&["--fault", "missing-timestamp"][..], "invalid", "missing-timestamp", 401),
        (&["--fault", "stale-timestamp"][..], "invalid", "timestamp-too-old", 401),
        (&["--fault", "uppercase-signature"][..], "invalid", "signature-uppercase", 401),
        (&["--fault", "duplicated-signature"][..], "invalid", "duplicate-signature", 401),
    ];
    for (how, verdict, reason, answered) in cases {
        let to = listening.url.clone();
        let arguments: Vec<&str> = ["send", "image.completed", "--to", &to].iter().chain(how).copied().collect();
        program.run(&arguments);
        let delivery = listening.record();
        let seen = (&delivery["verdict"], &delivery["reason"], &delivery["answered"]);
        assert_eq!(seen, (&json!(verdict), &json!(reason), &json!(answered)), "{how:?}");
    }
}

#[test]
fn an_accepted_invalid_delivery_is_still_called_invalid() {
    let mut listening = Program::with_secret().listen(&["--accept-invalid"]);
    assert_eq!(status(&listening.post(&[], BODY)), 200);
    let delivery = listening.record();
    assert_eq!((&delivery["verdict"], &delivery["answered"]), (&json!("invalid"), &json!(200)));
}

#[test]
fn a_tolerance_widens_the_window() {
    let program = Program::with_secret();
    let mut listening = program.listen(&["--tolerance", "4000"]);
    let to = listening.url.clone();
    assert_eq!(program.run(&["send", "video.started", "--to", &to, "--fault", "stale-timestamp"]).code, 0);
    assert_eq!(listening.record()["verdict"], "verified");
}

#[test]
fn a_repeat_is_marked_with_its_number() {
    let mut listening = Program::new().listen(&[]);
    let seen: Vec<(Value, Value)> = (0..3)
        .map(|_| {
            listening.post(&[], BODY);
            let delivery = listening.record();
            (delivery["duplicate"].clone(), delivery["attempt"].clone())
        })
        .collect();
    assert_eq!(seen, [(json!(false), json!(1)), (json!(true), json!(2)), (json!(true), json!(3))]);
}

#[test]
fn only_the_events_that_were_asked_for_are_shown_but_all_are_answered() {
    let program = Program::new();
    let mut listening = program.listen(&["--events", "image.*,audio.completed"]);
    let to = listening.url.clone();
    assert_eq!(program.run(&["send", "all", "--to", &to]).code, 0);
    let shown: Vec<Value> = (0..4).map(|_| listening.record()["type"].clone()).collect();
    assert_eq!(shown, ["image.started", "image.completed", "image.errored", "audio.completed"]);
}

#[test]
fn other_methods_and_paths_are_turned_away() {
    let mut listening = Program::new().listen(&["--path", "/hooks"]);
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let page = listening.exchange(get("/hooks").as_bytes());
    assert_eq!(status(&page), 200);
    assert!(page.contains("mh-hook is listening here"), "{page}");
    assert_eq!(status(&listening.exchange(get("/").as_bytes())), 404);
    assert_eq!(listening.record()["record"], "refused");
    let put = listening.exchange(b"PUT /hooks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(status(&put), 405);
    assert!(put.to_lowercase().contains("allow: get, head, post"), "{put}");
    assert_eq!(listening.record()["answered"], 405);
    assert_eq!(status(&listening.exchange(&request("/hooks/deeper?x=1", &[], BODY))), 200);
    assert_eq!(listening.record()["path"], "/hooks/deeper?x=1");
}

#[test]
fn both_addresses_of_localhost_are_served() {
    let listening = Program::new().listen(&[]);
    let port = listening.port();
    for host in ["127.0.0.1", "::1"] {
        // A machine without IPv6 has the first alone.
        let Ok(mut stream) = std::net::TcpStream::connect((host, port)) else {
            assert_eq!(host, "::1");
            continue;
        };
        stream.write_all(&request("/webhook", &[], BODY)).unwrap();
        assert_eq!(status(&read_all(&mut stream)), 200, "{host}");
    }
}

#[test]
fn a_port_in_use_is_said_with_who_to_ask() {
    let program = Program::new();
    let holder = program.listen(&[]);
    let port = holder.port().to_string();
    let ended = program.run(&["listen", "--port", &port]);
    assert_eq!(ended.code, 3);
    let expected = format!(
        "error: cannot listen on 127.0.0.1:{port}: the port is in use\n\
         hint: see who has it with `lsof -i :{port}` (or `ss -ltnp 'sport = :{port}'`), or take any free port with --port 0\n"
    );
    assert_eq!(ended.err, expected);
}

#[test]
fn pipelined_and_kept_alive_requests_are_each_answered() {
    let mut listening = Program::with_secret().listen(&[]);
    let mut stream = listening.connect();
    let signed = signed_headers(BODY);
    let signed: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let last = request("/webhook", &signed, BODY);
    let text = String::from_utf8(last.clone()).unwrap().replace("Connection: close\r\n", "");
    stream.write_all(format!("{text}{text}").as_bytes()).unwrap();
    stream.write_all(&last).unwrap();
    let answers = read_all(&mut stream);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    assert!((0..3).all(|_| listening.record()["verdict"] == "verified"));
}

#[test]
fn chunked_bodies_and_expectations_work() {
    let mut listening = Program::with_secret().listen(&[]);
    let lines: Vec<String> = signed_headers(BODY).iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let signed = lines.concat();
    let (first, second) = BODY.split_at(10);
    let mut chunked =
        format!("POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{signed}\r\n")
            .into_bytes();
    for part in [first, second, b""] {
        chunked.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        chunked.extend_from_slice(part);
        chunked.extend_from_slice(b"\r\n");
    }
    assert_eq!(status(&listening.exchange(&chunked)), 200);
    assert_eq!(listening.record()["verdict"], "verified");

    let mut stream = listening.connect();
    let head = format!(
        "POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n{signed}Content-Length: {}\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    std::io::Read::read_exact(&mut stream, &mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(BODY).unwrap();
    assert_eq!(status(&read_all(&mut stream)), 200);
    assert_eq!(listening.record()["verdict"], "verified");
}

#[test]
fn the_banner_masks_the_secret_and_says_how_to_try_it() {
    let ended = Program::with_secret().listen(&[]).stop();
    assert_eq!(ended.code, 0);
    assert!(!ended.err.contains(SECRET) && !ended.out.contains(SECRET));
    assert!(ended.err.contains("mhw_test_…GHIJ"), "{}", ended.err);
    assert!(ended.err.contains("mh-hook send video.completed --to http://localhost:"), "{}", ended.err);
}
