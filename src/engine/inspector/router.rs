//! The routes of the API.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use crate::engine::inspector::head;
use crate::engine::inspector::reply::{ApiRefusal, record};
use crate::engine::inspector::state::InspectorState;
use crate::engine::inspector::{actions, check, deliveries, e2e, jobs, sandbox};
use crate::model::signing::fault::{FAULTS, Shows};
use crate::model::signing::verdict::Trust;
use crate::model::tools::{Tool, job_tools, usual_tool};
use crate::model::{EventType, Kind};

pub(super) fn router() -> Router<Arc<InspectorState>> {
    Router::new()
        .route("/api/state", get(state))
        .route("/api/stream", get(stream))
        .route("/api/deliveries", get(deliveries::list))
        .route("/api/deliveries/{id}", get(deliveries::show))
        .route("/api/deliveries/{id}/answers", get(deliveries::answers))
        .route("/api/deliveries/{id}/body", get(deliveries::body))
        .route("/api/deliveries/{id}/replay", post(actions::replay))
        .route("/api/send", post(actions::send))
        .route("/api/jobs/{id}", get(jobs::show))
        .route("/api/sandbox", get(sandbox::show))
        .route("/api/sandbox/{*path}", post(sandbox::act))
        .route("/api/check", get(check::show).post(check::start))
        .route("/api/e2e", get(e2e::show).post(e2e::start))
        .route("/api/e2e/stop", post(e2e::stop))
        .fallback(async || ApiRefusal::not_found("the inspector has no such address"))
        .method_not_allowed_fallback(async || ApiRefusal::method_not_allowed())
}

#[derive(Serialize)]
struct StateRecord<'a> {
    version: &'static str,
    command: &'static str,
    journal: String,
    receiver: Option<&'a str>,
    targets: Vec<TargetRecord<'a>>,
    sandbox: Option<&'a str>,
    tools: Vec<ToolRecord>,
    secret: String,
    development: bool,
    events: [&'static str; 9],
    faults: Vec<FaultRecord>,
}

#[derive(Serialize)]
struct TargetRecord<'a> {
    name: &'static str,
    url: &'a str,
}

/// A tool whose jobs send webhooks.
#[derive(Serialize)]
struct ToolRecord {
    name: &'static str,
    kind: &'static str,
    /// Whether `mh-hook e2e` uses it for its kind unless another one is named.
    usual: bool,
}

impl ToolRecord {
    fn new(kind: Kind, tool: &'static Tool) -> Self {
        let usual = usual_tool(kind).is_some_and(|usual| usual.name() == tool.name());
        Self { name: tool.name(), kind: kind.as_str(), usual }
    }
}

#[derive(Serialize)]
struct FaultRecord {
    name: &'static str,
    about: &'static str,
    /// Reaction of a good receiver.
    expected: String,
}

/// `GET /api/state`: what runs here, and what can be done.
async fn state(State(state): State<Arc<InspectorState>>) -> Response {
    let options = &state.options;
    let fault = |fault: &crate::model::signing::fault::Fault| FaultRecord {
        name: fault.name,
        about: fault.about,
        expected: match fault.shows {
            Shows::Reason(code) => format!("a handler must refuse it: {code}"),
            Shows::Problem(code) => format!("the signature is right; the body has a problem: {code}"),
        },
    };
    let secret = options.secret.current();
    let shown = StateRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: options.command,
        journal: state.journal.path().display().to_string(),
        receiver: options.receiver.as_deref(),
        targets: options.targets.iter().map(|target| TargetRecord { name: target.name, url: &target.url }).collect(),
        sandbox: options.sandbox.as_ref().map(|sandbox| sandbox.base_url.as_str()),
        tools: job_tools().map(|(kind, tool)| ToolRecord::new(kind, tool)).collect(),
        secret: secret.secret.masked(),
        development: secret.trust == Trust::Development,
        events: EventType::ALL.map(EventType::as_str),
        faults: FAULTS.iter().map(fault).collect(),
    };
    record("inspector", &shown)
}

/// `GET /api/stream`: the head, and again whenever it changes, as server-sent events.
async fn stream(State(state): State<Arc<InspectorState>>) -> Response {
    let mut response = Response::new(head::stream(state.subscribe(), state.shutdown.clone()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}
