//! The receiver: takes deliveries over HTTP, judges, keeps and answers them, passes them on, and tells of each.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::engine::clock::SharedClock;
use crate::engine::event_channel::{EventReceiver, EventSender, event_channel};
use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::keyed_queue::Ticket;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::received::{ReceivedDelivery, RejectedRequest};
use crate::engine::receive::responses::{Answer, accepted, passed_back, refused, text};
use crate::engine::receive::retry_observer::{Retries, RetryObserver};
use crate::model::Verdict;
use crate::model::contract::peek::Peek;
use crate::model::signing::reason::Reason;
use crate::model::signing::verdict::Trust;
use crate::net::accept::bind::Bound;
use crate::net::accept::body::{BodyError, read_body};
use crate::net::accept::rejection::Rejection;
use crate::net::accept::server::{Limits, Service, serve};
use crate::net::shutdown::Shutdown;
use crate::store::journal::WriteFailed;

/// Answer to `GET`, so that a tunnel can be tried in a browser.
const GREETING: &str = "mh-hook is listening here for Magic Hour webhooks\n";

/// Event at a receiver.
#[derive(Debug)]
pub enum ReceiverEvent {
    /// A delivery of a job that is [ours](OwnJobs) was kept, and the handler is about to be asked. Its
    /// [`ReceiverEvent::Delivery`] follows once that has answered.
    Arrived { delivery: u64, job_id: String },
    /// A delivery was received and answered.
    Delivery(Arc<ReceivedDelivery>),
    /// A delivery was passed on, or could not be.
    Forwarded(Box<Forwarded>),
    /// A request was turned away: it was no delivery, or it could not be kept.
    Rejected(RejectedRequest),
    /// A connection could not be accepted.
    AcceptFailed(io::Error),
    /// Retries of an event whose first attempts were failed on purpose.
    Retries(Retries),
}

/// Starts to receive. Ends, after the deliveries under way, when `shutdown` is requested.
pub fn receive(
    bound: Bound,
    options: ReceiverOptions,
    clock: SharedClock,
    shutdown: &Shutdown,
) -> EventReceiver<ReceiverEvent> {
    let (events, listener) = event_channel();
    let pipeline = Pipeline::new(options, clock, events, shutdown);
    let serving = serve(bound, Limits::default(), ReceiverService(Arc::clone(&pipeline)), shutdown.clone());
    shutdown.spawn(async move {
        serving.await;
        pipeline.report_retries().await;
    });
    listener
}

#[derive(Clone)]
struct ReceiverService(Arc<Pipeline>);

/// A delivery as it arrives, from wherever.
pub(super) struct Arrival {
    pub(super) head: Parts,
    pub(super) body: Bytes,
    /// Whether the body is what was sent, byte for byte.
    pub(super) is_whole: bool,
    pub(super) remote: SocketAddr,
    pub(super) received_at: Timestamp,
}

/// State that all deliveries share.
pub(super) struct Pipeline {
    options: ReceiverOptions,
    clock: SharedClock,
    events: EventSender<ReceiverEvent>,
    observer: Mutex<RetryObserver>,
    shutdown: Shutdown,
}

/// Who answers a delivery.
enum Responder {
    /// We do, with this.
    Answer(Answer),
    /// The one handler does, when the delivery's turn has come.
    Handler(Option<Ticket>),
}

impl Service for ReceiverService {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Answer {
        let Self(pipeline) = self;
        let path = request.uri().path();
        if pipeline.options.path.as_deref().is_some_and(|at| !is_below(path, at)) {
            return pipeline
                .refuse(request.into_parts().0, StatusCode::NOT_FOUND, "no events are taken at this path")
                .await;
        }
        match *request.method() {
            Method::POST => {}
            Method::GET | Method::HEAD => return text(StatusCode::OK, GREETING),
            _ => {
                let why = "events are POSTed";
                let mut answer = pipeline.refuse(request.into_parts().0, StatusCode::METHOD_NOT_ALLOWED, why).await;
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                return answer;
            }
        }
        if pipeline.options.public.as_ref().is_some_and(|public| !public.admits(request.headers())) {
            let why = "a delivery has the headers of Magic Hour";
            return pipeline.refuse(request.into_parts().0, StatusCode::UNAUTHORIZED, why).await;
        }
        let started = Instant::now();
        let (head, body) = request.into_parts();
        match read_body(body, pipeline.options.body, &pipeline.shutdown).await {
            Ok(body) if pipeline.is_proof(&head, &body) => text(StatusCode::OK, "proof\n"),
            Ok(body) => {
                let received_at = pipeline.clock.now();
                let arrival = Arrival { head, body, is_whole: true, remote: peer, received_at };
                let received = pipeline.verify(arrival);
                // A task of its own: a sender that hangs up now must not cancel what was begun.
                let work = Arc::clone(pipeline).process(received, started);
                pipeline
                    .shutdown
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
                let mut answer = pipeline.refuse(head, status, &error.to_string()).await;
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                answer
            }
        }
    }

    fn accept_failed(&self, error: &io::Error) {
        let events = self.0.events.clone();
        let copy = io::Error::new(error.kind(), error.to_string());
        self.0.shutdown.spawn(async move { events.send(ReceiverEvent::AcceptFailed(copy), 0).await });
    }

    async fn rejected(&self, rejection: Rejection, _peer: SocketAddr) {
        let Rejection { problem, answered, method, path } = rejection;
        let (received_at, why) = (self.0.clock.now(), problem.to_string());
        let rejected = RejectedRequest { received_at, method, path, answered, why };
        self.0.events.send(ReceiverEvent::Rejected(rejected), 0).await;
    }
}

impl Pipeline {
    pub(super) fn new(
        options: ReceiverOptions,
        clock: SharedClock,
        events: EventSender<ReceiverEvent>,
        shutdown: &Shutdown,
    ) -> Arc<Self> {
        let observer = Mutex::new(RetryObserver::new(options.fail_first));
        Arc::new(Self { options, clock, events, observer, shutdown: shutdown.clone() })
    }

    /// Takes a delivery in that did not come over HTTP; returns the status that its sender would have got.
    pub(super) async fn take(self: &Arc<Self>, arrival: Arrival) -> StatusCode {
        let received = self.verify(arrival);
        let answer = Arc::clone(self).process(received, Instant::now()).await;
        answer.status()
    }

    /// Whether a request only proves that a public URL leads here.
    fn is_proof(&self, head: &Parts, body: &Bytes) -> bool {
        let public = self.options.public.as_ref();
        public.is_some_and(|public| public.take_proof(&head.headers, body, self.clock.now()))
    }

    /// Makes a delivery of a request. What is known only later (its id, its answer) is filled in later.
    fn verify(&self, arrival: Arrival) -> ReceivedDelivery {
        let Arrival { head, body, is_whole, remote, received_at } = arrival;
        let verifier = self.options.verifier.current();
        let verdict = match verifier.verify(&head.headers, &body, received_at) {
            Verdict::Invalid(_) | Verdict::Unverified(_) if !is_whole => Verdict::Unverified(Reason::BodyNotKept),
            verdict => verdict,
        };
        if let (Verdict::Verified, Trust::Configured, Some(public)) = (&verdict, verifier.trust(), &self.options.public)
        {
            public.note_verified(&head.headers);
        }
        let peek = Peek::at(&body);
        let wanted = &self.options.events;
        let name = peek.event_type.as_deref();
        let shown = wanted.is_empty() || name.is_some_and(|name| wanted.iter().any(|pattern| pattern.matches(name)));
        ReceivedDelivery {
            id: 0,
            received_at,
            method: head.method,
            path: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            headers: head.headers,
            remote,
            body,
            peek,
            verdict,
            attempt: 1,
            answered: StatusCode::OK,
            elapsed: Duration::ZERO,
            shown,
        }
    }

    /// The life of a delivery: decide, keep, and only then pass on, answer and tell.
    async fn process(self: Arc<Self>, mut received: ReceivedDelivery, started: Instant) -> Answer {
        // Decided before anything is awaited, so that deliveries of one job take their places as they arrived.
        let (responder, places) = self.responder(&received);
        let planned = match &responder {
            Responder::Answer(answer) => Some(answer.status()),
            Responder::Handler(_) => None,
        };
        let kept = match self.options.log.keep(&received, planned).await {
            Ok(kept) => kept,
            Err(failed) => return self.refuse_unkept(&received, &failed).await,
        };
        (received.id, received.attempt) = (kept.id, kept.repeat);
        if !self.options.delay.is_zero() {
            sleep(self.options.delay).await;
        }
        let (answer, forwarded) = match (responder, self.options.forwarders.first()) {
            (Responder::Answer(answer), _) => (answer, None),
            (Responder::Handler(_), Some(_)) if !self.is_ours(&received).await => (accepted(None), None),
            (Responder::Handler(place), Some(handler)) => {
                self.emit_arrival(&received).await;
                let forwarded = handler.forward(&received, place).await;
                let answer = passed_back(&forwarded);
                self.options.log.attempted(forwarded.entry()).await;
                self.options.log.answered(received.id, answer.status()).await;
                (answer, Some(forwarded))
            }
            // A ticket for a handler is taken only where there is one.
            (Responder::Handler(_), None) => (accepted(None), None),
        };
        received.answered = answer.status();
        received.elapsed = started.elapsed();
        let received = Arc::new(received);
        self.emit(&received, forwarded).await;
        for (at, place) in places {
            let work = Arc::clone(&self).pass_on(Arc::clone(&received), at, place);
            self.shutdown.spawn(work);
        }
        answer
    }

    /// Decides who answers, in the documented order, and takes places at the handlers that we answer without.
    fn responder(&self, received: &ReceivedDelivery) -> (Responder, Vec<(usize, Option<Ticket>)>) {
        let options = &self.options;
        if self.is_failed_on_purpose(received) {
            let words = "failed on purpose (--fail-first)\n";
            return (Responder::Answer(text(StatusCode::INTERNAL_SERVER_ERROR, words)), Vec::new());
        }
        let is_taken = self.is_taken(&received.verdict);
        let is_forwarded = is_taken && received.shown;
        if let ([handler], None, true) = (options.forwarders.as_slice(), options.respond, is_forwarded) {
            return (Responder::Handler(handler.enqueue(received)), Vec::new());
        }
        let answer = match (&received.verdict, options.respond) {
            (_, Some(status)) => text(status, "answered as --respond says\n"),
            (Verdict::Invalid(reason) | Verdict::Unverified(reason), None) if !is_taken => refused(reason),
            _ => accepted(received.peek.problem.as_ref()),
        };
        let handlers = options.forwarders.iter().filter(|_| is_forwarded).enumerate();
        (Responder::Answer(answer), handlers.map(|(at, handler)| (at, handler.enqueue(received))).collect())
    }

    /// Whether a delivery with this verdict is answered with success and passed on. Behind a public URL what cannot be
    /// verified waits until the secret is known.
    fn is_taken(&self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Verified => true,
            Verdict::Unverified(_) => self.options.accept_invalid || self.options.public.is_none(),
            Verdict::Invalid(_) => self.options.accept_invalid,
        }
    }

    /// Whether a delivery belongs to a job that the handler is to hear of.
    async fn is_ours(&self, received: &ReceivedDelivery) -> bool {
        match &self.options.own_jobs {
            Some(own_jobs) => own_jobs.wait_for(received.peek.job_id.as_deref()).await,
            None => true,
        }
    }

    fn is_failed_on_purpose(&self, received: &ReceivedDelivery) -> bool {
        let Peek { job_id: Some(job_id), event_type: Some(event_type), .. } = &received.peek else { return false };
        let mut observer = self.observer.lock().unwrap_or_else(PoisonError::into_inner);
        observer.observe(job_id, event_type, &received.headers)
    }

    /// Passes a delivery on to a handler whose answer nobody waits for.
    async fn pass_on(self: Arc<Self>, received: Arc<ReceivedDelivery>, at: usize, place: Option<Ticket>) {
        let Some(handler) = self.options.forwarders.get(at) else { return };
        let forwarded = handler.forward(&received, place).await;
        self.options.log.attempted(forwarded.entry()).await;
        self.events.send(ReceiverEvent::Forwarded(Box::new(forwarded)), 0).await;
    }

    /// Tells that a handler has a delivery: whoever waits for it would otherwise take it for lost.
    async fn emit_arrival(&self, received: &ReceivedDelivery) {
        if let (Some(_), Some(job_id)) = (&self.options.own_jobs, received.peek.job_id.clone()) {
            self.events.send(ReceiverEvent::Arrived { delivery: received.id, job_id }, 0).await;
        }
    }

    async fn emit(&self, received: &Arc<ReceivedDelivery>, forwarded: Option<Forwarded>) {
        let delivery = ReceiverEvent::Delivery(Arc::clone(received));
        self.events.send(delivery, received.body.len()).await;
        if let Some(forwarded) = forwarded {
            self.events.send(ReceiverEvent::Forwarded(Box::new(forwarded)), 0).await;
        }
    }

    async fn report_retries(&self) {
        let report = self.observer.lock().unwrap_or_else(PoisonError::into_inner).report();
        for retries in report {
            self.events.send(ReceiverEvent::Retries(retries), 0).await;
        }
    }

    /// Asks the sender to come again, since what it sent could not be kept.
    async fn refuse_unkept(&self, received: &ReceivedDelivery, failed: &WriteFailed) -> Answer {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        debug!(target: "receive", path = received.path, why = %failed, status = status.as_u16(), "not kept");
        let refused = RejectedRequest {
            received_at: received.received_at,
            method: Some(received.method.to_string()),
            path: Some(received.path.clone()),
            answered: Some(status),
            why: failed.to_string(),
        };
        self.events.send(ReceiverEvent::Rejected(refused), 0).await;
        text(status, "the delivery could not be kept; send it again\n")
    }

    /// Turns a request away, and tells of it.
    async fn refuse(&self, head: Parts, status: StatusCode, why: &str) -> Answer {
        debug!(target: "receive", method = %head.method, path = head.uri.path(), status = status.as_u16(), why, "refused");
        let refused = RejectedRequest {
            received_at: self.clock.now(),
            method: Some(head.method.to_string()),
            path: Some(head.uri.path().to_owned()),
            answered: Some(status),
            why: why.to_owned(),
        };
        self.events.send(ReceiverEvent::Rejected(refused), 0).await;
        text(status, format!("{why}\n"))
    }
}

/// Whether `path` is `base` or lies below it.
fn is_below(path: &str, base: &str) -> bool {
    path.strip_prefix(base.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
