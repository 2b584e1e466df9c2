//! `mh-hook listen --forward`: what the handler gets, and what the sender hears of it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use mh_hook::store::journal::Reader;
use serde_json::{Value, json};

use crate::support::{Listening, PATIENCE, Program, read_all, request, signed_headers, status};

const BODY: &[u8] = br#"{"type":"video.completed","payload":{"id":"clx1"}}"#;

/// A handler that verifies, and a listener in front of it.
struct Chain {
    program: Program,
    handler: Listening,
    front: Listening,
}

impl Chain {
    fn new(handler: &[&str], front: &[&str]) -> Self {
        let program = Program::with_secret();
        let handler = program.listen(&[&["--no-journal"], handler].concat());
        let front = program.listen(&[&["--forward", &handler.url], front].concat());
        Self { program, handler, front }
    }
}

/// The next record of this sort.
#[track_caller]
fn next(listening: &mut Listening, sort: &str) -> Value {
    loop {
        let record = listening.record();
        if record["record"] == sort {
            return record;
        }
    }
}

#[test]
fn the_handler_gets_the_very_bytes_that_were_signed() {
    let mut chain = Chain::new(&[], &[]);
    let large =
        format!(r#"{{"type":"image.completed","payload":{{"id":"c","name":"{}"}}}}"#, "x".repeat((1 << 20) - 64));
    let bodies: [&[u8]; 5] = [
        BODY,
        b"{\n  \"type\": \"video.completed\",\r\n\t\"payload\": { \"id\": \"clx1\", \"n\": 1.0e+2 }\n}\n",
        "{\"type\":\"audio.errored\",\"payload\":{\"name\":\"héllo 🐱\"}}".as_bytes(),
        b"",
        large.as_bytes(),
    ];
    for body in bodies {
        assert_eq!(status(&chain.front.post_signed(&[], body)), 200);
        let handled = chain.handler.record();
        assert_eq!(handled["verdict"], "verified", "{:?}", &body[..body.len().min(80)]);
        assert_eq!(handled["body"], str::from_utf8(body).unwrap());
    }
}

#[test]
fn headers_go_on_as_they_came_and_via_alone_is_added() {
    let mut chain = Chain::new(&[], &[]);
    let sent: [(&str, &[u8]); 5] =
        [("x-b", b"2"), ("x-a", b"one, two"), ("x-b", b"1"), ("x-odd", b"caf\xe9"), ("user-agent", b"Magic Hour/1")];
    chain.front.post_signed(&sent, BODY);
    let (came, handled) = (next(&mut chain.front, "delivery"), chain.handler.record());
    let end_to_end = |record: &Value| {
        let pairs = record["headers"].as_array().unwrap().iter();
        let ours = ["host", "connection", "content-length", "via"];
        let mut pairs: Vec<Value> = pairs.filter(|pair| !ours.contains(&pair[0].as_str().unwrap())).cloned().collect();
        pairs.sort_by_key(|pair| pair[0].as_str().unwrap().to_owned());
        pairs
    };
    assert_eq!(end_to_end(&came), end_to_end(&handled));
    let repeated: Vec<Value> = end_to_end(&handled).into_iter().filter(|pair| pair[0] == "x-b").collect();
    assert_eq!(repeated, [json!(["x-b", "2"]), json!(["x-b", "1"])]);
    let via = handled["headers"].as_array().unwrap().iter().find(|pair| pair[0] == "via").unwrap();
    assert!(via[1].as_str().unwrap().starts_with("1.1 mh-hook-"), "{via}");
}

#[test]
fn the_path_goes_on_unparsed() {
    let mut chain = Chain::new(&[], &["--path", "/in"]);
    let signed = signed_headers(BODY);
    let signed: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    for (path, expected) in [
        ("/in/a%2Fb//c", "/webhook/a%2Fb//c"),
        ("/in", "/webhook"),
        ("/in//x?y=%20&y=2", "/webhook//x?y=%20&y=2"),
        ("/in?z", "/webhook?z"),
    ] {
        assert_eq!(status(&chain.front.exchange(&request(path, &signed, BODY))), 200);
        assert_eq!(chain.handler.record()["path"], expected);
    }
}

#[test]
fn the_handlers_answer_is_passed_back() {
    let mut chain = Chain::new(&["--respond", "418"], &[]);
    let answer = chain.front.post_signed(&[], BODY);
    assert_eq!(status(&answer), 418);
    assert!(answer.ends_with("answered as --respond says\n"), "{answer}");
    assert_eq!(next(&mut chain.front, "delivery")["answered"], 418);
    let forward = next(&mut chain.front, "forward");
    assert_eq!((&forward["answered"], &forward["delivery"]), (&json!(418), &json!(1)));
    let ended = chain.front.stop();
    assert!(ended.err.contains("\"record\":\"hint\""), "{}", ended.err);
}

#[test]
fn a_handler_that_is_not_there_is_502_with_a_hint() {
    let program = Program::with_secret();
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut front = program.listen(&["--forward", &format!("http://localhost:{free}/webhook")]);
    assert_eq!(status(&front.post_signed(&[], BODY)), 502);
    let forward = next(&mut front, "forward");
    assert_eq!((&forward["answered"], &forward["error"]["code"]), (&Value::Null, &json!("refused")));
    let ended = front.stop();
    assert!(ended.err.contains("is your handler running"), "{}", ended.err);
}

#[test]
fn a_handler_on_the_other_loopback_address_is_found_out() {
    let Ok(server) = TcpListener::bind(("::1", 0)) else { return };
    let program = Program::with_secret();
    let port = server.local_addr().unwrap().port();
    let sent = program.run(&["send", "video.completed", "--to", &format!("http://127.0.0.1:{port}/")]);
    assert_eq!(sent.code, 4);
    assert!(sent.err.contains("write localhost, which tries both"), "{}", sent.err);
}

#[test]
fn with_several_handlers_the_answer_does_not_wait_for_them() {
    let program = Program::with_secret();
    let (mut one, mut two) = (program.listen(&["--no-journal"]), program.listen(&["--no-journal", "--respond", "500"]));
    let mut front = program.listen(&["--forward", &one.url, "--forward", &two.url]);
    assert_eq!(status(&front.post_signed(&[], BODY)), 200);
    assert_eq!(
        (one.record()["verdict"].clone(), two.record()["verdict"].clone()),
        (json!("verified"), json!("verified"))
    );
    let mut answers = [next(&mut front, "forward"), next(&mut front, "forward")].map(|f| f["answered"].as_i64());
    answers.sort_unstable();
    assert_eq!(answers, [Some(200), Some(500)]);
}

#[test]
fn what_is_invalid_or_not_asked_for_stays_here() {
    let mut chain = Chain::new(&[], &["--events", "image.*"]);
    assert_eq!(status(&chain.front.post(&[], BODY)), 401);
    assert_eq!(status(&chain.front.post_signed(&[], BODY)), 200);
    let wanted = br#"{"type":"image.completed","payload":{"id":"clx2"}}"#;
    assert_eq!(status(&chain.front.post_signed(&[], wanted)), 200);
    assert_eq!(chain.handler.record()["job_id"], "clx2");
}

#[test]
fn an_invalid_delivery_goes_on_when_it_is_accepted() {
    let mut chain = Chain::new(&[], &["--accept-invalid"]);
    assert_eq!(status(&chain.front.post(&[], BODY)), 401, "the handler's answer");
    assert_eq!(chain.handler.record()["reason"], "missing-headers");
}

#[test]
fn a_sender_that_hangs_up_leaves_a_complete_record() {
    let program = Program::with_secret();
    let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}/", server.local_addr().unwrap().port());
    let mut front = program.listen(&["--forward", &url]);
    let signed = signed_headers(BODY);
    let signed: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let mut sender = front.connect();
    sender.write_all(&request("/webhook", &signed, BODY)).unwrap();
    let (mut handled, _) = server.accept().unwrap();
    let mut first = [0; 4];
    handled.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"POST");
    // The handler has it; now the sender loses patience, and only then does the handler answer.
    sender.shutdown(std::net::Shutdown::Both).unwrap();
    drop(sender);
    handled.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok").unwrap();
    assert_eq!(next(&mut front, "delivery")["answered"], 202);
    assert_eq!(next(&mut front, "forward")["answered"], 202);
    assert_eq!(front.stop().code, 0);
    let reader = Reader::open(program.journal()).unwrap();
    let attempts = reader.attempts_of(1).unwrap();
    assert_eq!((attempts.len(), attempts[0].status), (1, Some(202)));
    assert_eq!(reader.get(1).unwrap().unwrap().answered, Some(202));
}

#[test]
fn deliveries_of_one_job_reach_the_handler_one_after_another() {
    let program = Program::with_secret();
    let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}/", server.local_addr().unwrap().port());
    let front = program.listen(&["--forward", &url]);
    let senders: Vec<_> = (0..2)
        .map(|_| {
            let signed = signed_headers(BODY);
            let signed: Vec<(&str, &[u8])> =
                signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let mut sender = front.connect();
            sender.write_all(&request("/webhook", &signed, BODY)).unwrap();
            sender
        })
        .collect();
    let (mut first, _) = server.accept().unwrap();
    read_request(&mut first);
    // The second delivery of the job must not have come while the first is being handled.
    server.set_nonblocking(true).unwrap();
    assert!(server.accept().is_err(), "a second connection while the first is being handled");
    server.set_nonblocking(false).unwrap();
    first.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    drop(first);
    let (mut second, _) = server.accept().unwrap();
    read_request(&mut second);
    second.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    let mut answers: Vec<u16> = senders.into_iter().map(|mut sender| status(&read_all(&mut sender))).collect();
    answers.sort_unstable();
    assert_eq!(answers, [200, 204]);
}

fn read_request(stream: &mut std::net::TcpStream) {
    read_until(stream, BODY);
}

fn read_until(stream: &mut std::net::TcpStream, end: &[u8]) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while !text.ends_with(end) {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0);
        text.extend_from_slice(&buffer[..read]);
    }
}

#[test]
fn different_jobs_reach_the_handler_side_by_side() {
    let program = Program::with_secret();
    let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}/", server.local_addr().unwrap().port());
    let front = program.listen(&["--forward", &url]);
    let port = front.port();
    let begin = move |id: &str| {
        let body = format!(r#"{{"type":"video.completed","payload":{{"id":"{id}"}}}}"#);
        let signed = signed_headers(body.as_bytes());
        let signed: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(&request("/webhook", &signed, body.as_bytes())).unwrap();
        stream
    };
    let mut senders = [begin("a"), begin("b")];
    // Both are at the handler before it has answered either.
    let handled: Vec<_> = (0..2).map(|_| server.accept().unwrap().0).collect();
    let answering: Vec<_> = handled
        .into_iter()
        .map(|mut stream| {
            thread::spawn(move || {
                read_until(&mut stream, b"}}");
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            })
        })
        .collect();
    for thread in answering {
        thread.join().unwrap().unwrap();
    }
    assert!(senders.iter_mut().all(|sender| status(&read_all(sender)) == 200));
}

#[test]
fn a_chain_keeps_what_it_forwards_in_one_journal() {
    let chain = Chain::new(&[], &[]);
    chain.front.post_signed(&[], BODY);
    assert_eq!(chain.front.stop().code, 0);
    let reader = Reader::open(chain.program.journal()).unwrap();
    let kept = reader.get(1).unwrap().unwrap();
    assert_eq!((kept.body.as_ref(), kept.answered, kept.verdict.as_str()), (BODY, Some(200), "verified"));
    assert_eq!(reader.attempts_of(1).unwrap()[0].target, chain.handler.url);
}

/// A handler that gives each of its connections this answer, and closes.
fn answering(answer: &'static [u8]) -> String {
    let handler = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = handler.local_addr().unwrap();
    thread::spawn(move || {
        for stream in handler.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    address.to_string()
}

#[test]
fn no_answer_in_place_of_the_handlers_says_where_the_handler_is() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let [closing, garbage, early, short] =
        [&b""[..], b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 103 \r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12"]
            .map(answering);
    let targets = [
        (format!("http://{free}/inner"), "refused"),
        ("http://handler.invalid/inner".to_owned(), "dns"),
        (format!("https://{garbage}/inner"), "tls"),
        (format!("http://{closing}/inner"), "broken"),
        (format!("http://{garbage}/inner"), "not-http"),
        (format!("http://{early}/inner"), "broken"),
        (format!("http://{short}/inner"), "broken"),
    ];
    for (target, code) in targets {
        let listening = Program::with_secret().listen(&["--no-journal", "--forward", &target]);
        let answer = listening.post_signed(&[], br#"{"type":"video.completed","payload":{"id":"clx1"}}"#);
        assert_eq!(status(&answer), 502, "{target}: {answer}");
        assert!(answer.contains(&format!(r#""code":"{code}""#)), "{target}: {answer}");
        let place = target.split("://").nth(1).unwrap().split('/').next().unwrap();
        for word in [place, place.split(':').next_back().unwrap(), "inner", "127.0.0.1", "os error"] {
            assert!(!answer.contains(word), "{target}: {answer}");
        }
    }
}
