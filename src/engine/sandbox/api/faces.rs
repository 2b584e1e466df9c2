//! Face detection: a task whose faces appear one after the other while it renders.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::engine::sandbox::api::link_access::base;
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::{Refusal, about};
use crate::engine::sandbox::links::{ASSETS, FILES, Links};
use crate::model::job::{Face, Job, Status, face_details};
use crate::model::media::MediaFormat;
use crate::model::tools::{Output, ToolKind};

/// Number of faces found, whatever the picture shows.
const FACES: u32 = 2;

/// Pixels along a side of a face's picture.
const SIDE: u32 = 128;

/// Answers `GET /v1/face-detection/{id}`.
pub(super) async fn details(
    State(app): State<Arc<AppState>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let wanted = id.clone();
    let kept = app.run(move |records| records.job(&wanted)).await?;
    let task = kept.map(|kept| kept.job).filter(|job| job.order.kind == ToolKind::FaceDetection);
    let task = task.ok_or_else(Refusal::not_found)?;
    let now = app.now();
    let mut faces = of(&task, &app.transitions.links, &base(&app.options, &headers), now);
    faces.truncate(found(&task, now));
    Ok(about(&id, StatusCode::OK, &face_details(&task, &faces)))
}

/// All faces that a task will have found; none if it is no face detection.
pub(super) fn of(task: &Job, links: &Links, base: &str, now: Timestamp) -> Vec<Face> {
    let count = if task.order.kind == ToolKind::FaceDetection { FACES } else { 0 };
    let face = |number| {
        let name = name(number);
        let url = links.link(base, &format!("{FILES}/{}/{name}", task.id), now).url;
        Face { path: format!("{ASSETS}{}/{name}", task.id), url }
    };
    (0..count).map(face).collect()
}

/// The number of the face that a file's name means, and its picture.
pub(super) fn picture(name_of_file: &str) -> Option<(u32, Output)> {
    let number = (0..FACES).find(|number| name(*number) == name_of_file)?;
    Some((number, Output { format: MediaFormat::Png, count: 1, width: SIDE, height: SIDE, seconds: 0.0 }))
}

/// The frame, then the number of the face in it.
fn name(number: u32) -> String {
    format!("0-{number}.png")
}

/// Number of faces found by now.
fn found(task: &Job, now: Timestamp) -> usize {
    let all = FACES as usize;
    match (task.status(), task.due()) {
        (Status::Complete, _) => all,
        (Status::Rendering, Some(due)) => {
            let left = due.duration_since(now).as_secs_f64();
            let done = 1.0 - left / task.plan.render.as_secs_f64();
            (1..all).take_while(|number| share(*number) <= done).count()
        }
        _ => 0,
    }
}

/// At which part of the time a face is found.
fn share(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX)) / f64::from(FACES)
}
