//! Jobs: looked at, and brought to an end at once.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde_json::{Value, json};

use crate::engine::sandbox::app_state::Desk;
use crate::engine::sandbox::control::query::Query;
use crate::engine::sandbox::json::{Refusal, about, answer, body};
use crate::model::contract::project::rfc3339;
use crate::model::job::{Job, Outcome, Status};

/// `GET /_sandbox/jobs?status=&limit=`
pub(super) async fn list(State(desk): State<Arc<Desk>>, uri: Uri) -> Result<Response, Refusal> {
    let query = Query::of(&uri, &["status"])?;
    let status = query.one_of("status", &Status::ALL.map(Status::as_str))?;
    let most = query.limit()?;
    let jobs = desk.run(move |records| records.newest_jobs(status.as_deref(), most)).await?;
    let jobs: Vec<Value> = jobs.iter().map(|kept| shown(&kept.job)).collect();
    Ok(answer(StatusCode::OK, &json!({ "jobs": jobs })))
}

/// `GET /_sandbox/jobs/{id}`
pub(super) async fn show(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let kept = desk.run(move |records| records.job(&id)).await?.ok_or_else(Refusal::not_found)?;
    Ok(about(&kept.job.id, StatusCode::OK, &shown(&kept.job)))
}

/// `POST /_sandbox/jobs/{id}/finish`
pub(super) async fn finish(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    settle(&desk, id, Outcome::Complete).await
}

/// `POST /_sandbox/jobs/{id}/fail`, with or without `{"code": ...}`
pub(super) async fn fail(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let body = if bytes.is_empty() { Value::Null } else { body(&bytes)? };
    let code = body.get("code").and_then(Value::as_str).unwrap_or("unknown_error");
    settle(&desk, id, Outcome::Error(code.to_owned())).await
}

/// `POST /_sandbox/jobs/{id}/cancel`
pub(super) async fn cancel(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    settle(&desk, id, Outcome::Canceled).await
}

async fn settle(desk: &Arc<Desk>, id: String, outcome: Outcome) -> Result<Response, Refusal> {
    let (clerk, now, wanted) = (Arc::clone(&desk.clerk), desk.now(), id.clone());
    let settled = desk.run(move |records| {
        let Some(kept) = records.job(&wanted)? else { return Ok(None) };
        let steps = clerk.settle(records, kept, &outcome, now)?;
        Ok(records.job(&wanted)?.map(|kept| (steps, kept.job)))
    });
    let (steps, job) = settled.await?.ok_or_else(Refusal::not_found)?;
    let steps = steps.map_err(|illegal| Refusal::new(StatusCode::CONFLICT, illegal.to_string()))?;
    desk.tell_steps(steps).await;
    // A worker may be free now.
    desk.stir();
    Ok(about(&id, StatusCode::OK, &shown(&job)))
}

fn shown(job: &Job) -> Value {
    let error = job.project(Vec::new()).and_then(|project| project.error).map(|error| error.code);
    json!({
        "id": job.id,
        "type": job.order.project_type,
        "name": job.order.name,
        "status": job.status(),
        "error": error,
        "created_at": rfc3339(job.created_at),
        "due_at": job.due().map(rfc3339),
        "credits_charged": job.credits_charged(),
        "enabled": job.enabled,
    })
}
