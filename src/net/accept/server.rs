//! The one accept loop: every HTTP surface of the program is served here, within the limits of that surface.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderValue, Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tracing::{debug, trace};

use crate::net::accept::bind::Bound;
use crate::net::accept::connections::{ConnectionPlace, Connections};
use crate::net::accept::limits::{Limits, USUAL_HEADERS};
use crate::net::accept::read_timeouts::{ReadTimeouts, TimedStream};
use crate::net::accept::rejection::{HeadLimits, HeadRecord, Rejection};
use crate::net::accept::request_tracker::RequestTracker;
use crate::net::byte_stream::ByteStream;
use crate::net::shutdown::Shutdown;

/// The pause before accepting again after the operating system refused, for want of file descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The other side of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The address as text.
    pub(crate) name: Arc<str>,
    /// The requests of the connection.
    pub(crate) requests: RequestTracker,
}

/// A service that answers requests.
pub trait Service: Clone + Send + Sync + 'static {
    /// The body of its answers.
    type Body: Body<Data: Send, Error: std::error::Error + Send + Sync + 'static> + Send + 'static;

    /// Answers one request from `peer`.
    fn answer(&self, request: Request<Incoming>, peer: Peer) -> impl Future<Output = Response<Self::Body>> + Send;

    /// Hears that a connection could not be accepted, every 10 s at most. The loop goes on after a pause.
    fn accept_failed(&self, error: &io::Error);

    /// Hears of a request that the HTTP layer turned away. A surface that shows no requests does nothing.
    fn rejected(&self, _rejection: Rejection, _peer: SocketAddr) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// Serves until `shutdown` is requested. Requests that are under way then are finished, by tasks that `shutdown` tracks.
pub async fn serve<S: Service>(bound: Bound, limits: Limits, service: S, shutdown: Shutdown) {
    let connections = Connections::new(limits.connections);
    for listener in bound.listeners {
        let accepting = accept(listener, limits, service.clone(), connections.clone(), shutdown.clone());
        shutdown.spawn(accepting);
    }
    shutdown.requested().await;
}

async fn accept<S: Service>(
    listener: TcpListener,
    limits: Limits,
    service: S,
    connections: Connections,
    shutdown: Shutdown,
) {
    loop {
        let next = async {
            let (stream, peer) = listener.accept().await?;
            Ok((stream, peer, connections.room().await))
        };
        let accepted: io::Result<_> = tokio::select! {
            accepted = next => accepted,
            () = shutdown.requested() => return,
        };
        match accepted {
            Ok((stream, peer, Some(permit))) => {
                trace!(target: "connection", %peer, "accepted");
                // Answers are small and whole: waiting for more to send would only delay them.
                let _ = stream.set_nodelay(true);
                let place = connections.enter(permit);
                let connection = Connection { stream, peer, place, limits, service: service.clone() };
                shutdown.spawn(connection.serve(shutdown.clone()));
            }
            Ok((_, _, None)) => return,
            Err(error) if concerns_one_peer(&error) => {
                debug!(target: "connection", %error, "gone before it was accepted");
            }
            Err(error) => {
                debug!(target: "connection", %error, "not accepted");
                connections.close_idlest();
                if connections.must_report_failure() {
                    service.accept_failed(&error);
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether accepting failed for a connection that its peer had given up, as some systems report it: the next one can be
/// accepted at once.
fn concerns_one_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one stream that is open already, until it ends or `shutdown` is requested.
pub async fn serve_stream<S: Service, T: ByteStream>(
    stream: T,
    peer: SocketAddr,
    limits: Limits,
    service: S,
    shutdown: Shutdown,
) {
    let connections = Connections::new(1);
    let Some(permit) = connections.room().await else { return };
    let place = connections.enter(permit);
    Connection { stream, peer, place, limits, service }.serve(shutdown).await;
}

/// The HTTP layer within these limits.
fn http(limits: Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.half_close(true).header_read_timeout(None);
    http.max_header_size(limits.head_size).max_buf_size(limits.head_size);
    // A limit that is set costs two allocations for each request, also the usual one.
    if limits.headers != USUAL_HEADERS {
        http.max_headers(limits.headers);
    }
    http
}

/// A connection that was accepted.
struct Connection<S, T> {
    stream: T,
    peer: SocketAddr,
    place: ConnectionPlace,
    limits: Limits,
    service: S,
}

impl<S: Service, T: ByteStream> Connection<S, T> {
    async fn serve(self, shutdown: Shutdown) {
        let Self { stream, peer, place, limits, service } = self;
        let place = Arc::new(place);
        let head = HeadRecord::default();
        let timeouts = ReadTimeouts {
            head: limits.head_time,
            idle: limits.idle_time,
            write: limits.write_time,
            carry: limits.carry_time,
        };
        let io = TokioIo::new(TimedStream::new(stream, timeouts, Arc::clone(&place), head.clone()));
        let answering = (service.clone(), Arc::clone(&place));
        let name: Arc<str> = Arc::from(peer.to_string());
        let answer = service_fn(move |request: Request<Incoming>| {
            let (service, place) = answering.clone();
            let under_way = place.requests.begin();
            let peer = Peer { address: peer, name: Arc::clone(&name), requests: place.requests.clone() };
            async move {
                let mut response = service.answer(request, peer).await;
                drop(under_way);
                if place.is_costly() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                place.touch();
                Ok::<_, Infallible>(response)
            }
        });
        let connection = http(limits).serve_connection(io, answer);
        tokio::pin!(connection);
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => Some(ended),
            () = place.wanted() => {
                debug!(target: "connection", %peer, "closed to make room for another");
                if place.requests.is_closable() {
                    return;
                }
                // A request has arrived whole since the connection was chosen: it is answered first.
                None
            }
            () = shutdown.requested() => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            // An answer that nobody reads is not waited for without end.
            timeout(limits.drain_time, connection).await.unwrap_or(Ok(()))
        };
        // A reset is the sender's affair. A request that was turned away is reported.
        trace!(target: "connection", %peer, "closed");
        if let Err(error) = ended {
            debug!(target: "connection", %peer, %error, "broken off");
            let bounds = HeadLimits { size: limits.head_size, headers: limits.headers };
            if let Some(rejection) = head.rejection(&error, bounds) {
                service.rejected(rejection, peer).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::concerns_one_peer;

    #[test]
    fn a_peer_that_hung_up_before_it_was_accepted_keeps_nobody_waiting() {
        const EMFILE: i32 = 24;
        let concerns = |kind: ErrorKind| concerns_one_peer(&kind.into());
        assert!(concerns(ErrorKind::ConnectionAborted) && concerns(ErrorKind::ConnectionReset));
        assert!(concerns(ErrorKind::ConnectionRefused));
        assert!(!concerns(ErrorKind::OutOfMemory) && !concerns(ErrorKind::PermissionDenied));
        assert!(!concerns_one_peer(&Error::from_raw_os_error(EMFILE)), "every connection needs a descriptor");
    }
}
