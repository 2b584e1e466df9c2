//! Responses of a receiver.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::engine::receive::forwarder::Forwarded;
use crate::model::Verdict;
use crate::model::contract::peek::Problem;
use crate::model::signing::reason::Reason;
use crate::net::out::end_to_end::end_to_end;
use crate::net::out::post_error::PostError;

/// An answer with its whole body.
pub(crate) type Answer = Response<Full<Bytes>>;

/// The answer to a delivery that was accepted, as Magic Hour's own samples give it.
pub(crate) fn accepted(problem: Option<&Problem>) -> Answer {
    match problem {
        None => json_answer(StatusCode::OK, Bytes::from_static(b"{\"success\": true}")),
        Some(problem) => json_answer(StatusCode::OK, json!({ "success": true, "problem": problem.code() }).to_string()),
    }
}

/// The answer to a delivery that is not authentic.
pub(crate) fn refused(reason: &Reason) -> Answer {
    let words = json!({ "success": false, "reason": reason.code(), "error": reason.to_string() });
    json_answer(StatusCode::UNAUTHORIZED, words.to_string())
}

/// The handler's answer, or one in its place if it gave none.
pub(crate) fn passed_back(forwarded: &Forwarded) -> Answer {
    match &forwarded.attempt.outcome {
        Ok(answer) if !(200..=599).contains(&answer.status.as_u16()) => {
            let words = format!("the handler answered {}, which is no final answer", answer.status.as_u16());
            json_answer(StatusCode::BAD_GATEWAY, json!({ "success": false, "error": words }).to_string())
        }
        Ok(answer) => {
            let mut response = Response::new(Full::new(answer.body.clone()));
            *response.status_mut() = answer.status;
            *response.headers_mut() = end_to_end(&answer.headers);
            response
        }
        Err(error) => in_place_of_an_answer(error),
    }
}

/// The answer in place of one that the handler did not give. The sender can be anywhere: the address of the handler does
/// not concern it.
pub(crate) fn in_place_of_an_answer(error: &PostError) -> Answer {
    let (status, words) = match error {
        PostError::ConnectTimeout { .. } => {
            (StatusCode::BAD_GATEWAY, "the handler did not take the connection in time")
        }
        error if error.is_timeout() => (StatusCode::GATEWAY_TIMEOUT, "the handler did not answer in time"),
        PostError::Descriptors { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "there is no room for another connection; send it again")
        }
        _ => (StatusCode::BAD_GATEWAY, "the handler gave no answer"),
    };
    json_answer(status, json!({ "success": false, "error": words, "code": error.code() }).to_string())
}

/// The header of every answer to a delivery that says what verification found: `invalid; reason=digest-differs`.
const VERDICT_HEADER: HeaderName = HeaderName::from_static("mh-hook-verdict");

/// Says in an answer what verification found.
pub(crate) fn set_verdict(answer: &mut Answer, verdict: &Verdict) {
    let value = match (verdict, verdict.reason()) {
        (Verdict::Verified, _) | (_, None) => HeaderValue::from_static("verified"),
        (_, Some(reason)) => {
            let text = format!("{}; reason={}", verdict.as_str(), reason.code());
            HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("invalid"))
        }
    };
    answer.headers_mut().insert(VERDICT_HEADER, value);
}

/// An answer in plain words.
pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    answer(status, "text/plain; charset=utf-8", body.into())
}

fn json_answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    answer(status, "application/json", body.into())
}

fn answer(status: StatusCode, media_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}
