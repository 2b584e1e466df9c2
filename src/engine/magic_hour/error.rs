//! Failures of API calls: the meaning of each status, with advice.

use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::net::out::post_error::PostError;

/// Path that returns upload URLs: the one POST that starts no job.
pub(super) const UPLOAD_URLS_PATH: &str = "/v1/files/upload-urls";

/// A call, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiCall {
    pub method: Method,
    pub path: String,
}

impl ApiCall {
    /// Whether the call may start a job.
    fn creates(&self) -> bool {
        self.method == Method::POST && self.path != UPLOAD_URLS_PATH
    }
}

impl fmt::Display for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Why a call did not do what it was made for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The API answered no.
    #[error("{call} was refused with {}{}{}", status.as_u16(), said(.message.as_deref()), means(*.status, .code.as_deref()))]
    Refused {
        call: ApiCall,
        status: StatusCode,
        /// The API's code, such as `insufficient_credits`; older versions send none.
        code: Option<String>,
        /// Message of the API; received text.
        message: Option<String>,
        /// Delay that the API asked for.
        retry_after: Option<Duration>,
    },
    /// No answer came.
    #[error("{call} got no answer: {error}")]
    Unanswered { call: ApiCall, error: PostError },
    /// The answer is not of the documented form: something else than the API answers there.
    #[error("{call} was answered {} with something else than the API's JSON: {problem}", status.as_u16())]
    Garbled {
        call: ApiCall,
        status: StatusCode,
        /// Fault of the answer.
        problem: String,
    },
    /// The call cannot be put into HTTP.
    #[error("cannot make {call}: {problem}")]
    Unsendable { call: ApiCall, problem: String },
    /// The key would have travelled unencrypted.
    #[error("refused to send the API key to {target}: it is neither https nor this machine")]
    Unencrypted { target: String },
}

fn said(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| format!(": {message}"))
}

fn means(status: StatusCode, code: Option<&str>) -> String {
    match known(status, code) {
        Some((meaning, _)) => format!(" ({meaning})"),
        None if status.is_server_error() => " (it failed on its side)".to_owned(),
        None if status.is_redirection() => " (a redirect, which is not followed)".to_owned(),
        None => String::new(),
    }
}

/// Meaning of each status, with advice. The API publishes 400, 401, 402, 404 and 422; its guides name the
/// others.
#[rustfmt::skip]
const STATUSES: [(u16, &str, &str); 7] = [
    (400, "the request lacks a field, or has a wrong one", "the message names it; `mh-hook e2e --tool list` shows the tools"),
    (401, "the API key is not valid there", "is it whole, without quotes or blanks, and not revoked? https://magichour.ai/developer has the keys"),
    (402, "the account has too few credits", "https://magichour.ai/pricing has more; `--tool ai-qr-code-generator` is free"),
    (403, "the plan does not allow this model, resolution or feature", "choose another with --body or --tool, or another plan"),
    (404, "there is no such tool or job at this base URL", "is MAGIC_HOUR_API_BASE_URL right?"),
    (422, "the request is well formed, and cannot be fulfilled", "the message names the field or the file"),
    (429, "there were too many calls", "wait a while and try again"),
];

/// The codes that say more than their status.
#[rustfmt::skip]
const CODES: [(&str, &str, &str); 2] = [
    ("subscription_required", "this needs a paid plan", "https://magichour.ai/pricing has the plans; `--tool ai-qr-code-generator` is free"),
    ("plan_upgrade_required", "the plan does not include this model, resolution or feature", "choose another model or resolution with --body, another --tool, or a higher plan: https://magichour.ai/pricing"),
];

impl ApiError {
    /// Advice for the user. After a creation that may have been accepted: look before trying again.
    pub fn hint(&self) -> &'static str {
        const LOOK_FIRST: &str =
            "the job may have been started all the same: look at https://magichour.ai/my-library before trying again";
        match self {
            _ if self.may_have_created() => LOOK_FIRST,
            Self::Refused { status, .. } if status.is_server_error() => "try again later",
            Self::Refused { status, .. } if status.is_redirection() => "correct MAGIC_HOUR_API_BASE_URL",
            Self::Refused { call, status, .. } if *status == StatusCode::FORBIDDEN && !call.creates() => {
                "does the key have the permission for this?"
            }
            Self::Refused { status, code, .. } => {
                known(*status, code.as_deref()).map_or("the message says more", |(_, hint)| hint)
            }
            Self::Unanswered { error, .. } if error.has_own_hint() => error.hint(),
            Self::Unanswered { .. } => "is there a network, and is MAGIC_HOUR_API_BASE_URL right?",
            Self::Garbled { .. } => "is MAGIC_HOUR_API_BASE_URL that of the API, and is there a proxy in between?",
            Self::Unsendable { .. } => "is MAGIC_HOUR_API_KEY whole, and without line breaks?",
            Self::Unencrypted { .. } => "use an https base URL",
        }
    }

    /// Whether a job may have been started in spite of the error.
    pub fn may_have_created(&self) -> bool {
        match self {
            Self::Refused { call, status, .. } => call.creates() && status.is_server_error(),
            Self::Unanswered { call, error } => call.creates() && !error.is_unsent(),
            Self::Garbled { call, status, .. } => call.creates() && status.is_success(),
            Self::Unsendable { .. } | Self::Unencrypted { .. } => false,
        }
    }

    /// Whether the answer did not come in time.
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Unanswered { error: PostError::SendTimeout { .. } | PostError::TooSlow { .. }, .. })
    }

    /// The status of the answer, if there was one.
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } | Self::Garbled { status, .. } => Some(*status),
            Self::Unanswered { .. } | Self::Unsendable { .. } | Self::Unencrypted { .. } => None,
        }
    }

    /// Whether the same call, made again, may well be answered: after too many calls, a fault of the server, or an
    /// accident of the network.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error(),
            Self::Unanswered { error, .. } => error.is_timeout() || matches!(error, PostError::Broken { .. }),
            Self::Garbled { .. } | Self::Unsendable { .. } | Self::Unencrypted { .. } => false,
        }
    }

    /// Delay before the next try of the same call, after `tries` of them; nothing if it must not be repeated.
    pub fn pause(&self, tries: u32) -> Option<Duration> {
        const TRIES: u32 = 4;
        const LONGEST: Duration = Duration::from_secs(30);
        let doubled = || Duration::from_millis(250).saturating_mul(2u32.saturating_pow(tries));
        let wait = self.retry_after().unwrap_or_else(doubled);
        (tries < TRIES && wait <= LONGEST).then_some(wait)
    }

    /// Whether it was refused for too many calls, and so was not acted on.
    pub fn is_one_too_many(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Delay that the API asked for.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The meaning and the hint of a refusal: by its code where that says more than the status.
fn known(status: StatusCode, code: Option<&str>) -> Option<(&'static str, &'static str)> {
    let by_code = CODES.into_iter().find(|(known, ..)| Some(*known) == code).map(|(_, meaning, hint)| (meaning, hint));
    let by_status =
        || STATUSES.into_iter().find(|(known, ..)| *known == status.as_u16()).map(|(_, meaning, hint)| (meaning, hint));
    by_code.or_else(by_status)
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};

    use super::{ApiCall, ApiError};
    use crate::net::out::post_error::{Breakage, PostError};

    fn refused(method: Method, status: u16) -> ApiError {
        let call = ApiCall { method, path: "/v1/text-to-video".to_owned() };
        let status = StatusCode::from_u16(status).unwrap();
        ApiError::Refused { call, status, code: None, message: Some("Payment required".to_owned()), retry_after: None }
    }

    #[test]
    fn a_refusal_says_which_call_what_the_api_said_and_what_that_means() {
        assert_eq!(
            refused(Method::POST, 402).to_string(),
            "POST /v1/text-to-video was refused with 402: Payment required (the account has too few credits)"
        );
    }

    #[test]
    fn the_three_codes_of_402_are_told_apart() {
        let with = |code: &str| {
            let ApiError::Refused { call, status, message, retry_after, .. } = refused(Method::POST, 402) else {
                panic!("no refusal")
            };
            let error = ApiError::Refused { call, status, code: Some(code.to_owned()), message, retry_after };
            (error.to_string(), error.hint())
        };
        let few = with("insufficient_credits");
        assert!(few.0.ends_with("(the account has too few credits)") && few.1.contains("pricing has more"), "{few:?}");
        let paid = with("subscription_required");
        assert!(paid.0.ends_with("(this needs a paid plan)") && paid.1.contains("has the plans"), "{paid:?}");
        let higher = with("plan_upgrade_required");
        assert!(higher.0.contains("does not include this model") && higher.1.contains("higher plan"), "{higher:?}");
    }

    #[test]
    fn whether_a_job_may_have_been_started_decides_what_to_do() {
        let unanswered = |error| ApiError::Unanswered {
            call: ApiCall { method: Method::POST, path: "/v1/lip-sync".to_owned() },
            error,
        };
        let unsent = unanswered(PostError::Dns { host: "h".to_owned(), problem: String::new() });
        let broken = unanswered(PostError::Broken { target: "h".to_owned(), problem: Breakage::Closed });
        assert!(!unsent.hint().contains("may have been started"));
        for error in [broken, refused(Method::POST, 503)] {
            assert!(error.hint().contains("may have been started"), "{error}");
        }
        assert_eq!(refused(Method::GET, 503).hint(), "try again later");
        let call = ApiCall { method: Method::POST, path: super::UPLOAD_URLS_PATH.to_owned() };
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let no_urls = ApiError::Refused { call, status, code: None, message: None, retry_after: None };
        assert_eq!((no_urls.hint(), no_urls.may_have_created()), ("try again later", false));
    }

    #[test]
    fn only_what_passes_is_worth_another_call() {
        let passing =
            [400, 401, 402, 403, 404, 422, 429, 500, 503].map(|status| refused(Method::GET, status).is_passing());
        assert_eq!(passing, [false, false, false, false, false, false, true, true, true]);
    }
}
