//! The probe of a public URL: before credits are spent, a signed event is posted there, and must arrive here.

use std::fmt;
use std::future::pending;
use std::time::Duration;

use http::header::SERVER;
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use tokio::time::timeout;

use crate::engine::e2e::inbox::Inbox;
use crate::engine::e2e::observed::Arrived;
use crate::model::contract::payload::event_json;
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::model::signing::reason::Reason;
use crate::model::text::one_line::in_one_line;
use crate::model::{Delivery, Secret, Signer};
use crate::net::out::post::{Answer, Post, Remote, TimeLimit};
use crate::net::out::post_error::PostError;

/// The type of the event, which is none of Magic Hour's, so that no handler which gets it by mistake acts on it.
const EVENT_TYPE: &str = "mh-hook.probe";

/// Time to wait for the event here once the URL has answered.
const ARRIVAL: Duration = Duration::from_secs(2);

/// Time to be routed after a refusal: if the refusal was ours, the event is here already.
const ROUTING: Duration = Duration::from_millis(200);

/// Bytes of a stranger's answer that are kept.
const ANSWER: usize = 4 << 10;

/// Reason why a public URL does not reach this machine.
#[derive(Debug)]
pub enum PublicUrlError {
    /// Nothing that answers.
    Unanswered { url: String, error: PostError },
    Elsewhere {
        url: String,
        status: StatusCode,
        /// Its Server header; received text.
        server: Option<String>,
        /// The beginning of its answer in one line; received text.
        excerpt: String,
    },
    /// A way to here that changes what it carries.
    Altered {
        url: String,
        /// Reason for the failed verification.
        reason: Reason,
    },
}

impl std::error::Error for PublicUrlError {}

impl fmt::Display for PublicUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unanswered { url, error } => write!(f, "{url} does not lead here: {error}"),
            Self::Elsewhere { url, status, server, excerpt } => {
                write!(f, "{url} does not lead here: ")?;
                match server {
                    Some(server) => write!(f, "{server} answered {}", status.as_u16())?,
                    None => write!(f, "another server answered {}", status.as_u16())?,
                }
                if excerpt.is_empty() { Ok(()) } else { write!(f, ": {excerpt}") }
            }
            Self::Altered { url, reason } => write!(f, "{url} leads here, but changes what it carries: {reason}"),
        }
    }
}

impl PublicUrlError {
    /// Advice for the user.
    pub fn hint(&self) -> &'static str {
        let Self::Elsewhere { status, excerpt, .. } = self else {
            return match self {
                Self::Unanswered { error: PostError::Dns { .. }, .. } => {
                    "is the tunnel running, and is this its present URL? many tunnels get another at each start"
                }
                Self::Unanswered { error: PostError::Tls { problem, .. }, .. } => problem.hint(),
                Self::Unanswered { .. } => "is the tunnel running?",
                _ => "the tunnel must pass on the body and the magic-hour-event headers as they are",
            };
        };
        let speaks_of_tunnel = ["tunnel", "ngrok", "cloudflare", "localtunnel"]
            .iter()
            .any(|word| excerpt.to_ascii_lowercase().contains(word));
        match status.as_u16() {
            _ if speaks_of_tunnel => "this is the tunnel's own page: does it lead to the port that e2e listens on?",
            502..=504 => "the tunnel is up and reaches nobody: does it lead to the port that e2e listens on?",
            300..=399 => "a redirect is not followed: use the URL that it leads to",
            _ => "is the URL right, and does it lead to the port that e2e listens on?",
        }
    }
}

/// Posts a signed event with a fresh id, and waits for it.
pub(super) async fn check_public_url(
    inbox: &Inbox,
    remote: &Remote,
    secret: &Secret,
    nonce: String,
    now: Timestamp,
) -> Result<(), PublicUrlError> {
    let url = remote.target().to_string();
    inbox.expect_id(&nonce);
    let event = event_json(EVENT_TYPE, json!({ "id": nonce })).to_string();
    let Delivery { headers, body } = Delivery::signed(&Signer::new(secret), event.into(), now);
    let post = Post { method: Method::POST, path: None, headers, body };
    let answer = remote.post(post, TimeLimit::Whole(ANSWER_TIMEOUT), ANSWER).await;
    let mut damaged = None;
    let patience = match &answer {
        // What answers with success, or not at all, may pass the event on a moment later.
        Ok(answer) if answer.status.is_success() => ARRIVAL,
        Err(error) if !error.is_unsent() => ARRIVAL,
        _ => ROUTING,
    };
    let arrived = timeout(patience, arrival(inbox, &nonce, &mut damaged)).await.is_ok();
    inbox.forget();
    match (arrived, damaged, answer) {
        (true, ..) => Ok(()),
        (false, Some(reason), _) => Err(PublicUrlError::Altered { url, reason }),
        (false, None, Err(error)) => Err(PublicUrlError::Unanswered { url, error }),
        (false, None, Ok(answer)) => Err(elsewhere(url, &answer)),
    }
}

/// Waits until the event has come as it was sent; notes what is wrong with one that has not.
async fn arrival(inbox: &Inbox, nonce: &str, damaged: &mut Option<Reason>) {
    let mut arrival = inbox.subscribe();
    loop {
        for arrival in inbox.take(nonce) {
            let Arrived::Delivery(received) = arrival.what else { continue };
            match received.verdict.reason() {
                None => return,
                // It may be another one that names no job; ours may still come.
                Some(reason) => _ = damaged.get_or_insert_with(|| reason.clone()),
            }
        }
        if arrival.changed().await.is_err() {
            pending::<()>().await;
        }
    }
}

fn elsewhere(url: String, answer: &Answer) -> PublicUrlError {
    const SHOWN: usize = 120;
    let text = String::from_utf8_lossy(&answer.body);
    PublicUrlError::Elsewhere {
        url,
        status: answer.status,
        server: answer.headers.get(SERVER).and_then(|server| server.to_str().ok()).map(str::to_owned),
        excerpt: in_one_line(&without_tags(&text)).chars().take(SHOWN).collect(),
    }
}

/// The words of a page, so that one line of it says something.
fn without_tags(page: &str) -> String {
    let mut pieces = page.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + " " + piece.split_once('>').map_or(piece, |(_, after)| after))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::header::SERVER;
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::elsewhere;
    use crate::net::out::post::Answer;

    #[test]
    fn what_stands_there_instead_is_told_in_one_line() {
        let headers = HeaderMap::from_iter([(SERVER, HeaderValue::from_static("nginx"))]);
        let body = Bytes::from_static(b"<html>\n<h1>404 Not\nFound</h1><p>Tunnel abc.ngrok.app not found</p>");
        let answer = Answer { status: StatusCode::NOT_FOUND, headers, body, truncated: false };
        let error = elsewhere("https://abc.ngrok.app/".to_owned(), &answer);
        assert_eq!(
            error.to_string(),
            "https://abc.ngrok.app/ does not lead here: nginx answered 404: 404 Not Found Tunnel abc.ngrok.app not found"
        );
        assert!(error.hint().contains("tunnel's own page"));
    }
}
