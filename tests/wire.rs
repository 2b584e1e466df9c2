//! The client of deliveries on the wire: kept connections, limits of time, answers that are none, targets, TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use mh_hook::net::out::post::{Exchange, Post, Remote, TimeLimit};
use mh_hook::net::out::post_error::PostError;
use mh_hook::net::out::tls::TlsOptions;
use mh_hook::net::shutdown::Shutdown;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::support::Program;

/// A limit that passing tests never reach.
const LONG: TimeLimit = TimeLimit::Each(Duration::from_mins(1));

/// A server that serves each connection with `serve`; gives its URL.
fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(&serve));
    url
}

/// Reads one request without a body, or with one of the announced length; nothing once the other side hung up.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        read.push(byte[0]);
    }
    let head = String::from_utf8(read).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

fn remote(url: &str) -> Remote {
    Remote::new(url.parse().unwrap(), &TlsOptions::default(), Shutdown::new()).unwrap()
}

fn post(body: &'static str) -> Post {
    let body = Bytes::from_static(body.as_bytes());
    Post { method: Method::POST, path: None, headers: HeaderMap::new(), body }
}

/// The failure of posting to a server that answers every request with these bytes and hangs up.
async fn failure(answer: &'static [u8]) -> PostError {
    let url = server(move |mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(answer);
    });
    remote(&url).post(post("{}"), LONG, 1 << 20).await.unwrap_err()
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_in_silence_is_replaced() {
    let url = server(|mut stream| {
        // One answer, which does not say that it is the last one, and then the end as the next request comes.
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        read_request(&mut stream);
    });
    let remote = remote(&url);
    for number in 0..20 {
        let Exchange { outcome, timing } = remote.exchange(post("{}"), LONG, 1 << 20).await;
        assert_eq!(outcome.unwrap().body, "ok", "request {number}");
        assert!(timing.connecting.is_some(), "request {number} was answered over a connection that had ended");
    }
}

#[tokio::test]
async fn a_fresh_connection_that_ends_is_not_tried_again() {
    let (count, counted) = std::sync::mpsc::channel();
    let count = std::sync::Mutex::new(count);
    let url = server(move |mut stream| {
        if read_request(&mut stream).is_some() {
            count.lock().unwrap().send(()).unwrap();
        }
    });
    let error = remote(&url).post(post("{}"), LONG, 1 << 20).await.unwrap_err();
    assert!(error.to_string().ends_with("closed the connection before answering"), "{error}");
    assert_eq!((counted.recv(), counted.try_recv().is_err()), (Ok(()), true));
}

#[tokio::test]
async fn an_answer_that_is_none_is_named() {
    let cases: [(&[u8], &str, &str); 10] = [
        (b"", "closed the connection before answering", "broken"),
        (b"HTTP/1.1 200 OK\r\nServ", "closed the connection within the headers of its answer", "broken"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
            "closed the connection after 5 of the 10 bytes that its answer announced",
            "broken",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "closed the connection within its answer, after 5 bytes",
            "broken",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{\"success\": true}",
            "answered with an invalid chunk",
            "bad-answer",
        ),
        (b"\x15\x03\x03\x00\x02\x02\x46", "speaks TLS there, not plain http", "not-http"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "answered with something else than HTTP/1.1", "not-http"),
        (b"\x00\x00\x00\x04\x00\x00\x00\x00\x00", "speaks HTTP/2 there, not HTTP/1.1", "not-http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "answered with an invalid Content-Length", "bad-answer"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "answered with an invalid status", "bad-answer"),
    ];
    for (answer, words, code) in cases {
        let error = failure(answer).await;
        assert!(error.to_string().ends_with(words), "{error}");
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn an_answer_that_is_longer_than_it_says_is_named() {
    let url = server(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}and more");
    });
    let sent = Program::with_secret().run(&["send", "video.completed", "--to", &url]);
    assert_eq!(sent.code, 0, "{}", sent.err);
    assert!(sent.err.contains("the answer is 8 bytes longer than its Content-Length says"), "{}", sent.err);
}

#[tokio::test]
async fn more_headers_than_are_read_are_named_and_a_few_hundred_are_read() {
    let answer = |fields: usize| -> &'static [u8] {
        let fields = (0..fields).map(|at| format!("X-{at}: 1\r\n")).collect::<Vec<_>>().concat();
        format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n").leak().as_bytes()
    };
    let error = failure(answer(400)).await;
    assert!(error.to_string().ends_with("answered with more headers than are read"), "{error}");
    let many = answer(200);
    let url = server(move |mut stream| {
        read_request(&mut stream);
        stream.write_all(many).unwrap();
    });
    assert_eq!(remote(&url).post(post("{}"), LONG, 1 << 20).await.unwrap().headers.len(), 201);
}

#[tokio::test(start_paused = true)]
async fn connecting_sending_and_waiting_have_limits_that_are_told_apart() {
    let brief = TimeLimit::Each(Duration::from_millis(300));
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let waited = remote(&url).exchange(post("{}"), brief, 1).await;
    assert_eq!(waited.outcome.unwrap_err().code(), "timeout");
    assert!(waited.timing.waiting.unwrap() >= Duration::from_millis(300));
    let large = Post { body: Bytes::from(vec![b' '; 64 << 20]), ..post("") };
    let unread = remote(&url).post(large, brief, 1).await.unwrap_err();
    assert_eq!(unread.code(), "send-timeout");
    assert!(unread.to_string().ends_with("did not read the request within 0.3 s"), "{unread}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_written_on_by_hand_has_a_limit_for_connecting_too() {
    // It accepts, and never answers the handshake.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("https://{}/", silent.local_addr().unwrap());
    let insecure = TlsOptions { ca_file: None, insecure: true };
    let remote = Remote::new(url.parse().unwrap(), &insecure, Shutdown::new()).unwrap();
    let error = remote.dial(Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(error.code(), "connect-timeout");
}

#[tokio::test]
async fn the_other_loopback_address_is_named_where_it_answers() {
    let Ok(listener) = TcpListener::bind(("::1", 0)) else { return };
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let error = remote(&url).post(post("{}"), LONG, 1).await.unwrap_err();
    assert_eq!(error.code(), "refused");
    assert!(error.hint().contains("write localhost, which tries both"), "{}", error.hint());
}

#[tokio::test]
async fn names_below_localhost_are_this_machine() {
    let url = server(|mut stream| {
        let request = read_request(&mut stream).unwrap();
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{host}", host.len());
        stream.write_all(answer.as_bytes()).unwrap();
    });
    for name in ["app.localhost", "localhost.", "APP.Localhost."] {
        let url = url.replace("127.0.0.1", name);
        let answer = remote(&url).post(post("{}"), LONG, 1 << 10).await.unwrap();
        let sent = String::from_utf8(answer.body.to_vec()).unwrap();
        assert_eq!(sent.split(':').next().unwrap(), name.to_lowercase());
    }
}

#[tokio::test]
async fn an_empty_body_has_a_length() {
    let url = server(|mut stream| {
        let request = read_request(&mut stream).unwrap();
        let found = request.contains("\r\ncontent-length: 0\r\n");
        let status = if found { "200 OK" } else { "411 Length Required" };
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
    });
    assert_eq!(remote(&url).post(post(""), LONG, 1).await.unwrap().status, 200);
}

/// A server of https with a certificate that `openssl req -x509` made, in the file of this name; gives its port.
async fn https_server(certificate: &str) -> u16 {
    let read = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(name);
    let certificate = CertificateDer::from_pem_file(read(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(read("localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (acceptor, listener) =
        (TlsAcceptor::from(Arc::new(config)), tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap());
    let port = listener.local_addr().unwrap().port();
    Shutdown::new().spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let (mut read, mut buffer) = (Vec::new(), [0; 1024]);
            while !read.ends_with(b"{}") {
                let count = stream.read(&mut buffer).await.unwrap();
                read.extend_from_slice(&buffer[..count]);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        }
    });
    port
}

/// Posts over https with these options.
async fn secured(url: &str, tls: TlsOptions) -> Result<u16, PostError> {
    let remote = Remote::new(url.parse().unwrap(), &tls, Shutdown::new()).unwrap();
    remote.post(post("{}"), LONG, 1).await.map(|answer| answer.status.as_u16())
}

#[tokio::test]
async fn the_very_certificate_that_the_file_holds_is_trusted_however_an_editor_wrote_it() {
    let port = https_server("localhost.pem").await;
    let url = format!("https://localhost:{port}/");
    let pem = include_str!("certificates/localhost.pem");
    let home = TempDir::new().unwrap();
    let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(pem.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in
        [("plain", pem.as_bytes()), ("marked", &[b"\xef\xbb\xbf", pem.as_bytes()].concat()), ("wide", &utf16)]
    {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let trusting = TlsOptions { ca_file: Some(path.clone()), insecure: false };
        assert_eq!(secured(&url, trusting.clone()).await.unwrap(), 200, "{name}");
        let other = secured(&url.replace("localhost", "127.0.0.1"), trusting).await.unwrap_err();
        assert!(other.to_string().ends_with("its certificate is for another name: localhost"), "{other}");
    }
    let unknown = home.path().join("unknown");
    std::fs::write(&unknown, include_str!("certificates/other.pem")).unwrap();
    let refused = secured(&url, TlsOptions { ca_file: Some(unknown), insecure: false }).await.unwrap_err();
    assert!(refused.to_string().ends_with("its certificate is self-signed"), "{refused}");
    assert!(refused.hint().starts_with("--ca-file FILE trusts the certificates in FILE"), "{}", refused.hint());
    assert_eq!(secured(&url, TlsOptions { ca_file: None, insecure: true }).await.unwrap(), 200);
}

#[tokio::test]
async fn a_certificate_that_names_no_host_is_named_and_trusted_where_the_file_holds_it() {
    let url = format!("https://localhost:{}/", https_server("no-name.pem").await);
    let home = TempDir::new().unwrap();
    let path = home.path().join("no-name.pem");
    std::fs::write(&path, include_str!("certificates/no-name.pem")).unwrap();
    let trusting = TlsOptions { ca_file: Some(path.clone()), insecure: false };
    assert_eq!(secured(&url, trusting).await.unwrap(), 200);
    std::fs::write(&path, include_str!("certificates/other.pem")).unwrap();
    let other = secured(&url, TlsOptions { ca_file: Some(path), insecure: false }).await.unwrap_err();
    assert!(other.hint().contains("the server shows another one"), "{}", other.hint());
}

#[tokio::test]
async fn a_server_of_tls_that_closes_on_plain_http_is_named() {
    let port = https_server("localhost.pem").await;
    let error = remote(&format!("http://localhost:{port}/")).post(post("{}"), LONG, 1).await.unwrap_err();
    assert_eq!(
        (error.to_string(), error.hint()),
        (format!("localhost:{port} speaks TLS there, not plain http"), "write https:// instead of http://",)
    );
}

#[test]
fn a_file_that_holds_no_certificate_is_refused_with_the_reason() {
    let home = TempDir::new().unwrap();
    let cases: [(&str, &[u8], &str); 3] = [
        ("empty", b"", "it holds no certificate in PEM"),
        ("cut", b"-----BEGIN CERTIFICATE-----\nMIIB", "its PEM is damaged"),
        (
            "damaged",
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "a certificate in it is damaged",
        ),
    ];
    let refused = |path: &Path| {
        let options = TlsOptions { ca_file: Some(path.to_owned()), insecure: false };
        options.client_config().unwrap_err().to_string()
    };
    for (name, bytes, problem) in cases {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(refused(&path), format!("cannot read certificates from {}: {problem}", path.display()));
    }
    assert!(refused(home.path()).ends_with(": it is no regular file"));
}

#[tokio::test]
async fn e2e_says_of_the_apis_certificate_what_send_says_of_a_handlers() {
    let port = https_server("localhost.pem").await;
    let plain = server(|mut stream| drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")));
    let plain = plain.replace("http://127.0.0.1", "https://localhost").replace("/hook", "");
    let self_signed = format!("https://localhost:{port}");
    let cases = [
        (self_signed, "its certificate is self-signed"),
        (format!("https://127.0.0.1:{port}"), "its certificate is for another name: localhost"),
        (plain, "what answers there does not speak TLS"),
    ];
    let trusted = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/localhost.pem");
    for (base, said) in cases {
        let more = if base.contains("127.0.0.1") { vec!["--ca-file", trusted] } else { Vec::new() };
        let ended = tokio::task::spawn_blocking(move || {
            let program = Program::with_secret().variable("MAGIC_HOUR_API_KEY", "mhk_test_0123456789abcdefWXYZ");
            let program = program.variable("MAGIC_HOUR_API_BASE_URL", &base);
            program.run(&[&["e2e", "--image", "--port", "0", "--no-journal"][..], &more].concat())
        });
        let ended = ended.await.unwrap();
        assert_eq!(ended.code, 4, "{}", ended.err);
        assert!(ended.err.contains(said), "{}", ended.err);
        for wrong in ["network", "os error", "Error(", "Other(", "InvalidCertificate", "rustls"] {
            assert!(!ended.err.contains(wrong), "{}", ended.err);
        }
    }
}
