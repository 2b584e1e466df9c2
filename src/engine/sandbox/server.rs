//! The server: lets calls in that may come in, gives them to the router, and reports each.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONNECTION, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use tokio::time::Instant;
use tower_service::Service as _;

use crate::engine::sandbox::api;
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::browsers;
use crate::engine::sandbox::control;
use crate::engine::sandbox::event::{Call, SandboxEvent};
use crate::engine::sandbox::json::{CallNote, Refusal, in_api_form};
use crate::engine::sandbox::links::UPLOADS;
use crate::net::accept::body::{BodyError, BodyLimits, read_body};
use crate::net::accept::server::{Peer, Service};

/// The API, the files and the control API behind one port.
#[derive(Clone)]
pub(super) struct HttpService {
    app: Arc<AppState>,
    router: Router,
}

impl HttpService {
    pub(super) fn new(app: Arc<AppState>) -> Self {
        let router = api::router().merge(control::router()).with_state(Arc::clone(&app));
        Self { app, router }
    }

    /// The routes, without the decision about who may call them.
    pub(super) fn router(&self) -> Router {
        self.router.clone()
    }

    async fn respond(&self, request: Request<Incoming>, peer: SocketAddr) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        self.admit(&head, peer)?;
        if let Some(preflight) = browsers::preflight(&head).filter(|_| !is_control(head.uri.path())) {
            return Ok(preflight);
        }
        let body = if head.method == Method::PUT && head.uri.path().starts_with(UPLOADS) {
            Body::new(body)
        } else {
            Body::from(
                read_body(body, BodyLimits::default(), &self.app.shutdown).await.map_err(|error| unread(&error))?,
            )
        };
        match self.router.clone().call(Request::from_parts(head, body)).await {
            Ok(response) => Ok(in_api_form(response)),
            Err(never) => match never {},
        }
    }

    /// Whether a call may come in at all.
    fn admit(&self, head: &Parts, peer: SocketAddr) -> Result<(), Refusal> {
        let path = head.uri.path();
        if is_control(path) {
            return control::admit(head, peer, self.app.exposed, self.app.options.control_token.as_ref());
        }
        browsers::admit(head, self.app.exposed, self.app.options.public_base.as_deref())?;
        if !path.starts_with("/v1/") || head.method == Method::OPTIONS {
            return Ok(());
        }
        self.authorize(head)?;
        let Some(rate_limit) = &self.app.rate_limit else { return Ok(()) };
        rate_limit
            .take(self.app.now())
            .map_err(|seconds| Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests").retry_after(seconds))
    }

    fn authorize(&self, head: &Parts) -> Result<(), Refusal> {
        let value = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = value.and_then(|value| value.split_once(' '));
        let key = key.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
        let valid = &self.app.options.api_keys;
        match key.filter(|key| !key.is_empty()) {
            Some(key) if valid.is_empty() || valid.contains(key) => Ok(()),
            Some(_) => Err(unauthorized("the key is not among the valid ones")),
            None => Err(unauthorized("there is no `Authorization: Bearer <key>`")),
        }
    }
}

/// Whether a path belongs to the control API.
fn is_control(path: &str) -> bool {
    path.strip_prefix(control::BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The API's message is exactly this one, whatever the reason.
fn unauthorized(remark: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized").remark(remark)
}

fn unread(error: &BodyError) -> Refusal {
    let status = match error {
        BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
        BodyError::Broken(_) => StatusCode::BAD_REQUEST,
    };
    Refusal::new(status, error.to_string())
}

impl Service for HttpService {
    type Body = Body;

    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> http::Response<Body> {
        let started = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let origin = request.headers().get(ORIGIN).filter(|_| !is_control(&path)).cloned();
        let mut response = self.respond(request, peer.address).await.unwrap_or_else(IntoResponse::into_response);
        if matches!(response.status(), StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            // What is left of the body is not read any more.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(origin) = origin.filter(|_| response.status() != StatusCode::FORBIDDEN) {
            browsers::share(&mut response, origin);
        }
        let CallNote { job_id, remark } = response.extensions_mut().remove().unwrap_or_default();
        let (answered, elapsed) = (response.status(), started.elapsed());
        let call = Call { at: self.app.now(), method, path, answered, elapsed, job_id, remark };
        self.app.events.send(SandboxEvent::Call(call), 0).await;
        response
    }

    fn accept_failed(&self, error: &io::Error) {
        let app = Arc::clone(&self.app);
        let copy = io::Error::new(error.kind(), error.to_string());
        self.app.shutdown.spawn(async move { app.events.send(SandboxEvent::AcceptFailed(copy), 0).await });
    }
}
