//! The client: creates jobs, asks for their status, and looks at the account.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::{Body, Request};
use serde_json::Value;
use tokio::time::sleep;
use tracing::debug;
use url::Url;

use crate::engine::magic_hour::error::{ApiCall, ApiError};
use crate::model::text::one_line::in_one_line;
use crate::model::tools::Tool;
use crate::model::{Kind, Secret};
use crate::net::out::api_client::{ApiClient, ApiResponse};
use crate::net::out::post_error::PostError;
use crate::store::BaseUrl;

/// Time limit of a call that starts something.
const WRITE_LIMIT: Duration = Duration::from_mins(1);

/// Time limit of a call that only reads.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// The most bytes of an answer in JSON.
const ANSWER_LIMIT: usize = 4 << 20;

const ACCOUNT_PATH: &str = "/v1/account";

/// More credits than any job costs.
const MOST_CREDITS: u64 = 1_000_000_000;

/// The API, with a key.
#[derive(Debug)]
pub struct Api {
    pub(super) web: ApiClient,
    base: BaseUrl,
    key: Secret,
}

/// Answer of the account endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// `free`, `creator`, `pro` or `business`; received text.
    pub tier: Option<String>,
    /// Credits that can be spent.
    pub credits: Option<i64>,
}

/// A job that the API took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id: letters, digits, `_` and `-`.
    pub id: String,
    /// Credits that were charged, perhaps as an estimate.
    pub credits_charged: Option<u64>,
    /// The value given as `credits_charged` if it is no number of credits; received text.
    pub credits_problem: Option<String>,
}

impl Api {
    /// The API at `base`, called with `key`.
    pub fn new(web: ApiClient, base: BaseUrl, key: Secret) -> Self {
        Self { web, base, key }
    }

    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Looks at the account, which costs nothing and shows whether the key is valid.
    ///
    /// # Errors
    ///
    /// [`ApiError`], after passing failures were given a few more tries.
    pub async fn account(&self) -> Result<Account, ApiError> {
        let mut tries = 1;
        let answer = loop {
            match self.get(ACCOUNT_PATH).await {
                // One that takes its time does so again, and nothing is shown meanwhile.
                Err(error) if error.is_passing() && !error.is_timeout() => {
                    let Some(pause) = error.pause(tries) else { return Err(error) };
                    sleep(pause).await;
                    tries += 1;
                }
                answer => break answer?,
            }
        };
        let garbled = |problem: &str| ApiError::Garbled {
            call: ApiCall { method: Method::GET, path: ACCOUNT_PATH.to_owned() },
            status: StatusCode::OK,
            problem: problem.to_owned(),
        };
        if !answer.is_object() {
            return Err(garbled("it is no object"));
        }
        if answer.get("credits").is_some_and(|credits| !credits.is_i64()) {
            return Err(garbled("its credits are no whole number"));
        }
        let tier = answer.get("tier").and_then(Value::as_str).map(in_one_line);
        Ok(Account { tier, credits: answer.get("credits").and_then(Value::as_i64) })
    }

    /// Asks once for a job to be created.
    ///
    /// # Errors
    ///
    /// [`ApiError`], of which only 429 allows the same call again: everything else has possibly started a job,
    /// or would fail again.
    pub async fn create(&self, tool: &Tool, body: &Value) -> Result<Accepted, ApiError> {
        let answer = self.post(tool.path, body).await?;
        let garbled = |problem: String| ApiError::Garbled {
            call: ApiCall { method: Method::POST, path: tool.path.to_owned() },
            status: StatusCode::OK,
            problem,
        };
        let id = answer.get("id").and_then(Value::as_str).ok_or_else(|| garbled("it has no id".to_owned()))?;
        if !is_safe(id) {
            return Err(garbled(format!("its id is '{}'", in_one_line(id))));
        }
        let charged = answer.get("credits_charged").filter(|charged| !charged.is_null());
        let credits_charged = charged.and_then(Value::as_u64).filter(|charged| *charged <= MOST_CREDITS);
        let credits_problem =
            charged.filter(|_| credits_charged.is_none()).map(|charged| in_one_line(&charged.to_string()));
        Ok(Accepted { id: id.to_owned(), credits_charged, credits_problem })
    }

    /// Asks once for the status of a job.
    pub async fn details(&self, kind: Kind, id: &str) -> Result<Value, ApiError> {
        self.get(&details_path(kind, id)).await
    }

    async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.call(Method::GET, path, None, READ_LIMIT).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.call(Method::POST, path, Some(body.to_string().into()), WRITE_LIMIT).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Bytes>, limit: Duration) -> Result<Value, ApiError> {
        let call = ApiCall { method, path: path.to_owned() };
        let request = self.request(&call, body)?;
        let unanswered = |error: PostError| ApiError::Unanswered { call: call.clone(), error };
        let reply = self.web.send(request, limit).await.map_err(unanswered)?;
        debug!(target: "api", method = %call.method, path, status = reply.status().as_u16(), "answered");
        let (status, wait, location) = (reply.status(), retry_after(&reply), location(&reply));
        let body = reply.whole(ANSWER_LIMIT, limit).await.map_err(unanswered)?;
        let answer = serde_json::from_slice::<Value>(&body).ok();
        if !status.is_success() {
            let message = location.or_else(|| message(answer.as_ref(), &body));
            let code = answer.as_ref().and_then(|answer| answer.get("code")?.as_str()).map(in_one_line);
            return Err(ApiError::Refused { call, status, code, message, retry_after: wait });
        }
        let what = || if body.is_empty() { "nothing" } else { "text that is no JSON" };
        answer.ok_or_else(|| ApiError::Garbled { call, status, problem: what().to_owned() })
    }

    /// A request with the key, which goes nowhere but here, and never unencrypted over a network.
    fn request(&self, call: &ApiCall, body: Option<Bytes>) -> Result<Request, ApiError> {
        let unsendable = |problem: String| ApiError::Unsendable { call: call.clone(), problem };
        if !self.base.is_private() {
            return Err(ApiError::Unencrypted { target: self.base.origin().to_owned() });
        }
        let url = Url::parse(&format!("{}{}", self.base, call.path)).map_err(|error| unsendable(error.to_string()))?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.key.expose()));
        let mut bearer =
            bearer.map_err(|_| unsendable("the API key has a character that no header can carry".to_owned()))?;
        bearer.set_sensitive(true);
        let mut request = Request::new(call.method.clone(), url);
        let headers: &mut HeaderMap = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(Body::from(body));
        }
        Ok(request)
    }
}

/// Message of a refusal, or else its whole body.
fn message(answer: Option<&Value>, body: &[u8]) -> Option<String> {
    let text = match answer.and_then(|answer| answer.get("message")) {
        Some(Value::String(message)) => message.clone(),
        Some(other) => other.to_string(),
        None => String::from_utf8_lossy(body).into_owned(),
    };
    Some(in_one_line(&text)).filter(|text| !text.is_empty())
}

/// Target of a redirect.
fn location(reply: &ApiResponse) -> Option<String> {
    let location = reply.headers().get(LOCATION).filter(|_| reply.status().is_redirection())?;
    Some(format!("to {}", in_one_line(&String::from_utf8_lossy(location.as_bytes()))))
}

/// The path of the details of a job.
pub fn details_path(kind: Kind, id: &str) -> String {
    format!("/v1/{kind}-projects/{id}")
}

/// Whether a received id can be part of a path and of a file's name.
fn is_safe(id: &str) -> bool {
    const LONGEST: usize = 100;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !id.is_empty() && id.len() <= LONGEST && id.bytes().all(plain)
}

/// `Retry-After` in seconds; the form with a date is not used by this API.
fn retry_after(reply: &ApiResponse) -> Option<Duration> {
    let seconds = reply.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn an_id_that_would_lead_elsewhere_is_none() {
        assert!(is_safe("cmjq26b8dxsyf601mfa8cp952") && is_safe("cuid-example"));
        for id in ["", "../account", "a/b", "a?b", "a b", "é", "a%2Fb"] {
            assert!(!is_safe(id), "{id}");
        }
    }
}
