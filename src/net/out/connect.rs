//! Opening a connection: every address of the host is tried in time, and a failure says which.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::model::loopback::is_localhost;
use crate::net::byte_stream::ByteStream;
use crate::net::out::post_error::{Breakage, PostError};
use crate::net::out::target::Target;
use crate::net::out::tls::TlsOptions;
use crate::net::out::tls_problem::TlsProblem;
use crate::net::out::traffic::{CountedStream, Traffic};
use crate::net::shutdown::Shutdown;

/// The time in which the other loopback address has to take a connection to be named.
const OTHER_FAMILY: Duration = Duration::from_millis(200);

/// The time that an address has to take the connection, where another one is left to try.
const ADDRESS_TIME: Duration = Duration::from_secs(2);

/// The most header fields of an answer.
const MOST_HEADERS: usize = 256;

/// Writing of a request to its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Writing {
    /// The head and the body as they are, without copying the body.
    #[default]
    Gathered,
    /// As one piece, which costs less for a small body.
    Copied,
}

/// A connection that can carry requests one after another.
#[derive(Debug)]
pub(crate) struct OutgoingConnection {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    pub(crate) traffic: Arc<Traffic>,
}

/// Opens a connection; the task that drives it belongs to `shutdown`.
pub(crate) async fn connect(
    target: &Target,
    tls: Option<Arc<ClientConfig>>,
    writing: Writing,
    shutdown: &Shutdown,
) -> Result<OutgoingConnection, PostError> {
    let stream = dial(target, tls).await?;
    speak_http(stream, target, writing, shutdown).await
}

/// Begins to speak HTTP over a stream that is open; the task that drives it belongs to `shutdown`.
pub(crate) async fn speak_http(
    stream: impl ByteStream,
    target: &Target,
    writing: Writing,
    shutdown: &Shutdown,
) -> Result<OutgoingConnection, PostError> {
    let (stream, traffic) = CountedStream::new(stream);
    let mut builder = Builder::new();
    builder.max_headers(MOST_HEADERS);
    if writing == Writing::Copied {
        builder.writev(false);
    }
    let handshake = builder.handshake(TokioIo::new(stream)).await;
    let broken = |_| PostError::Broken { target: target.authority.clone(), problem: Breakage::Closed };
    let (sender, connection) = handshake.map_err(broken)?;
    // Ends when its sender is dropped, or the other side hangs up; the request that waits for an answer gets the error.
    shutdown.spawn(async move {
        let _ = connection.await;
    });
    Ok(OutgoingConnection { sender, traffic })
}

/// Opens a connection and agrees on TLS where that is spoken.
pub(crate) async fn dial(target: &Target, tls: Option<Arc<ClientConfig>>) -> Result<Box<dyn ByteStream>, PostError> {
    let stream = open(target).await?;
    // A request is written whole, so waiting for more of it would only delay it.
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else { return Ok(Box::new(stream)) };
    let wrong = |problem: TlsProblem| PostError::Tls { target: target.authority.clone(), problem };
    let name = target.host.strip_suffix('.').unwrap_or(&target.host).to_owned();
    let name = ServerName::try_from(name).map_err(|_| wrong(TlsProblem::BadHost))?;
    let stream = TlsConnector::from(config).connect(name, stream).await;
    Ok(Box::new(stream.map_err(|error| wrong(TlsProblem::of_io(&error)))?))
}

/// Whether TLS is spoken at a target: most servers of TLS close the connection on plain http and say nothing.
pub(crate) async fn speaks_tls(target: &Target) -> bool {
    const PATIENCE: Duration = Duration::from_millis(500);
    let Ok(config) = TlsOptions::trusting_nobody() else { return false };
    match timeout(PATIENCE, dial(target, Some(Arc::new(config)))).await {
        Ok(Err(PostError::Tls { problem, .. })) => problem.shows_tls(),
        _ => false,
    }
}

async fn open(target: &Target) -> Result<TcpStream, PostError> {
    let not_found = |problem: String| PostError::Dns { host: target.host.clone(), problem };
    let tried = alternate(match target.addresses.as_slice() {
        [] => addresses(&target.host, target.port).await.map_err(|error| not_found(in_short(&error)))?,
        known => known.to_vec(),
    });
    let mut last = None;
    for (at, address) in tried.iter().enumerate() {
        let connecting = TcpStream::connect(address);
        let connected = if at + 1 < tried.len() {
            timeout(ADDRESS_TIME, connecting).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
        } else {
            connecting.await
        };
        match connected {
            Ok(stream) => return Ok(stream),
            Err(error) if is_descriptor_shortage(&error) => {
                return Err(PostError::Descriptors { target: target.authority.clone() });
            }
            Err(error) => last = Some(error.kind()),
        }
    }
    let Some(kind) = last else { return Err(not_found(String::new())) };
    let listens_on_other_family = kind == ErrorKind::ConnectionRefused && listens_on_other_family(&tried).await;
    Err(PostError::Connect { target: target.authority.clone(), tried, kind, listens_on_other_family })
}

/// The addresses in their order, but those of IPv4 and IPv6 in turn: where one of them leads nowhere, all of its
/// addresses do.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let starts_with_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv4() == starts_with_v4);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut in_turn = Vec::with_capacity(first.len() + second.len());
    while first.len() + second.len() > 0 {
        in_turn.extend(first.next());
        in_turn.extend(second.next());
    }
    in_turn
}

/// Whether something listens on the other loopback address than the one that was tried: the likeliest reason why a
/// program that runs is not found.
async fn listens_on_other_family(tried: &[SocketAddr]) -> bool {
    let [tried] = tried else { return false };
    let other: IpAddr = match tried.ip() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Ipv4Addr::LOCALHOST.into(),
        _ => return false,
    };
    let other = SocketAddr::new(other, tried.port());
    timeout(OTHER_FAMILY, TcpStream::connect(other)).await.is_ok_and(|connected| connected.is_ok())
}

/// The addresses of a host. `localhost` and the names below it are both of this machine's, whatever the resolver knows.
pub(crate) async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if is_localhost(host) {
        let both: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(both.into_iter().map(|address| SocketAddr::new(address, port)).collect());
    }
    Ok(lookup_host((host, port)).await?.collect())
}

/// Whether the error says that this program, or the system, has no file descriptor left.
pub(crate) fn is_descriptor_shortage(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const WSAEMFILE: i32 = 10_024;
    let shortages: &[i32] = if cfg!(unix) { &[ENFILE, EMFILE] } else { &[WSAEMFILE] };
    error.raw_os_error().is_some_and(|code| shortages.contains(&code))
}

/// The resolver's words, less those with which every such message begins.
fn in_short(error: &io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use tokio::net::{TcpListener, TcpSocket, TcpStream};
    use tokio::time::timeout;

    use super::{alternate, open};
    use crate::net::out::target::Target;

    #[test]
    fn the_addresses_of_both_families_are_tried_in_turn() {
        let parse = |all: &[&str]| all.iter().map(|one| one.parse::<SocketAddr>().unwrap()).collect::<Vec<_>>();
        let resolved = parse(&["[::2]:1", "[::3]:1", "[::4]:1", "1.1.1.1:1", "1.1.1.2:1"]);
        assert_eq!(alternate(resolved), parse(&["[::2]:1", "1.1.1.1:1", "[::3]:1", "1.1.1.2:1", "[::4]:1"]));
        assert_eq!(alternate(parse(&["1.1.1.1:1", "[::2]:1"])), parse(&["1.1.1.1:1", "[::2]:1"]));
        assert!(alternate(Vec::new()).is_empty());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test(start_paused = true)]
    async fn an_address_that_neither_takes_nor_refuses_the_connection_leaves_time_for_the_next() {
        let silent = TcpSocket::new_v4().unwrap();
        silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let silent = silent.listen(1).unwrap();
        let silent_at = silent.local_addr().unwrap();
        // The system takes a few connections on behalf of a program that accepts none, and drops all others.
        let mut taken = Vec::new();
        while let Ok(stream) = timeout(Duration::from_secs(1), TcpStream::connect(silent_at)).await {
            taken.push(stream.unwrap());
        }
        let open_one = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open_at = open_one.local_addr().unwrap();
        let target = "http://example.test/".parse::<Target>().unwrap().at(vec![silent_at, open_at]);
        let stream = timeout(Duration::from_secs(10), open(&target)).await.expect("within the time of a request");
        assert_eq!(stream.unwrap().peer_addr().unwrap(), open_at);
    }
}
