//! A stream that counts its bytes, so that a failure says whether a request was sent and an answer begun.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// The first bytes of an answer that are kept: enough to recognise another protocol by.
const OPENING: usize = 16;

/// The bytes that went over one connection.
#[derive(Debug)]
pub(crate) struct Traffic {
    opened: Instant,
    /// Whether the time of each write is of interest.
    is_timed: AtomicBool,
    /// When the last byte was written, in nanoseconds after `opened`.
    written_at: AtomicU64,
    /// Whether a write waits for the other side to read.
    is_stuck: AtomicBool,
    /// The bytes that were read since the last request.
    read: AtomicU64,
    opening: Mutex<[u8; OPENING]>,
    /// The bytes of the answer's head; 0 until its end has come.
    head: AtomicU64,
    /// The bytes of an empty line that the last read ended with.
    ending: AtomicUsize,
}

/// The end of a head.
const HEAD_END: &[u8] = b"\r\n\r\n";

impl Traffic {
    fn new() -> Self {
        let (written_at, read) = (AtomicU64::new(0), AtomicU64::new(0));
        let (head, ending) = (AtomicU64::new(0), AtomicUsize::new(0));
        Self {
            opened: Instant::now(),
            is_timed: false.into(),
            written_at,
            is_stuck: false.into(),
            read,
            opening: Mutex::default(),
            head,
            ending,
        }
    }

    /// Begins to count for another request; notes the times of its writes if they are of interest.
    pub(crate) fn begin(&self, is_timed: bool) {
        self.is_timed.store(is_timed, Ordering::Relaxed);
        self.read.store(0, Ordering::Relaxed);
        self.head.store(0, Ordering::Relaxed);
        self.ending.store(0, Ordering::Relaxed);
    }

    /// The bytes that came beyond a body of this length; 0 after an interim answer (1xx), where they are not counted.
    pub(crate) fn beyond(&self, body: u64) -> u64 {
        match self.head.load(Ordering::Relaxed) {
            0 => 0,
            _ if self.is_interim() => 0,
            head => self.read.load(Ordering::Relaxed).saturating_sub(head + body),
        }
    }

    /// Whether the first answer is an interim one.
    fn is_interim(&self) -> bool {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner).get("HTTP/1.1 ".len()) == Some(&b'1')
    }

    /// Whether a byte of the answer has come.
    pub(crate) fn is_answered(&self) -> bool {
        self.read.load(Ordering::Relaxed) > 0
    }

    /// Whether the other side does not read what is written.
    pub(crate) fn is_stuck(&self) -> bool {
        self.is_stuck.load(Ordering::Relaxed)
    }

    /// The time from `from` to the last write.
    pub(crate) fn sending_since(&self, from: Instant) -> Duration {
        let written = self.opened + Duration::from_nanos(self.written_at.load(Ordering::Relaxed));
        written.saturating_duration_since(from)
    }

    /// The first bytes of the answer.
    pub(crate) fn opening(&self) -> Vec<u8> {
        let length = usize::try_from(self.read.load(Ordering::Relaxed)).unwrap_or(OPENING).min(OPENING);
        self.opening.lock().unwrap_or_else(PoisonError::into_inner).iter().take(length).copied().collect()
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        self.is_stuck.store(result.is_pending(), Ordering::Relaxed);
        if matches!(result, Poll::Ready(Ok(_))) && self.is_timed.load(Ordering::Relaxed) {
            let at = u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.written_at.store(at, Ordering::Relaxed);
        }
    }

    fn took(&self, bytes: &[u8]) {
        let before = self.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if self.head.load(Ordering::Relaxed) == 0 {
            self.look_for_body(before, bytes);
        }
        let Ok(before) = usize::try_from(before) else { return };
        if before < OPENING {
            let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
            opening.iter_mut().skip(before).zip(bytes).for_each(|(kept, byte)| *kept = *byte);
        }
    }
}

impl Traffic {
    /// Notes where the head ends, if it ends in these bytes, which follow `before` others.
    fn look_for_body(&self, before: u64, bytes: &[u8]) {
        let mut matched = self.ending.load(Ordering::Relaxed);
        // The usual case, a head that comes whole, is looked through a line at a time.
        let line_ends = memchr::memchr_iter(b'\n', bytes).map(|at| at + 1);
        let mut heads = line_ends.filter(|end| bytes.get(..*end).is_some_and(|head| head.ends_with(HEAD_END)));
        if matched == 0
            && let Some(end) = heads.next()
        {
            return self.head.store(before + end as u64, Ordering::Relaxed);
        }
        for (at, byte) in bytes.iter().enumerate() {
            matched = match HEAD_END.get(matched) {
                Some(wanted) if wanted == byte => matched + 1,
                _ => usize::from(*byte == b'\r'),
            };
            if matched == HEAD_END.len() {
                return self.head.store(before + at as u64 + 1, Ordering::Relaxed);
            }
        }
        self.ending.store(matched, Ordering::Relaxed);
    }
}

/// The stream.
#[derive(Debug)]
pub(crate) struct CountedStream<S> {
    stream: S,
    traffic: Arc<Traffic>,
}

impl<S> CountedStream<S> {
    pub(crate) fn new(stream: S) -> (Self, Arc<Traffic>) {
        let traffic = Arc::new(Traffic::new());
        (Self { stream, traffic: Arc::clone(&traffic) }, traffic)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CountedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let filled = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Some(bytes) = buf.filled().get(filled..).filter(|bytes| !bytes.is_empty()) {
            self.traffic.took(bytes);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CountedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.traffic.wrote(&polled);
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.traffic.wrote(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::Traffic;

    #[test]
    fn the_end_of_a_head_is_found_however_it_comes() {
        const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nX: \r\r\nContent-Length: 2\r\n\r\n{} and\r\n\r\nmore";
        for first in 1..=ANSWER.len() {
            for second in first..=ANSWER.len() {
                let traffic = Traffic::new();
                for piece in [&ANSWER[..first], &ANSWER[first..second], &ANSWER[second..]] {
                    traffic.took(piece);
                }
                assert_eq!(traffic.beyond(2), 12, "in pieces that end at {first} and {second}");
            }
        }
    }
}
