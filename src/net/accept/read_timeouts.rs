//! A stream that does not wait forever: not for a head, not for a next request, not for an answer to be read.
//!
//! hyper has one timer for both, so that an idle connection would be closed as soon as a slow head is. Here a
//! connection under load costs no timer at all: the clock is set only when a read has to wait.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::net::accept::connections::{ConnectionPlace, MOST_READ};
use crate::net::accept::rejection::HeadRecord;

/// The pause between two looks for room in memory.
const ROOM_PAUSE: Duration = Duration::from_millis(50);

/// The looks after which room is made.
const ROOM_LOOKS: u32 = 20;

/// Limits of waiting on a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadTimeouts {
    /// From the first byte of a head to its last.
    pub(crate) head: Duration,
    /// From one request to the next. To the first one, `head` is the limit.
    pub(crate) idle: Duration,
    /// From one byte of an answer that is taken to the next.
    pub(crate) write: Duration,
    /// From the last byte of an answer to the close of the other side, where that is waited for.
    pub(crate) carry: Option<Duration>,
}

/// Phase of a read that waits, if we limit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadPhase {
    /// A request's first byte.
    Request,
    /// The rest of a head, or the rest of a body that nobody wants any more.
    Rest,
}

#[derive(Debug)]
pub(crate) struct TimedStream<T> {
    stream: T,
    timeouts: ReadTimeouts,
    place: Arc<ConnectionPlace>,
    /// Requests that had begun at the last read.
    seen: u64,
    /// Whether bytes came since then.
    fresh: bool,
    /// Whether the last bytes were those of a head.
    in_head: bool,
    alarm: Option<Alarm>,
    /// Set while there is no room in memory for more of a large request.
    crowded: Option<Crowded>,
    /// Set while the other side does not take what is written.
    write_alarm: Option<Pin<Box<Sleep>>>,
    /// Time of the last write, where the close of the other side is waited for.
    written_at: Option<Instant>,
    /// Set while the other side has not closed yet.
    carry_alarm: Option<Pin<Box<Sleep>>>,
    head: HeadRecord,
}

#[derive(Debug)]
struct Alarm {
    waiting: ReadPhase,
    /// Requests that had begun when it was set.
    seen: u64,
    sleep: Pin<Box<Sleep>>,
}

/// A wait for room in memory.
#[derive(Debug)]
struct Crowded {
    looks: u32,
    sleep: Pin<Box<Sleep>>,
}

impl<T: AsyncRead + Unpin> TimedStream<T> {
    pub(crate) fn new(stream: T, timeouts: ReadTimeouts, place: Arc<ConnectionPlace>, head: HeadRecord) -> Self {
        Self {
            stream,
            timeouts,
            place,
            seen: 0,
            fresh: false,
            in_head: false,
            alarm: None,
            crowded: None,
            write_alarm: None,
            written_at: None,
            carry_alarm: None,
            head,
        }
    }

    /// Keeps the bytes of a head; those of a body are none.
    fn record(&mut self, bytes: &[u8]) {
        if self.place.requests.is_under_way() || bytes.is_empty() {
            self.in_head = false;
            return;
        }
        self.head.add(bytes, !self.in_head);
        self.in_head = true;
    }

    /// Fails a write that has waited too long for the other side to read.
    fn limited(&mut self, polled: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if polled.is_ready() {
            if self.write_alarm.take().is_some() {
                // hyper polls the answer to a request that was read meanwhile only when something wakes it.
                cx.waker().wake_by_ref();
            }
            self.written_at = self.timeouts.carry.map(|_| Instant::now());
            return polled;
        }
        let limit = self.timeouts.write;
        let alarm = self.write_alarm.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(alarm.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Waits until the other side has closed too: a tunnel's agent does so once it has carried the answer on.
    fn poll_carried(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (Some(limit), Some(written_at)) = (self.timeouts.carry, self.written_at) else { return Poll::Ready(()) };
        let mut bytes = [0; 1024];
        loop {
            let mut unwanted = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(cx, &mut unwanted) {
                Poll::Ready(Ok(())) if !unwanted.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        let alarm = self.carry_alarm.get_or_insert_with(|| Box::pin(sleep_until(written_at + limit)));
        alarm.as_mut().poll(cx)
    }

    /// Waits while too much is in memory for this connection to add to its large request. After a second the oldest of
    /// those that do not arrive has to go.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.place.must_wait() {
            let crowded = self.crowded.get_or_insert_with(|| Crowded { looks: 0, sleep: Box::pin(sleep(ROOM_PAUSE)) });
            ready!(crowded.sleep.as_mut().poll(cx));
            crowded.looks += 1;
            crowded.sleep.as_mut().reset(Instant::now() + ROOM_PAUSE);
            if crowded.looks >= ROOM_LOOKS {
                crowded.looks = 0;
                self.place.make_room();
            }
        }
        self.crowded = None;
        Poll::Ready(())
    }

    /// Called when a read has to wait: fails once the wait has been too long.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.place.requests.is_under_way() {
            return Poll::Pending; // the server of the request has other limits
        }
        let (waiting, limit) = match (self.fresh, self.seen) {
            (true, _) => (ReadPhase::Rest, self.timeouts.head),
            (false, 0) => (ReadPhase::Request, self.timeouts.head),
            (false, _) => (ReadPhase::Request, self.timeouts.idle),
        };
        let seen = self.seen;
        let alarm = self.alarm.get_or_insert_with(|| Alarm { waiting, seen, sleep: Box::pin(sleep(limit)) });
        if alarm.waiting != waiting {
            alarm.set(waiting, seen, limit);
        }
        loop {
            ready!(alarm.sleep.as_mut().poll(cx));
            if alarm.seen == seen {
                self.head.give_up(limit);
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            // Requests came since the alarm was set; setting it for each of them would cost more than this.
            alarm.set(waiting, seen, limit);
        }
    }
}

/// Reads no more than `most` bytes, and returns how many they are.
fn poll_read_some<S: AsyncRead>(
    stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
    most: usize,
) -> Poll<io::Result<usize>> {
    let mut part = [const { MaybeUninit::uninit() }; MOST_READ];
    let most = buf.remaining().min(most);
    let mut part = ReadBuf::uninit(part.get_mut(..most).unwrap_or_default());
    ready!(stream.poll_read(cx, &mut part))?;
    buf.put_slice(part.filled());
    Poll::Ready(Ok(part.filled().len()))
}

impl Alarm {
    fn set(&mut self, waiting: ReadPhase, seen: u64, limit: Duration) {
        self.waiting = waiting;
        self.seen = seen;
        self.sleep.as_mut().reset(Instant::now() + limit);
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for TimedStream<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let begun = self.place.requests.begun();
        if begun != self.seen {
            self.seen = begun;
            self.fresh = false;
            self.in_head = false;
        }
        if self.poll_room(cx).is_pending() {
            return self.poll_alarm(cx);
        }
        let most = self.place.most_read();
        match poll_read_some(Pin::new(&mut self.stream), cx, buf, most) {
            Poll::Ready(Ok(count)) => {
                self.fresh = true;
                self.place.hold(count);
                let filled = buf.filled();
                self.record(filled.get(filled.len() - count..).unwrap_or_default());
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_alarm(cx),
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TimedStream<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.limited(polled, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        self.poll_carried(cx).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.limited(polled, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
