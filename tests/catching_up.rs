//! Handlers that fall behind: what waits for them in the journal is passed on when they answer again.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::Value;

use crate::support::{Listening, PATIENCE, Program, status};

/// Deliveries of 100 KB that are sent past a handler that hangs: more than may wait for it in memory.
const SENT: usize = 60;

/// A handler that answers nothing until it is released, and then everything.
struct Hanging {
    url: String,
    release: Sender<()>,
    /// The number that each request carries, in the order of the requests.
    numbers: Receiver<usize>,
}

impl Hanging {
    fn new() -> Self {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", server.local_addr().unwrap());
        let ((release, released), (sender, numbers)) = (channel(), channel());
        thread::spawn(move || {
            for (at, stream) in server.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let Some(number) = read_number(&mut stream) else { continue };
                if at == 0 && released.recv().is_err() {
                    return;
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
                if sender.send(number).is_err() {
                    return;
                }
            }
        });
        Self { url, release, numbers }
    }
}

/// Reads a request with a body of ours, and gives its number.
fn read_number(stream: &mut TcpStream) -> Option<usize> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut text, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    while !text.ends_with(b"\"}}") {
        match stream.read(&mut buffer).unwrap() {
            0 => return None,
            read => text.extend_from_slice(&buffer[..read]),
        }
    }
    let text = String::from_utf8(text).unwrap();
    let (_, rest) = text.rsplit_once("\"number\":").unwrap();
    rest.split(',').next().unwrap().parse().ok()
}

/// A body that is one of many of the same job.
fn body(number: usize) -> String {
    let filling = "x".repeat(100_000);
    format!(r#"{{"type":"video.completed","payload":{{"id":"clx1","number":{number},"name":"{filling}"}}}}"#)
}

fn post_all(listening: &Listening) {
    for number in 0..SENT {
        let answer = listening.post_signed(&[], body(number).as_bytes());
        assert_eq!(status(&answer), 200, "a handler that hangs delays no answer");
    }
}

/// Reads records until `wanted` of them are as asked.
#[track_caller]
fn await_records(listening: &mut Listening, wanted: usize, is_one: impl Fn(&Value) -> bool) {
    let mut seen = 0;
    while seen < wanted {
        seen += usize::from(is_one(&listening.record()));
    }
}

#[test]
fn what_waited_in_the_journal_is_passed_on_in_order_once_the_handler_answers_again() {
    let program = Program::with_secret();
    let mut other = program.listen(&["--no-journal"]);
    let hanging = Hanging::new();
    let mut front = program.listen(&["--forward", &hanging.url, "--forward", &other.url]);
    post_all(&front);
    await_records(&mut other, SENT, |record| record["record"] == "delivery");
    // The other handler has all of them; of this one's, most wait in the journal.
    let last = SENT as u64;
    await_records(&mut front, 1, |record| record["error"]["code"] == "deferred" && record["delivery"] == last);
    hanging.release.send(()).unwrap();
    let numbers: Vec<usize> = (0..SENT).map(|_| hanging.numbers.recv_timeout(PATIENCE).unwrap()).collect();
    assert_eq!(numbers, (0..SENT).collect::<Vec<_>>());
    let ended = front.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(!ended.err.contains("not passed on"), "{}", ended.err);
    let failed = program.run(&["history", "--failed", "--last", "100", "--format", "json"]);
    assert_eq!(failed.records().len(), 0, "{}", failed.out);
}

#[test]
#[cfg(unix)]
fn what_waits_in_a_journal_that_cannot_be_read_is_passed_on_once_it_can_be() {
    let program = Program::with_secret();
    let mut other = program.listen(&["--no-journal"]);
    let hanging = Hanging::new();
    // The listener reads the journal by the name that it was given, and writes to the file that it found there.
    let directory = tempfile::tempdir().unwrap();
    let (file, link) = (directory.path().join("file.db"), directory.path().join("link.db"));
    assert_eq!(program.listen(&["--journal", file.to_str().unwrap()]).stop().code, 0);
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let program = program.variable("MH_HOOK_LOG", "forward=debug");
    let journal = link.to_str().unwrap();
    let mut front = program.listen(&["--journal", journal, "--forward", &hanging.url, "--forward", &other.url]);
    post_all(&front);
    await_records(&mut other, SENT, |record| record["record"] == "delivery");
    let last = SENT as u64;
    await_records(&mut front, 1, |record| record["error"]["code"] == "deferred" && record["delivery"] == last);
    std::fs::remove_file(&link).unwrap();
    std::fs::create_dir(&link).unwrap();
    hanging.release.send(()).unwrap();
    front.await_on_stderr("not read from the journal");
    std::fs::remove_dir(&link).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let numbers: Vec<usize> = (0..SENT).map(|_| hanging.numbers.recv_timeout(PATIENCE).unwrap()).collect();
    assert_eq!(numbers, (0..SENT).collect::<Vec<_>>());
    assert_eq!(front.stop().code, 0);
}

#[test]
fn without_a_journal_what_finds_no_room_is_named_at_the_end() {
    let program = Program::with_secret();
    let hanging = Hanging::new();
    let mut front = program.listen(&["--no-journal", "--forward", &hanging.url, "--forward", &hanging.url]);
    post_all(&front);
    await_records(&mut front, 1, |record| record["error"]["code"] == "queue-full");
    hanging.release.send(()).unwrap();
    let ended = front.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    let said = format!("were not passed on to {}, and without a journal it cannot be done later", hanging.url);
    assert!(ended.err.contains(&said), "{}", ended.err);
}
