//! Serving a handler on a port of its own, for as long as a test needs it.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mh_hook::engine::clock::{Clock, SystemClock};
use mh_hook::model::Secret;
use mh_hook::net::shutdown::Shutdown;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use super::defect::{Defect, answer};

/// The secret that every handler here holds, but one.
pub(crate) const SECRET: &str = "mhw_test_0123456789abcdefghijABCDEFGHIJ";

/// The secret that every handler here holds, but one.
pub(crate) fn secret() -> Secret {
    Secret::new(SECRET)
}

pub(super) fn now() -> i64 {
    SystemClock.now().as_second()
}

pub(super) fn now_in_milliseconds() -> i64 {
    SystemClock.now().as_millisecond()
}

/// The work that a handler does for an accepted event, besides answering.
pub(crate) type Effect = Arc<dyn Fn(&Bytes) + Send + Sync>;

/// A handler that answers on a port. Its tasks end with the test's runtime.
pub(crate) struct Serving {
    pub(crate) url: String,
}

#[derive(Clone)]
struct Handler {
    defect: Defect,
    seen: Arc<Mutex<HashSet<String>>>,
    effect: Effect,
}

impl Serving {
    pub(crate) async fn start(defect: Defect) -> Self {
        Self::with_effect(defect, Arc::new(|_| {})).await
    }

    pub(crate) async fn with_effect(defect: Defect, effect: Effect) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let handler = Handler { defect, seen: Arc::default(), effect };
        let tasks = Shutdown::new();
        let of_connections = tasks.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                of_connections.spawn(serve(stream, handler.clone()));
            }
        });
        Self { url }
    }
}

async fn serve(stream: TcpStream, handler: Handler) {
    // hyper writes all names in lower case, so how they came has to be seen before it reads them.
    let mut head = [0; 2048];
    let length = stream.peek(&mut head).await.unwrap_or_default();
    let titled = String::from_utf8_lossy(&head[..length]).contains("Magic-Hour-Event-Signature");
    let service = service_fn(move |request| {
        let handler = handler.clone();
        async move { Ok::<_, Infallible>(handler.answer(request, titled).await) }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Handler {
    async fn answer(&self, request: Request<Incoming>, titled: bool) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let (status, json) = match (parts.method, body.collect().await) {
            (Method::POST, Ok(body)) => {
                let body = body.to_bytes();
                let reply = answer(self.defect, &parts.headers, &body, titled, &self.seen).await;
                if reply.0.is_success() {
                    (self.effect)(&body);
                }
                reply
            }
            (Method::POST, Err(_)) => (StatusCode::BAD_REQUEST, json!({ "message": "broken off" })),
            _ => (StatusCode::METHOD_NOT_ALLOWED, json!({ "message": "POST only" })),
        };
        let mut response = Response::new(Full::new(json.to_string().into()));
        *response.status_mut() = status;
        response
    }
}
