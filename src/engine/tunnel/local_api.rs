//! The HTTP APIs that agents serve on this machine: small JSON answers, asked for with little patience.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::net::out::post::{Post, Remote, TimeLimit};
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;

/// Time for an agent on this machine to answer.
const PATIENCE: Duration = Duration::from_millis(300);

/// The most bytes of an answer that are read.
const LONGEST: usize = 256 << 10;

/// Asks an agent; an answer comes with its status, and with its JSON if it is any.
pub(super) async fn ask(address: SocketAddr, path: &'static str, tasks: &Shutdown) -> Option<(u16, Option<Value>)> {
    let target = format!("http://{address}/").parse().ok()?;
    let remote = Remote::new(target, &TlsOptions::default(), tasks.clone()).ok()?;
    let path = Some(PathAndQuery::from_static(path));
    let request = Post { method: Method::GET, path, headers: HeaderMap::new(), body: Bytes::new() };
    let answer = remote.post(request, TimeLimit::Whole(PATIENCE), LONGEST).await.ok()?;
    Some((answer.status.as_u16(), serde_json::from_slice(&answer.body).ok()))
}

/// Asks an agent for JSON; nothing where it does not answer with success and JSON.
pub(super) async fn ask_json(address: SocketAddr, path: &'static str, tasks: &Shutdown) -> Option<Value> {
    match ask(address, path, tasks).await {
        Some((200, json)) => json,
        _ => None,
    }
}
