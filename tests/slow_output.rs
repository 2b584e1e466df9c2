//! Output that nobody reads for a while: answers do not wait for it where something else keeps what happened, and then it
//! says how much it leaves out; elsewhere nothing is left out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout};
use std::thread;
use std::thread::JoinHandle;

use crate::journal_support::kept;
use crate::support::{Listening, PATIENCE, Program, interrupt, request, signed_headers};

/// More lines than pipe, channel and batches hold together.
const SENT: usize = 3_000;

/// Makes requests over one connection, as many as there are; all of them must be answered with success.
fn ask(port: u16, requests: impl Iterator<Item = Vec<u8>>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for request in requests {
        stream.write_all(&request).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        answers.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line != "\r\n" {
            line.clear();
            answers.read_line(&mut line).unwrap();
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        answers.read_exact(&mut vec![0; length]).unwrap();
    }
}

/// A request that leaves its connection open.
fn kept_open(path: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let text = request(path, headers, body);
    let close = b"Connection: close\r\n";
    let at = text.windows(close.len()).position(|part| part.eq_ignore_ascii_case(close)).unwrap();
    [&text[..at], &text[at + close.len()..]].concat()
}

fn deliveries() -> impl Iterator<Item = Vec<u8>> {
    (0..SENT).map(|number| {
        let body = format!(r#"{{"type":"video.completed","payload":{{"id":"clx{number}"}}}}"#);
        let signed = signed_headers(body.as_bytes());
        let headers: Vec<(&str, &[u8])> =
            signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        kept_open("/webhook", &headers, body.as_bytes())
    })
}

fn read_on(mut stdout: ChildStdout) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    })
}

fn port_of(url: &str) -> u16 {
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    authority.rsplit_once(':').unwrap().1.parse().unwrap()
}

/// The number of lines with a text, and of those that are said to be left out, which lie elsewhere.
fn counted(shown: &str, text: &str, elsewhere: &str) -> (usize, usize) {
    let left_out = shown.lines().filter_map(|line| line.strip_prefix("… ")?.split_once(" not shown, since the output"));
    let left_out = left_out.map(|(count, rest)| {
        assert!(rest.contains(elsewhere), "{rest}");
        count.trim_end_matches("lines").trim_end_matches("line").trim().replace(',', "").parse::<usize>().unwrap()
    });
    (shown.lines().filter(|line| line.contains(text)).count(), left_out.sum())
}

/// Reads on, and ends the program.
fn finish(mut child: Child) -> String {
    let reading = read_on(child.stdout.take().unwrap());
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    reading.join().unwrap()
}

#[test]
fn a_listener_with_a_journal_answers_everyone_and_says_how_many_lines_it_left_out() {
    let program = Program::with_secret();
    let mut child = program.command(&["listen", "--port", "0", "--format", "compact"]).spawn().unwrap();
    let port = port_of(&Listening::url_on_stderr(&mut child));
    ask(port, deliveries());
    let shown = finish(child);
    let (lines, left_out) = counted(&shown, "video.completed", "`mh-hook history` has them");
    assert!(left_out > 0);
    assert_eq!(lines + left_out, SENT);
    assert_eq!(kept(&program).len(), SENT);
}

#[test]
fn without_a_journal_or_for_a_program_nothing_is_left_out() {
    for arguments in [["--no-journal", "--format", "compact"], ["--accept-invalid", "--format", "json"]] {
        let program = Program::with_secret();
        let all: Vec<&str> = ["listen", "--port", "0"].into_iter().chain(arguments).collect();
        let mut child = program.command(&all).spawn().unwrap();
        let url = if arguments.contains(&"json") { None } else { Some(Listening::url_on_stderr(&mut child)) };
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let url = url.unwrap_or_else(|| {
            let mut ready = String::new();
            stdout.read_line(&mut ready).unwrap();
            serde_json::from_str::<serde_json::Value>(&ready).unwrap()["url"].as_str().unwrap().to_owned()
        });
        let port = port_of(&url);
        let asking = thread::spawn(move || ask(port, deliveries()));
        // The senders go on only as fast as this reads.
        let mut numbers = Vec::new();
        for line in stdout.lines().map(Result::unwrap) {
            let id = line.split("clx").nth(1).unwrap();
            numbers.push(id.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<usize>().unwrap());
            if numbers.len() == SENT {
                break;
            }
        }
        asking.join().unwrap();
        assert!(numbers.iter().copied().eq(0..SENT), "each, in order");
        interrupt(child.id());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_sandbox_answers_everyone_and_says_how_many_lines_it_left_out() {
    let program = Program::with_secret();
    let mut child = program.command(&["sandbox", "--port", "0", "--format", "compact"]).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut banner = String::new();
    stderr.read_line(&mut banner).unwrap();
    thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    let url = banner.split_whitespace().nth(1).unwrap().to_owned();
    let port = port_of(&url);
    let account = kept_open("/v1/account", &[("Authorization", b"Bearer any")], b"");
    let account = String::from_utf8(account).unwrap().replace("POST ", "GET ").into_bytes();
    ask(port, (0..SENT).map(|_| account.clone()));
    let shown = finish(child);
    let (lines, left_out) =
        counted(&shown, "GET /v1/account", &format!("jobs and deliveries are at {url}/_sandbox/jobs"));
    assert!(left_out > 0);
    assert_eq!(lines + left_out, SENT);
}
