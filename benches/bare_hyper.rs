//! A bare hyper server, the measure of `benches/receive`: it reads each body and answers 200, and does nothing else.
//!
//! `cargo run --release --example bare_hyper -- PORT`

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // A body that breaks off ends its connection; there is nothing to say about it here.
    let _ = request.into_body().collect().await;
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
