//! The head of everything that the page shows, sent at most ten times a second: numbers that say what to read again.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::engine::inspector::inspector_head::InspectorHead;
use crate::engine::inspector::state::InspectorState;
use crate::net::shutdown::Shutdown;
use crate::store::journal::Reader;

/// The least time between two looks at the journal, and so between two messages.
const PERIOD: Duration = Duration::from_millis(100);

/// Looks in a row that find a change before the looks become rarer, and the time between two looks from then on.
const FLOOD_AFTER: u32 = 10;
const FLOOD_PERIOD: Duration = Duration::from_millis(500);

/// A comment is sent after this time without a message, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Looks at the journal as long as a page follows it.
pub(super) async fn follow(state: Arc<InspectorState>) {
    let mut seen = None;
    let mut changes = 0;
    loop {
        tokio::select! {
            () = state.shutdown.requested() => return,
            () = state.followed() => {}
        }
        // A journal that cannot be read at the moment stays where it was; the page's own questions say why.
        if let Ok(journal) = state.journal.read(Reader::head).await {
            let sandbox = state.options.sandbox.as_ref().map(|sandbox| sandbox.steps.version());
            let now = (journal, sandbox);
            let is_new = seen.replace(now) != Some(now);
            changes = if is_new { FLOOD_AFTER.min(changes + 1) } else { 0 };
            let rise = u64::from(is_new);
            state.head.send_if_modified(|head| {
                let before = *head;
                head.deliveries = journal.deliveries;
                head.change += rise;
                head.check = state.check.version();
                head.e2e = state.e2e.log().version();
                *head != before
            });
        }
        tokio::select! {
            () = state.shutdown.requested() => return,
            () = sleep(if changes < FLOOD_AFTER { PERIOD } else { FLOOD_PERIOD }) => {}
        }
    }
}

/// The stream of heads for one page, as server-sent events.
pub(super) fn stream(mut heads: watch::Receiver<InspectorHead>, shutdown: Shutdown) -> Body {
    let now = message(*heads.borrow_and_update());
    Body::new(HeadStream { next: Box::pin(std::future::ready(Some((now, heads, shutdown)))) })
}

type Next = Pin<Box<dyn Future<Output = Option<(Bytes, watch::Receiver<InspectorHead>, Shutdown)>> + Send>>;

/// The body of the stream.
struct HeadStream {
    next: Next,
}

impl HttpBody for HeadStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some((text, heads, shutdown)) = ready!(self.next.as_mut().poll(context)) else { return Poll::Ready(None) };
        self.next = Box::pin(following(heads, shutdown));
        Poll::Ready(Some(Ok(Frame::data(text))))
    }
}

/// The next head, or a comment; nothing when the program stops.
async fn following(
    mut heads: watch::Receiver<InspectorHead>,
    shutdown: Shutdown,
) -> Option<(Bytes, watch::Receiver<InspectorHead>, Shutdown)> {
    let text = tokio::select! {
        () = shutdown.requested() => return None,
        changed = heads.changed() => {
            changed.ok()?;
            message(*heads.borrow_and_update())
        }
        () = sleep(KEEP_ALIVE) => Bytes::from_static(b": still here\n\n"),
    };
    Some((text, heads, shutdown))
}

fn message(head: InspectorHead) -> Bytes {
    let json = serde_json::to_string(&head).unwrap_or_default();
    Bytes::from(format!("data: {json}\n\n"))
}
