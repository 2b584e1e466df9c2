//! Answers of the inspector: JSON, bytes to save, or a refusal.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::store::journal::{JournalError, QueryError};

/// The version of all records.
const VERSION: u8 = 1;

/// An answer that says no: a status and `{"message": ..., "hint": ...}`.
#[derive(Clone, Debug)]
pub(super) struct ApiRefusal {
    pub(super) status: StatusCode,
    message: String,
    hint: Option<String>,
}

impl ApiRefusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), hint: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "the inspector does not do that at this address")
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<QueryError> for ApiRefusal {
    fn from(error: QueryError) -> Self {
        let status = match error {
            QueryError::Journal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            QueryError::AmbiguousJob { .. } => StatusCode::BAD_REQUEST,
        };
        Self { status, message: error.to_string(), hint: error.hint() }
    }
}

impl From<JournalError> for ApiRefusal {
    fn from(error: JournalError) -> Self {
        QueryError::from(error).into()
    }
}

impl IntoResponse for ApiRefusal {
    fn into_response(self) -> Response {
        json_answer(self.status, &json!({ "v": VERSION, "message": self.message, "hint": self.hint }))
    }
}

#[derive(Serialize)]
struct RecordFrame<'a, T> {
    v: u8,
    record: &'a str,
    #[serde(flatten)]
    fields: &'a T,
}

/// An answer with a record, framed as the records of `--format json` are.
pub(super) fn record<T: Serialize>(name: &str, fields: &T) -> Response {
    json_answer(StatusCode::OK, &RecordFrame { v: VERSION, record: name, fields })
}

fn json_answer<T: Serialize>(status: StatusCode, body: &T) -> Response {
    let Ok(body) = serde_json::to_vec(body) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Received bytes, to be saved and never to be shown.
pub(super) fn attachment(id: u64, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"delivery-{id}.bin\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Reads a body that must be JSON; an empty one reads as an empty object.
pub(super) fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiRefusal> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiRefusal::bad_request(format!("cannot read the request: {error}")))
}
