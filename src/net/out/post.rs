//! Posting deliveries: exact bytes and headers over connections that are kept open, and nothing added but what HTTP
//! demands.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::net::out::connect::{Connection, PostError, broken, connect, dial};
use crate::net::out::raw_connection::RawConnection;
use crate::net::out::target::Target;
use crate::net::out::tls::{TlsError, TlsOptions};
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
    idle: Mutex<Vec<Connection>>,
    shutdown: Shutdown,
}

/// Answer of a target.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Its body, as far as it was wanted.
    pub body: Bytes,
    /// Whether there was more of the body.
    pub truncated: bool,
}

#[derive(Clone, Debug)]
pub struct Post {
    /// The method; deliveries are POSTs.
    pub method: Method,
    /// The path with its query, or the target's own.
    pub path: Option<http::uri::PathAndQuery>,
    /// Every header but `host` and the length, which HTTP demands and are added.
    pub headers: HeaderMap,
    pub body: Bytes,
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

    /// Target that it posts to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Posts, and reads the answer, of its body at most `most` bytes. The limit of time holds for all of it.
    ///
    /// # Errors
    ///
    /// [`PostError`] when no whole answer came. A request is sent twice only if not a byte of it went out the first
    /// time, as when a kept connection turns out to be closed.
    pub async fn post(&self, post: Post, limit: Duration, most: usize) -> Result<Answer, PostError> {
        let posted = timeout(limit, self.exchange(post, most)).await;
        posted.unwrap_or_else(|_| Err(PostError::TooSlow { target: self.target.authority.clone(), after: limit }))
    }

    /// Opens a connection of its own, to be written on by hand.
    pub async fn dial(&self) -> Result<RawConnection, PostError> {
        Ok(RawConnection::new(dial(&self.target, self.tls.clone()).await?, &self.target.authority))
    }

    /// Gives up the connections that are open and free, so that the next post opens one of its own.
    pub fn forget_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn exchange(&self, post: Post, most: usize) -> Result<Answer, PostError> {
        let mut request = self.request(post);
        while let Some(mut connection) = self.take_idle() {
            if connection.ready().await.is_err() {
                continue;
            }
            match connection.try_send_request(request).await {
                Ok(response) => return self.read(connection, response, most).await,
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(broken(&self.target, error.error())),
                },
            }
        }
        let mut connection = connect(&self.target, self.tls.clone(), &self.shutdown).await?;
        let response = connection.send_request(request).await.map_err(|error| broken(&self.target, &error))?;
        self.read(connection, response, most).await
    }

    fn request(&self, post: Post) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(post.body));
        *request.method_mut() = post.method;
        *request.uri_mut() = Uri::from(post.path.unwrap_or_else(|| self.target.path.clone()));
        *request.headers_mut() = post.headers;
        request.headers_mut().insert(HOST, self.host.clone());
        request
    }

    async fn read(
        &self,
        connection: Connection,
        response: Response<Incoming>,
        most: usize,
    ) -> Result<Answer, PostError> {
        let (head, mut body) = response.into_parts();
        let mut whole = BytesMut::new();
        let mut truncated = false;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| broken(&self.target, &error))?;
            let Some(data) = frame.data_ref() else { continue };
            let room = most - whole.len();
            if data.len() > room {
                truncated = true;
                whole.extend_from_slice(data.get(..room).unwrap_or_default());
                break;
            }
            whole.extend_from_slice(data);
        }
        if !truncated {
            self.keep(connection);
        }
        Ok(Answer { status: head.status, headers: head.headers, body: whole.freeze(), truncated })
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let connection = idle.pop()?;
            if !connection.is_closed() {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE && !connection.is_closed() {
            idle.push(connection);
        }
    }
}
