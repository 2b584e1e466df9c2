//! Reading a body within limits of size and time.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::time::{Instant, timeout_at};

use crate::net::accept::body_buffer::BodyBuffer;
use crate::net::shutdown::Shutdown;

/// Limits of a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    pub size: usize,
    /// The longest time from its first byte to its last.
    pub time: Duration,
}

impl Default for BodyLimits {
    /// 1 MiB within 10 s.
    fn default() -> Self {
        Self { size: 1 << 20, time: Duration::from_secs(10) }
    }
}

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Larger than the limit; holds the limit in bytes.
    #[error("body is larger than {0} bytes")]
    TooLarge(usize),
    /// Slower than the limit.
    #[error("body did not arrive within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// The sender hung up, or broke HTTP's rules.
    #[error("body broke off: {0}")]
    Broken(hyper::Error),
}

/// Reads a body whole, into separate memory: a piece of hyper's read buffer, kept for long, would pin all of it.
///
/// A body that announces its size is refused before a byte of it is read. What is left of a refused body is read and
/// dropped by a task of `shutdown`'s, within limits, since a sender that is still writing would not see the answer.
pub async fn read_body(mut body: Incoming, limits: BodyLimits, shutdown: &Shutdown) -> Result<Bytes, BodyError> {
    let announced = body.size_hint().lower();
    if announced > limits.size as u64 {
        drain(body, limits, shutdown);
        return Err(BodyError::TooLarge(limits.size));
    }
    let deadline = Instant::now() + limits.time;
    let mut whole: Option<BodyBuffer> = None;
    let announced = usize::try_from(announced).unwrap_or_default();
    loop {
        let next = if let Some(next) = at_hand(&mut body).await {
            next
        } else {
            // On the heap: it is large and rare, since most bodies come with their head.
            let waited = Box::pin(timeout_at(deadline, body.frame())).await;
            waited.map_err(|_| BodyError::TooSlow(limits.time))?
        };
        let Some(frame) = next else { return Ok(whole.map(BodyBuffer::freeze).unwrap_or_default()) };
        let frame = frame.map_err(BodyError::Broken)?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.as_ref().map_or(0, BodyBuffer::len) + data.len() > limits.size {
            drain(body, limits, shutdown);
            return Err(BodyError::TooLarge(limits.size));
        }
        match &mut whole {
            Some(whole) => whole.add(&data, if announced > 0 { announced } else { limits.size }),
            None => whole = Some(BodyBuffer::new(&data, announced)),
        }
    }
}

/// The next frame, or the end, if it is there already.
async fn at_hand(body: &mut Incoming) -> Option<Option<Result<Frame<Bytes>, hyper::Error>>> {
    poll_fn(|context| match Pin::new(&mut *body).poll_frame(context) {
        Poll::Ready(next) => Poll::Ready(Some(next)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Reads on and drops what comes: at most eight times the limit, at most as long as a body may take.
fn drain(mut body: Incoming, limits: BodyLimits, shutdown: &Shutdown) {
    let most = limits.size.saturating_mul(8);
    let stop = shutdown.clone();
    shutdown.spawn(async move {
        let deadline = Instant::now() + limits.time;
        let mut read = 0;
        while read < most {
            tokio::select! {
                frame = timeout_at(deadline, body.frame()) => match frame {
                    Ok(Some(Ok(frame))) => read += frame.data_ref().map_or(0, Bytes::len),
                    _ => return,
                },
                () = stop.requested() => return,
            }
        }
    });
}
