//! Routes of the API: the catalogue's table, and the files.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::engine::sandbox::api::create::{RequestedFiles, create};
use crate::engine::sandbox::api::{account, faces, outputs, projects, uploads};
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::Refusal;
use crate::engine::sandbox::links::{FILES, UPLOADS};
use crate::model::tools::{OperationAction, guess, nearest_tool, operations};

type Routes = Router<Arc<AppState>>;

pub(in crate::engine::sandbox) fn router() -> Routes {
    let files = Router::new()
        .route("/", get(greet))
        .route(&format!("{FILES}/{{job}}/{{name}}"), get(outputs::output))
        .route(&format!("{UPLOADS}/{{name}}"), put(uploads::receive));
    operations()
        .fold(files, |router, operation| router.route(operation.path, route(operation.action)))
        .fallback(unknown)
        .method_not_allowed_fallback(|| async { Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed") })
}

/// `GET /`: a line for a person with a browser.
async fn greet() -> &'static str {
    "mh-hook sandbox: a local Magic Hour. The API is below /v1, the control API at /_sandbox; `mh-hook help sandbox` describes both.\n"
}

fn route(action: OperationAction) -> MethodRouter<Arc<AppState>> {
    match action {
        OperationAction::Create(tool) => {
            post(move |State(app): State<Arc<AppState>>, headers: HeaderMap, body: Bytes| async move {
                create(&app, RequestedFiles::Tool(tool), &headers, &body).await
            })
        }
        OperationAction::Details(kind) => {
            get(move |State(app): State<Arc<AppState>>, headers: HeaderMap, Path(id): Path<String>| async move {
                projects::details(&app, kind, &headers, id).await
            })
        }
        OperationAction::Delete(kind) => {
            delete(move |State(app): State<Arc<AppState>>, Path(id): Path<String>| async move {
                projects::remove(&app, kind, id).await
            })
        }
        OperationAction::Faces => get(faces::details),
        OperationAction::UploadUrls => post(uploads::hand_out),
        OperationAction::Account => get(account::account),
        OperationAction::SavedItems => get(account::saved_items),
    }
}

/// A path that the catalogue does not know: a new tool perhaps.
async fn unknown(
    State(app): State<Arc<AppState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let guessed = guess(uri.path()).filter(|_| method == Method::POST);
    match guessed {
        Some(guess) if app.options.lenient => create(&app, RequestedFiles::Guess(guess), &headers, &body).await,
        Some(_) => {
            let meant = nearest_tool(uri.path()).map(|tool| format!("did you mean {}? ", tool.path));
            let remark = format!("{}--lenient takes any tool", meant.unwrap_or_default());
            Err(Refusal::not_found().remark(remark))
        }
        None => Ok(Refusal::not_found().into_response()),
    }
}
