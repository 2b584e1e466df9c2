//! The HTTP side of the receiver: which requests are deliveries, and what the others are answered.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::engine::receive::authenticator::IncomingDelivery;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::pipeline::Pipeline;
use crate::engine::receive::responses::{Answer, text};
use crate::net::accept::body::BodyError;
use crate::net::accept::rejection::Rejection;
use crate::net::accept::server::{Peer, Service};

/// Answer to `GET`, so that a tunnel can be tried in a browser.
const GREETING: &str = "mh-hook is listening here for Magic Hour webhooks\n";

/// Answers requests on behalf of a pipeline.
#[derive(Clone)]
pub(crate) struct ReceiverService {
    pipeline: Arc<Pipeline>,
}

impl ReceiverService {
    pub(crate) fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { pipeline }
    }

    async fn refuse(&self, head: Parts, status: StatusCode, why: &str) -> Answer {
        self.pipeline.reject(head.method, head.uri.path(), status, why).await;
        text(status, format!("{why}\n"))
    }
}

impl Service for ReceiverService {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Answer {
        let began = Instant::now();
        let (head, body) = request.into_parts();
        if let Err((status, why)) = self.pipeline.admit(&head) {
            return Box::pin(self.refuse(head, status, why)).await;
        }
        match head.method {
            Method::POST => {}
            Method::GET | Method::HEAD => return text(StatusCode::OK, GREETING),
            _ => {
                let refusing = self.refuse(head, StatusCode::METHOD_NOT_ALLOWED, "events are POSTed");
                let mut answer = Box::pin(refusing).await;
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                return answer;
            }
        }
        if let Err((status, why)) = self.pipeline.admit_sender(&head.headers) {
            return Box::pin(self.refuse(head, status, why)).await;
        }
        let receiving = peer.requests.receive_body();
        let read = self.pipeline.read(body).await;
        drop(receiving);
        let error = match read {
            Ok(body) if self.pipeline.is_proof(&head.headers, &body) => return text(StatusCode::OK, "proof\n"),
            Ok(body) => {
                let received_at = self.pipeline.now();
                let incoming = IncomingDelivery { head, body, is_whole: true, peer: peer.name, received_at, began };
                let place = self.pipeline.room().await;
                // A sender that hangs up from here on cancels nothing.
                return self.pipeline.process(incoming, place).await;
            }
            Err(error) => error,
        };
        let status = match error {
            BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken(_) => StatusCode::BAD_REQUEST,
        };
        let mut answer = Box::pin(self.refuse(head, status, &error.to_string())).await;
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        answer
    }

    async fn rejected(&self, rejection: Rejection, _peer: SocketAddr) {
        let Rejection { problem, answered, method, path } = rejection;
        self.pipeline.report_rejected(method, path, answered, problem.to_string()).await;
    }

    fn accept_failed(&self, error: &io::Error) {
        let copy = io::Error::new(error.kind(), error.to_string());
        let pipeline = Arc::clone(&self.pipeline);
        self.pipeline.spawn(async move { pipeline.report(ReceiverEvent::AcceptFailed(copy)).await });
    }
}
