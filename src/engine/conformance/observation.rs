//! The response that a handler gave to a case.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::engine::conformance::symptom::Symptom;
use crate::net::out::post::Answer;
use crate::net::out::post_error::PostError;

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
        /// The failure's stable name.
        code: &'static str,
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
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    /// The body, or the first of it.
    pub body: Bytes,
}

impl Answered {
    /// Whether the body is JSON that says that something went wrong, whatever the status says.
    pub fn says_error(&self) -> bool {
        const FAILURES: [&str; 4] = ["error", "failed", "failure", "fail"];
        let Ok(Value::Object(answer)) = serde_json::from_slice(&self.body) else { return false };
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
}

impl Response {
    /// Sums up how a post went.
    pub fn of(outcome: Result<Answer, PostError>) -> Self {
        match outcome {
            Ok(answer) => Self::Answer(Answered { status: answer.status.as_u16(), body: answer.body }),
            Err(error) => Self::NoAnswer { code: error.code(), message: error.to_string() },
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
        let says = |body: &str| Answered { status: 200, body: body.as_bytes().to_vec().into() }.says_error();
        let errors = [
            r#"{"error":"bad signature"}"#,
            r#"{"errors":["x"]}"#,
            r#"{"success":false}"#,
            r#"{"ok":false,"detail":1}"#,
            r#"{"status":"error"}"#,
        ];
        assert!(errors.into_iter().all(says));
        let fine = ["", "OK", r#"{"success":true}"#, r#"{"error":null,"errors":[]}"#, r#"{"status":"ok"}"#, "[1]"];
        assert!(!fine.into_iter().any(says));
    }
}
