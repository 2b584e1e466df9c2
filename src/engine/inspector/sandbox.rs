//! This run's sandbox, through its own control API: looked at, and acted on by what is on a short list.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Collected};
use serde_json::{Value, json};
use tower_service::Service as _;

use crate::engine::inspector::options::InspectedSandbox;
use crate::engine::inspector::reply::{ApiRefusal, record};
use crate::engine::inspector::run_log::text;
use crate::engine::inspector::state::InspectorState;
use crate::model::Kind;
use crate::model::tools::usual_tool;

/// Jobs and deliveries that are shown at most.
const MOST: u32 = 100;

/// Actions of the page: the first and the last part of the path.
const ACTIONS: [(&str, &str); 7] = [
    ("jobs", "finish"),
    ("jobs", "fail"),
    ("jobs", "cancel"),
    ("deliveries", "redeliver"),
    ("endpoints", "enable"),
    ("endpoints", "disable"),
    ("clock", "advance"),
];

/// `GET /api/sandbox`: its jobs, deliveries, endpoints, credits and clock.
pub(super) async fn show(State(state): State<Arc<InspectorState>>) -> Result<Response, ApiRefusal> {
    let sandbox = of(&state)?;
    let jobs = get(sandbox, &format!("/_sandbox/jobs?limit={MOST}")).await?;
    let deliveries = get(sandbox, &format!("/_sandbox/deliveries?limit={MOST}")).await?;
    let endpoints = get(sandbox, "/_sandbox/endpoints").await?;
    let clock = get(sandbox, "/_sandbox/clock").await?;
    let account = get(sandbox, "/v1/account").await?;
    let shown = json!({
        "jobs": jobs.get("jobs"),
        "deliveries": deliveries.get("deliveries"),
        "endpoints": endpoints.get("endpoints"),
        "clock": clock,
        "credits": account.get("credits"),
    });
    Ok(record("sandbox", &shown))
}

/// `POST /api/sandbox/...`: creates a job, or does one of the [`ACTIONS`].
pub(super) async fn act(
    State(state): State<Arc<InspectorState>>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Response, ApiRefusal> {
    let sandbox = of(&state)?;
    let parts: Vec<&str> = path.split('/').collect();
    let done = match parts.as_slice() {
        ["create", kind] => {
            let kind = Kind::ALL.into_iter().find(|known| known.as_str() == *kind);
            let tool = kind.and_then(usual_tool).ok_or_else(|| ApiRefusal::not_found("no such kind of job"))?;
            post(sandbox, tool.path, Bytes::from(tool.minimal_body().to_string())).await?
        }
        [first, .., last] if ACTIONS.contains(&(*first, *last)) => {
            post(sandbox, &format!("/_sandbox/{path}"), body).await?
        }
        _ => return Err(ApiRefusal::not_found("the page does not do that to a sandbox")),
    };
    sandbox.steps.touch();
    Ok(record("sandbox", &json!({ "done": done })))
}

/// A job of the sandbox, and the deliveries of it with their attempts; nothing where it has no such job.
pub(super) async fn job(state: &InspectorState, id: &str) -> (Option<Value>, Vec<Value>) {
    let Ok(sandbox) = of(state) else { return (None, Vec::new()) };
    let quoted: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let Ok(job) = get(sandbox, &format!("/_sandbox/jobs/{quoted}")).await else { return (None, Vec::new()) };
    let mut sent = Vec::new();
    let found = get(sandbox, &format!("/_sandbox/deliveries?job={quoted}")).await.unwrap_or_default();
    for delivery in found.get("deliveries").and_then(Value::as_array).into_iter().flatten().rev() {
        let Some(id) = delivery.get("id").and_then(Value::as_i64) else { continue };
        sent.extend(get(sandbox, &format!("/_sandbox/deliveries/{id}")).await);
    }
    (Some(job), sent)
}

fn of(state: &InspectorState) -> Result<&InspectedSandbox, ApiRefusal> {
    state.options.sandbox.as_ref().ok_or_else(|| ApiRefusal::not_found("this run has no sandbox"))
}

async fn get(sandbox: &InspectedSandbox, path: &str) -> Result<Value, ApiRefusal> {
    call(&sandbox.router, Method::GET, path, Bytes::new()).await
}

async fn post(sandbox: &InspectedSandbox, path: &str, body: Bytes) -> Result<Value, ApiRefusal> {
    // The page posts an empty object where there is nothing to say.
    let body = if body.as_ref() == b"{}" { Bytes::new() } else { body };
    call(&sandbox.router, Method::POST, path, body).await
}

async fn call(router: &Router, method: Method, path: &str, body: Bytes) -> Result<Value, ApiRefusal> {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.body(Body::from(body)).map_err(|error| ApiRefusal::bad_request(error.to_string()))?;
    let Ok(response) = router.clone().call(request).await;
    let status = response.status();
    let body = response.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status.is_success() {
        return Ok(answer);
    }
    let message = text(&answer, "message").unwrap_or("the sandbox refused");
    let status = if status.is_client_error() { status } else { StatusCode::BAD_GATEWAY };
    Err(ApiRefusal::new(status, message))
}
