//! The accepting side: requests that are none, connections that are idle, answers that nobody reads, signals.

use std::io::{Read, Write};
use std::net::{TcpListener as StdListener, TcpStream as StdStream};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use mh_hook::net::accept::bind::Bound;
use mh_hook::net::accept::limits::Limits;
use mh_hook::net::accept::server::{Peer, Service, serve, serve_stream};
use mh_hook::net::shutdown::Shutdown;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::{Program, hears, request};

/// Answers every request with a body of this size.
#[derive(Clone)]
struct Answering(usize);

impl Service for Answering {
    type Body = Full<Bytes>;

    async fn answer(&self, _request: Request<Incoming>, _peer: Peer) -> Response<Self::Body> {
        Response::new(Full::new(vec![b'x'; self.0].into()))
    }

    fn accept_failed(&self, _error: &std::io::Error) {}
}

/// Answers every request, but not before it is polled again.
#[derive(Clone)]
struct AnsweringLater;

impl Service for AnsweringLater {
    type Body = Full<Bytes>;

    async fn answer(&self, _request: Request<Incoming>, _peer: Peer) -> Response<Self::Body> {
        tokio::task::yield_now().await;
        Response::default()
    }

    fn accept_failed(&self, _error: &std::io::Error) {}
}

/// Serves on a free port; gives that.
async fn serving(limits: Limits, size: usize, shutdown: &Shutdown) -> u16 {
    serving_with(Answering(size), limits, shutdown).await
}

/// Serves with this service on a free port; gives that.
async fn serving_with(service: impl Service, limits: Limits, shutdown: &Shutdown) -> u16 {
    let bound = Bound::bind(None, 0).await.unwrap();
    let port = bound.port;
    shutdown.spawn(serve(bound, limits, service, shutdown.clone()));
    port
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Makes a request and reads the first bytes of the answer; nothing if the connection was closed.
async fn asked(stream: &mut TcpStream) -> bool {
    let mut answer = [0; 12];
    stream.write_all(GET).await.is_ok() && stream.read_exact(&mut answer).await.is_ok() && &answer == b"HTTP/1.1 200"
}

#[test]
fn a_request_that_is_none_is_refused_by_name() {
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    let fields = (0..101).map(|at| format!("X-{at}: 1\r\n")).collect::<Vec<_>>().concat();
    let large = format!("POST /webhook HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    let cases: [(&[u8], &str, Value, Value); 6] = [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            "the beginning of TLS, where plain http is spoken: use an http:// URL",
            json!(400),
            Value::Null,
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "the beginning of HTTP/2, where HTTP/1.1 is spoken",
            Value::Null,
            Value::Null,
        ),
        (
            &[b"POST /webhook HTTP/1.1\r\n", fields.as_bytes(), b"\r\n"].concat(),
            "more than 100 header fields",
            json!(431),
            json!("/webhook"),
        ),
        (large.as_bytes(), "headers are larger than 64 KB", json!(431), json!("/webhook")),
        (
            b"POST /webhook HTTP/1.1\r\nX: 1\r\n 2\r\n\r\n",
            "a header goes on in the next line, which HTTP/1.1 forbids",
            json!(400),
            json!("/webhook"),
        ),
        (b"hello there\r\n\r\n", "not an HTTP/1.1 request", json!(400), Value::Null),
    ];
    for (bytes, why, answered, path) in cases {
        let mut stream = listening.connect();
        // The other side may hang up before it has read it all.
        let _ = stream.write_all(bytes);
        let _ = stream.read_to_end(&mut Vec::new());
        let record = listening.record();
        assert_eq!((&record["record"], &record["why"]), (&json!("refused"), &json!(why)), "{record}");
        assert_eq!((&record["answered"], &record["path"]), (&answered, &path), "{record}");
    }
}

#[tokio::test]
async fn behind_a_tunnel_the_end_waits_until_the_answer_was_carried_on() {
    // Never comes true here: the other side closes first.
    let far_off = Some(Duration::from_hours(1));
    for (carry_time, waits) in [(far_off, true), (None, false)] {
        let shutdown = Shutdown::new();
        let port = serving(Limits { carry_time, ..Limits::default() }, 5, &shutdown).await;
        let mut agent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        assert!(asked(&mut agent).await);
        shutdown.request();
        let mut rest = Vec::new();
        // The server has closed its side: the answer is whole, and nothing says yet that anybody else has it.
        agent.read_to_end(&mut rest).await.unwrap();
        assert!(rest.ends_with(b"xxxxx"));
        let ended = Shutdown::new().spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.drained().await }
        });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_ne!(ended.is_finished(), waits, "{carry_time:?}");
        drop(agent);
        ended.await.unwrap();
    }
}

#[tokio::test]
async fn at_the_limit_the_connection_that_is_idle_longest_makes_room() {
    let shutdown = Shutdown::new();
    let port = serving(Limits { connections: 2, ..Limits::default() }, 0, &shutdown).await;
    let connect = || async { TcpStream::connect(("127.0.0.1", port)).await.unwrap() };
    let (mut first, mut second) = (connect().await, connect().await);
    assert!(asked(&mut first).await && asked(&mut second).await);
    let mut third = connect().await;
    assert!(asked(&mut third).await, "a new connection is served at the limit");
    let mut rest = Vec::new();
    first.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"\r\n\r\n") && rest.len() < 200, "the one that was idle longest was closed");
    drop(second);
    shutdown.drained().await;
}

#[tokio::test]
async fn a_request_that_comes_while_its_connection_is_chosen_to_make_room_is_answered() {
    let shutdown = Shutdown::new();
    let port = serving_with(AnsweringLater, Limits { connections: 1, ..Limits::default() }, &shutdown).await;
    let mut first = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(asked(&mut first).await);
    // The server runs only when this test waits: it accepts the second connection, and then finds the whole request.
    let second = StdStream::connect(("127.0.0.1", port)).unwrap();
    assert_eq!(first.try_write(GET).unwrap(), GET.len());
    let mut answers = String::new();
    first.read_to_string(&mut answers).await.unwrap();
    assert!(answers.contains("HTTP/1.1 200 OK") && answers.contains("connection: close"), "{answers}");
    second.set_nonblocking(true).unwrap();
    assert!(asked(&mut TcpStream::from_std(second).unwrap()).await, "there is room now");
    shutdown.drained().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_sends_nothing_is_closed_after_the_time_of_a_head() {
    let shutdown = Shutdown::new();
    let port = serving(Limits::default(), 0, &shutdown).await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let begun = Instant::now();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_given_up() {
    let shutdown = Shutdown::new();
    let drain_time = Duration::from_hours(1);
    let port = serving(Limits { drain_time, ..Limits::default() }, 64 << 20, &shutdown).await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(asked(&mut stream).await);
    let begun = Instant::now();
    // Nothing more of the answer is read here.
    shutdown.drained().await;
    assert!(begun.elapsed() < drain_time, "given up for the write limit");
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read).await;
    assert!(read.len() < 64 << 20);
}

#[tokio::test(start_paused = true)]
async fn requests_whose_bodies_are_dropped_are_all_answered_however_slowly_the_answers_are_read() {
    const REQUESTS: usize = 4;
    // An answer is several times larger than the stream's buffer, so that it is still being written when the next request
    // is read.
    const ANSWER: usize = 64 << 10;
    let large = format!("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n{}", "y".repeat(10_000));
    let waiting = "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}".to_owned();
    for request in [large, waiting] {
        let (client, stream) = duplex(16 << 10);
        let shutdown = Shutdown::new();
        let peer = ([127, 0, 0, 1], 1).into();
        shutdown.spawn(serve_stream(stream, peer, Limits::default(), Answering(ANSWER), shutdown.clone()));
        let (mut reader, mut writer) = tokio::io::split(client);
        let write = async {
            writer.write_all(request.repeat(REQUESTS).as_bytes()).await.unwrap();
            writer.shutdown().await.unwrap();
        };
        let mut answers = String::new();
        // The server closes after the last answer.
        let exchange = async { tokio::join!(write, reader.read_to_string(&mut answers)) };
        let ended = timeout(Duration::from_hours(1), exchange).await;
        let answered = answers.matches('x').count() / ANSWER;
        assert!(ended.is_ok() && answered == REQUESTS, "{answered} answers to {:?}", request.lines().nth(2));
    }
}

#[test]
fn sighup_and_sigquit_end_a_listener_as_sigterm_does() {
    for (signal, _) in [("-HUP", 1), ("-QUIT", 3)].into_iter().filter(|(_, number)| hears(*number)) {
        let listening = Program::with_secret().listen(&[]);
        let pid = listening.pid().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let ended = listening.ended();
        assert_eq!(ended.code, 0, "{signal}: {}", ended.err);
    }
}

#[test]
fn a_low_limit_of_descriptors_is_raised_and_a_hard_one_is_named_as_ours() {
    let program = Program::with_secret();
    let server = StdListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", server.local_addr().unwrap());
    // Connections come about in the kernel, and nobody answers: each of them holds a descriptor.
    let load = ["send", "video.completed", "--count", "80", "--concurrency", "80", "--timeout", "300ms", "--to", &url];
    let limited = |limit: &str| {
        let mut command = Command::new("sh");
        let inner = program.command(&load);
        let words: Vec<_> = std::iter::once(inner.get_program()).chain(inner.get_args()).collect();
        command.args(["-c", &format!("ulimit {limit} && exec \"$@\""), "sh"]).args(words).env_clear();
        command
            .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(program.home.path());
        let output = command.arg0("sh").output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let raised = limited("-Sn 40");
    assert!(raised.contains("no answer (timeout)  80"), "{raised}");
    let hard = limited("-n 40");
    assert!(hard.contains("no answer (descriptors)") && hard.contains("ulimit -n"), "{hard}");
    drop(server);
}

#[test]
fn a_head_that_was_read_in_part_is_not_taken_for_a_request() {
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    drop(listening.connect());
    let answer = listening.exchange(&request("/webhook", &[], b"{}"));
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(listening.record()["record"], "delivery");
}
