//! Records as lines, from a pipe or a file: what `history export` and `listen --format json` write.

use std::io::{self, BufRead};
use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::engine::capture::captured::CapturedRequest;
use crate::engine::capture::formats::{CapturedLine, record};

/// The longest line: a body of 16 MiB in base64, with its headers.
const LONGEST: usize = 24 << 20;

/// Deliveries that wait to be processed; beyond that, reading waits, and so does the writer.
const WAITING: usize = 16;

/// The sum of what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinesRead {
    pub deliveries: u64,
    /// Whether any line is a record, of whatever kind.
    pub is_any_record: bool,
    /// The lines that are no records, or too long.
    pub broken: u64,
    /// Whether the records were changed to hide secrets, so that signatures cannot match.
    pub is_redacted: bool,
}

/// The deliveries of an input, and at its end the sum.
pub struct LineFeed {
    /// The deliveries, in order.
    pub deliveries: mpsc::Receiver<CapturedRequest>,
    /// The sum, or why reading failed.
    pub sum: oneshot::Receiver<io::Result<LinesRead>>,
}

impl LineFeed {
    /// Reads an input in a thread, which may wait for it for ever without keeping the program from ending.
    pub fn start<R: BufRead>(open: impl FnOnce() -> io::Result<R> + Send + 'static) -> Self {
        let (sender, deliveries) = mpsc::channel(WAITING);
        let (done, sum) = oneshot::channel();
        thread::spawn(move || {
            let read = open().and_then(|input| read_lines(input, |delivery| sender.blocking_send(delivery).is_ok()));
            drop(sender);
            let _ = done.send(read);
        });
        Self { deliveries, sum }
    }
}

/// Reads lines until their end, or until `take` wants no more.
fn read_lines(mut input: impl BufRead, mut take: impl FnMut(CapturedRequest) -> bool) -> io::Result<LinesRead> {
    let mut sum = LinesRead::default();
    let mut line = Vec::new();
    while let Some(is_whole) = next_line(&mut input, &mut line)? {
        let record = record(&line);
        sum.is_any_record |= is_whole && !matches!(record, CapturedLine::Broken);
        match record {
            _ if !is_whole => sum.broken += 1,
            CapturedLine::Delivery(delivery) => {
                sum.deliveries += 1;
                if !take(*delivery) {
                    break;
                }
            }
            CapturedLine::Redacted => sum.is_redacted = true,
            CapturedLine::Broken if line.iter().any(|byte| !byte.is_ascii_whitespace()) => sum.broken += 1,
            CapturedLine::Broken | CapturedLine::Other => {}
        }
    }
    Ok(sum)
}

/// Reads a line, of one that is too long only the beginning; says whether it is whole.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut is_any, mut is_whole) = (false, true);
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok(is_any.then_some(is_whole));
        }
        is_any = true;
        let end = memchr::memchr(b'\n', buffer);
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        is_whole &= line.len() + part.len() <= LONGEST;
        if is_whole {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(is_whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::{LONGEST, LinesRead, read_lines};

    const DELIVERY: &str =
        r#"{"record":"delivery","id":1,"received_at":"2026-10-01T15:04:05Z","headers":[],"body":"{}"}"#;

    #[test]
    fn deliveries_are_taken_and_what_is_broken_is_counted() {
        let text = format!("{{\"record\":\"export\",\"redacted\":true}}\n{DELIVERY}\n\noops\n{DELIVERY}");
        let mut taken = Vec::new();
        let sum = read_lines(BufReader::with_capacity(7, text.as_bytes()), |delivery| {
            taken.push(delivery);
            true
        });
        assert_eq!(sum.unwrap(), LinesRead { deliveries: 2, is_any_record: true, broken: 1, is_redacted: true });
        assert_eq!(taken.len(), 2);
    }

    #[test]
    fn a_line_without_end_takes_no_more_memory_than_the_longest() {
        let endless = std::io::repeat(b'x').take(LONGEST as u64 + 100);
        let input = endless.chain("\n".as_bytes()).chain(DELIVERY.as_bytes());
        let sum = read_lines(BufReader::new(input), |_| true).unwrap();
        assert_eq!(sum, LinesRead { deliveries: 1, is_any_record: true, broken: 1, is_redacted: false });
    }
}
