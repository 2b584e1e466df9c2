//! The HTTP side of the receiver: which requests are deliveries, and what the others are answered.

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
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::engine::receive::admission::admit_site;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::pipeline::{IncomingDelivery, Pipeline};
use crate::engine::receive::responses::{Answer, text};
use crate::net::accept::body::BodyError;
use crate::net::accept::rejection::Rejection;
use crate::net::accept::request_tracker::RequestTracker;
use crate::net::accept::server::Service;

/// Answer to `GET`, so that a tunnel can be tried in a browser.
const GREETING: &str = "mh-hook is listening here for Magic Hour webhooks\n";

/// The least time between two reports that connections cannot be accepted.
const ACCEPT_REPORTS: Duration = Duration::from_secs(10);

/// Answers requests on behalf of a pipeline.
#[derive(Clone)]
pub(crate) struct ReceiverService {
    pipeline: Arc<Pipeline>,
    accept_failed_at: Arc<Mutex<Option<Instant>>>,
}

impl ReceiverService {
    pub(crate) fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { pipeline, accept_failed_at: Arc::default() }
    }

    async fn refuse(&self, head: Parts, status: StatusCode, why: &str) -> Answer {
        self.pipeline.reject(head.method, head.uri.path(), status, why).await;
        text(status, format!("{why}\n"))
    }

    /// Hands a delivery to a separate task: a sender that hangs up now must not cancel what was begun.
    async fn accept(&self, incoming: IncomingDelivery) -> Answer {
        let place = self.pipeline.room().await;
        let (reply, answer) = oneshot::channel();
        let work = Arc::clone(&self.pipeline).process(incoming, reply);
        self.pipeline.spawn(async move {
            work.await;
            drop(place);
        });
        answer.await.unwrap_or_else(|_| text(StatusCode::INTERNAL_SERVER_ERROR, "the delivery could not be handled\n"))
    }
}

impl Service for ReceiverService {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Answer {
        let began = Instant::now();
        let (head, body) = request.into_parts();
        if let Err((status, why)) = self.pipeline.admit(&head) {
            return self.refuse(head, status, why).await;
        }
        match head.method {
            Method::POST => {}
            Method::GET | Method::HEAD => return text(StatusCode::OK, GREETING),
            _ => {
                let mut answer = self.refuse(head, StatusCode::METHOD_NOT_ALLOWED, "events are POSTed").await;
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                return answer;
            }
        }
        if let Err((status, why)) = admit_site(&head.headers) {
            return self.refuse(head, status, why).await;
        }
        if !self.pipeline.admits_public(&head.headers) {
            return self.refuse(head, StatusCode::UNAUTHORIZED, "a delivery has the headers of Magic Hour").await;
        }
        let receiving = head.extensions.get::<RequestTracker>().map(RequestTracker::receive_body);
        let read = self.pipeline.read(body).await;
        drop(receiving);
        let error = match read {
            Ok(body) if self.pipeline.is_proof(&head.headers, &body) => return text(StatusCode::OK, "proof\n"),
            Ok(body) => {
                let received_at = self.pipeline.now();
                let incoming = IncomingDelivery { head, body, is_whole: true, peer, received_at, began };
                return self.accept(incoming).await;
            }
            Err(error) => error,
        };
        let status = match error {
            BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken(_) => StatusCode::BAD_REQUEST,
        };
        let mut answer = self.refuse(head, status, &error.to_string()).await;
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        answer
    }

    async fn rejected(&self, rejection: Rejection, _peer: SocketAddr) {
        let Rejection { problem, answered, method, path } = rejection;
        self.pipeline.report_rejected(method, path, answered, problem.to_string()).await;
    }

    fn accept_failed(&self, error: &io::Error) {
        let now = Instant::now();
        let mut last = self.accept_failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| now.duration_since(last) < ACCEPT_REPORTS) {
            return;
        }
        *last = Some(now);
        let copy = io::Error::new(error.kind(), error.to_string());
        let pipeline = Arc::clone(&self.pipeline);
        self.pipeline.spawn(async move { pipeline.report(ReceiverEvent::AcceptFailed(copy)).await });
    }
}
