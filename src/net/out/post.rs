//! Posting deliveries: exact bytes and headers over connections that are kept open, and nothing added but what HTTP
//! demands.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use rustls::ClientConfig;
use tokio::time::{Instant, timeout, timeout_at};

use crate::net::byte_stream::ByteStream;
use crate::net::out::connect::{OutgoingConnection, connect, dial, speak_http};
use crate::net::out::post_error::{Breakage, PostError};
use crate::net::out::raw_connection::RawConnection;
use crate::net::out::target::Target;
use crate::net::out::tls::{TlsError, TlsOptions};
use crate::net::out::traffic::Traffic;
use crate::net::shutdown::Shutdown;

/// The most idle connections that are kept to one target.
const MOST_IDLE: usize = 1024;

/// A target, with the connections to it that are open and free.
///
/// Deliveries go straight to it: no proxy of the environment is asked, and no redirect is followed. Drop it before
/// waiting for `shutdown`'s tasks, for those that drive its connections live as long as it.
#[derive(Debug)]
pub struct Remote {
    target: Target,
    host: HeaderValue,
    tls: Option<Arc<ClientConfig>>,
    idle: Mutex<Vec<OutgoingConnection>>,
    shutdown: Shutdown,
}

/// An answer of a target.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Its body, as far as it was wanted.
    pub body: Bytes,
    /// Whether there was more of the body.
    pub truncated: bool,
    /// Bytes that came beyond the length that it announced, as far as they have come.
    pub excess: u64,
}

/// A request to make.
#[derive(Clone, Debug)]
pub struct Post {
    /// The method; deliveries are POSTs.
    pub method: Method,
    /// The path with its query, or the target's own.
    pub path: Option<http::uri::PathAndQuery>,
    /// Every header but the length, which HTTP demands. `host` is the target's unless it is given.
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The time that a request may take.
#[derive(Clone, Copy, Debug)]
pub enum TimeLimit {
    /// Connecting may take this long, and then sending and waiting for the answer as long again.
    Each(Duration),
    /// All of it together may take this long.
    Whole(Duration),
}

/// The time that the parts of an exchange took, as far as it came to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Opening a connection; none where a kept one was used.
    pub connecting: Option<Duration>,
    /// Writing the request.
    pub sending: Option<Duration>,
    /// Waiting for the answer, up to its end.
    pub waiting: Option<Duration>,
    /// All of it.
    pub total: Duration,
}

/// A request that was made, or was tried to be.
#[derive(Debug)]
pub struct Exchange {
    /// The answer, or why there is none.
    pub outcome: Result<Answer, PostError>,
    /// The time that it took.
    pub timing: Timing,
}

impl Timing {
    /// The time that the other side is answerable for: everything but opening the connection.
    pub fn answering(&self) -> Duration {
        self.sending.unwrap_or_default() + self.waiting.unwrap_or_default()
    }
}

impl Remote {
    /// A target that is not connected yet. TLS is set up only if it speaks https.
    pub fn new(target: Target, options: &TlsOptions, shutdown: Shutdown) -> Result<Self, TlsError> {
        static SYSTEM_ROOTS: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        let tls = match (target.tls, options) {
            (false, _) => None,
            (true, TlsOptions { ca_file: None, insecure: false }) => Some(if let Some(config) = SYSTEM_ROOTS.get() {
                Arc::clone(config)
            } else {
                let config = Arc::new(options.client_config()?);
                Arc::clone(SYSTEM_ROOTS.get_or_init(|| config))
            }),
            (true, _) => Some(Arc::new(options.client_config()?)),
        };
        let host = HeaderValue::from_str(&target.authority).unwrap_or_else(|_| HeaderValue::from_static(""));
        Ok(Self { target, host, tls, idle: Mutex::default(), shutdown })
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Posts, and reads the answer, of its body at most `most` bytes.
    pub async fn post(&self, post: Post, limit: TimeLimit, most: usize) -> Result<Answer, PostError> {
        self.exchange(post, limit, most).await.outcome
    }

    /// Posts, reads the answer, of its body at most `most` bytes, and measures both.
    ///
    /// A kept connection may have been closed by the other side meanwhile. Where it ends before the first byte of an
    /// answer, the request is made once more, over a fresh one.
    pub async fn exchange(&self, post: Post, limit: TimeLimit, most: usize) -> Exchange {
        let begun = Instant::now();
        let mut timing = Timing::default();
        let outcome = self.try_exchange(post, limit, most, &mut timing).await;
        timing.total = begun.elapsed();
        Exchange { outcome, timing }
    }

    /// Opens a connection that carries nothing else, to be written on by hand; gives up after `limit`.
    pub async fn dial(&self, limit: Duration) -> Result<RawConnection, PostError> {
        let opened = timeout(limit, dial(&self.target, self.tls.clone())).await;
        let stream = opened.map_err(|_| self.connect_timeout(limit))??;
        Ok(RawConnection::new(stream, &self.target.authority))
    }

    /// Keeps a stream to the target that was opened elsewhere, for the next request.
    pub async fn adopt(&self, stream: impl ByteStream) -> Result<(), PostError> {
        self.keep(speak_http(stream, &self.target, &self.shutdown).await?);
        Ok(())
    }

    /// Gives up the connections that are open and free, so that the next post opens a fresh one.
    pub fn forget_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn try_exchange(
        &self,
        post: Post,
        limit: TimeLimit,
        most: usize,
        timing: &mut Timing,
    ) -> Result<Answer, PostError> {
        let (TimeLimit::Each(allowed) | TimeLimit::Whole(allowed)) = limit;
        let begun = Instant::now();
        if let Some(connection) = self.take_idle() {
            let traffic = Arc::clone(&connection.traffic);
            let job = PooledRequest { allowed, deadline: begun + allowed, most };
            let answered = self.on_connection(connection, self.request(post.clone()), job, timing).await;
            match answered {
                Err(PostError::Broken { problem: Breakage::Closed | Breakage::Reset, .. })
                    if !traffic.is_answered() => {}
                answered => return answered,
            }
        }
        let connecting = Instant::now();
        let opened = timeout_at(begun + allowed, connect(&self.target, self.tls.clone(), &self.shutdown)).await;
        timing.connecting = Some(connecting.elapsed());
        (timing.sending, timing.waiting) = (None, None);
        let connection = opened.map_err(|_| self.connect_timeout(allowed))??;
        let deadline = match limit {
            TimeLimit::Each(allowed) => Instant::now() + allowed,
            TimeLimit::Whole(allowed) => begun + allowed,
        };
        self.on_connection(connection, self.request(post), PooledRequest { allowed, deadline, most }, timing).await
    }

    /// Makes a request over a connection, within the time.
    async fn on_connection(
        &self,
        connection: OutgoingConnection,
        request: Request<Full<Bytes>>,
        job: PooledRequest,
        timing: &mut Timing,
    ) -> Result<Answer, PostError> {
        let traffic = Arc::clone(&connection.traffic);
        traffic.begin();
        let begun = Instant::now();
        let answered = timeout_at(job.deadline, self.answer(connection, request, job.most)).await;
        let elapsed = begun.elapsed();
        let sending = traffic.sending_since(begun).min(elapsed);
        (timing.sending, timing.waiting) = (Some(sending), Some(elapsed.saturating_sub(sending)));
        let (target, after) = (self.target.authority.clone(), job.allowed);
        match answered {
            Ok(answered) => answered,
            Err(_) if traffic.is_stuck() => Err(PostError::SendTimeout { target, after }),
            Err(_) => Err(PostError::TooSlow { target, after }),
        }
    }

    async fn answer(
        &self,
        mut connection: OutgoingConnection,
        request: Request<Full<Bytes>>,
        most: usize,
    ) -> Result<Answer, PostError> {
        let closed = || PostError::Broken { target: self.target.authority.clone(), problem: Breakage::Closed };
        connection.sender.ready().await.map_err(|_| closed())?;
        let response = connection.sender.send_request(request).await;
        let response = response.map_err(|error| self.broken(&error, &connection.traffic))?;
        self.read(connection, response, most).await
    }

    fn connect_timeout(&self, after: Duration) -> PostError {
        PostError::ConnectTimeout { target: self.target.authority.clone(), after }
    }

    fn request(&self, post: Post) -> Request<Full<Bytes>> {
        // A body without a byte has a length all the same (RFC 9110, 8.6), which hyper leaves out.
        let says_empty = post.body.is_empty() && matches!(post.method, Method::POST | Method::PUT | Method::PATCH);
        let mut request = Request::new(Full::new(post.body));
        *request.method_mut() = post.method;
        *request.uri_mut() = Uri::from(post.path.unwrap_or_else(|| self.target.path.clone()));
        *request.headers_mut() = post.headers;
        let headers = request.headers_mut();
        if !headers.contains_key(HOST) {
            headers.insert(HOST, self.host.clone());
        }
        if says_empty {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        request
    }

    async fn read(
        &self,
        connection: OutgoingConnection,
        response: Response<Incoming>,
        most: usize,
    ) -> Result<Answer, PostError> {
        let (head, mut body) = response.into_parts();
        let announced = body.size_hint().exact();
        let mut whole = BytesMut::new();
        let mut truncated = false;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                let problem = Breakage::InBody { received: whole.len() as u64, announced };
                PostError::Broken { target: self.target.authority.clone(), problem }
            })?;
            let Some(data) = frame.data_ref() else { continue };
            let room = most - whole.len();
            if data.len() > room {
                truncated = true;
                whole.extend_from_slice(data.get(..room).unwrap_or_default());
                break;
            }
            whole.extend_from_slice(data);
        }
        let excess = announced.map_or(0, |announced| connection.traffic.beyond(announced));
        if !truncated && excess == 0 {
            self.keep(connection);
        }
        Ok(Answer { status: head.status, headers: head.headers, body: whole.freeze(), truncated, excess })
    }

    /// Says how a connection broke, by what had come of the answer.
    fn broken(&self, error: &hyper::Error, traffic: &Traffic) -> PostError {
        let cause = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let problem = match cause.map(io::Error::kind) {
            _ if error.is_parse() && traffic.is_answered() => misread(error, &traffic.opening()),
            _ if traffic.is_answered() => Breakage::InHead,
            Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Breakage::Reset,
            _ => Breakage::Closed,
        };
        PostError::Broken { target: self.target.authority.clone(), problem }
    }

    fn take_idle(&self) -> Option<OutgoingConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let connection = idle.pop()?;
            if !connection.sender.is_closed() {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: OutgoingConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE && !connection.sender.is_closed() {
            idle.push(connection);
        }
    }
}

/// Bounds of one exchange.
#[derive(Clone, Copy)]
struct PooledRequest {
    /// The time that was allowed, for messages.
    allowed: Duration,
    deadline: Instant,
    /// The most bytes of the body that are wanted.
    most: usize,
}

/// Names what came in the place of an answer's head.
fn misread(error: &hyper::Error, opening: &[u8]) -> Breakage {
    if error.is_parse_too_large() {
        return Breakage::HeadTooLarge;
    }
    match opening {
        // A record of TLS: an alert, or a handshake.
        [0x15 | 0x16, 0x03, ..] => Breakage::SpeaksTls,
        // The frame of settings that begins HTTP/2.
        [0, 0, _, 4, ..] => Breakage::SpeaksHttp2,
        opening if !opening.starts_with(b"HTTP/1.") => Breakage::NotHttp,
        _ if error.is_parse_status() => Breakage::BadHead("status"),
        _ => match error.to_string() {
            text if text.contains("content-length") => Breakage::BadHead("Content-Length"),
            text if text.contains("transfer-encoding") => Breakage::BadHead("Transfer-Encoding"),
            _ => Breakage::BadHead("header"),
        },
    }
}
