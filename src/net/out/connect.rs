//! Opening a connection: every address of the host is tried, and a failure says which.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use crate::net::out::target::Target;
use crate::net::out::tls::in_plain_words;
use crate::net::shutdown::Shutdown;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The host has no address.
    #[error("cannot find the host '{host}'{}", detail(.problem))]
    Dns {
        host: String,
        /// Message of the resolver.
        problem: String,
    },
    /// No address took the connection.
    #[error("cannot connect to {target}: {} {}", list(.tried), explain(*.kind))]
    Connect {
        /// Target that was to be reached.
        target: String,
        /// The addresses that were tried, as far as they are known.
        tried: Vec<SocketAddr>,
        /// Failure of the last address.
        kind: ErrorKind,
    },
    /// TLS could not be agreed upon, or the certificate is not trusted.
    #[error("cannot speak TLS with {target}: {problem}")]
    Tls {
        /// Target that was to be reached.
        target: String,
        problem: String,
    },
    /// The connection broke before a whole answer came.
    #[error("{target} closed the connection before answering{}", detail(.problem))]
    Broken {
        target: String,
        /// Message of hyper.
        problem: String,
    },
    /// No whole answer came in time.
    #[error("{target} did not answer within {} s", .after.as_secs_f64())]
    TooSlow {
        /// Target of the request.
        target: String,
        /// Time that was waited.
        after: Duration,
    },
}

impl PostError {
    /// The failure's stable name, for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Dns { .. } => "dns",
            Self::Connect { kind: ErrorKind::ConnectionRefused, .. } => "refused",
            Self::Connect { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::Broken { .. } => "broken",
            Self::TooSlow { .. } => "timeout",
        }
    }

    /// Whether not a byte of the request can have reached the server, so that it cannot have acted on it.
    pub const fn is_unsent(&self) -> bool {
        matches!(self, Self::Dns { .. } | Self::Connect { .. } | Self::Tls { .. })
    }
}

/// Whether something listens on the other loopback address than the one that was tried: the likeliest reason why a
/// program that runs is not found.
pub fn listens_on_other_family(error: &PostError) -> bool {
    const PATIENCE: Duration = Duration::from_millis(200);
    let PostError::Connect { tried, kind: ErrorKind::ConnectionRefused, .. } = error else { return false };
    tried.iter().filter(|address| address.ip().is_loopback()).any(|address| {
        let other: IpAddr = if address.is_ipv4() { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        std::net::TcpStream::connect_timeout(&SocketAddr::new(other, address.port()), PATIENCE).is_ok()
    })
}

fn detail(problem: &str) -> String {
    if problem.is_empty() { String::new() } else { format!(": {problem}") }
}

fn explain(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => "refused the connection",
        ErrorKind::ConnectionReset => "reset the connection",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "cannot be reached from here",
        ErrorKind::TimedOut => "did not answer",
        _ => "could not be connected to",
    }
}

fn list(addresses: &[SocketAddr]) -> String {
    if addresses.is_empty() {
        return "it".to_owned();
    }
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// A stream of bytes, encrypted or not.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A connection that can carry requests one after another.
pub(crate) type Connection = SendRequest<Full<Bytes>>;

/// Opens a connection; the task that drives it belongs to `shutdown`.
pub(crate) async fn connect(
    target: &Target,
    tls: Option<Arc<ClientConfig>>,
    shutdown: &Shutdown,
) -> Result<Connection, PostError> {
    handshake(dial(target, tls).await?, target, shutdown).await
}

/// Opens a connection and agrees on TLS where that is spoken.
pub(crate) async fn dial(target: &Target, tls: Option<Arc<ClientConfig>>) -> Result<Box<dyn ByteStream>, PostError> {
    let stream = open(target).await?;
    // A request is written whole, so waiting for more of it would only delay it.
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else { return Ok(Box::new(stream)) };
    let wrong = |problem: String| PostError::Tls { target: target.authority.clone(), problem };
    let name = ServerName::try_from(target.host.clone()).map_err(|error| wrong(error.to_string()))?;
    let stream = TlsConnector::from(config).connect(name, stream).await.map_err(|error| {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        wrong(tls.map_or_else(|| error.to_string(), in_plain_words))
    })?;
    Ok(Box::new(stream))
}

async fn open(target: &Target) -> Result<TcpStream, PostError> {
    let not_found = |problem: String| PostError::Dns { host: target.host.clone(), problem };
    let addresses = addresses(target).await.map_err(|error| not_found(in_short(&error)))?;
    let mut last = None;
    for address in &addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    match last {
        None => Err(not_found(String::new())),
        Some(error) => {
            Err(PostError::Connect { target: target.authority.clone(), tried: addresses, kind: error.kind() })
        }
    }
}

/// The addresses of the host. `localhost` is both of its addresses, whatever the resolver knows of it.
async fn addresses(target: &Target) -> io::Result<Vec<SocketAddr>> {
    if target.host.eq_ignore_ascii_case("localhost") {
        let both: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(both.into_iter().map(|address| SocketAddr::new(address, target.port)).collect());
    }
    Ok(lookup_host((target.host.as_str(), target.port)).await?.collect())
}

/// Message of the resolver, without the words that begin every such message.
fn in_short(error: &io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}

async fn handshake(stream: Box<dyn ByteStream>, target: &Target, shutdown: &Shutdown) -> Result<Connection, PostError> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(target, &error))?;
    // Ends when its sender is dropped, or the other side hangs up; errors reach whoever waits for an answer.
    shutdown.spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

/// Says in plain words how a connection broke.
pub(crate) fn broken(target: &Target, error: &hyper::Error) -> PostError {
    let cause = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    let problem = match cause.map(io::Error::kind) {
        Some(ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        _ if error.is_incomplete_message() => String::new(),
        _ if error.is_parse() => "its answer is not HTTP/1.1".to_owned(),
        _ => error.to_string(),
    };
    PostError::Broken { target: target.authority.clone(), problem }
}
