//! Projects: their details, which are what webhooks carry, and their deletion.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, StatusCode};

use crate::engine::sandbox::api::link_access::base;
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::{CallNote, Refusal, about};
use crate::model::Kind;
use crate::model::contract::payload::FieldSet;
use crate::store::sandbox::{StateError, StoredJob, Tx};

/// Answers `GET /v1/{kind}-projects/{id}`.
pub(super) async fn details(
    app: &Arc<AppState>,
    kind: Kind,
    headers: &HeaderMap,
    id: String,
) -> Result<Response, Refusal> {
    let wanted = id.clone();
    let kept = app.run(move |records| records.job(&wanted)).await?.ok_or_else(Refusal::not_found)?;
    let kept = if kept.job.order.kind.project() == Some(kind) { kept } else { return Err(elsewhere(&kept)) };
    let downloads = if kept.job.enabled {
        app.transitions.links.downloads(&base(&app.options, headers), &kept.job, app.now())
    } else {
        Vec::new()
    };
    let project = kept.job.project(downloads).ok_or_else(Refusal::not_found)?;
    Ok(about(&id, StatusCode::OK, &project.to_json(FieldSet::Wire)))
}

/// `DELETE /v1/{kind}-projects/{id}`. The project can be looked up still; its files are gone.
pub(super) async fn remove(app: &Arc<AppState>, kind: Kind, id: String) -> Result<Response, Refusal> {
    let wanted = id.clone();
    let found = app.run(move |records| {
        let Some(mut kept) = of_kind(records, kind, &wanted)? else { return Ok(false) };
        kept.job.enabled = false;
        records.save_job(&kept.job)?;
        Ok(true)
    });
    if !found.await? {
        return Err(Refusal::not_found());
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.extensions_mut().insert(CallNote { job_id: Some(id), remark: None });
    Ok(response)
}

/// The refusal of a job that is asked for under another kind, with where it is.
fn elsewhere(kept: &StoredJob) -> Refusal {
    let id = &kept.job.id;
    let remark = match kept.job.order.kind.project() {
        Some(Kind::Audio) => {
            format!("job {id} is at /v1/audio-projects/{id}; generate() of the Node SDK's audio tools asks for it here")
        }
        Some(kind) => format!("job {id} is at /v1/{kind}-projects/{id}"),
        None => format!("task {id} is at /v1/face-detection/{id}"),
    };
    Refusal::not_found().remark(remark)
}

fn of_kind(records: &Tx<'_>, kind: Kind, id: &str) -> Result<Option<StoredJob>, StateError> {
    Ok(records.job(id)?.filter(|kept| kept.job.order.kind.project() == Some(kind)))
}
