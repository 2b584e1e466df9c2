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
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response, retry};
use tokio::time::timeout;
use url::Url;

use crate::model::loopback::is_loopback;
use crate::net::out::connect::{addresses, is_descriptor_shortage};
use crate::net::out::post_error::{Breakage, PostError};
use crate::net::out::tls::TlsOptions;
use crate::net::out::tls_problem::TlsProblem;

/// Time limit of connecting.
const CONNECTING: Duration = Duration::from_secs(10);

/// Time without progress after which a transfer is given up.
pub const STANDSTILL: Duration = Duration::from_secs(30);

/// Value of the User-Agent header.
const USER_AGENT: &str = concat!("mh-hook/", env!("CARGO_PKG_VERSION"));

/// The client. Connections are kept open between requests.
#[derive(Debug, Default)]
pub struct ApiClient {
    tls: TlsOptions,
    clients: Mutex<HashMap<ClientKind, Client>>,
}

/// Setup of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ClientKind {
    encrypted: bool,
    /// Whether the server is on this machine.
    near: bool,
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct ApiResponse {
    /// Host and port, for messages.
    target: String,
    response: Response,
}

impl ApiClient {
    /// A client that trusts whom these options say.
    pub fn new(tls: TlsOptions) -> Self {
        Self { tls, clients: Mutex::default() }
    }

    /// Sends a request, and returns when the head of the answer is there, at most `limit` later.
    ///
    /// # Errors
    ///
    /// [`PostError`] when no answer came. The server has not acted if it [`PostError::is_unsent`].
    pub async fn send(&self, request: Request, limit: Duration) -> Result<ApiResponse, PostError> {
        let url = request.url().clone();
        let target = authority(&url);
        let client = self.client(&url, &target)?;
        match timeout(limit, client.execute(request)).await {
            Ok(Ok(response)) => Ok(ApiResponse { target, response }),
            Ok(Err(error)) => Err(failure(&url, target, &error)),
            Err(_) => Err(PostError::TooSlow { target, after: limit }),
        }
    }

    fn client(&self, url: &Url, target: &str) -> Result<Client, PostError> {
        let kind = ClientKind { encrypted: url.scheme() == "https", near: is_loopback(url) };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let broken = |problem: String| PostError::Setup { target: target.to_owned(), problem };
        let tls = if kind.encrypted { self.tls.client_config() } else { TlsOptions::trusting_nobody() };
        let tls = tls.map_err(|error| broken(error.to_string()))?;
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .retry(retry::never())
            .connect_timeout(CONNECTING)
            .user_agent(USER_AGENT);
        let builder = if kind.near { builder.no_proxy().dns_resolver(ThisMachine) } else { builder };
        let client = builder.build().map_err(|_| broken("no client could be set up".to_owned()))?;
        clients.insert(kind, client.clone());
        Ok(client)
    }
}

impl ApiResponse {
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Length of the body, if the server announces it.
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece of the body; nothing at its end.
    ///
    /// # Errors
    ///
    /// [`PostError`] when the body breaks off, or nothing of it comes for [`STANDSTILL`].
    pub async fn piece(&mut self) -> Result<Option<Bytes>, PostError> {
        let url = self.response.url().clone();
        let target = self.target.clone();
        match timeout(STANDSTILL, self.response.chunk()).await {
            Ok(piece) => piece.map_err(|error| failure(&url, target, &error)),
            Err(_) => Err(PostError::TooSlow { target, after: STANDSTILL }),
        }
    }

    /// The whole body, or as much of it as was asked for, and within the time.
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

/// Says in our own terms how a request failed, by what lies at the bottom of it. What goes wrong on a connection that is
/// there already is never said to have gone wrong before: the request may have arrived.
fn failure(url: &Url, target: String, error: &reqwest::Error) -> PostError {
    let causes = causes(error);
    let system = || causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>());
    if !error.is_connect() {
        let is_reset = system().any(|e| matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
        let is_parse =
            causes.iter().filter_map(|cause| cause.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse);
        let problem = match (is_reset, is_parse) {
            (true, _) => Breakage::Reset,
            (false, true) => Breakage::NotHttp,
            (false, false) => Breakage::Closed,
        };
        return PostError::Broken { target, problem };
    }
    if system().any(is_descriptor_shortage) {
        return PostError::Descriptors { target };
    }
    let hidden = system().filter_map(tls_within);
    let tls = causes.iter().filter_map(|cause| cause.downcast_ref::<rustls::Error>()).chain(hidden).next();
    if let Some(problem) = tls {
        return PostError::Tls { target, problem: TlsProblem::of(problem) };
    }
    if causes.iter().any(|cause| cause.to_string() == "dns error") {
        let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
        let problem = deepest.strip_prefix("failed to lookup address information: ").unwrap_or(&deepest).to_owned();
        return PostError::Dns { host: url.host_str().unwrap_or_default().to_owned(), problem };
    }
    if error.is_timeout() {
        return PostError::ConnectTimeout { target, after: CONNECTING };
    }
    let kind = system().map(io::Error::kind).find(|kind| is_of_system(*kind)).unwrap_or(ErrorKind::Other);
    PostError::Connect { target, tried: Vec::new(), kind, listens_on_other_family: false }
}

/// The error of TLS in an error of the system, however often wrapped.
fn tls_within(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| inner.downcast_ref().and_then(tls_within))
}

/// A resolver for names of this machine, which are never asked of the network.
struct ThisMachine;

impl Resolve for ThisMachine {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = addresses(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Causes of an error, the deepest last.
fn causes(error: &reqwest::Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}

/// Whether the operating system itself says why there is no connection.
fn is_of_system(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
    )
}
