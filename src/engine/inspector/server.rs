//! The service behind the port: the guard, the page's files, the API, and the headers that every answer has.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use tower_service::Service as _;

use crate::engine::inspector::assets;
use crate::engine::inspector::guard::PageGuard;
use crate::engine::inspector::reply::ApiRefusal;
use crate::engine::inspector::router::router;
use crate::engine::inspector::state::InspectorState;
use crate::net::accept::body::{BodyError, BodyLimits, read_body};
use crate::net::accept::server::{Peer, Service};
use crate::net::shutdown::Shutdown;

/// The most that a request of the page may have: an edited body of 1 MiB, written as JSON.
const BODY: BodyLimits = BodyLimits { size: 8 << 20, time: Duration::from_secs(10) };

/// Answers the page.
#[derive(Clone)]
pub(super) struct InspectorService {
    guard: PageGuard,
    router: Router,
    policy: HeaderValue,
    shutdown: Shutdown,
}

impl InspectorService {
    pub(super) fn new(state: Arc<InspectorState>, guard: PageGuard) -> Self {
        let policy = policy(state.options.sandbox.as_ref().map(|sandbox| sandbox.base_url.as_str()));
        let shutdown = state.shutdown.clone();
        Self { guard, router: router().with_state(state), policy, shutdown }
    }

    async fn respond(&self, request: Request<Incoming>, peer: SocketAddr) -> Result<Response, ApiRefusal> {
        let (head, body) = request.into_parts();
        let is_read = matches!(head.method, Method::GET | Method::HEAD);
        let is_asset = is_read && assets::is_asset(head.uri.path());
        self.guard.admit(&head, peer, is_asset)?;
        if let Some(asset) = assets::answer(head.uri.path(), &head.headers).filter(|_| is_asset) {
            return Ok(asset);
        }
        let body = read_body(body, BODY, &self.shutdown).await.map_err(|error| unread(&error))?;
        let Ok(response) = self.router.clone().call(Request::from_parts(head, Body::from(body))).await;
        Ok(response)
    }
}

/// Content-Security-Policy of the page: everything from here, media from Magic Hour and this run's sandbox.
fn policy(sandbox: Option<&str>) -> HeaderValue {
    let sandbox = sandbox.map(|base| format!(" {base}")).unwrap_or_default();
    let media = format!("https://magichour.ai https://*.magichour.ai{sandbox}");
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' {media}; \
         media-src {media}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

fn unread(error: &BodyError) -> ApiRefusal {
    let status = match error {
        BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
        BodyError::Broken(_) => StatusCode::BAD_REQUEST,
    };
    ApiRefusal::new(status, error.to_string())
}

impl Service for InspectorService {
    type Body = Body;

    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> http::Response<Body> {
        let mut response = self.respond(request, peer.address).await.unwrap_or_else(IntoResponse::into_response);
        if matches!(response.status(), StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            // What is left of the body is not read any more.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let headers = response.headers_mut();
        headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| self.policy.clone());
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        let fixed = [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ];
        headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }

    fn accept_failed(&self, _: &io::Error) {
        // The page connects again by itself, and the surface that matters has its own port.
    }
}
