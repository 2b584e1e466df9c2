//! Uploads: URLs are handed out, and what is put there goes to disk as it comes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::fs::{File, remove_file, rename};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::engine::sandbox::api::link_access::{base, open};
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::{CallNote, Refusal, answer, body};
use crate::engine::sandbox::links::{ASSETS, UPLOADS};
use crate::model::Kind;
use crate::model::id::job_id;
use crate::model::media::check_upload;
use crate::model::text::timestamp::rfc3339;
use crate::model::tools::{UPLOAD_URLS, validate_fields};

/// The largest file that is taken.
const LARGEST: u64 = 200 << 20;

/// Time without progress after which an upload is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers `POST /v1/files/upload-urls`.
pub(super) async fn hand_out(
    State(app): State<Arc<AppState>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let body = body(&bytes)?;
    validate_fields(&UPLOAD_URLS, &body).map_err(|invalid| Refusal::bad_request(invalid.to_string()))?;
    let items = body.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names = items.iter().map(|item| fresh_name(&app, item)).collect::<Result<Vec<String>, Refusal>>()?;
    let (base, now) = (base(&app.options, &headers), app.now());
    let item = |name: &String| {
        let link = app.transitions.links.link(&base, &format!("{UPLOADS}/{name}"), now);
        let file_path = format!("{ASSETS}{name}");
        json!({ "upload_url": link.url, "expires_at": rfc3339(link.expires_at), "file_path": file_path })
    };
    let items: Vec<Value> = names.iter().map(item).collect();
    app.run(move |records| names.iter().try_for_each(|name| records.add_upload(&format!("{ASSETS}{name}")))).await?;
    Ok(answer(StatusCode::OK, &json!({ "items": items })))
}

/// A name for a file to be, which nobody else has and every file system takes.
fn fresh_name(app: &AppState, item: &Value) -> Result<String, Refusal> {
    let text = |key| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, extension) = (text("type"), text("extension"));
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap_or(Kind::Image);
    check_upload(kind, extension).map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, why))?;
    Ok(format!("{}.{extension}", app.draw(job_id)))
}

/// `PUT /_uploads/{name}`: the body is the file, whatever its media type.
pub(super) async fn receive(
    State(app): State<Arc<AppState>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let allowed = open(&app, request.uri());
    let path = format!("{ASSETS}{name}");
    let wanted = path.clone();
    let known = app.run(move |records| records.upload(&wanted)).await?.is_some();
    if let Some(refusal) = allowed.err().or_else(|| (!known).then(Refusal::not_found)) {
        // A sender that is still writing would not see an answer that comes before its end.
        let _ = take(request.into_body(), None).await;
        return Err(refusal);
    }
    let place = app.state.files().join(&name);
    let draft = app.state.files().join(format!("{name}.{}.part", app.draw(job_id)));
    let written = async {
        let mut file = File::create(&draft).await.map_err(Broken::Disk)?;
        let size = take(request.into_body(), Some(&mut file)).await?;
        file.sync_all().await.map_err(Broken::Disk)?;
        rename(&draft, &place).await.map_err(Broken::Disk)?;
        Ok(size)
    };
    let size = match written.await {
        Ok(size) => size,
        Err(broken) => {
            let _ = remove_file(&draft).await;
            return Err(refused(&broken));
        }
    };
    app.run(move |records| records.note_upload(&path, size)).await?;
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CallNote { job_id: None, remark: Some(format!("{size} bytes")) });
    Ok(response)
}

/// Why an upload did not come to its end.
#[derive(Debug)]
enum Broken {
    TooLarge,
    TooSlow,
    Cut(String),
    Disk(io::Error),
}

/// Takes a body piece by piece, so that a large one needs no more memory than a small one.
async fn take(mut body: Body, mut file: Option<&mut File>) -> Result<u64, Broken> {
    let mut size = 0;
    loop {
        let frame = match timeout(PATIENCE, body.frame()).await {
            Err(_) => return Err(Broken::TooSlow),
            Ok(None) => return Ok(size),
            Ok(Some(frame)) => frame.map_err(|error| Broken::Cut(error.to_string()))?,
        };
        let Ok(data) = frame.into_data() else { continue };
        size += data.len() as u64;
        if size > LARGEST {
            return Err(Broken::TooLarge);
        }
        if let Some(file) = file.as_mut() {
            file.write_all(&data).await.map_err(Broken::Disk)?;
        }
    }
}

fn refused(broken: &Broken) -> Refusal {
    match broken {
        Broken::TooLarge => {
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the file is larger than {} MiB", LARGEST >> 20))
        }
        Broken::TooSlow => {
            let message = format!("nothing came for {} s", PATIENCE.as_secs());
            Refusal::new(StatusCode::REQUEST_TIMEOUT, message)
        }
        Broken::Cut(why) => Refusal::bad_request(format!("the upload broke off: {why}")),
        Broken::Disk(error) => {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the file cannot be kept: {error}"))
        }
    }
}
