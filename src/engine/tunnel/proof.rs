//! The proof that a public URL reaches this machine: a signed event with a nonce is posted there, and must arrive as it was sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, SERVER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::engine::clock::SharedClock;
use crate::engine::receive::public_access::{PROOF_HEADER, PublicAccess};
use crate::engine::tunnel::public_resolver::PublicResolver;
use crate::model::contract::payload::event_json;
use crate::model::id::job_id;
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::model::signing::reason::Reason;
use crate::model::text::one_line::in_one_line;
use crate::model::{Delivery, Signer};
use crate::net::out::post::{Answer, Post, Remote, TimeLimit};
use crate::net::out::post_error::PostError;
use crate::net::out::target::Target;
use crate::net::out::tls::{TlsError, TlsOptions};
use crate::net::shutdown::Shutdown;

/// The type of the event, which is none of Magic Hour's: a handler that gets it by mistake does not act on it.
const EVENT_TYPE: &str = "mh-hook.probe";

/// Time to wait for the event here once the URL has answered.
const ARRIVAL: Duration = Duration::from_secs(2);

/// Time to be noticed after a refusal: if the refusal was ours, it is here already.
const NOTICED: Duration = Duration::from_millis(200);

/// Bytes of a stranger's answer that are kept.
const ANSWER: usize = 4 << 10;

/// Fronts that show a page to browsers show none where these are sent.
const SKIP_PAGES: [(&str, &str); 4] = [
    ("ngrok-skip-browser-warning", "true"),
    ("x-tunnel-skip-antiphishing-page", "true"),
    ("x-pinggy-no-screen", "1"),
    ("bypass-tunnel-reminder", "true"),
];

/// Why a public URL is not proven.
#[derive(Debug)]
pub enum ProofError {
    /// https cannot be spoken at all.
    Tls(TlsError),
    /// Nothing answers there.
    Unanswered {
        /// The URL.
        url: String,
        /// Why.
        error: PostError,
    },
    /// Something else answers there.
    Elsewhere {
        /// The URL.
        url: String,
        /// Answer of the URL.
        status: StatusCode,
        /// Its Server header; received text.
        server: Option<String>,
        /// The code of a tunnel's own error, such as `ERR_NGROK_3200`; received text.
        code: Option<String>,
        /// The beginning of its answer in one line; received text.
        excerpt: String,
    },
    /// The URL reaches this machine, but what it carries is changed.
    Altered {
        /// The URL.
        url: String,
        /// Reason for the failed verification.
        reason: Reason,
    },
}

impl std::error::Error for ProofError {}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls(error) => write!(f, "{error}"),
            Self::Unanswered { url, error } => write!(f, "{url} does not reach this machine: {error}"),
            Self::Elsewhere { url, status, server, code, excerpt } => {
                write!(f, "{url} does not reach this machine: ")?;
                match server {
                    Some(server) => write!(f, "{server} answered {}", status.as_u16())?,
                    None => write!(f, "another server answered {}", status.as_u16())?,
                }
                if let Some(code) = code {
                    write!(f, " ({code})")?;
                }
                if excerpt.is_empty() { Ok(()) } else { write!(f, ": {excerpt}") }
            }
            Self::Altered { url, reason } => {
                write!(f, "{url} reaches this machine, but changes what it carries: {reason}")
            }
        }
    }
}

impl ProofError {
    /// Advice for the user.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Tls(_) => "--ca-file FILE names certificates to trust",
            Self::Unanswered { error: PostError::Dns { .. }, .. } => {
                "is the tunnel running, and is this its present URL? many tunnels get another at each start"
            }
            Self::Unanswered { error: PostError::Tls { problem, .. }, .. } => problem.hint(),
            Self::Unanswered { .. } => "is the tunnel running?",
            Self::Altered { .. } => "the tunnel must pass on the body and the magic-hour-event headers as they are",
            Self::Elsewhere { status, code, excerpt, .. } => hint_elsewhere(*status, code.as_deref(), excerpt),
        }
    }

    /// Whether the same URL may reach this machine a moment later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Tls(_) | Self::Altered { .. } | Self::Unanswered { error: PostError::Tls { .. }, .. } => false,
            Self::Unanswered { .. } => true,
            Self::Elsewhere { status, .. } => matches!(status.as_u16(), 404 | 502 | 503 | 504 | 530),
        }
    }

    /// Whether only the look-up of the name failed: others may see it already.
    #[must_use]
    pub const fn is_unresolved(&self) -> bool {
        matches!(self, Self::Unanswered { error: PostError::Dns { .. }, .. })
    }
}

fn hint_elsewhere(status: StatusCode, code: Option<&str>, excerpt: &str) -> &'static str {
    match code {
        Some("ERR_NGROK_3200") => return "the ngrok agent of this URL does not run: start it, or take its present URL",
        Some("ERR_NGROK_8012") => {
            return "the ngrok agent forwards to a port where nothing listens: it must be the port of mh-hook";
        }
        Some("ERR_NGROK_3004") => return "the ngrok agent forwards to another program, or to a TLS port",
        Some("1033") => return "no cloudflared is connected for this URL: start it, or take its present URL",
        _ => {}
    }
    let speaks_of_tunnel =
        ["tunnel", "ngrok", "cloudflare", "localtunnel"].iter().any(|word| excerpt.to_ascii_lowercase().contains(word));
    match status.as_u16() {
        _ if speaks_of_tunnel => "this is the tunnel's own page: does it reach the port that mh-hook listens on?",
        502..=504 => "the tunnel is up and reaches nobody: does it reach the port that mh-hook listens on?",
        300..=399 => "a redirect is not followed: use the URL that it names",
        _ => "is the URL right, and does it reach the port that mh-hook listens on?",
    }
}

/// Resolver that knew the host of a proven URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedBy {
    /// The one of this machine.
    ThisMachine,
    /// One on the internet: this machine cannot see the name yet.
    PublicResolver,
}

/// Proves public URLs of one receiver.
#[derive(Clone, Debug)]
pub struct Prover {
    /// The receiver's side.
    pub access: Arc<PublicAccess>,
    pub tls: TlsOptions,
    /// The time of day.
    pub clock: SharedClock,
    /// The tasks that drive connections.
    pub tasks: Shutdown,
    /// The resolver to ask where this machine's knows no such name, if one is allowed.
    pub resolver: Option<Arc<PublicResolver>>,
}

impl Prover {
    /// Proves a URL once. Where only the look-up of its name fails, another resolver is asked, if one is allowed.
    ///
    /// # Errors
    ///
    /// [`ProofError`] when the event did not arrive as it was sent.
    pub async fn prove(&self, url: &Target) -> Result<ResolvedBy, ProofError> {
        let error = match self.try_once(url).await {
            Ok(()) => return Ok(ResolvedBy::ThisMachine),
            Err(error) if error.is_unresolved() => error,
            Err(error) => return Err(error),
        };
        let Some(resolver) = &self.resolver else { return Err(error) };
        let addresses = resolver.addresses(&url.host, url.port).await;
        if addresses.is_empty() {
            return Err(error);
        }
        self.try_once(&url.at(addresses)).await.map(|()| ResolvedBy::PublicResolver)
    }

    /// Posts a signed event with a fresh nonce, and waits for it.
    async fn try_once(&self, url: &Target) -> Result<(), ProofError> {
        let remote = Remote::new(url.clone(), &self.tls, self.tasks.clone()).map_err(ProofError::Tls)?;
        let nonce = job_id(&mut fastrand::Rng::new());
        self.access.expect(&nonce);
        let event = event_json(EVENT_TYPE, json!({ "id": nonce })).to_string();
        let signer = Signer::new(self.access.secret());
        let Delivery { mut headers, body } = Delivery::signed(&signer, event.into(), self.clock.now());
        add_proof_headers(&mut headers, &nonce);
        let post = Post { method: Method::POST, path: None, headers, body };
        let answer = remote.post(post, TimeLimit::Whole(ANSWER_TIMEOUT), ANSWER).await;
        let patience = match &answer {
            // What answers with success, or not at all, may pass the event on a moment later.
            Ok(answer) if answer.status.is_success() => ARRIVAL,
            Err(error) if !error.is_unsent() => ARRIVAL,
            _ => NOTICED,
        };
        let outcome = timeout(patience, self.access.outcome()).await;
        self.access.forget();
        let url = url.to_string();
        match (outcome, answer) {
            (Ok(Ok(())), _) => Ok(()),
            (Ok(Err(reason)), _) => Err(ProofError::Altered { url, reason }),
            (Err(_), Err(error)) => Err(ProofError::Unanswered { url, error }),
            (Err(_), Ok(answer)) => Err(elsewhere(url, &answer)),
        }
    }

    /// Proves a URL that may need a moment: tries again after each of these waits, as long as that can help.
    ///
    /// # Errors
    ///
    /// [`ProofError`] of the last try.
    pub async fn prove_patiently(&self, url: &Target, waits: &[Duration]) -> Result<ResolvedBy, ProofError> {
        let mut waits = waits.iter();
        loop {
            match self.prove(url).await {
                Err(error) if error.is_temporary() => match waits.next() {
                    Some(wait) => sleep(*wait).await,
                    None => return Err(error),
                },
                ended => return ended,
            }
        }
    }
}

fn add_proof_headers(headers: &mut HeaderMap, nonce: &str) {
    const OURS: HeaderValue = HeaderValue::from_static(concat!("mh-hook/", env!("CARGO_PKG_VERSION")));
    headers.insert(USER_AGENT, OURS);
    for (name, value) in SKIP_PAGES {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(nonce) = HeaderValue::from_str(nonce) {
        headers.insert(PROOF_HEADER, nonce);
    }
}

fn elsewhere(url: String, answer: &Answer) -> ProofError {
    const SHOWN: usize = 120;
    let text = String::from_utf8_lossy(&answer.body);
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // ngrok promises that no upstream can set this header.
    let code = header("ngrok-error-code").or_else(|| {
        let is_disconnected = answer.status.as_u16() == 530 && text.contains("1033");
        is_disconnected.then(|| "1033".to_owned())
    });
    let excerpt = in_one_line(&without_tags(&text)).chars().take(SHOWN).collect();
    ProofError::Elsewhere { url, status: answer.status, server: header(SERVER.as_str()), code, excerpt }
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
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::elsewhere;
    use crate::net::out::post::Answer;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers, body: Bytes::from_static(body.as_bytes()), truncated: false, excess: 0 }
    }

    #[test]
    fn another_server_is_named_in_one_line() {
        let page = "<html>\n<h1>404 Not\nFound</h1><p>Tunnel abc.ngrok.app not found</p>";
        let error = elsewhere("https://abc.ngrok.app/".to_owned(), &answer(404, &[("server", "nginx")], page));
        assert_eq!(
            error.to_string(),
            "https://abc.ngrok.app/ does not reach this machine: nginx answered 404: 404 Not Found Tunnel abc.ngrok.app not found"
        );
        assert!(error.hint().contains("tunnel's own page"));
    }

    #[test]
    fn a_tunnels_own_code_decides_the_hint() {
        let rows = [
            (404, Some("ERR_NGROK_3200"), "", "does not run"),
            (502, Some("ERR_NGROK_8012"), "", "nothing listens"),
            (502, Some("ERR_NGROK_3004"), "", "another program"),
            (530, None, "error code: 1033", "no cloudflared is connected"),
        ];
        for (status, code, body, part) in rows {
            let headers: Vec<_> = code.map(|code| ("ngrok-error-code", code)).into_iter().collect();
            let error = elsewhere("https://x.dev/".to_owned(), &answer(status, &headers, body));
            assert!(error.hint().contains(part), "{error}: {}", error.hint());
            assert!(error.is_temporary(), "{error}");
        }
        assert!(!elsewhere("https://x.dev/".to_owned(), &answer(200, &[], "hello")).is_temporary());
    }
}
