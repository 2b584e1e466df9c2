//! The response that a handler gave to a case.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::engine::conformance::symptom::Symptom;
use crate::net::out::post::Answer;
use crate::net::out::post_error::PostError;
use crate::net::out::post_failure::PostFailure;

/// One probe, and what came back.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The request in one line.
    pub sent: String,
    pub response: Response,
    /// The time until the response.
    pub elapsed: Duration,
}

#[derive(Clone, Debug)]
pub enum Response {
    Answer(Answered),
    NoAnswer {
        failure: PostFailure,
        message: String,
    },
    /// Something that is no single answer.
    Measured {
        text: String,
        /// The symptom, if any.
        symptom: Option<Symptom>,
    },
}

/// An answer's status and the beginning of its body.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body, or the first of it.
    pub body: Bytes,
}

impl Answered {
    /// Whether the body is JSON that says that something went wrong, whatever the status says.
    pub fn says_error(&self) -> bool {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(answer)) => object_says_error(&answer),
            Ok(Value::Array(list)) => tuple_says_error(&list),
            Ok(_) => false,
            Err(_) => page_says_error(&self.body),
        }
    }
}

fn object_says_error(answer: &Map<String, Value>) -> bool {
    const FAILURES: [&str; 4] = ["error", "failed", "failure", "fail"];
    let tells = |key: &str| match answer.get(key) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(_) => true,
    };
    let denies = |key: &str| answer.get(key) == Some(&Value::Bool(false));
    let status = answer.get("status").and_then(Value::as_str).is_some_and(|status| FAILURES.contains(&status));
    tells("error") || tells("errors") || denies("success") || denies("ok") || status
}

/// A pair of a body and a status, as FastAPI writes a tuple.
fn tuple_says_error(list: &[Value]) -> bool {
    match list {
        [body, Value::Number(status)] => {
            body.as_object().is_some_and(object_says_error) || status.as_u64().is_some_and(|status| status >= 400)
        }
        [body, ..] => body.as_object().is_some_and(object_says_error),
        [] => false,
    }
}

/// A page that a framework or an interpreter writes when something failed.
fn page_says_error(body: &[u8]) -> bool {
    const SIGNS: [&str; 7] = [
        "Traceback (most recent call last)",
        "Internal Server Error",
        "Fatal error",
        "<b>Warning</b>",
        "<title>Error",
        "Unhandled exception",
        "Uncaught ",
    ];
    let text = String::from_utf8_lossy(body);
    SIGNS.iter().any(|sign| text.contains(sign))
}

impl Response {
    /// Sums up how a post went.
    pub fn of(outcome: Result<Answer, PostError>) -> Self {
        match outcome {
            Ok(answer) => {
                Self::Answer(Answered { status: answer.status.as_u16(), headers: answer.headers, body: answer.body })
            }
            Err(error) => Self::NoAnswer { failure: error.failure(), message: error.to_string() },
        }
    }

    /// The status, if there was an answer.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(answer) => Some(answer.status),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answered;

    #[test]
    fn an_error_is_seen_where_the_body_says_so_and_nowhere_else() {
        let says = |body: &str| {
            Answered { status: 200, body: body.as_bytes().to_vec().into(), ..Answered::default() }.says_error()
        };
        let errors = [
            r#"{"error":"bad signature"}"#,
            r#"{"errors":["x"]}"#,
            r#"{"success":false}"#,
            r#"{"ok":false,"detail":1}"#,
            r#"{"status":"error"}"#,
            r#"[{"error":"Internal error"},500]"#,
            r#"[{"message":"no"},500]"#,
            "Traceback (most recent call last):\n",
            "<html><title>500 Internal Server Error</title></html>",
        ];
        assert!(errors.into_iter().all(says));
        let fine = ["", "OK", r#"{"success":true}"#, r#"{"error":null,"errors":[]}"#, r#"{"status":"ok"}"#, "[1]"];
        assert!(!fine.into_iter().any(says));
    }
}
