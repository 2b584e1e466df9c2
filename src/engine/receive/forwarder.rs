//! Passes deliveries on to the user's handler, as exactly as HTTP allows.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::uri::PathAndQuery;
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{debug, trace};

use crate::engine::clock::SharedClock;
use crate::engine::receive::keyed_queue::{KeyedQueue, Ticket};
use crate::engine::receive::received::{ReceivedDelivery, milliseconds};
use crate::engine::send::attempt::{AnswerRecord, ErrorRecord};
use crate::model::contract::project::rfc3339;
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::net::out::post::{Answer, Post, Remote, TimeLimit};
use crate::net::out::post_error::PostError;
use crate::store::journal::{AttemptError, AttemptOrigin, NewAttempt};

/// The most bytes of a handler's answer that are passed back.
const PASSED_BACK: usize = 1 << 20;

/// The most bytes of it that the journal keeps.
const KEPT: usize = 4 << 10;

/// A handler, and the deliveries on their way to it: those of one job one after another, others side by side.
#[derive(Debug)]
pub struct Forwarder {
    remote: Remote,
    /// The path below which deliveries are taken; what follows it is appended to the target's.
    base: Option<String>,
    queue: KeyedQueue,
    gate: Arc<Semaphore>,
    clock: SharedClock,
}

/// Result of forwarding a delivery.
#[derive(Debug)]
pub struct Forwarded {
    pub delivery: u64,
    pub target: String,
    /// When it was posted.
    pub started_at: Timestamp,
    /// Time that the handler took.
    pub elapsed: Duration,
    /// Answer of the handler, or the reason for its absence.
    pub outcome: Result<Answer, PostError>,
}

impl Forwarder {
    /// A forwarder; `gate` bounds how many deliveries all forwarders pass on at once.
    pub fn new(remote: Remote, base: Option<String>, gate: Arc<Semaphore>, clock: SharedClock) -> Self {
        Self { remote, base, queue: KeyedQueue::default(), gate, clock }
    }

    /// Takes a delivery's place in the order of its job. Call it as deliveries arrive, before anything is awaited.
    pub fn enqueue(&self, received: &ReceivedDelivery) -> Option<Ticket> {
        received.peek.job_id.as_deref().map(|job_id| self.queue.enqueue(job_id))
    }

    /// Passes a delivery on when its turn has come.
    pub async fn forward(&self, received: &ReceivedDelivery, mut place: Option<Ticket>) -> Forwarded {
        if let Some(place) = place.as_mut() {
            place.ready().await;
        }
        let permit = self.gate.acquire().await;
        let started_at = self.clock.now();
        let started = Instant::now();
        let post = Post {
            method: received.method.clone(),
            path: self.path(&received.path),
            headers: end_to_end(&received.headers),
            body: received.body.clone(),
        };
        let outcome = self.remote.post(post, TimeLimit::Whole(ANSWER_TIMEOUT), PASSED_BACK).await;
        let elapsed = started.elapsed();
        match &outcome {
            Ok(answer) => {
                debug!(target: "forward", delivery = received.id, to = %target, status = answer.status.as_u16(), ?elapsed, "ended");
            }
            Err(error) => debug!(target: "forward", delivery = received.id, to = %target, %error, ?elapsed, "failed"),
        }
        drop(permit);
        Forwarded { delivery: received.id, target: self.remote.target().to_string(), started_at, elapsed, outcome }
    }

    /// The target's path as given, with what follows our own base path and with the query appended.
    fn path(&self, received: &str) -> Option<PathAndQuery> {
        let (path, query) = received.split_once('?').map_or((received, None), |(path, query)| (path, Some(query)));
        let base = self.base.as_deref().map(|base| base.trim_end_matches('/'));
        let rest = base.and_then(|base| path.strip_prefix(base)).unwrap_or_default();
        let own = &self.remote.target().path;
        if rest.is_empty() && query.is_none() {
            return None;
        }
        let start = if rest.is_empty() { own.path() } else { own.path().trim_end_matches('/') };
        let queries: Vec<&str> = [own.query(), query].into_iter().flatten().collect();
        let mark = if queries.is_empty() { "" } else { "?" };
        format!("{start}{rest}{mark}{}", queries.join("&")).parse().ok()
    }
}

/// The headers that concern the receiver of a message, not the connection that it came over.
pub fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    let hop_by_hop = [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        EXPECT,
        HOST,
        CONTENT_LENGTH,
    ];
    let named: Vec<&str> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if !hop_by_hop.contains(name) && !named.iter().any(|named| named.eq_ignore_ascii_case(name.as_str())) {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

impl Forwarded {
    /// Entry for the journal.
    pub fn entry(&self) -> NewAttempt {
        let answer = self.outcome.as_ref().ok();
        let error = self.outcome.as_ref().err();
        NewAttempt {
            delivery: Some(self.delivery),
            origin: AttemptOrigin::Forward,
            target: self.target.clone(),
            started_at: self.started_at,
            latency: self.elapsed,
            status: answer.map(|answer| answer.status.as_u16()),
            excerpt: answer.map(|answer| answer.body.slice(..answer.body.len().min(KEPT))).unwrap_or_default(),
            error: error.map(|error| AttemptError { code: error.code().to_owned(), text: error.to_string() }),
        }
    }
}

impl Serialize for Forwarded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answer = self.outcome.as_ref().ok();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("delivery", &self.delivery)?;
        map.serialize_entry("target", &self.target)?;
        map.serialize_entry("started_at", &rfc3339(self.started_at))?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.elapsed))?;
        map.serialize_entry("answered", &answer.map(|answer| answer.status.as_u16()))?;
        map.serialize_entry("answer", &answer.map(AnswerRecord))?;
        map.serialize_entry("error", &self.outcome.as_ref().err().map(ErrorRecord))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{HeaderMap, HeaderValue};
    use tokio::sync::Semaphore;

    use super::{Forwarder, end_to_end};
    use crate::engine::clock::SystemClock;
    use crate::engine::receive::received::tests::received;
    use crate::engine::receive::responses::passed_back;
    use crate::net::out::post::Remote;
    use crate::net::out::tls::TlsOptions;
    use crate::net::shutdown::Shutdown;

    fn path(target: &str, base: Option<&str>, received: &str) -> String {
        let remote = Remote::new(target.parse().unwrap(), &TlsOptions::default(), Shutdown::new()).unwrap();
        let gate = Arc::new(Semaphore::new(1));
        let forwarder = Forwarder::new(remote, base.map(str::to_owned), gate, Arc::new(SystemClock));
        forwarder.path(received).unwrap_or_else(|| forwarder.remote.target().path.clone()).to_string()
    }

    #[test]
    fn the_targets_path_stands_and_what_follows_ours_is_appended() {
        assert_eq!(path("http://h/api/webhook", None, "/anything"), "/api/webhook");
        assert_eq!(path("http://h/api/webhook", Some("/webhook"), "/webhook"), "/api/webhook");
        assert_eq!(path("http://h/api", Some("/webhook"), "/webhook/a%2Fb/../c"), "/api/a%2Fb/../c");
        assert_eq!(path("http://h/api/", Some("/webhook/"), "/webhook/x"), "/api/x");
        assert_eq!(path("http://h", Some("/"), "/x//y"), "/x//y");
    }

    #[test]
    fn both_queries_are_kept() {
        assert_eq!(path("http://h/a", None, "/x?b=%20"), "/a?b=%20");
        assert_eq!(path("http://h/a?t=1", Some("/x"), "/x/y?b=2"), "/a/y?t=1&b=2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_does_not_answer_in_time_is_504() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let remote = Remote::new(url.parse().unwrap(), &TlsOptions::default(), Shutdown::new()).unwrap();
        let gate = Arc::new(Semaphore::new(1));
        let handler = Forwarder::new(remote, None, gate, Arc::new(SystemClock));
        let delivery = received("video.completed", "clx1");
        let forwarded = handler.forward(&delivery, handler.enqueue(&delivery)).await;
        assert_eq!(forwarded.outcome.as_ref().unwrap_err().code(), "timeout");
        assert_eq!(passed_back(&forwarded).status(), 504);
        assert_eq!(forwarded.entry().error.unwrap().code, "timeout");
    }

    #[test]
    fn what_concerns_the_connection_alone_is_left_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("connection", "x-hop, close"), ("x-hop", "1"), ("te", "trailers"), ("a", "1"), ("a", "2")]
        {
            headers.append(name, HeaderValue::from_static(value));
        }
        let kept = end_to_end(&headers);
        assert_eq!(kept.len(), 2);
        assert!(kept.get_all("a").iter().eq(["1", "2"]));
    }
}
