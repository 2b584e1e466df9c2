//! Attacks and accidents at the listener: what a stranger, a browser or a slow reader does, and what it costs the others.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use mh_hook::store::journal::{Reader, StoredAttempt};

use crate::journal_support::kept;
use crate::support::{Listening, PATIENCE, Program, interrupt, read_all, request, signed_headers, status};

const BODY: &[u8] = br#"{"type":"video.completed","payload":{"id":"clx1"}}"#;

/// Asserts that a request is turned away with this status, and that the screen shows it.
#[track_caller]
fn assert_refused(listening: &mut Listening, request: &[u8], expected: u16) {
    assert_eq!(status(&listening.exchange(request)), expected);
    let record = listening.record();
    assert_eq!((record["record"].as_str(), record["answered"].as_u64()), (Some("refused"), Some(expected.into())));
}

#[test]
fn a_page_of_another_site_cannot_post_through_a_browser() {
    let mut listening = Program::new().listen(&[]);
    for header in [("Origin", "http://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
        assert_refused(&mut listening, &request("/webhook", &[(header.0, header.1.as_bytes())], BODY), 403);
    }
    let own = listening.url.replace("/webhook", "");
    assert_eq!(status(&listening.post(&[("Origin", own.as_bytes())], BODY)), 200);
}

#[test]
fn a_path_that_leads_elsewhere_is_not_passed_on() {
    let mut listening = Program::new().listen(&["--path", "/webhook"]);
    for path in ["/webhook/../admin", "/webhook/%2e%2e/admin", "/webhook/%252e%252e/admin", "/webhook/..%5cadmin"] {
        assert_refused(&mut listening, &request(path, &[], BODY), 404);
    }
    assert_eq!(status(&listening.exchange(&request("/webhook/a..b", &[], BODY))), 200);
}

#[test]
fn a_listener_does_not_forward_to_itself_in_any_spelling() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    for host in ["localhost", "127.0.0.1", "[::1]", "127.0.0.2", "x.localhost", "0.0.0.0", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/hook");
        let ended = Program::new().run(&["listen", "--no-journal", "--port", &port, "--forward", &url]);
        assert_eq!(ended.code, 2, "{url}: {ended:?}");
        assert!(ended.err.contains("points back to this listener"), "{}", ended.err);
    }
}

#[test]
fn a_loop_over_another_listener_ends() {
    let program = Program::with_secret();
    let back = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = back.local_addr().unwrap().port();
    let second = program.listen(&["--no-journal", "--forward", &format!("http://127.0.0.1:{port}/")]);
    drop(back);
    let command = ["listen", "--no-journal", "--format", "json", "--port", &port.to_string(), "--forward", &second.url];
    let mut first = Listening::start(program.command(&command), std::sync::Arc::clone(&program.home));
    assert_eq!(status(&first.post_signed(&[], BODY)), 508);
    let refused = first.record();
    assert_eq!((refused["record"].as_str(), refused["answered"].as_u64()), (Some("refused"), Some(508)));
}

#[test]
fn the_port_of_the_handler_itself_is_explained() {
    let handler = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = handler.local_addr().unwrap().port();
    let url = format!("http://localhost:{port}/hook");
    let ended = Program::new().run(&["listen", "--no-journal", "--port", &port.to_string(), "--forward", &url]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(
        ended.err.contains(&format!("--forward {url}")) && ended.err.contains("your handler has it"),
        "{}",
        ended.err
    );
}

#[test]
fn nobody_reading_the_output_keeps_no_sender_waiting_and_the_signal_ends_it() {
    let program = Program::with_secret();
    let mut child = program.command(&["listen", "--port", "0", "--format", "pretty"]).spawn().unwrap();
    let url = Listening::url_on_stderr(&mut child);
    let port: u16 = url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).unwrap().parse().unwrap();
    let large = format!(r#"{{"type":"video.completed","payload":{{"id":"clx1","name":"{}"}}}}"#, "x".repeat(20_000));
    let signed = signed_headers(large.as_bytes());
    let headers: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let sent = 700;
    for _ in 0..sent {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&request("/webhook", &headers, large.as_bytes())).unwrap();
        assert_eq!(status(&read_all(&mut stream)), 200);
    }
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let kept = kept(&program).len();
    assert_eq!(kept, sent);
    let mut shown = String::new();
    child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    assert!(shown.contains("clx1"));
}

#[test]
fn a_hung_handler_costs_each_delivery_ten_seconds_at_most_counted_from_its_arrival() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let program = Program::with_secret();
    let listening = program.listen(&["--forward", &url]);
    // All of one job: they wait for each other, and none for longer than the sender does.
    let signed = signed_headers(BODY);
    let headers: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let mut streams: Vec<TcpStream> = (0..5).map(|_| listening.connect()).collect();
    for stream in &mut streams {
        stream.write_all(&request("/webhook", &headers, BODY)).unwrap();
    }
    let answers: Vec<u16> = streams.iter_mut().map(|stream| status(&read_all(stream))).collect();
    assert_eq!(answers, [504; 5]);
    listening.stop();
    let reader = Reader::open(program.journal()).unwrap();
    let attempts: Vec<StoredAttempt> = (1..=5).flat_map(|id| reader.attempts_of(id).unwrap()).collect();
    let codes: Vec<&str> = attempts.iter().filter_map(|attempt| Some(attempt.error.as_ref()?.code.as_str())).collect();
    assert_eq!((codes.len(), codes[0]), (5, "timeout"), "each is noted: {codes:?}");
    // One after another for ten seconds each would be fifty.
    let asked: Duration = attempts.iter().map(|attempt| attempt.latency).sum();
    assert!(asked < Duration::from_secs(20), "{asked:?}: {codes:?}");
    drop(silent);
}

/// Deliveries of 100 KB that are sent past a hung handler: more than may wait for it.
const SENT: u64 = 60;

#[test]
fn beside_one_hung_handler_of_two_what_waits_is_bounded_noted_and_named_after_a_stop() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let hung = format!("http://{}/", silent.local_addr().unwrap());
    let program = Program::with_secret();
    let mut handler = program.listen(&["--no-journal"]);
    let listening = program.listen(&["--forward", &handler.url, "--forward", &hung]);
    // All of one job, so that each waits for the one before it; together they are larger than what may wait.
    let body = format!(r#"{{"type":"video.completed","payload":{{"id":"clx1","name":"{}"}}}}"#, "x".repeat(100_000));
    for _ in 0..SENT {
        assert_eq!(status(&listening.post_signed(&[], body.as_bytes())), 200, "a hung handler delays no answer");
    }
    assert!((0..SENT).all(|_| handler.record()["verdict"] == "verified"), "nor the other handler");
    let ended = listening.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    let reader = Reader::open(program.journal()).unwrap();
    let attempts: Vec<_> = (1..=SENT).flat_map(|id| reader.attempts_of(id).unwrap()).collect();
    let count = |code: &str| {
        let is_one = |attempt: &&StoredAttempt| attempt.error.as_ref().is_some_and(|error| error.code == code);
        attempts.iter().filter(is_one).filter(|attempt| attempt.target == hung).count() as u64
    };
    let [deferred, stopped, late] = ["deferred", "stopped", "timeout"].map(count);
    assert!(deferred >= 30 && stopped >= 15 && late >= 1, "{deferred} {stopped} {late}");
    let left = format!("{} deliveries were not passed on to {hung}: `mh-hook replay --failed --to", SENT - late);
    assert!(ended.err.contains(&left), "{}", ended.err);
    let failed = program.run(&["history", "--failed", "--last", "100", "--format", "json"]);
    assert_eq!(failed.records().len(), 60, "`replay --failed` finds them: {}", failed.err);
    drop(silent);
}

#[test]
fn a_name_below_localhost_in_a_projects_file_reaches_this_machine_and_no_other() {
    let program = Program::with_secret();
    let mut handler = program.listen(&["--no-journal"]);
    let to = handler.url.replace("localhost", "evil.localhost");
    program.write("mh-hook.toml", format!("[send]\nto = \"{to}\"\n[listen]\nforward = \"{to}\"\n"));
    let sent = program.run(&["send", "video.completed", "--id", "clx1"]);
    assert_eq!((sent.code, handler.record()["job_id"].as_str()), (0, Some("clx1")), "{}", sent.err);
    let front = program.listen(&["--no-journal"]);
    assert_eq!(status(&front.post_signed(&[], BODY)), 200);
    assert_eq!(handler.record()["verdict"], "verified");
}

#[test]
fn a_replay_is_marked_and_is_not_replayed_again() {
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    assert_eq!(status(&listening.post_signed(&[], BODY)), 200);
    assert_eq!(listening.record()["replayed"], false);
    for round in 0..2 {
        let replayed = program.run(&["replay", "--last", "5", "--to", &listening.url, "--format", "json"]);
        assert_eq!((replayed.code, replayed.records().len()), (0, 1), "round {round}: {replayed:?}");
        assert_eq!(listening.record()["replayed"], true);
    }
}

#[test]
fn the_answer_says_what_verification_found() {
    let listening = Program::with_secret().listen(&["--no-journal"]);
    assert!(listening.post_signed(&[], BODY).contains("mh-hook-verdict: verified\r\n"));
    let unsigned = listening.post(&[], BODY);
    assert!(unsigned.contains("mh-hook-verdict: invalid; reason=missing-headers\r\n"), "{unsigned}");
}

#[test]
fn a_body_of_many_lines_is_shown_in_part() {
    let program = Program::new();
    let mut child = program.command(&["listen", "--port", "0", "--no-journal"]).spawn().unwrap();
    let url = Listening::url_on_stderr(&mut child);
    let port: u16 = url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).unwrap().parse().unwrap();
    let body = format!("[{}]", vec!["1"; 20_000].join(","));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&request("/webhook", &[], body.as_bytes())).unwrap();
    assert_eq!(status(&read_all(&mut stream)), 200);
    interrupt(child.id());
    let mut shown = String::new();
    child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    child.wait().unwrap();
    assert!(shown.lines().count() < 410 && shown.contains(" more lines"), "{}", shown.lines().count());
}
