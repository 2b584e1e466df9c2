//! Calls of Magic Hour's API and transfers of its files: one client, set up when it is first needed.
//!
//! It follows no redirect and repeats no request. A proxy of the environment is used, but never to reach this machine.
//! The system's certificates are read at the first https request, not before.

use std::collections::HashMap;
use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response, retry};
use tokio::time::timeout;
use url::Url;

use crate::model::loopback::is_loopback;
use crate::net::connect::PostError;
use crate::net::tls::TlsOptions;

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long a transfer may stand still.
const STANDSTILL: Duration = Duration::from_secs(30);

/// What we call ourselves.
const USER_AGENT: &str = concat!("mh-hook/", env!("CARGO_PKG_VERSION"));

/// The client. Connections are kept open between requests.
#[derive(Debug, Default)]
pub struct Web {
    tls: TlsOptions,
    clients: Mutex<HashMap<Reach, Client>>,
}

/// What a client has to be set up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Reach {
    encrypted: bool,
    /// Whether the server is on this machine.
    near: bool,
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Reply {
    /// Host and port, for messages.
    target: String,
    response: Response,
}

impl Web {
    /// A client that trusts whom these options say.
    #[must_use]
    pub fn new(tls: TlsOptions) -> Self {
        Self { tls, clients: Mutex::default() }
    }

    /// Sends a request, and returns when the head of the answer is there, at most `limit` later.
    ///
    /// # Errors
    ///
    /// [`PostError`] when no answer came. Only [`PostError::is_unsent`] tells whether the server may have acted.
    pub async fn send(&self, request: Request, limit: Duration) -> Result<Reply, PostError> {
        let url = request.url().clone();
        let target = authority(&url);
        let client = self.client(&url, &target)?;
        match timeout(limit, client.execute(request)).await {
            Ok(Ok(response)) => Ok(Reply { target, response }),
            Ok(Err(error)) => Err(failure(&url, target, &error)),
            Err(_) => Err(PostError::TooSlow { target, after: limit }),
        }
    }

    fn client(&self, url: &Url, target: &str) -> Result<Client, PostError> {
        let reach = Reach { encrypted: url.scheme() == "https", near: is_loopback(url) };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&reach) {
            return Ok(client.clone());
        }
        let broken = |problem: String| PostError::Tls { target: target.to_owned(), problem };
        let tls = if reach.encrypted { self.tls.client_config() } else { TlsOptions::trusting_nobody() };
        let tls = tls.map_err(|error| broken(error.to_string()))?;
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .retry(retry::never())
            .connect_timeout(CONNECTING)
            .read_timeout(STANDSTILL)
            .user_agent(USER_AGENT);
        let builder = if reach.near { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| broken(error.to_string()))?;
        clients.insert(reach, client.clone());
        Ok(client)
    }
}

impl Reply {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// How long the body will be, if the server says so.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece of the body; nothing at its end.
    ///
    /// # Errors
    ///
    /// [`PostError`] when the body breaks off, or stands still for 30 s.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, PostError> {
        let url = self.response.url().clone();
        self.response.chunk().await.map_err(|error| failure(&url, self.target.clone(), &error))
    }

    /// The whole body, or as much of it as was asked for, and within the time.
    ///
    /// # Errors
    ///
    /// As [`Reply::piece`].
    pub async fn whole(mut self, most: usize, limit: Duration) -> Result<Bytes, PostError> {
        let target = self.target.clone();
        let reading = async {
            let mut whole = BytesMut::new();
            while let Some(piece) = self.piece().await? {
                let room = most - whole.len();
                whole.extend_from_slice(piece.get(..room).unwrap_or(&piece));
                if whole.len() == most {
                    break;
                }
            }
            Ok(whole.freeze())
        };
        timeout(limit, reading).await.unwrap_or(Err(PostError::TooSlow { target, after: limit }))
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Says in our own terms how a request failed, by what lies at the bottom of it.
fn failure(url: &Url, target: String, error: &reqwest::Error) -> PostError {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return PostError::Tls { target, problem: error.to_string() };
        }
        if error.to_string() == "dns error" {
            let host = url.host_str().unwrap_or_default().to_owned();
            return PostError::Dns { host, problem: resolver_says(error) };
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                return PostError::Tls { target, problem: inner.to_string() };
            }
            if let Some(told) = told_by_system(error.kind(), &target) {
                return told;
            }
        }
        cause = error.source();
    }
    match () {
        () if error.is_timeout() && error.is_connect() => {
            PostError::Connect { target, tried: Vec::new(), kind: ErrorKind::TimedOut }
        }
        () if error.is_timeout() => PostError::TooSlow { target, after: STANDSTILL },
        () if error.is_connect() => PostError::Connect { target, tried: Vec::new(), kind: ErrorKind::Other },
        () => PostError::Broken { target, problem: String::new() },
    }
}

fn told_by_system(kind: ErrorKind, target: &str) -> Option<PostError> {
    let target = target.to_owned();
    match kind {
        ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Some(PostError::Connect { target, tried: Vec::new(), kind })
        }
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Some(PostError::Broken { target, problem: "connection reset".to_owned() })
        }
        _ => None,
    }
}

/// What the resolver says in the end, less the words with which every such message begins.
fn resolver_says(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}
