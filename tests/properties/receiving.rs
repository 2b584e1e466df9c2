//! The receiver, fed with bytes over a stream in memory: from the accepted connection to the events on the screen.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::header::TRANSFER_ENCODING;
use jiff::Timestamp;
use mh_hook::engine::clock::Clock;
use mh_hook::engine::receive::delivery_log::DeliveryLog;
use mh_hook::engine::receive::event::ReceiverEvent;
use mh_hook::engine::receive::options::ReceiverOptions;
use mh_hook::engine::receive::public_access::PublicAccess;
use mh_hook::engine::receive::received::ReceivedDelivery;
use mh_hook::engine::receive::receiver::receive_over;
use mh_hook::model::signing::verdict::{Trust, VerdictKind};
use mh_hook::model::{Secret, Verifier};
use mh_hook::net::accept::body::BodyLimits;
use mh_hook::net::shutdown::Shutdown;
use mh_hook::output::Format;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::properties::rendering::drawn;
use crate::properties::streams::{contains, paused};
use crate::properties::verifying::{NOW, SECRET, is_authentic};

/// The most bytes of a body; few, so that the limit is met.
const LARGEST_BODY: usize = 2 << 10;

/// Longer than every limit of a connection. Time is paused, so nobody waits.
const LONGEST: Duration = Duration::from_hours(1);

/// The first byte chooses options, the second the size of the pieces that arrive; the others arrive.
pub(crate) fn check(bytes: &[u8]) {
    let [options, piece, sent @ ..] = bytes else { return };
    paused(exchange(Options(*options), usize::from(*piece) + 1, sent));
}

/// Options of a receiver, a bit each.
#[derive(Clone, Copy)]
struct Options(u8);

/// A clock that shows one time.
#[derive(Debug)]
struct StoppedClock(Timestamp);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

async fn exchange(options: Options, piece: usize, sent: &[u8]) {
    let shutdown = Shutdown::new();
    let (near, far) = duplex(64 << 10);
    let peer = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 1);
    let mut events = receive_over(far, peer, options.receiver(), options.clock(), &shutdown);
    let (mut reader, mut writer) = split(near);
    let writing = async {
        for piece in sent.chunks(piece.max(sent.len() / 64)) {
            if writer.write_all(piece).await.is_err() {
                return;
            }
            yield_now().await;
        }
        if !options.is_left_open() {
            let _ = writer.shutdown().await;
        }
    };
    let mut received = Vec::new();
    let reading = async { reader.read_to_end(&mut received).await };
    let ended = timeout(LONGEST, async { tokio::join!(writing, reading) }).await;
    assert!(ended.is_ok(), "the connection does not end");
    timeout(LONGEST, shutdown.drained()).await.expect("the receiver does not end");
    let mut deliveries = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            ReceiverEvent::Delivery(delivery) => {
                options.assert_is_sent(&delivery, sent);
                drawn(&*delivery, Some(80), Format::Pretty);
                deliveries.push(delivery);
            }
            ReceiverEvent::Rejected(rejected) => {
                assert!(!rejected.why.contains(char::is_control), "{:?}", rejected.why);
                drawn(&rejected, Some(80), Format::Compact);
            }
            other => panic!("nothing else happens on a connection: {other:?}"),
        }
    }
    let answers = answers(&received);
    let judged: Vec<u16> = answers.iter().filter(|answer| answer.has_verdict).map(|answer| answer.status).collect();
    let answered: Vec<u16> = deliveries.iter().map(|delivery| delivery.answered.as_u16()).collect();
    assert_eq!(judged, answered, "a delivery was not answered, or answered without being one");
}

impl Options {
    fn is_left_open(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// The time of the samples, or a time at which none of them is fresh, which is cheaper.
    fn clock(self) -> Arc<StoppedClock> {
        let second = if self.0 >= 0xf0 { NOW } else { NOW + 100_000 };
        Arc::new(StoppedClock(Timestamp::from_second(second).expect("a time")))
    }

    fn receiver(self) -> ReceiverOptions {
        let trust = if self.0 & 0x02 == 0 { Trust::Configured } else { Trust::Development };
        ReceiverOptions {
            public: (self.0 & 0x04 != 0).then(|| PublicAccess::new(Secret::new(SECRET))),
            accept_invalid: self.0 & 0x08 != 0,
            path: (self.0 & 0x10 == 0).then(|| "/webhook".to_owned()),
            body: BodyLimits { size: LARGEST_BODY, ..BodyLimits::default() },
            ..ReceiverOptions::new(Verifier::new(Secret::new(SECRET), trust), Arc::new(DeliveryLog::memory()))
        }
    }

    /// A delivery has the bytes that were sent, and is verified by the documented rule.
    fn assert_is_sent(self, delivery: &ReceivedDelivery, sent: &[u8]) {
        assert_eq!(delivery.method, "POST");
        assert!(delivery.body.len() <= LARGEST_BODY);
        assert!(contains(sent, delivery.path.as_bytes()) || delivery.path == "/", "{} was not sent", delivery.path);
        assert!(delivery.headers.values().all(|value| contains(sent, value.as_bytes())), "a header was not sent");
        if !delivery.headers.contains_key(TRANSFER_ENCODING) {
            assert!(contains(sent, &delivery.body), "the body was not sent like this");
        }
        let is_authentic = is_authentic(&delivery.headers, &delivery.body, self.clock().now().as_second());
        assert_eq!(delivery.verdict.kind() == VerdictKind::Verified, is_authentic);
        assert!(delivery.verdict.is_invalid() || delivery.answered != 401 || self.0 & 0x04 != 0);
    }
}

/// An answer as a client reads it.
struct Answer {
    status: u16,
    has_verdict: bool,
}

/// Reads the answers of one connection, which follow each other without a byte between them.
fn answers(mut bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a whole head") + 4;
        let (head, rest) = bytes.split_at(end);
        let head = std::str::from_utf8(head).expect("a head of ours is ASCII").to_ascii_lowercase();
        let status = head.strip_prefix("http/1.1 ").or_else(|| head.strip_prefix("http/1.0 ")).expect("HTTP");
        let status: u16 = status.get(..3).and_then(|digits| digits.parse().ok()).expect("a status");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.trim().parse::<usize>().expect("a length"));
        // An answer to HEAD announces a body that does not follow.
        let is_bare = rest.is_empty() || rest.starts_with(b"HTTP/1.");
        bytes = if is_bare { rest } else { rest.get(length..).expect("an answer is whole") };
        if status >= 200 {
            answers.push(Answer { status, has_verdict: head.contains("mh-hook-verdict: ") });
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};

    use super::check;
    use crate::properties::verifying::{NOW, signed};

    /// Requests, most of them deliveries that are signed, whole or chunked, and what may follow them.
    fn request() -> impl Strategy<Value = Vec<u8>> {
        let method = prop::sample::select(&["POST", "POST", "POST", "GET", "HEAD", "PUT", "post"][..]);
        let path =
            prop::sample::select(&["/webhook", "/webhook/a?b=1", "/", "/webhook/../x", "*", "http://a/webhook"][..]);
        let header = prop::sample::select(
            &[
                "",
                "Expect: 100-continue\r\n",
                "Connection: close\r\n",
                "Origin: http://evil.example\r\n",
                "X: a\r\n b\r\n",
                "Content-Length: 3\r\n",
                "Transfer-Encoding: chunked\r\n",
                "Via: 1.1 a\r\n",
                "\u{e9}: x\r\n",
            ][..],
        );
        let body = prop_oneof![
            any::<Vec<u8>>(),
            prop::sample::select(&["{\"type\":\"video.completed\",\"payload\":{\"id\":\"c\"}}", "", "{}"][..])
                .prop_map(|text| text.as_bytes().to_vec()),
        ];
        (method, path, header, body, any::<bool>(), any::<bool>()).prop_map(
            |(method, path, header, body, is_signed, is_chunked)| {
                let signature = signed(&[NOW.to_string().as_bytes(), b".", &body].concat());
                let signature = if is_signed { signature } else { "00".to_owned() };
                let framing = if is_chunked {
                    "Transfer-Encoding: chunked".to_owned()
                } else {
                    format!("Content-Length: {}", body.len())
                };
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nHost: a\r\nMagic-Hour-Event-Signature: {signature}\r\n\
                     Magic-Hour-Event-Timestamp: {NOW}\r\n{header}{framing}\r\n\r\n"
                );
                let size = format!("{:x}\r\n", body.len());
                let end: &[u8] = if body.is_empty() { b"\r\n" } else { b"\r\n0\r\n\r\n" };
                if is_chunked {
                    [head.as_bytes(), size.as_bytes(), &body, end].concat()
                } else {
                    [head.as_bytes(), &body].concat()
                }
            },
        )
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_or_end_the_connection(bytes in any::<Vec<u8>>()) {
            check(&bytes);
        }

        #[test]
        fn requests_that_follow_each_other_are_answered_in_order(
            options in any::<u8>(), piece in any::<u8>(), requests in prop::collection::vec(request(), 1..4),
        ) {
            check(&[&[options, piece], requests.concat().as_slice()].concat());
        }

        #[test]
        fn a_damaged_request_is_no_delivery_with_other_bytes(
            options in any::<u8>(), piece in any::<u8>(), request in request(), place in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut request = request;
            let at = place.index(request.len());
            request[at] = byte;
            check(&[&[options, piece], request.as_slice()].concat());
        }
    }
}
