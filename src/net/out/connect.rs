//! Opening a connection: every address of the host is tried, and a failure says which.

use std::fmt::{self, Debug, Formatter};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
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
use crate::net::out::tls_problem::TlsProblem;
use crate::net::out::traffic::{CountedStream, Traffic};
use crate::net::shutdown::Shutdown;

/// The time in which the other loopback address has to take a connection to be named.
const OTHER_FAMILY: Duration = Duration::from_millis(200);

/// The most header fields of an answer.
const MOST_HEADERS: usize = 256;

/// Reads and writes on a connection; it ends when the other side hangs up, or nobody sends any more.
type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// A connection that can carry requests one after another.
pub(crate) struct OutgoingConnection {
    sender: SendRequest<Full<Bytes>>,
    pub(crate) traffic: Arc<Traffic>,
    /// Reads and writes while a request is under way, unless a task does so all the time.
    driver: Option<Driver>,
}

impl Debug for OutgoingConnection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingConnection").field("traffic", &self.traffic).finish_non_exhaustive()
    }
}

impl OutgoingConnection {
    /// Has a task read and write, so that the other side's goodbye is heard between requests, too.
    pub(crate) fn driven_by_task(mut self, shutdown: &Shutdown) -> Self {
        if let Some(driver) = self.driver.take() {
            // Ends when the sender is dropped, or the other side hangs up; the request that waits gets the error.
            shutdown.spawn(async move {
                let _ = driver.await;
            });
        }
        self
    }

    /// Whether it can carry another request, as far as is known.
    pub(crate) fn is_open(&mut self) -> bool {
        drive(&mut self.driver, &mut Context::from_waker(Waker::noop()));
        !self.sender.is_closed()
    }

    /// Makes a request; gives the head of the answer.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, hyper::Error> {
        let Self { sender, driver, .. } = self;
        let sending = async {
            sender.ready().await?;
            sender.send_request(request).await
        };
        driving(driver, sending).await
    }

    /// The next part of an answer's body.
    pub(crate) async fn frame(&mut self, body: &mut Incoming) -> Option<Result<Frame<Bytes>, hyper::Error>> {
        driving(&mut self.driver, body.frame()).await
    }

    /// Says goodbye, in a task that belongs to `shutdown`.
    pub(crate) fn close(self, shutdown: &Shutdown) {
        drop(self.driven_by_task(shutdown));
    }
}

/// Waits for work on a connection, and reads and writes for it meanwhile. Another task for that would have to be woken for
/// each request and each answer, which costs more than they do.
async fn driving<T>(driver: &mut Option<Driver>, work: impl Future<Output = T>) -> T {
    /// Turns without waiting: the request goes out, or its answer comes in with its body.
    const TURNS: usize = 2;
    let mut work = pin!(work);
    poll_fn(|context| {
        for _ in 0..TURNS {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            drive(driver, context);
        }
        work.as_mut().poll(context)
    })
    .await
}

/// Reads and writes what can be read and written now. A driver that has ended goes.
fn drive(driver: &mut Option<Driver>, context: &mut Context<'_>) {
    if driver.as_mut().is_some_and(|driver| driver.as_mut().poll(context).is_ready()) {
        *driver = None;
    }
}

/// Opens a connection, which its owner drives.
pub(crate) async fn connect(target: &Target, tls: Option<Arc<ClientConfig>>) -> Result<OutgoingConnection, PostError> {
    let stream = dial(target, tls).await?;
    speak_http(stream, target).await
}

/// Begins to speak HTTP over a stream that is open; the owner of the connection drives it.
pub(crate) async fn speak_http(stream: impl ByteStream, target: &Target) -> Result<OutgoingConnection, PostError> {
    let (stream, traffic) = CountedStream::new(stream);
    let handshake = Builder::new().max_headers(MOST_HEADERS).handshake(TokioIo::new(stream)).await;
    let broken = |_| PostError::Broken { target: target.authority.clone(), problem: Breakage::Closed };
    let (sender, driver) = handshake.map_err(broken)?;
    Ok(OutgoingConnection { sender, traffic, driver: Some(Box::pin(driver)) })
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

async fn open(target: &Target) -> Result<TcpStream, PostError> {
    let not_found = |problem: String| PostError::Dns { host: target.host.clone(), problem };
    let tried = match target.addresses.as_slice() {
        [] => addresses(&target.host, target.port).await.map_err(|error| not_found(in_short(&error)))?,
        known => known.to_vec(),
    };
    let mut last = None;
    for address in &tried {
        match TcpStream::connect(address).await {
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
