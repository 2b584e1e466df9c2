//! Serves the files that jobs made. They are made again whenever they are fetched, the same each time.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use tokio::task::spawn_blocking;

use crate::engine::sandbox::api::faces::picture;
use crate::engine::sandbox::api::link_access::open;
use crate::engine::sandbox::api::range::{Part, part};
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::{CallNote, Refusal};
use crate::engine::sandbox::links::output_number;
use crate::engine::sandbox::media::render;
use crate::model::job::{Job, Status};
use crate::model::tools::{Output, ToolKind};

/// `GET /_files/{job}/{name}`, whole or in part.
pub(super) async fn output(
    State(app): State<Arc<AppState>>,
    Path((job_id, name)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    open(&app, &uri)?;
    let wanted = job_id.clone();
    let kept = app.run(move |records| records.job(&wanted)).await?.ok_or_else(Refusal::not_found)?;
    let (number, output) = file(&kept.job, &name).ok_or_else(Refusal::not_found)?;
    let made_for = job_id.clone();
    let made = spawn_blocking(move || render(&output, &made_for, number)).await;
    let broken = |problem: String| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, problem);
    let bytes = made.map_err(|error| broken(error.to_string()))?.map_err(|error| broken(error.to_string()))?;
    // There is nothing to compare a condition with, so a conditional range means the whole.
    let range = headers.get(RANGE).filter(|_| !headers.contains_key(IF_RANGE)).and_then(|range| range.to_str().ok());
    let mut response = in_part(bytes.into(), range);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(output.format.media_type()));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response.extensions_mut().insert(CallNote { job_id: Some(job_id), remark: None });
    Ok(response)
}

/// File of a job by its name, if the job has made it and was not deleted.
fn file(job: &Job, name: &str) -> Option<(u32, Output)> {
    match job.order.kind {
        ToolKind::FaceDetection => picture(name),
        _ if job.enabled && job.status() == Status::Complete => Some((output_number(job, name)?, job.order.output)),
        _ => None,
    }
}

fn in_part(bytes: Bytes, range: Option<&str>) -> Response {
    let length = bytes.len();
    let (status, content_range, body) = match part(range, length) {
        Part::Whole => return Response::new(Body::from(bytes)),
        Part::Some(range) => {
            let text = format!("bytes {}-{}/{length}", range.start, range.end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, text, bytes.slice(range))
        }
        Part::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, format!("bytes */{length}"), Bytes::new()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    if let Ok(value) = HeaderValue::from_str(&content_range) {
        response.headers_mut().insert(CONTENT_RANGE, value);
    }
    response
}
