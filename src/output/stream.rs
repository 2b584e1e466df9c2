//! One way out of the program: a stream with its theme, written whole and flushed, under one lock.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use terminal_size::{Height, Width, terminal_size_of};
use thiserror::Error;

use crate::model::text::io_message::reason;
use crate::output::format::{ColorChoice, ColorEnvironment};
use crate::output::progress_bars::Bars;
use crate::output::redact;
use crate::output::theme::Theme;

/// Why output did not get out.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The reader of the stream has gone, as `head` does when it has enough. Not worth a message.
    #[error("the reader of the output is gone")]
    Closed,
    /// The stream took no more: a full disk, for instance.
    #[error("cannot write to {stream}: {}", reason(source))]
    Failed {
        /// The stream's name, as people call it.
        stream: &'static str,
        /// Error of the system.
        source: io::Error,
    },
}

/// A stream of output. Clones write to the same place.
#[derive(Clone)]
pub struct Stream {
    name: &'static str,
    sink: Arc<Mutex<Box<dyn Write + Send>>>,
    theme: Theme,
    terminal: Option<Terminal>,
    bars: Bars,
    /// Number of writes to the terminal, which its streams share.
    turns: Turns,
}

/// Count of the writes to one terminal. It is locked while somebody writes.
type Turns = Arc<Mutex<u64>>;

#[derive(Clone, Copy)]
enum Terminal {
    Stdout,
    Stderr,
    /// One of this size, kept in memory.
    #[cfg(test)]
    Sized(u16, u16),
}

impl OutputError {
    /// Lets the absence of a reader pass, where the exit code says what the output says.
    pub fn unless_closed(self) -> Result<(), Self> {
        match self {
            Self::Closed => Ok(()),
            failed @ Self::Failed { .. } => Err(failed),
        }
    }
}

impl Stream {
    pub(super) fn stdout(choice: ColorChoice, environment: ColorEnvironment, bars: &Bars, turns: &Turns) -> Self {
        let terminal = io::stdout().is_terminal().then_some(Terminal::Stdout);
        let theme = Theme::new(choice.decide(environment, terminal.is_some()));
        Self::new("standard output", io::stdout(), theme).on(terminal, bars, turns)
    }

    pub(super) fn stderr(choice: ColorChoice, environment: ColorEnvironment, bars: &Bars, turns: &Turns) -> Self {
        let terminal = io::stderr().is_terminal().then_some(Terminal::Stderr);
        let theme = Theme::new(choice.decide(environment, terminal.is_some()));
        Self::new("standard error", io::stderr(), theme).on(terminal, bars, turns)
    }

    /// A stream to any writer, which is no terminal. The name is for messages.
    pub fn new(name: &'static str, writer: impl Write + Send + 'static, theme: Theme) -> Self {
        let sink: Arc<Mutex<Box<dyn Write + Send>>> = Arc::new(Mutex::new(Box::new(writer)));
        Self { name, sink, theme, terminal: None, bars: Bars::new(false), turns: Turns::default() }
    }

    /// A stream that looks like this one and goes to another writer, such as a pager in front of the same terminal.
    #[must_use]
    pub fn redirected(&self, writer: impl Write + Send + 'static) -> Self {
        Self { sink: Arc::new(Mutex::new(Box::new(writer))), ..self.clone() }
    }

    /// Theme of this stream.
    pub fn theme(&self) -> Theme {
        self.theme
    }

    /// Whether a person's terminal is at the other end.
    pub fn is_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// The columns of the terminal as it is now; `None` for a stream that is none.
    pub fn width(&self) -> Option<usize> {
        self.size().map(|(columns, _)| columns).filter(|columns| *columns > 0)
    }

    /// The columns and rows of the terminal as they are now; `None` for a stream that is none.
    pub(super) fn size(&self) -> Option<(usize, usize)> {
        let size = match self.terminal? {
            Terminal::Stdout => terminal_size_of(io::stdout()),
            Terminal::Stderr => terminal_size_of(io::stderr()),
            #[cfg(test)]
            Terminal::Sized(columns, rows) => Some((Width(columns), Height(rows))),
        };
        size.map(|(Width(columns), Height(rows))| (usize::from(columns), usize::from(rows)))
    }

    /// Writes bytes exactly as they are, all of them, and flushes.
    ///
    /// # Errors
    ///
    /// When the reader is gone or the system takes no more.
    pub fn write(&self, bytes: &[u8]) -> Result<(), OutputError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut turn = lock(&self.turns);
        *turn += 1;
        self.write_now(bytes)
    }

    /// Writes text for people while no other stream of the terminal can. `text` gets the number of writes before this
    /// one; the number after it is returned.
    pub(super) fn write_in_turn(&self, text: impl FnOnce(u64) -> String) -> Result<u64, OutputError> {
        let mut turn = lock(&self.turns);
        let text = text(*turn);
        *turn += 1;
        self.write_now(redact::secrets(&text).as_bytes())?;
        Ok(*turn)
    }

    /// Number of writes to the terminal so far.
    pub(super) fn turn(&self) -> u64 {
        *lock(&self.turns)
    }

    fn write_now(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let write = || {
            let mut sink = lock(&self.sink);
            sink.write_all(bytes).and_then(|()| sink.flush())
        };
        self.bars.aside(write).map_err(|source| self.failed(source))
    }

    /// Writes text for people: what looks like a secret is masked.
    ///
    /// # Errors
    ///
    /// When the reader is gone or the system takes no more.
    pub fn write_text(&self, text: &str) -> Result<(), OutputError> {
        self.write(redact::secrets(text).as_bytes())
    }

    /// Only what is written to a terminal can tear a bar that is drawn there.
    fn on(self, terminal: Option<Terminal>, bars: &Bars, turns: &Turns) -> Self {
        if terminal.is_some() { Self { terminal, bars: bars.clone(), turns: Arc::clone(turns), ..self } } else { self }
    }

    /// The same as a terminal of this size.
    #[cfg(test)]
    pub(crate) fn sized(self, columns: u16, rows: u16) -> Self {
        Self { terminal: Some(Terminal::Sized(columns, rows)), ..self }
    }

    /// Error for a failed write to this stream.
    pub(super) fn failed(&self, source: io::Error) -> OutputError {
        let is_closed = source.kind() == io::ErrorKind::BrokenPipe || self.is_terminal() && is_hung_up(&source);
        if is_closed { OutputError::Closed } else { OutputError::Failed { stream: self.name, source } }
    }
}

/// Whether an error of a terminal says that it was closed.
fn is_hung_up(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error());
    #[cfg(not(unix))]
    return false;
}

/// Output kept in memory. Clones share it.
#[derive(Clone, Default)]
pub struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// Everything that was written so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A lock that ignores poisoning: a panic in one thread is no reason to keep others from writing.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::{Buffer, OutputError, Stream};
    use crate::output::theme::Theme;

    struct Refusing(io::ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn text_is_masked_and_exact_bytes_are_not() {
        let buffer = Buffer::default();
        let stream = Stream::new("a buffer", buffer.clone(), Theme::new(false));
        stream.write_text("mhw_test_0123456789abcdefWXYZ\n").unwrap();
        stream.write(b"mhw_test_0123456789abcdefWXYZ\n").unwrap();
        assert_eq!(buffer.text(), "mhw_test_…WXYZ\nmhw_test_0123456789abcdefWXYZ\n");
    }

    #[test]
    fn a_reader_that_left_is_told_apart_from_a_failure() {
        let stream = Stream::new("a pipe", Refusing(io::ErrorKind::BrokenPipe), Theme::new(false));
        assert!(matches!(stream.write(b"x"), Err(OutputError::Closed)));
        assert!(stream.write(b"").is_ok());
    }

    #[test]
    fn writes_from_many_threads_stay_whole() {
        let buffer = Buffer::default();
        let stream = Stream::new("a buffer", buffer.clone(), Theme::new(false));
        std::thread::scope(|threads| {
            for letter in ["a", "b", "c"] {
                let stream = stream.clone();
                threads.spawn(move || (0..50).for_each(|_| stream.write_text(&(letter.repeat(40) + "\n")).unwrap()));
            }
        });
        assert_eq!(buffer.text().lines().count(), 150);
        assert!(buffer.text().lines().all(|line| line.len() == 40 && line.split_at(1).1.starts_with(&line[..1])));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named_in_plain_words() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let stream = Stream::new("standard output", full, Theme::new(false));
        let error = stream.write(b"x").unwrap_err();
        assert_eq!(error.to_string(), "cannot write to standard output: no space left on device");
    }
}
