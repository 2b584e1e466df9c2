//! `mh-hook send`: what it posts, how it judges answers, and what it prints instead.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use crate::support::{Program, SECRET, has};

/// A server that takes one request and answers as it is told; gives back what it read.
fn one_answer(answer: &'static str) -> (String, JoinHandle<String>) {
    let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}/webhook", server.local_addr().unwrap().port());
    let thread = thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            let whole = text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length.unwrap_or(0));
            if whole || read == 0 {
                stream.write_all(answer.as_bytes()).unwrap();
                return text;
            }
        }
    });
    (url, thread)
}

fn answer(status: &str, body: &str) -> &'static str {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").leak()
}

#[test]
fn an_attempt_record_has_every_documented_field() {
    let (url, server) = one_answer(answer("200 OK", "fine"));
    let sent = Program::with_secret().run(&["send", "audio.completed", "--to", &url, "--format", "json"]);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let record = &sent.records()[0];
    let keys: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "v",
        "record",
        "sent_at",
        "type",
        "job_id",
        "attempt",
        "method",
        "url",
        "headers",
        "body",
        "elapsed_ms",
        "connect_ms",
        "send_ms",
        "wait_ms",
        "answered",
        "answer",
        "error",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&record["record"], &record["answered"]), (&json!("attempt"), &json!(200)));
    assert_eq!(record["answer"]["body"], "fine");
    let request = server.join().unwrap();
    assert!(request.starts_with("POST /webhook HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with(record["body"].as_str().unwrap()));
    let names: Vec<&str> =
        request.lines().skip(1).map_while(|line| line.split_once(": ")).map(|(name, _)| name).collect();
    let added = ["content-type", "magic-hour-event-signature", "magic-hour-event-timestamp", "host", "content-length"];
    assert_eq!(names, added);
}

#[test]
fn an_answer_other_than_2xx_is_a_no_with_the_handlers_own_words() {
    let (url, _server) = one_answer(answer("422 Unprocessable", "{\"error\":\"no such \\u001b[31mjob\"}"));
    let sent = Program::new().run(&["send", "video.completed", "--to", &url]);
    assert_eq!(sent.code, 1);
    assert!(sent.out.contains("-> 422") && sent.out.contains("no such \\u001b[31mjob"), "{}", sent.out);
    assert!(sent.err.contains("hint: "), "{}", sent.err);
}

#[test]
fn an_expected_refusal_is_a_yes() {
    let (url, _server) = one_answer(answer("401 Unauthorized", ""));
    let sent = Program::new().run(&["send", "video.completed", "--to", &url, "--unsigned", "--expect-status", "4xx"]);
    assert_eq!(sent.code, 0, "{}", sent.err);
}

#[test]
fn nobody_there_is_said_with_both_addresses() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let sent = Program::new().run(&["send", "all", "--to", &format!("http://localhost:{free}/webhook")]);
    assert_eq!(sent.code, 4);
    assert_eq!(sent.out.lines().count(), 1, "one try is enough: {}", sent.out);
    let refused = format!("127.0.0.1:{free} and [::1]:{free} refused the connection");
    assert!(sent.err.contains(&refused) && sent.err.contains("is your handler running"), "{}", sent.err);
}

#[test]
fn a_silent_handler_is_given_up() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}/", silent.local_addr().unwrap().port());
    let sent = Program::new().run(&["send", "video.completed", "--to", &url, "--timeout", "100ms"]);
    assert_eq!(sent.code, 5, "{}", sent.err);
    assert!(sent.err.contains("did not answer within 0.1 s"), "{}", sent.err);
}

#[test]
fn a_handler_that_hangs_up_or_speaks_no_http_is_unreachable() {
    for words in ["", "SSH-2.0-OpenSSH_9.6\r\n"] {
        let (url, _server) = one_answer(words);
        let sent = Program::new().run(&["send", "video.completed", "--to", &url]);
        assert_eq!(sent.code, 4, "{}", sent.err);
        assert!(sent.err.starts_with("signing with") && sent.err.contains("error: 127.0.0.1:"), "{}", sent.err);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let moved = "HTTP/1.1 308 Permanent Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, _server) = one_answer(moved);
    let sent = Program::new().run(&["send", "video.completed", "--to", &url]);
    assert_eq!(sent.code, 1);
    assert!(sent.err.contains("a redirect counts as a failure"), "{}", sent.err);
}

#[test]
fn a_proxy_of_the_environment_never_captures_loopback() {
    let (url, _server) = one_answer(answer("204 No Content", ""));
    let program = ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"]
        .iter()
        .fold(Program::new(), |program, name| program.variable(name, "http://127.0.0.1:1"));
    let sent = program.run(&["send", "video.completed", "--to", &url]);
    assert_eq!(sent.code, 0, "{}", sent.err);
}

#[test]
fn the_path_and_the_body_go_out_as_given() {
    let (url, server) = one_answer(answer("200 OK", ""));
    let body = b"{ \"type\" : \"video.completed\",\r\n \"n\": 1e400 }\n";
    let to = url.replace("/webhook", "/a%2Fb/../c?x=%20&y");
    let sent = Program::new().run_with_input(&["send", "--body", "-", "--to", &to], body);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let request = server.join().unwrap();
    assert!(request.starts_with("POST /a%2Fb/../c?x=%20&y HTTP/1.1\r\n"), "{request}");
    assert!(request.as_bytes().ends_with(body), "{request}");
}

#[test]
fn fields_and_headers_change_as_asked() {
    let arguments = [
        "send",
        "video.completed",
        "--dry-run",
        "--format",
        "json",
        "--id",
        "clx9",
        "--set",
        "payload.name=null",
        "--set",
        "payload.downloads[0].url=https://h/x.mp4",
        "--set-new",
        "payload.extra=[1]",
        "--header",
        "X-A: 1",
        "--header",
        "content-type: text/plain",
        "--documented-only",
    ];
    let shown = Program::new().run(&arguments);
    let record = &shown.records()[0];
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    let payload = &body["payload"];
    assert_eq!((&payload["id"], &payload["name"], &payload["extra"]), (&json!("clx9"), &Value::Null, &json!([1])));
    assert_eq!(payload["downloads"][0]["url"], "https://h/x.mp4");
    assert!(payload.get("total_frame_cost").is_none());
    let headers = record["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["x-a", "1"])) && headers.contains(&json!(["content-type", "text/plain"])));
    assert_eq!(headers.iter().filter(|pair| pair[0] == "content-type").count(), 1);
}

#[test]
fn a_dry_run_prints_the_request_and_sends_nothing() {
    let shown = Program::with_secret().run(&["send", "image.started", "--dry-run"]);
    assert_eq!(shown.code, 0);
    assert!(shown.out.starts_with("POST /webhook HTTP/1.1\nhost: localhost:8000\ncontent-type: application/json\n"));
    assert!(shown.out.contains("magic-hour-event-signature: ") && !shown.out.contains(SECRET));
}

#[test]
fn the_curl_command_sends_the_very_same_bytes() {
    if !has("curl") {
        return;
    }
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    let large = format!("{{\"type\":\"video.completed\",\"a\":\"{}\"}}", "x".repeat(200_000));
    let bodies: [&[u8]; 5] = [
        large.as_bytes(),
        br#"{"type":"video.completed","payload":{"id":"it's $HOME \\ `x` !"}}"#,
        b"@file\n\nend\n",
        b"",
        b"\xff\x00\x01",
    ];
    for body in bodies {
        let to = format!("{}/a[1]/../b?c={{d}}", listening.url);
        let arguments =
            ["send", "--body", "-", "--curl", "--to", &to, "--header", "x-test: it's", "--header", "Host: own"];
        let printed = program.run_with_input(&arguments, body);
        assert!(!printed.out.contains(SECRET));
        program.write("command", &printed.out);
        let ran = Command::new("sh").arg(program.home.path().join("command")).output().unwrap();
        assert!(ran.status.success(), "{printed:?}");
        let delivery = listening.record();
        assert_eq!(delivery["verdict"], "verified", "{printed:?}");
        assert_eq!(delivery["path"], "/webhook/a[1]/../b?c={d}");
        let names = ["accept", "user-agent", "expect"];
        let headers = delivery["headers"].as_array().unwrap();
        assert!(
            headers.contains(&json!(["x-test", "it's"])) && headers.contains(&json!(["host", "own"])),
            "{delivery}"
        );
        assert!(!headers.iter().any(|pair| names.contains(&pair[0].as_str().unwrap())), "{delivery}");
        let expected = match str::from_utf8(body) {
            Ok(text) => (json!(text), Value::Null),
            Err(_) => (Value::Null, json!("/wAB")),
        };
        assert_eq!((delivery["body"].clone(), delivery["body_base64"].clone()), expected);
    }
}

#[test]
fn several_faults_apply_together() {
    let shown = Program::new().run(&[
        "send",
        "video.completed",
        "--dry-run",
        "--fault",
        "missing-timestamp",
        "--fault",
        "uppercase-signature",
    ]);
    assert!(!shown.out.contains("magic-hour-event-timestamp"));
    let signature = shown.out.lines().find_map(|line| line.strip_prefix("magic-hour-event-signature: ")).unwrap();
    assert_eq!(signature, signature.to_uppercase());
}

#[test]
fn the_list_of_faults_needs_no_event() {
    let listed = Program::new().run(&["send", "--fault", "list"]);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));
    assert!(listed.out.lines().any(|line| line.starts_with("stale-timestamp ")), "{}", listed.out);
    let records = Program::new().run(&["send", "--fault", "list", "--format", "json"]).records();
    assert!(records.iter().all(|record| record["reason"].is_string() != record["problem"].is_string()));
}

#[test]
fn the_secret_may_come_from_a_file_or_from_standard_input() {
    let program = Program::new();
    program.write("secret", format!("{SECRET}\n"));
    let receiver = Program::with_secret();
    let mut listening = receiver.listen(&[]);
    let to = listening.url.clone();
    let from_file = program.run(&["send", "video.completed", "--to", &to, "--secret-file", "secret"]);
    assert_eq!(from_file.code, 0, "{}", from_file.err);
    let arguments = ["send", "video.completed", "--to", &to, "--secret-file", "-"];
    assert_eq!(program.run_with_input(&arguments, SECRET.as_bytes()).code, 0);
    assert!((0..2).all(|_| listening.record()["verdict"] == "verified"));
}

#[test]
fn headers_that_frame_a_request_are_refused() {
    for header in ["Content-Length: 5", "Transfer-Encoding: chunked", "Upgrade: x", "Connection: upgrade", "Host:"] {
        let ended = Program::new().run(&["send", "video.completed", "--dry-run", "--header", header]);
        let name = header.split(':').next().unwrap().to_lowercase();
        assert_eq!(ended.code, 2, "{header}: {}", ended.err);
        assert!(ended.err.contains(&format!("'{name}'")), "{}", ended.err);
    }
    let own = Program::new().run(&["send", "video.completed", "--dry-run", "--header", "Host: app.example"]);
    let hosts: Vec<&str> = own.out.lines().filter(|line| line.starts_with("host: ")).collect();
    assert_eq!(hosts, ["host: app.example"]);
}

#[test]
fn a_redirect_says_where_it_leads_and_304_is_none() {
    let moved =
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: https://h/x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, _server) = one_answer(moved);
    let sent = Program::new().run(&["send", "video.completed", "--to", &url]);
    assert!(sent.out.contains("-> 307 to https://h/x in "), "{}", sent.out);
    let (url, _server) = one_answer("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let sent = Program::new().run(&["send", "video.completed", "--to", &url]);
    assert!(sent.out.contains("-> 302 in ") && sent.err.contains("names no Location"), "{}{}", sent.out, sent.err);
    let (url, _server) = one_answer("HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n");
    let sent = Program::new().run(&["send", "video.completed", "--to", &url]);
    assert_eq!(sent.code, 1);
    assert!(sent.err.contains("304 says that nothing has changed") && !sent.err.contains("redirect"), "{}", sent.err);
}

#[test]
fn a_kind_or_a_phase_is_enough() {
    let types = |event: &str| -> Vec<Value> {
        let shown = Program::new().run(&["send", event, "--dry-run", "--format", "json"]);
        shown.records().iter().map(|record| record["type"].clone()).collect()
    };
    assert_eq!(types("video"), types("video.*"));
    assert_eq!(types("completed"), types("*.completed"));
}

#[test]
fn a_file_of_lines_is_sent_line_by_line() {
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    program.write(
        "events.jsonl",
        "{\"record\":\"export\",\"redacted\":false}\n\
         {\"record\":\"delivery\",\"id\":4,\"body\":\"{\\\"type\\\": \\\"video.started\\\"}\"}\n\n\
         {\"type\":\"image.completed\",  \"payload\":{\"id\":\"clx1\"}}\n",
    );
    let sent = program.run(&["send", "--from", "events.jsonl", "--to", &listening.url]);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let bodies = [r#"{"type": "video.started"}"#, r#"{"type":"image.completed",  "payload":{"id":"clx1"}}"#];
    for body in bodies {
        let delivery = listening.record();
        assert_eq!((&delivery["body"], &delivery["verdict"]), (&json!(body), &json!("verified")));
    }
    program.write("broken.jsonl", "{}\nnot JSON\n");
    let broken = program.run(&["send", "--from", "broken.jsonl", "--to", &listening.url]);
    assert_eq!((broken.code, broken.err.lines().next()), (2, Some("error: line 2 of broken.jsonl is not an event")));
}

#[test]
fn an_event_is_edited_before_it_is_signed() {
    let program = Program::with_secret().variable("EDITOR", "sed -i s/720/721/");
    let mut listening = program.listen(&[]);
    let arguments = ["send", "video.completed", "--set", "payload.height=720", "--edit", "--to", &listening.url];
    let sent = program.run(&arguments);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let delivery = listening.record();
    let body: Value = serde_json::from_str(delivery["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["payload"]["height"], &delivery["verdict"]), (&json!(721), &json!("verified")));
    let gone = program.variable("VISUAL", "no-such-editor").run(&["send", "video.completed", "--edit"]);
    assert_eq!(gone.code, 2);
    assert!(gone.err.contains("cannot edit the event: there is no 'no-such-editor'"), "{}", gone.err);
}

#[test]
fn a_retry_shows_the_number_of_each_attempt_and_that_it_was_given_up() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{free}/");
    let sent = Program::new().run(&["send", "video.completed", "--retry", "--time-scale", "1e9", "--to", &url]);
    assert_eq!(sent.code, 4, "{}", sent.err);
    let last = sent.out.lines().last().unwrap();
    assert!(last.ends_with("no answer (refused)  attempt 17"), "{last}");
    assert!(sent.err.ends_with("warning: given up after 17 attempts\n"), "{}", sent.err);
}

#[test]
fn an_unexpected_answer_to_what_is_wrong_on_purpose_is_explained() {
    let unconfigured = Program::new();
    let listening = unconfigured.listen(&["--no-journal"]);
    let to = ["--to", &listening.url];
    let forged = ["send", "video.completed", "--fault", "wrong-secret", "--expect-status", "4xx"];
    let accepted = unconfigured.run(&[&forged[..], &to].concat());
    assert_eq!(accepted.code, 1, "{}", accepted.err);
    assert!(accepted.err.contains("hint: the listener there has no webhook secret"), "{}", accepted.err);

    let configured = Program::with_secret();
    let listening = configured.listen(&["--no-journal"]);
    let to = ["--to", &listening.url];
    assert_eq!(configured.run(&[&forged[..], &to].concat()).code, 0);
    for wrong in [&["--fault", "stale-timestamp"][..], &["--unsigned"]] {
        let refused = configured.run(&[&["send", "video.completed"], wrong, &to].concat());
        assert_eq!(refused.code, 1, "{}", refused.err);
        assert!(refused.err.contains("as it should: --expect-status 4xx makes that exit 0"), "{}", refused.err);
        assert!(!refused.err.contains("the same secret"), "{}", refused.err);
    }
}
