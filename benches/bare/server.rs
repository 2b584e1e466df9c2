//! A bare hyper server, the measure of `benches/compare`: it reads each body and answers 200, and does nothing else.
//!
//! A GET is answered with the number of requests before it, so that a script knows when all webhooks have come.
//! `cargo run --release --bin server -- PORT`

use std::convert::Infallible;
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

static RECEIVED: AtomicU64 = AtomicU64::new(0);

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::GET {
        return Ok(Response::new(Full::new(Bytes::from(RECEIVED.load(Ordering::Relaxed).to_string()))));
    }
    // A body that breaks off ends its connection; there is nothing to say about it here.
    let _ = request.into_body().collect().await;
    RECEIVED.fetch_add(1, Ordering::Relaxed);
    Ok(Response::new(Full::new(Bytes::from_static(b"{\"success\": true}"))))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).unwrap_or_else(|| "8001".to_owned()).parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let tasks = tokio_util::task::TaskTracker::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
        tasks.spawn(async move { drop(connection.await) });
    }
}
