//! Answers and request bodies of the API in JSON.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::model::text::one_line::in_one_line;
use crate::model::tools::usual_code;
use crate::store::sandbox::StateError;

/// Remark on a call besides its answer.
#[derive(Clone, Debug, Default)]
pub(super) struct CallNote {
    /// The job that it is about.
    pub(super) job_id: Option<String>,
    /// Summary of the answer, in a few words.
    pub(super) remark: Option<String>,
}

/// An answer with this body. The SDKs want exactly this media type.
pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer about a job.
pub(super) fn about(job_id: &str, status: StatusCode, body: &Value) -> Response {
    let mut response = answer(status, body);
    response.extensions_mut().insert(CallNote { job_id: Some(job_id.to_owned()), remark: None });
    response
}

/// A refusal: a status and `{"code": ..., "message": ...}`.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The API's code, where the status alone leaves a choice.
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    /// Remark for the log, if it is more than the caller should know.
    pub(super) remark: Option<String>,
    pub(super) retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: None, message: message.into(), remark: None, retry_after: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The API's message for 404 is exactly this one.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(super) fn remark(self, remark: impl Into<String>) -> Self {
        Self { remark: Some(remark.into()), ..self }
    }

    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl From<StateError> for Refusal {
    fn from(error: StateError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.code.unwrap_or_else(|| usual_code(self.status));
        let mut response = answer(self.status, &json!({ "code": code, "message": self.message }));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // Some of it was received, and a line break could pass for the end of a line of ours.
        let remark = in_one_line(&self.remark.unwrap_or(self.message));
        response.extensions_mut().insert(CallNote { job_id: None, remark: Some(remark) });
        response
    }
}

/// Gives a refusal of the framework the form of the API's own.
pub(super) fn in_api_form(response: Response) -> Response {
    let status = response.status();
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    Refusal::new(status, status.canonical_reason().unwrap_or("Error")).into_response()
}

/// Reads a body that must be JSON.
pub(super) fn body(bytes: &Bytes) -> Result<Value, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::bad_request("Missing request body"));
    }
    serde_json::from_slice(bytes).map_err(|error| Refusal::bad_request(format!("the body is not JSON: {error}")))
}
