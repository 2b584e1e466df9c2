//! `mh-hook sandbox` as a program: what it says, and how it ends.

use std::io::{Read, Write};
use std::sync::Arc;

use serde_json::json;

use crate::support::{Listening, Program, request, status};

fn start(program: &Program, arguments: &[&str]) -> Listening {
    let all: Vec<&str> = ["sandbox", "--port", "0", "--format", "json"].iter().chain(arguments).copied().collect();
    Listening::start(program.command(&all), Arc::clone(&program.home))
}

const IMAGE: &[u8] = br#"{"image_count":1,"style":{"prompt":"a cat"}}"#;

#[test]
fn a_call_a_step_and_an_attempt_are_records() {
    let program = Program::with_secret();
    let mut listening = program.listen(&["--path", "/webhook"]);
    let mut sandbox = start(&program, &["--speed", "instant", "--webhook", &listening.url]);
    let answer = sandbox.exchange(&request("/v1/ai-image-generator", &[("Authorization", b"Bearer any")], IMAGE));
    assert_eq!(status(&answer), 200, "{answer}");
    let mut records: Vec<_> = (0..5).map(|_| sandbox.record()).collect();
    records.sort_by_key(|record| record["record"].as_str().unwrap().to_owned());
    let kinds: Vec<&str> = records.iter().map(|record| record["record"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["attempt", "attempt", "call", "job", "job"]);
    let keys = |at: usize| records[at].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(
        [keys(0), keys(2), keys(3)],
        [
            "v record sent_at type job_id delivery endpoint attempt method url headers body faults elapsed_ms answered \
             answer error state next_at",
            "v record at method path answered elapsed_ms job_id remark",
            "v record at job_id tool from to error credits_charged event",
        ]
    );
    assert_eq!((&records[0]["answered"], &records[0]["state"]), (&json!(200), &json!("delivered")));
    for event in ["image.started", "image.completed"] {
        let delivery = listening.record();
        assert_eq!((&delivery["type"], &delivery["verdict"]), (&json!(event), &json!("verified")));
    }
    assert_eq!(sandbox.stop().code, 0);
    assert_eq!(listening.stop().code, 0);
}

#[test]
fn it_says_first_of_all_how_to_point_each_client_at_it() {
    let program = Program::with_secret();
    let mut child = program.command(&["sandbox", "--port", "0", "--format", "compact"]).spawn().unwrap();
    let mut said = String::new();
    let mut stderr = child.stderr.take().unwrap();
    while !said.contains("stop  ") {
        let mut piece = [0; 512];
        let read = stderr.read(&mut piece).unwrap();
        assert!(read > 0, "{said}");
        said.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
    crate::support::interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let port: String = said.split("localhost:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    let said = said.replace(&port, "PORT").replace(" (127.0.0.1 and [::1])", "").replace(" (127.0.0.1)", "");
    let url = "http://localhost:PORT";
    let expected = [
        format!("sandbox      {url}"),
        format!("Python       Client(token=\"any\", base_url=\"{url}\")"),
        format!("Node         new Client({{ token: \"any\", baseUrl: \"{url}\" }})"),
        format!("Rust         Client::default().with_bearer_auth(\"any\").with_environment(\"{url}\")"),
        format!("Go           client.NewClient(client.WithBearerAuth(\"any\"), client.WithBaseURL(\"{url}\"))"),
        format!("MCP server   MAGIC_HOUR_API_BASE_URL={url}"),
        format!("curl         curl -H 'Authorization: Bearer any' {url}/v1/account"),
        "webhooks     none yet: --webhook http://localhost:8000/webhook, or the control API".to_owned(),
        "secret       mhw_test_…GHIJ (MAGIC_HOUR_WEBHOOK_SECRET)".to_owned(),
        format!("control      {url}/_sandbox/endpoints, /jobs, /deliveries, /clock"),
        "stop         Ctrl-C".to_owned(),
    ];
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines, expected);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_served() {
    let program = Program::with_secret();
    program.write("empty.txt", "\n");
    program.write("notes.txt", "these are notes");
    let cases: [(&[&str], i32, &str); 8] = [
        (&["--webhook", "example.com:8000"], 2, "it has no http:// or https://"),
        (&["--webhook", "http://a#vidoe.completed"], 2, "no event is called 'vidoe.completed'"),
        (&["--speed", "quick"], 2, "'quick' is not a speed"),
        (&["--error-rate", "2"], 2, "a rate is a number from 0 (none) to 1 (all)"),
        (&["--rate-limit", "x"], 2, "'x' is not a rate such as 10/s or 0.5/s"),
        (&["--api-key-file", "empty.txt"], 2, "there is no API key in empty.txt"),
        (&["--state", "notes.txt"], 3, "cannot use the sandbox state notes.txt"),
        (&["--state", "no/such/place.db"], 3, "no such file or directory"),
    ];
    for (arguments, code, said) in cases {
        let all: Vec<&str> = ["sandbox", "--port", "0"].iter().chain(arguments).copied().collect();
        let ended = program.run(&all);
        assert_eq!(ended.code, code, "{arguments:?} {}", ended.err);
        assert!(ended.err.contains(said), "{arguments:?} {}", ended.err);
    }
}

#[test]
fn an_oversized_body_and_a_request_that_is_no_http_do_it_no_harm() {
    let program = Program::with_secret();
    let sandbox = start(&program, &[]);
    let large = vec![b' '; (1 << 20) + 1];
    let answer = sandbox.exchange(&request("/v1/ai-image-generator", &[("Authorization", b"Bearer any")], &large));
    assert_eq!(status(&answer), 413);
    let mut stream = sandbox.connect();
    stream.write_all(b"\x16\x03\x01 hello\r\n\r\n").unwrap();
    drop(stream);
    let deep = "[".repeat(100_000);
    let answer = sandbox.exchange(&request("/v1/text-to-video", &[("Authorization", b"Bearer any")], deep.as_bytes()));
    assert_eq!(status(&answer), 400);
    assert_eq!(sandbox.stop().code, 0);
}

#[test]
fn the_control_api_answers_other_machines_that_have_the_token() {
    let program = Program::with_secret();
    program.write("token", "the token of this job\n");
    let sandbox = start(&program, &["--bind", "0.0.0.0", "--control-token-file", "token"]);
    let advance = |headers: &[(&str, &[u8])]| {
        status(&sandbox.exchange(&request("/_sandbox/clock/advance", headers, br#"{"by":"1s"}"#)))
    };
    assert_eq!(advance(&[]), 401);
    assert_eq!(advance(&[("Authorization", b"Bearer another")]), 401);
    assert_eq!(advance(&[("Authorization", b"Bearer the token of this job")]), 200);
    assert_eq!(sandbox.stop().code, 0);
    let off = start(&program, &["--bind", "0.0.0.0"]);
    let token: &[(&str, &[u8])] = &[("Authorization", b"Bearer the token of this job")];
    assert_eq!(status(&off.exchange(&request("/_sandbox/clock/advance", token, br#"{"by":"1s"}"#))), 404);
    assert_eq!(off.stop().code, 0);
}

#[test]
fn a_ping_says_whether_a_sandbox_answers() {
    let program = Program::with_secret();
    let sandbox = start(&program, &[]);
    let port = sandbox.port().to_string();
    let ended = program.again().run(&["sandbox", "--ping", "--port", &port]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (0, "", ""));
    assert_eq!(sandbox.stop().code, 0);
    let ended = program.again().run(&["sandbox", "--ping", "--port", &port]);
    assert_eq!(ended.code, 4);
    let expected = format!("error: no sandbox answers on port {port}: ");
    assert!(ended.err.starts_with(&expected), "{}", ended.err);
    assert!(ended.err.ends_with(&format!("hint: `mh-hook sandbox --port {port}` starts one\n")), "{}", ended.err);
}

#[test]
fn a_control_api_that_is_off_is_not_named_as_a_way() {
    let program = Program::with_secret();
    let sandbox = start(&program, &["--bind", "0.0.0.0"]);
    let said = sandbox.stop().err;
    assert!(said.contains("none yet: --webhook http://localhost:8000/webhook\""), "{said}");
    assert!(said.contains("the control API is off without --control-token-file"), "{said}");
    let local = start(&program, &[]).stop().err;
    assert!(local.contains("none yet: --webhook http://localhost:8000/webhook, or the control API"), "{local}");
}
