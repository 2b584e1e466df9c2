//! Promises of the listener to its senders, whatever other senders do, and whatever the machine lacks.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mh_hook::store::journal::Reader;

use crate::journal_support::kept;
use crate::support::{Listening, PATIENCE, Program, hears, read_all, request, signed_headers, status};

const BODY: &[u8] = br#"{"type":"video.completed","payload":{"id":"clx1"}}"#;

/// The time in which Magic Hour gives up.
const MAGIC_HOURS_PATIENCE: Duration = Duration::from_secs(10);

/// A signed delivery as bytes.
fn signed_request(body: &[u8]) -> Vec<u8> {
    let signed = signed_headers(body);
    let headers: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    request("/webhook", &headers, body)
}

/// Asserts that a genuine delivery is accepted before Magic Hour gives up.
#[track_caller]
fn assert_genuine_gets_through(listening: &Listening) {
    let mut stream = listening.connect();
    stream.set_read_timeout(Some(MAGIC_HOURS_PATIENCE)).unwrap();
    stream.write_all(&signed_request(BODY)).unwrap();
    assert_eq!(status(&read_all(&mut stream)), 200);
}

#[test]
fn a_slow_head_and_a_slow_body_are_given_up_and_named() {
    let mut listening = Program::with_secret().listen(&[]);
    let (mut head, mut body) = (listening.connect(), listening.connect());
    head.write_all(b"POST /webhook HTTP/1.1\r\nX: ").unwrap();
    body.write_all(b"POST /webhook HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{").unwrap();
    assert_genuine_gets_through(&listening);
    assert_eq!(listening.record()["record"], "delivery");
    assert_eq!(status(&read_all(&mut body)), 408);
    read_all(&mut head);
    let mut said: Vec<String> = (0..2).map(|_| listening.record()["why"].as_str().unwrap().to_owned()).collect();
    said.sort();
    assert_eq!(said, ["body did not arrive within 10 s", "headers did not arrive within 10 s"]);
}

#[test]
fn a_sender_that_has_closed_its_half_still_gets_its_answer() {
    let mut listening = Program::with_secret().listen(&[]);
    let mut stream = listening.connect();
    stream.write_all(&signed_request(BODY)).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(status(&read_all(&mut stream)), 200);
    assert_eq!(listening.record()["verdict"], "verified");
}

#[test]
fn a_reset_within_a_body_is_named_and_costs_nobody_else_anything() {
    let mut listening = Program::with_secret().listen(&[]);
    let mut stream = listening.connect();
    let head = b"POST /webhook HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n{";
    stream.write_all(head).unwrap();
    // What is not read of an answer when a connection is closed makes its end a reset.
    assert_ne!(stream.peek(&mut [0; 16]).unwrap(), 0);
    drop(stream);
    let why = listening.record()["why"].as_str().unwrap().to_owned();
    assert!(why.starts_with("body broke off"), "{why}");
    assert_genuine_gets_through(&listening);
}

#[test]
fn a_genuine_delivery_gets_through_two_thousand_idle_connections() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, raised).unwrap();
    let listening = Program::with_secret().listen(&[]);
    let idle: Vec<TcpStream> = (0..2_000).map(|_| listening.connect()).collect();
    assert_genuine_gets_through(&listening);
    drop(idle);
}

#[test]
fn a_large_body_arrives_although_it_alone_is_more_than_may_arrive_at_once() {
    let listening = Program::with_secret().listen(&["--no-journal", "--max-body", "20000000"]);
    let filling = "x".repeat(6_000_000);
    let body = format!(r#"{{"type":"video.completed","payload":{{"id":"clx1","name":"{filling}"}}}}"#);
    assert_eq!(status(&listening.post_signed(&[], body.as_bytes())), 200);
}

#[cfg(target_os = "linux")]
#[test]
fn with_64_descriptors_deliveries_are_accepted_and_the_shortage_is_not_repeated_for_each_connection() {
    let program = Program::with_secret();
    let own = program.command(&["listen", "--port", "0", "--format", "json"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\""]).arg(own.get_program()).args(own.get_args());
    command.current_dir(program.home.path()).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let listening = Listening::start(command, Arc::clone(&program.home));
    let begun = Instant::now();
    // Each that is kept open beyond what there is room for meets the shortage, and another one makes room for it.
    let mut open = Vec::new();
    for _ in 0..75 {
        let mut stream = listening.connect();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        assert_ne!(stream.read(&mut [0; 64]).unwrap(), 0);
        open.push(stream);
    }
    assert_genuine_gets_through(&listening);
    let ended = listening.stop();
    let warnings = ended.err.matches("cannot accept a connection").count() as u64;
    let most = 1 + begun.elapsed().as_secs() / 10;
    assert!((1..=most).contains(&warnings), "{warnings} warnings, at most {most}: {}", ended.err);
}

/// Posts one delivery after another until the listener takes no more. Counts those that were answered.
fn post_until_it_ends(port: u16, sender: usize, answered: &AtomicUsize) {
    for number in 0.. {
        let body = format!(r#"{{"type":"video.completed","payload":{{"id":"clx-{sender}-{number}"}}}}"#);
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        if stream.write_all(&signed_request(body.as_bytes())).is_err() || read_all(&mut stream).is_empty() {
            return;
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn what_was_begun_is_finished_after_each_signal_under_load() {
    for (signal, _) in [("-TERM", 15), ("-INT", 2), ("-HUP", 1)].into_iter().filter(|(_, number)| hears(*number)) {
        let program = Program::with_secret();
        let handler = program.listen(&["--no-journal"]);
        let listening = program.listen(&["--forward", &handler.url]);
        let (port, answered) = (listening.port(), Arc::new(AtomicUsize::new(0)));
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let answered = Arc::clone(&answered);
                thread::spawn(move || post_until_it_ends(port, sender, &answered))
            })
            .collect();
        while answered.load(Ordering::Relaxed) < 50 {
            thread::yield_now();
        }
        assert!(Command::new("kill").args([signal, &listening.pid().to_string()]).status().unwrap().success());
        for sender in senders {
            sender.join().unwrap();
        }
        let ended = listening.ended();
        assert_eq!(ended.code, 0, "{signal}: {}", ended.err);
        let kept = kept(&program);
        assert!(kept.len() >= answered.load(Ordering::Relaxed), "{signal}");
        let reader = Reader::open(program.journal()).unwrap();
        for delivery in kept {
            let attempts = reader.attempts_of(delivery.id).unwrap();
            assert_eq!((delivery.answered, attempts.len()), (Some(200), 1), "{signal}: {}", delivery.id);
        }
    }
}
