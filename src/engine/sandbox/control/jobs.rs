//! Jobs: looked at, and brought to an end at once.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde_json::{Value, json};

use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::control::query::Query;
use crate::engine::sandbox::json::{Refusal, about, answer, body};
use crate::model::job::{Job, JobOutcome, Status};
use crate::model::text::timestamp::rfc3339;

/// Answers `GET /_sandbox/jobs?status=&limit=`.
pub(super) async fn list(State(app): State<Arc<AppState>>, uri: Uri) -> Result<Response, Refusal> {
    let query = Query::of(&uri, &["status"])?;
    let status = query.one_of("status", &Status::ALL.map(Status::as_str))?;
    let most = query.limit()?;
    let jobs = app.run(move |records| records.newest_jobs(status.as_deref(), most)).await?;
    let jobs: Vec<Value> = jobs.iter().map(|kept| shown(&kept.job)).collect();
    Ok(answer(StatusCode::OK, &json!({ "jobs": jobs })))
}

/// Answers `GET /_sandbox/jobs/{id}`.
pub(super) async fn show(State(app): State<Arc<AppState>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let kept = app.run(move |records| records.job(&id)).await?.ok_or_else(Refusal::not_found)?;
    Ok(about(&kept.job.id, StatusCode::OK, &shown(&kept.job)))
}

/// Answers `POST /_sandbox/jobs/{id}/finish`.
pub(super) async fn finish(State(app): State<Arc<AppState>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    settle(&app, id, JobOutcome::Complete).await
}

/// `POST /_sandbox/jobs/{id}/fail`, with or without `{"code": ...}`
pub(super) async fn fail(
    State(app): State<Arc<AppState>>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let body = if bytes.is_empty() { Value::Null } else { body(&bytes)? };
    let code = body.get("code").and_then(Value::as_str).unwrap_or("unknown_error");
    settle(&app, id, JobOutcome::Error(code.to_owned())).await
}

/// Answers `POST /_sandbox/jobs/{id}/cancel`.
pub(super) async fn cancel(State(app): State<Arc<AppState>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    settle(&app, id, JobOutcome::Canceled).await
}

async fn settle(app: &Arc<AppState>, id: String, outcome: JobOutcome) -> Result<Response, Refusal> {
    let (transitions, now, wanted) = (Arc::clone(&app.transitions), app.now(), id.clone());
    let settled = app.run(move |records| {
        let Some(kept) = records.job(&wanted)? else { return Ok(None) };
        let steps = transitions.settle(records, kept, &outcome, now)?;
        Ok(records.job(&wanted)?.map(|kept| (steps, kept.job)))
    });
    let (steps, job) = settled.await?.ok_or_else(Refusal::not_found)?;
    let steps = steps.map_err(|illegal| Refusal::new(StatusCode::CONFLICT, illegal.to_string()))?;
    app.tell_steps(steps).await;
    // A worker is possibly free now.
    app.stir();
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
