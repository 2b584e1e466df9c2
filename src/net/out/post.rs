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
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout, timeout_at};

use crate::net::byte_stream::ByteStream;
use crate::net::out::connect::{OutgoingConnection, Writing, connect, dial, speak_http, speaks_tls};
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
    uri: Uri,
    writing: Writing,
    tls: Option<Arc<ClientConfig>>,
    idle: Mutex<Vec<OutgoingConnection>>,
    /// Whether TLS is spoken where plain http was expected, once that was asked.
    speaks_tls: OnceCell<bool>,
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
        let uri = Uri::from(target.path.clone());
        let (writing, idle, speaks_tls) = (Writing::default(), Mutex::default(), OnceCell::new());
        Ok(Self { target, host, uri, writing, tls, idle, speaks_tls, shutdown })
    }

    /// The same for many small requests: each is copied into one piece before it is written.
    #[must_use]
    pub fn for_small_requests(self) -> Self {
        Self { writing: Writing::Copied, ..self }
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
        self.keep(speak_http(stream, &self.target, self.writing, &self.shutdown).await?);
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
                Err(error) if is_unanswered(&error, &traffic) => {}
                answered => return answered,
            }
        }
        let connecting = Instant::now();
        let opened = connect(&self.target, self.tls.clone(), self.writing, &self.shutdown);
        let opened = timeout_at(begun + allowed, opened).await;
        timing.connecting = Some(connecting.elapsed());
        (timing.sending, timing.waiting) = (None, None);
        let connection = opened.map_err(|_| self.connect_timeout(allowed))??;
        let deadline = match limit {
            TimeLimit::Each(allowed) => Instant::now() + allowed,
            TimeLimit::Whole(allowed) => begun + allowed,
        };
        let traffic = Arc::clone(&connection.traffic);
        let job = PooledRequest { allowed, deadline, most };
        let mut answered = self.on_connection(connection, self.request(post), job, timing).await;
        if let Err(error) = &mut answered
            && is_unanswered(error, &traffic)
            && self.speaks_tls_after_all().await
        {
            *error = self.broken(Breakage::SpeaksTls);
        }
        answered
    }

    /// Whether TLS is spoken where plain http was expected. Asked once for all requests.
    async fn speaks_tls_after_all(&self) -> bool {
        self.tls.is_none() && *self.speaks_tls.get_or_init(|| speaks_tls(&self.target)).await
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
        answered.unwrap_or_else(|_| Err(self.too_late(&traffic, job.allowed)))
    }

    async fn answer(
        &self,
        mut connection: OutgoingConnection,
        request: Request<Full<Bytes>>,
        most: usize,
    ) -> Result<Answer, PostError> {
        let response = self.begin_answer(&mut connection, request).await?;
        self.read(connection, response, most).await
    }

    /// Makes a request over a connection, and waits for the head of the answer.
    pub(super) async fn begin_answer(
        &self,
        connection: &mut OutgoingConnection,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, PostError> {
        connection.sender.ready().await.map_err(|_| self.broken(Breakage::Closed))?;
        let response = connection.sender.send_request(request).await;
        response.map_err(|error| self.broken(breakage(&error, &connection.traffic)))
    }

    /// The limit that a request reached on its connection.
    pub(super) fn too_late(&self, traffic: &Traffic, after: Duration) -> PostError {
        let target = self.target.authority.clone();
        if traffic.is_stuck() { PostError::SendTimeout { target, after } } else { PostError::TooSlow { target, after } }
    }

    pub(super) fn broken(&self, problem: Breakage) -> PostError {
        PostError::Broken { target: self.target.authority.clone(), problem }
    }

    fn connect_timeout(&self, after: Duration) -> PostError {
        PostError::ConnectTimeout { target: self.target.authority.clone(), after }
    }

    pub(super) fn request(&self, post: Post) -> Request<Full<Bytes>> {
        // A body without a byte has a length all the same (RFC 9110, 8.6), which hyper leaves out.
        let says_empty = post.body.is_empty() && matches!(post.method, Method::POST | Method::PUT | Method::PATCH);
        let mut request = Request::new(Full::new(post.body));
        *request.method_mut() = post.method;
        *request.uri_mut() = post.path.map_or_else(|| self.uri.clone(), Uri::from);
        *request.headers_mut() = post.headers;
        let headers = request.headers_mut();
        headers.entry(HOST).or_insert_with(|| self.host.clone());
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
        let read = read_body(&mut body, most, |data| whole.extend_from_slice(data)).await;
        let truncated = read.map_err(|problem| self.broken(problem))?;
        let excess = self.keep_whole(connection, announced, truncated);
        Ok(Answer { status: head.status, headers: head.headers, body: whole.freeze(), truncated, excess })
    }

    /// Keeps a connection whose answer was read, unless there was more than the answer announced; gives what was more.
    pub(super) fn keep_whole(&self, connection: OutgoingConnection, announced: Option<u64>, truncated: bool) -> u64 {
        let excess = announced.map_or(0, |announced| connection.traffic.beyond(announced));
        if !truncated && excess == 0 {
            self.keep(connection);
        }
        excess
    }

    pub(super) fn take_idle(&self) -> Option<OutgoingConnection> {
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

/// Whether a connection ended before the first byte of an answer, as a kept one does that the other side has closed.
pub(super) fn is_unanswered(error: &PostError, traffic: &Traffic) -> bool {
    matches!(error, PostError::Broken { problem: Breakage::Closed | Breakage::Reset, .. }) && !traffic.is_answered()
}

/// Reads at most `most` bytes of a body; says whether there are more.
pub(super) async fn read_body(body: &mut Incoming, most: usize, mut keep: impl FnMut(&[u8])) -> Result<bool, Breakage> {
    let (announced, mut received) = (body.size_hint().exact(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match io_kind(&error) {
            Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) if announced.is_none() => Breakage::BadChunk,
            _ => Breakage::InBody { received: received as u64, announced },
        })?;
        let Some(data) = frame.data_ref() else { continue };
        let wanted = data.get(..most - received).unwrap_or(data);
        keep(wanted);
        received += wanted.len();
        if wanted.len() < data.len() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Kind of the input or output that failed.
fn io_kind(error: &hyper::Error) -> Option<ErrorKind> {
    error.source().and_then(|source| source.downcast_ref()).map(io::Error::kind)
}

/// Says how a connection broke, by what had come of the answer.
fn breakage(error: &hyper::Error, traffic: &Traffic) -> Breakage {
    match io_kind(error) {
        _ if error.is_parse() && traffic.is_answered() => misread(error, &traffic.opening()),
        _ if traffic.is_answered() => Breakage::InHead,
        Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Breakage::Reset,
        _ => Breakage::Closed,
    }
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
