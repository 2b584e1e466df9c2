//! The receiver: takes deliveries over HTTP, judges them, answers, and tells of each.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;

use crate::engine::clock::SharedClock;
use crate::engine::feed::{Listener, Teller, feed};
use crate::engine::received::{Received, Refused};
use crate::engine::repeats::Repeats;
use crate::model::peek::{Peek, Problem};
use crate::model::{EventPattern, Verdict, Verifier};
use crate::net::bind::Bound;
use crate::net::body::{BodyError, BodyLimits, read_body};
use crate::net::client::Stopwatch;
use crate::net::server::{Limits, Service, serve};
use crate::net::shutdown::Shutdown;

/// What `GET` answers, so that a tunnel can be tried in a browser.
const GREETING: &str = "mh-hook is listening here for Magic Hour webhooks\n";

/// How deliveries are judged and answered.
#[derive(Debug)]
pub struct ReceiverOptions {
    /// Judges signatures.
    pub verifier: Verifier,
    /// Answers invalid deliveries as if they were valid.
    pub accept_invalid: bool,
    /// Where events are taken: this path and those below it; anywhere if there is none.
    pub path: Option<String>,
    /// Which events are told of as shown; all if there is none.
    pub events: Vec<EventPattern>,
    /// What a body may cost.
    pub body: BodyLimits,
}

/// What happened at a receiver.
#[derive(Debug)]
pub enum ReceiverEvent {
    /// A delivery was received and answered.
    Delivery(Box<Received>),
    /// A request was turned away before it was a delivery.
    Refused(Refused),
    /// A connection could not be accepted.
    AcceptFailed(io::Error),
}

/// Starts to receive. Ends, after the deliveries under way, when `shutdown` is requested.
pub fn receive(
    bound: Bound,
    options: ReceiverOptions,
    clock: SharedClock,
    shutdown: &Shutdown,
) -> Listener<ReceiverEvent> {
    let (teller, listener) = feed();
    let desk = Desk { options, clock, teller, repeats: Mutex::default(), shutdown: shutdown.clone() };
    shutdown.spawn(serve(bound, Limits::default(), Capture(Arc::new(desk)), shutdown.clone()));
    listener
}

#[derive(Clone)]
struct Capture(Arc<Desk>);

/// What all deliveries share.
struct Desk {
    options: ReceiverOptions,
    clock: SharedClock,
    teller: Teller<ReceiverEvent>,
    repeats: Mutex<Ledger>,
    shutdown: Shutdown,
}

/// What is known of the deliveries so far.
#[derive(Default)]
struct Ledger {
    repeats: Repeats,
    last_id: u64,
}

type Answer = Response<Full<Bytes>>;

impl Service for Capture {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Answer {
        let Self(desk) = self;
        let path = request.uri().path();
        if desk.options.path.as_deref().is_some_and(|at| !is_below(path, at)) {
            return desk
                .refuse(request.into_parts().0, StatusCode::NOT_FOUND, "no events are taken at this path")
                .await;
        }
        match *request.method() {
            Method::POST => {}
            Method::GET | Method::HEAD => return text(StatusCode::OK, GREETING),
            _ => {
                let why = "events are POSTed";
                let mut answer = desk.refuse(request.into_parts().0, StatusCode::METHOD_NOT_ALLOWED, why).await;
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                return answer;
            }
        }
        let clock = Stopwatch::start();
        let (head, body) = request.into_parts();
        match read_body(body, desk.options.body, &desk.shutdown).await {
            Ok(body) => {
                // A task of its own: a sender that hangs up now must not cancel what was begun.
                let work = Arc::clone(desk).take(head, body, peer, clock);
                desk.shutdown
                    .spawn(work)
                    .await
                    .unwrap_or_else(|_| text(StatusCode::INTERNAL_SERVER_ERROR, "the delivery could not be handled\n"))
            }
            Err(error) => {
                let status = match error {
                    BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
                    BodyError::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
                    BodyError::Broken(_) => StatusCode::BAD_REQUEST,
                };
                let mut answer = desk.refuse(head, status, &error.to_string()).await;
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                answer
            }
        }
    }

    fn accept_failed(&self, error: &io::Error) {
        let teller = self.0.teller.clone();
        let copy = io::Error::new(error.kind(), error.to_string());
        self.0.shutdown.spawn(async move { teller.tell(ReceiverEvent::AcceptFailed(copy), 0).await });
    }
}

impl Desk {
    /// Judges a delivery, decides its answer, and tells of it.
    async fn take(self: Arc<Self>, head: Parts, body: Bytes, peer: SocketAddr, clock: Stopwatch) -> Answer {
        let received_at = self.clock.now();
        let verdict = self.options.verifier.verify(&head.headers, &body, received_at);
        let seen = Peek::at(&body);
        let (id, attempt) = self.enter(&seen);
        let answer = self.decide(&verdict, seen.problem.as_ref());
        let shown = self.is_wanted(seen.event_type.as_deref());
        let received = Received {
            id,
            received_at,
            method: head.method,
            path: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            headers: head.headers,
            remote: peer,
            body,
            peek: seen,
            verdict,
            attempt,
            answered: answer.status(),
            elapsed: clock.elapsed(),
            shown,
        };
        let size = received.body.len();
        self.teller.tell(ReceiverEvent::Delivery(Box::new(received)), size).await;
        answer
    }

    /// Gives a delivery its id and counts its event.
    fn enter(&self, peek: &Peek) -> (u64, u32) {
        let mut ledger = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.last_id += 1;
        let attempt = match (&peek.job_id, &peek.event_type) {
            (Some(job_id), Some(event_type)) => ledger.repeats.count(job_id, event_type),
            _ => 1,
        };
        (ledger.last_id, attempt)
    }

    fn is_wanted(&self, event_type: Option<&str>) -> bool {
        let wanted = &self.options.events;
        wanted.is_empty() || event_type.is_some_and(|name| wanted.iter().any(|pattern| pattern.matches(name)))
    }

    fn decide(&self, verdict: &Verdict, problem: Option<&Problem>) -> Answer {
        match verdict {
            Verdict::Invalid(reason) if !self.options.accept_invalid => {
                let words = json!({ "success": false, "reason": reason.code(), "error": reason.to_string() });
                json_answer(StatusCode::UNAUTHORIZED, words.to_string())
            }
            _ => match problem {
                None => json_answer(StatusCode::OK, Bytes::from_static(b"{\"success\": true}")),
                Some(problem) => {
                    let words = json!({ "success": true, "problem": problem.code() });
                    json_answer(StatusCode::OK, words.to_string())
                }
            },
        }
    }

    /// Turns a request away, and tells of it.
    async fn refuse(&self, head: Parts, status: StatusCode, why: &str) -> Answer {
        let refused = Refused {
            received_at: self.clock.now(),
            method: head.method,
            path: head.uri.path().to_owned(),
            answered: status,
            why: why.to_owned(),
        };
        self.teller.tell(ReceiverEvent::Refused(refused), 0).await;
        text(status, format!("{why}\n"))
    }
}

/// Whether `path` is `base` or lies below it.
fn is_below(path: &str, base: &str) -> bool {
    path.strip_prefix(base.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn json_answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    answer(status, "application/json", body.into())
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    answer(status, "text/plain; charset=utf-8", body.into())
}

fn answer(status: StatusCode, media_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn a_path_is_below_itself_and_its_parents_but_not_its_neighbours() {
        assert!(is_below("/webhook", "/webhook"));
        assert!(is_below("/webhook/a", "/webhook"));
        assert!(is_below("/webhook", "/webhook/"));
        assert!(is_below("/anything", "/"));
        assert!(!is_below("/webhooks", "/webhook"));
        assert!(!is_below("/", "/webhook"));
    }
}
