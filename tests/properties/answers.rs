//! The client, fed with bytes as an answer over a stream in memory.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method};
use mh_hook::net::out::post::{Answer, Exchange, Post, Remote, TimeLimit};
use mh_hook::net::out::post_error::PostError;
use mh_hook::net::out::target::Target;
use mh_hook::net::out::tls::TlsOptions;
use mh_hook::net::shutdown::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::properties::streams::{contains, paused};

/// The time that a request may take. Time is paused, so nobody waits.
const LIMIT: Duration = Duration::from_secs(10);

/// Longer than two requests.
const LONGEST: Duration = Duration::from_hours(1);

/// The first byte chooses how the answer arrives, the second the size of its pieces; the others are the answer.
pub(crate) fn check(bytes: &[u8]) {
    let [how, piece, answer @ ..] = bytes else { return };
    paused(post(*how, usize::from(*piece) + 1, answer));
}

async fn post(how: u8, piece: usize, answer: &[u8]) {
    let shutdown = Shutdown::new();
    let target: Target = "http://localhost:1/webhook".parse().expect("a URL");
    // Port 1 takes no connection, so that a second one fails at once.
    let target = target.at(vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 1)]);
    let remote = Remote::new(target, &TlsOptions::default(), shutdown.clone()).expect("no TLS");
    let (near, far) = duplex(64 << 10);
    remote.adopt(near).await.expect("a stream that is open");
    let (mut reader, mut writer) = split(far);
    let peer = async {
        if how & 0x01 == 0 {
            let _ = reader.read(&mut [0; 1024]).await;
        }
        for piece in answer.chunks(piece.max(answer.len() / 64)) {
            if writer.write_all(piece).await.is_err() {
                return;
            }
            yield_now().await;
        }
        if how & 0x02 == 0 {
            let _ = writer.shutdown().await;
        }
    };
    let most = if how & 0x04 == 0 { 1 << 20 } else { usize::from(how) };
    let method = if how & 0x08 == 0 { Method::POST } else { Method::HEAD };
    let exchange = remote.exchange(request(&method), TimeLimit::Each(LIMIT), most);
    let (exchange, ()) = timeout(LONGEST, async { tokio::join!(exchange, peer) }).await.expect("the request ends");
    assert!(exchange.timing.total <= 2 * LIMIT, "{:?}", exchange.timing);
    match &exchange.outcome {
        Ok(found) => assert_is_sent(found, answer, most, &method),
        Err(error) => assert_is_plain(error),
    }
    if how & 0x30 == 0 && exchange.outcome.is_ok() {
        second(&remote, &method).await;
    }
    drop((remote, reader, writer));
    timeout(LONGEST, shutdown.drained()).await.expect("the connection ends");
}

fn request(method: &Method) -> Post {
    Post { method: method.clone(), path: None, headers: HeaderMap::new(), body: Bytes::from_static(b"{}") }
}

/// Bytes that were left over from one answer are never taken for the next one.
async fn second(remote: &Remote, method: &Method) {
    let Exchange { outcome, .. } = remote.exchange(request(method), TimeLimit::Each(LIMIT), 1 << 20).await;
    match outcome {
        Ok(answer) => panic!("a request that nobody read was answered: {answer:?}"),
        Err(error) => assert_is_plain(&error),
    }
}

/// An answer has the bytes that were sent, and as many of them as it announces.
fn assert_is_sent(found: &Answer, sent: &[u8], most: usize, method: &Method) {
    assert!(found.status == 101 || found.status.as_u16() >= 200, "an interim answer is none");
    assert!(contains(sent, found.status.as_str().as_bytes()), "{} was not sent", found.status);
    assert!(found.headers.values().all(|value| contains(sent, value.as_bytes())), "a header was not sent");
    assert!(found.body.len() <= most && (!found.truncated || found.body.len() == most));
    assert!(*method != Method::HEAD || found.body.is_empty());
    let is_chunked = found.headers.contains_key(TRANSFER_ENCODING);
    assert!(is_chunked || contains(sent, &found.body), "the body was not sent like this");
    let announced = found.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if let (Some(announced), false, false) = (announced, is_chunked, found.truncated) {
        let has_body = *method != Method::HEAD && !matches!(found.status.as_u16(), 101 | 204 | 304);
        assert!(!has_body || found.body.len() == announced, "{announced} bytes were announced");
    }
}

/// An error is one line of words with a stable name and advice.
fn assert_is_plain(error: &PostError) {
    let text = format!("{error}; {}", error.hint());
    assert!(!text.contains(char::is_control) && !text.contains("os error"), "{text:?}");
    assert!(!error.code().is_empty() && !error.code().contains(' '));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, proptest};

    use super::check;

    /// Answers of the parts that decide what they are.
    fn answer() -> impl Strategy<Value = String> {
        let parts = &[
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.0 500 \r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 204 \r\n",
            "HTTP/1.1 304 x\r\n",
            "HTTP/1.1 101 \r\n",
            "Content-Length: 2\r\n",
            "Content-Length: 0\r\n",
            "Content-Length: x\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Connection: close\r\n",
            "Connection: keep-alive\r\n",
            "X: \u{e9}\r\n",
            "\r\n",
            "{}",
            "2\r\n{}\r\n0\r\n\r\n",
            "0\r\n\r\n",
            "HTTP/2",
            "\u{16}\u{3}\u{1}",
            "\0\0\u{6}\u{4}",
        ][..];
        prop::collection::vec(prop::sample::select(parts), 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_an_error_with_words(bytes in any::<Vec<u8>>()) {
            check(&bytes);
        }

        #[test]
        fn an_answer_is_what_was_sent_and_ends_where_it_says(how in any::<u8>(), piece in any::<u8>(), answer in answer()) {
            check(&[&[how, piece], answer.as_bytes()].concat());
        }
    }
}
