//! `mh-hook sandbox --ping`: a health check that needs nothing but this program.

use std::time::Duration;

use crate::commands::shared::context::{Context, block_on};
use crate::error::{Error, Exit};
use crate::net::out::post::Remote;
use crate::net::out::post_error::PostError;
use crate::net::out::target::Target;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;

/// Longest wait for the answer.
const PATIENCE: Duration = Duration::from_secs(2);

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Exits 0 if something answers HTTP on `port` of this machine, whatever it answers.
pub(crate) fn ping(port: u16, context: &Context) -> Result<Exit, Error> {
    let target: Target = format!("http://localhost:{port}/").parse()?;
    let remote = Remote::new(target, &TlsOptions::default(), Shutdown::new())?;
    let answered = block_on(async { tokio::time::timeout(PATIENCE, answer(&remote)).await })?;
    let (exit, problem) = match answered {
        Ok(Ok(())) => return Ok(Exit::Done),
        Ok(Err(error)) => (Exit::from(&error), error.to_string()),
        Err(_) => (Exit::TimedOut, format!("no answer within {} s", PATIENCE.as_secs())),
    };
    let hint = format!("`mh-hook sandbox --port {port}` starts one");
    context.streams.error(&format!("no sandbox answers on port {port}: {problem}"), Some(&hint), exit as u8);
    Ok(exit)
}

async fn answer(remote: &Remote) -> Result<(), PostError> {
    let mut connection = remote.dial(PATIENCE).await?;
    connection.write(REQUEST).await?;
    connection.status().await.map(drop)
}
