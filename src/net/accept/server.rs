//! The one accept loop: every HTTP surface of the program is served here, within the limits of that surface.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tracing::{debug, trace};

use crate::net::accept::bind::Bound;
use crate::net::accept::read_timeouts::{ReadTimeouts, RequestTracker, TimedStream};
use crate::net::shutdown::Shutdown;

/// Delay before accepting again after the operating system refused, for example without free file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Limits of connections to a surface.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at once; more of them wait to be accepted.
    pub connections: usize,
    /// The longest time from a head's first byte to its last.
    pub head_time: Duration,
    /// The longest time between two requests on one connection.
    pub idle_time: Duration,
    /// The most bytes in a head; more are answered 431.
    pub head_size: usize,
    /// The most header fields; more are answered 431.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            head_size: 64 << 10,
            headers: 100,
        }
    }
}

pub trait Service: Clone + Send + Sync + 'static {
    /// The body of its answers.
    type Body: Body<Data: Send, Error: std::error::Error + Send + Sync + 'static> + Send + 'static;

    /// Answers one request from `peer`.
    fn answer(&self, request: Request<Incoming>, peer: SocketAddr)
    -> impl Future<Output = Response<Self::Body>> + Send;

    /// Hears that a connection could not be accepted. The loop goes on after a pause.
    fn accept_failed(&self, error: &io::Error);
}

/// Serves until `shutdown` is requested. Requests that are under way then are finished, by tasks that `shutdown` tracks.
pub async fn serve<S: Service>(bound: Bound, limits: Limits, service: S, shutdown: Shutdown) {
    let room = Arc::new(Semaphore::new(limits.connections));
    for listener in bound.listeners {
        let accepting = accept(listener, limits, service.clone(), Arc::clone(&room), shutdown.clone());
        shutdown.spawn(accepting);
    }
    shutdown.requested().await;
}

async fn accept<S: Service>(
    listener: TcpListener,
    limits: Limits,
    service: S,
    room: Arc<Semaphore>,
    shutdown: Shutdown,
) {
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            () = shutdown.requested() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                trace!(target: "connection", %peer, "accepted");
                let connection = serve_connection(stream, peer, limits, service.clone(), shutdown.clone());
                shutdown.spawn(async move {
                    connection.await;
                    drop(place);
                    trace!(target: "connection", %peer, "closed");
                });
            }
            Err(error) => {
                debug!(target: "connection", %error, "not accepted");
                service.accept_failed(&error);
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve_connection<S: Service>(
    stream: TcpStream,
    peer: SocketAddr,
    limits: Limits,
    service: S,
    shutdown: Shutdown,
) {
    // Answers are small and whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let requests = RequestTracker::default();
    let timeouts = ReadTimeouts { head: limits.head_time, idle: limits.idle_time };
    let io = TokioIo::new(TimedStream::new(stream, timeouts, requests.clone()));
    let answer = service_fn(move |request| {
        let under_way = requests.begin();
        let service = service.clone();
        async move {
            let response = service.answer(request, peer).await;
            drop(under_way);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .half_close(true)
        .header_read_timeout(None)
        .max_header_size(limits.head_size)
        .max_buf_size(limits.head_size)
        .max_headers(limits.headers)
        .serve_connection(io, answer);
    tokio::pin!(connection);
    // What goes wrong with one connection (a reset, a request that is not HTTP) is the sender's affair: hyper has
    // answered it as far as it can be answered.
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                debug!(target: "connection", %peer, %error, "broken off");
            }
        }
        () = shutdown.requested() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
