//! The HTTP APIs of capture services: pages of what they kept.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::Request;
use serde_json::Value;
use url::Url;

use crate::engine::capture::captured::{CapturedRequest, has_its_length};
use crate::engine::capture::formats::{svix_play, webhook_site, webhook_tester};
use crate::engine::capture::source::CaptureSource;
use crate::model::Secret;
use crate::net::out::api_client::ApiClient;
use crate::net::out::post_error::PostError;

/// Time for a service to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most bytes of an answer.
const LONGEST_ANSWER: usize = 32 << 20;

/// The most bytes of a body.
const LONGEST_BODY: usize = 1 << 20;

/// Delay after 429 without Retry-After.
const THROTTLED: Duration = Duration::from_secs(30);

/// The addresses of the services.
#[derive(Clone, Debug)]
pub struct CaptureHosts {
    /// Base URL of webhook.site.
    pub webhook_site: String,
    /// Of Svix Play's API.
    pub svix_play: String,
}

impl Default for CaptureHosts {
    fn default() -> Self {
        Self { webhook_site: "https://webhook.site".to_owned(), svix_play: "https://api.play.svix.com".to_owned() }
    }
}

/// Asks capture services.
#[derive(Debug)]
pub struct CaptureClient {
    /// Sends the requests.
    pub api: ApiClient,
    pub hosts: CaptureHosts,
    /// The key of an account at webhook.site.
    pub key: Option<Secret>,
}

/// Why a service gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No answer came.
    #[error("{0}")]
    Unanswered(#[from] PostError),
    /// The service is asked too often.
    #[error("the service asks for a pause of {} s", .0.as_secs())]
    Throttled(Duration),
    /// The capture URL belongs to an account.
    #[error("the service wants the API key of the account that this URL belongs to")]
    NeedsKey,
    /// There is no such capture URL.
    #[error("the service does not know this URL")]
    Unknown,
    /// The URL takes no more requests.
    #[error("this URL takes no more requests")]
    Full,
    /// The answer makes no sense.
    #[error("the service answered {0}, which is not understood")]
    Odd(StatusCode),
}

impl CaptureError {
    /// Whether asking again later can help.
    pub const fn is_temporary(&self) -> bool {
        !matches!(self, Self::NeedsKey | Self::Unknown)
    }

    /// Advice for the user.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unanswered(error) if error.has_own_hint() => error.hint(),
            Self::Unanswered(_) => "is there a network?",
            Self::Throttled(_) => "it is asked again after the pause",
            Self::NeedsKey => "set WEBHOOK_SITE_API_KEY to the key of the account",
            Self::Unknown => {
                "free URLs end after 7 days: `mh-hook listen --from new` makes another one, to be registered anew"
            }
            Self::Full => {
                "a free URL takes 100 requests: `mh-hook listen --from new` makes another one, to be registered anew"
            }
            Self::Odd(_) => "does the URL belong to a capture service, and is the service well?",
        }
    }
}

/// A page of what a service kept.
#[derive(Debug, Default)]
pub struct CapturePage {
    /// The requests that could be read.
    pub requests: Vec<CapturedRequest>,
    /// Whether there are no more.
    pub is_last: bool,
    /// The place of the next page, where the service gives it.
    pub next: Option<String>,
}

impl CaptureClient {
    /// Asks for a page; pages are counted from 1.
    pub async fn page(
        &self,
        source: &CaptureSource,
        number: u32,
        next: Option<&str>,
    ) -> Result<CapturePage, CaptureError> {
        let page = match source {
            CaptureSource::WebhookSite(id) => {
                let path = format!("/token/{id}/requests?sorting=newest&per_page=20&page={number}");
                let answer = self.get(&self.hosts.webhook_site, &path).await?;
                let is_last = answer.get("is_last_page") != Some(&Value::Bool(false));
                CapturePage { requests: all(answer.get("data"), webhook_site), is_last, next: None }
            }
            CaptureSource::SvixPlay(token) => {
                let from = next.map_or(String::new(), |next| format!("?iterator={next}"));
                let answer = self.get(&self.hosts.svix_play, &format!("/api/v1/history/{token}/{from}")).await?;
                let next = answer.get("iterator").and_then(Value::as_str).filter(|next| is_plain(next));
                let requests = all(answer.get("data"), svix_play);
                let is_last = next.is_none() || requests.is_empty();
                CapturePage { requests, is_last, next: next.map(str::to_owned) }
            }
            CaptureSource::WebhookTester(server, id) => {
                let answer = self.get(server, &format!("/api/session/{id}/requests")).await?;
                CapturePage { requests: all(Some(&answer), webhook_tester), is_last: true, next: None }
            }
            CaptureSource::NewWebhookSite | CaptureSource::Stdin | CaptureSource::File(_) => CapturePage::default(),
        };
        self.completed(source, page).await
    }

    /// Makes a new URL at webhook.site.
    pub async fn create(&self) -> Result<CaptureSource, CaptureError> {
        let answer = self.ask(Method::POST, &self.hosts.webhook_site, "/token").await?;
        let id = serde_json::from_slice::<Value>(&answer).ok();
        let id = id.as_ref().and_then(|answer| answer.get("uuid")).and_then(Value::as_str).unwrap_or_default();
        match format!("https://webhook.site/{id}").parse() {
            Ok(source) => Ok(source),
            Err(_) => Err(CaptureError::Odd(StatusCode::OK)),
        }
    }

    /// Asks for the bytes of bodies that came as something else. What is too long is not kept.
    async fn completed(&self, source: &CaptureSource, mut page: CapturePage) -> Result<CapturePage, CaptureError> {
        for request in page.requests.iter_mut().filter(|request| !request.is_whole) {
            let CaptureSource::WebhookSite(id) = source else { break };
            let path = format!("/token/{id}/request/{}/raw", request.id);
            if !is_plain(&request.id) {
                continue;
            }
            match self.ask(Method::GET, &self.hosts.webhook_site, &path).await {
                Ok(body) if has_its_length(&request.headers, &body) => (request.body, request.is_whole) = (body, true),
                Ok(_) | Err(CaptureError::Unknown | CaptureError::Odd(_)) => {}
                Err(error) => return Err(error),
            }
        }
        for request in page.requests.iter_mut().filter(|request| request.body.len() > LONGEST_BODY) {
            (request.body, request.is_whole) = (Bytes::new(), false);
        }
        Ok(page)
    }

    async fn get(&self, server: &str, path: &str) -> Result<Value, CaptureError> {
        let answer = self.ask(Method::GET, server, path).await?;
        serde_json::from_slice(&answer).map_err(|_| CaptureError::Odd(StatusCode::OK))
    }

    async fn ask(&self, method: Method, server: &str, path: &str) -> Result<Bytes, CaptureError> {
        let url = Url::parse(&format!("{server}{path}")).map_err(|_| CaptureError::Unknown)?;
        let mut request = Request::new(method, url);
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json.clone());
        request.headers_mut().insert(CONTENT_TYPE, json);
        let is_theirs = server == self.hosts.webhook_site;
        if let Some(key) =
            self.key.as_ref().filter(|_| is_theirs).and_then(|key| HeaderValue::from_str(key.expose()).ok())
        {
            request.headers_mut().insert(HeaderName::from_static("api-key"), key);
        }
        let response = self.api.send(request, PATIENCE).await?;
        match response.status() {
            status if status.is_success() => Ok(response.whole(LONGEST_ANSWER, PATIENCE).await?),
            StatusCode::TOO_MANY_REQUESTS => Err(CaptureError::Throttled(pause(response.headers()))),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CaptureError::NeedsKey),
            StatusCode::NOT_FOUND => Err(CaptureError::Unknown),
            StatusCode::GONE => Err(CaptureError::Full),
            status => Err(CaptureError::Odd(status)),
        }
    }
}

fn all(list: Option<&Value>, read: fn(&Value) -> Option<CapturedRequest>) -> Vec<CapturedRequest> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(read).collect()
}

/// Whether a text of the service can be part of a path as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The pause that the service asks for, within bounds.
fn pause(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(THROTTLED, |seconds: u64| Duration::from_secs(seconds.clamp(1, 600)))
}
