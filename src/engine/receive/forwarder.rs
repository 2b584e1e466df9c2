//! Passes deliveries on to the user's handler, as exactly as HTTP allows.

use http::Method;
use http::uri::PathAndQuery;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, trace};

use crate::engine::clock::SharedClock;
use crate::engine::receive::admission::HopMark;
use crate::engine::receive::backlog::{ArrivingDelivery, Backlog};
use crate::engine::receive::keyed_queue::{KeyedQueue, Ticket};
use crate::engine::send::attempt::{Attempt, AttemptLimits};
use crate::model::text::timestamp::rfc3339;
use crate::net::out::end_to_end::end_to_end;
use crate::net::out::post::{Post, Remote, TimeLimit, Timing};
use crate::net::out::post_error::{NotBegun, PostError};
use crate::store::journal::{AttemptOrigin, NewAttempt, VerifiedDelivery};

/// The most bytes of a handler's answer that are passed back.
const PASSED_BACK: usize = 1 << 20;

/// A handler, and the deliveries on their way to it: those of one job one after another, others side by side.
#[derive(Debug)]
pub struct Forwarder {
    remote: Remote,
    /// The path below which deliveries are taken; what follows it is appended to the target's.
    base: Option<String>,
    queue: KeyedQueue,
    /// Bounds how many deliveries are passed on at once.
    gate: Semaphore,
    /// The deliveries that wait, where nobody waits for the answer.
    pub(super) backlog: Backlog,
    clock: SharedClock,
}

/// An attempt to pass a delivery on.
#[derive(Debug)]
pub struct Forwarded {
    /// The number of the delivery.
    pub delivery: u64,
    pub attempt: Attempt,
}

/// A delivery on its way to a handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing<'a> {
    /// The delivery's number.
    pub(crate) id: u64,
    pub(crate) delivery: &'a VerifiedDelivery,
    /// The time at which it is too late for an answer.
    pub(crate) deadline: Instant,
    pub(crate) hop: &'a HopMark,
}

/// The turn of a delivery; dropping it lets the next one go.
#[derive(Debug)]
pub(crate) struct ForwardTurn<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    _ticket: Option<Ticket>,
}

impl Forwarder {
    /// A forwarder that passes on at most `concurrency` deliveries at once.
    pub fn new(remote: Remote, base: Option<String>, concurrency: usize, clock: SharedClock) -> Self {
        let (queue, gate) = (KeyedQueue::default(), Semaphore::new(concurrency));
        Self { remote, base, queue, gate, backlog: Backlog::new(), clock }
    }

    /// The URL that deliveries are posted to.
    pub(crate) fn url(&self) -> String {
        self.remote.target().to_string()
    }

    /// Notes a delivery whose answer nobody waits for. Call it as deliveries arrive, before anything is awaited.
    pub(crate) fn arrive(&self, delivery: &VerifiedDelivery) -> ArrivingDelivery {
        self.backlog.arrive(|| self.enqueue(delivery))
    }

    /// Takes a delivery's ticket in the order of its job. Call it as deliveries arrive, before anything is awaited.
    pub(crate) fn enqueue(&self, delivery: &VerifiedDelivery) -> Option<Ticket> {
        delivery.job_id.as_deref().map(|job_id| self.queue.enqueue(job_id))
    }

    /// Waits until it is a delivery's turn.
    pub(crate) async fn turn(&self, mut ticket: Option<Ticket>) -> ForwardTurn<'_> {
        if let Some(ticket) = ticket.as_mut() {
            ticket.ready().await;
        }
        ForwardTurn { _permit: self.gate.acquire().await.ok(), _ticket: ticket }
    }

    /// Passes a delivery on when its turn has come. Waiting for that counts.
    pub(crate) async fn forward_in_time(&self, outgoing: Outgoing<'_>, ticket: Option<Ticket>) -> Forwarded {
        match timeout_at(outgoing.deadline, self.turn(ticket)).await {
            Ok(turn) => self.forward(outgoing, turn).await,
            Err(_) => self.not_forwarded(outgoing.id, NotBegun::Busy),
        }
    }

    /// Passes a delivery on, now that it is its turn.
    pub(crate) async fn forward(&self, outgoing: Outgoing<'_>, turn: ForwardTurn<'_>) -> Forwarded {
        let Outgoing { id, delivery, deadline, hop } = outgoing;
        let mut headers = end_to_end(&delivery.headers);
        hop.add_to(&mut headers);
        let post = Post {
            method: Method::from_bytes(delivery.method.as_bytes()).unwrap_or(Method::POST),
            path: self.path(&delivery.path),
            headers,
            body: delivery.body.clone(),
        };
        let time = TimeLimit::Whole(deadline.duration_since(Instant::now()));
        let limits = AttemptLimits { time, answer: PASSED_BACK };
        let target = self.remote.target();
        trace!(target: "forward", delivery = id, to = %target, "begun");
        let attempt = Attempt::make(&self.remote, post, limits, self.clock.now()).await;
        let elapsed = attempt.timing.total;
        match &attempt.outcome {
            Ok(answer) => {
                debug!(target: "forward", delivery = id, to = %target, status = answer.status.as_u16(), ?elapsed, "ended");
            }
            Err(error) => debug!(target: "forward", delivery = id, to = %target, %error, ?elapsed, "failed"),
        }
        drop(turn);
        Forwarded { delivery: id, attempt }
    }

    /// A delivery that was not passed on.
    pub(crate) fn not_forwarded(&self, delivery: u64, reason: NotBegun) -> Forwarded {
        let (url, sent_at) = (self.url(), self.clock.now());
        let outcome = Err(PostError::NotBegun(reason));
        Forwarded { delivery, attempt: Attempt { url, sent_at, outcome, timing: Timing::default() } }
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

impl Forwarded {
    /// The journal's entry of it.
    pub fn entry(&self) -> NewAttempt {
        self.attempt.entry(self.delivery, AttemptOrigin::Forward)
    }
}

impl Serialize for Forwarded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("delivery", &self.delivery)?;
        map.serialize_entry("target", &self.attempt.url)?;
        map.serialize_entry("started_at", &rfc3339(self.attempt.sent_at))?;
        self.attempt.serialize_outcome(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;

    use super::{Forwarder, Outgoing};
    use crate::engine::clock::SystemClock;
    use crate::engine::receive::admission::HopMark;
    use crate::engine::receive::received::tests::received;
    use crate::engine::receive::responses::{in_place_of_an_answer, passed_back};
    use crate::model::schedule::ANSWER_TIMEOUT;
    use crate::net::out::post::Remote;
    use crate::net::out::post_error::PostError;
    use crate::net::out::tls::TlsOptions;
    use crate::net::shutdown::Shutdown;

    fn path(target: &str, base: Option<&str>, received: &str) -> String {
        let remote = Remote::new(target.parse().unwrap(), &TlsOptions::default(), Shutdown::new()).unwrap();
        let forwarder = Forwarder::new(remote, base.map(str::to_owned), 1, Arc::new(SystemClock));
        forwarder.path(received).unwrap_or_else(|| forwarder.remote.target().path.clone()).to_string()
    }

    #[test]
    fn the_targets_path_stands_and_what_follows_ours_is_appended() {
        assert_eq!(path("http://h/api/webhook", None, "/anything"), "/api/webhook");
        assert_eq!(path("http://h/api/webhook", Some("/webhook"), "/webhook"), "/api/webhook");
        assert_eq!(path("http://h/api", Some("/webhook"), "/webhook/a%2Fb//c"), "/api/a%2Fb//c");
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
        let handler = Forwarder::new(remote, None, 1, Arc::new(SystemClock));
        let delivery = received("video.completed", "clx1");
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        let outgoing = Outgoing { id: 1, delivery: &delivery.delivery, deadline, hop: &HopMark::new() };
        let forwarded = handler.forward_in_time(outgoing, handler.enqueue(&delivery)).await;
        assert_eq!(forwarded.attempt.outcome.as_ref().unwrap_err().code(), "timeout");
        assert_eq!(passed_back(&forwarded).status(), 504);
        assert_eq!(forwarded.entry().error.unwrap().code, "timeout");
    }

    #[test]
    fn a_handler_that_takes_no_connection_is_502_as_one_that_is_not_there() {
        let after = ANSWER_TIMEOUT;
        let error = PostError::ConnectTimeout { target: "handler:1".to_owned(), after };
        assert_eq!(in_place_of_an_answer(&error).status(), 502);
        let error = PostError::TooSlow { target: "handler:1".to_owned(), after };
        assert_eq!(in_place_of_an_answer(&error).status(), 504);
    }
}
