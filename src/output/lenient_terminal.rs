//! A terminal for progress bars that accepts everything, also after it was closed: the bars panic when it refuses.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::TermLike;

/// A terminal that is left alone after its first error: nobody sees it any more.
#[derive(Debug)]
pub(super) struct LenientTerminal<T> {
    terminal: T,
    is_gone: AtomicBool,
}

impl<T: TermLike> LenientTerminal<T> {
    pub(super) const fn new(terminal: T) -> Self {
        Self { terminal, is_gone: AtomicBool::new(false) }
    }

    fn write(&self, write: impl FnOnce(&T) -> io::Result<()>) -> io::Result<()> {
        let written = if self.is_gone.load(Ordering::Relaxed) { Ok(()) } else { write(&self.terminal) };
        written.or_else(|_| {
            self.is_gone.store(true, Ordering::Relaxed);
            Ok(())
        })
    }
}

impl<T: TermLike> TermLike for LenientTerminal<T> {
    fn width(&self) -> u16 {
        self.terminal.width()
    }

    fn height(&self) -> u16 {
        self.terminal.height()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.write(|terminal| terminal.move_cursor_up(n))
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.write(|terminal| terminal.move_cursor_down(n))
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.write(|terminal| terminal.move_cursor_right(n))
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.write(|terminal| terminal.move_cursor_left(n))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write(|terminal| terminal.write_line(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.write(|terminal| terminal.write_str(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write(TermLike::clear_line)
    }

    fn flush(&self) -> io::Result<()> {
        self.write(TermLike::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, TermLike};

    use super::LenientTerminal;

    /// A terminal that was closed.
    #[derive(Debug)]
    struct Closed;

    impl Closed {
        fn refuse() -> io::Result<()> {
            Err(io::ErrorKind::NotConnected.into())
        }
    }

    impl TermLike for Closed {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Self::refuse()
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Self::refuse()
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Self::refuse()
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Self::refuse()
        }

        fn write_line(&self, _: &str) -> io::Result<()> {
            Self::refuse()
        }

        fn write_str(&self, _: &str) -> io::Result<()> {
            Self::refuse()
        }

        fn clear_line(&self) -> io::Result<()> {
            Self::refuse()
        }

        fn flush(&self) -> io::Result<()> {
            Self::refuse()
        }
    }

    #[test]
    fn bars_on_a_terminal_that_was_closed_do_not_panic() {
        let bars =
            MultiProgress::with_draw_target(ProgressDrawTarget::term_like(Box::new(LenientTerminal::new(Closed))));
        let bar = bars.add(ProgressBar::new(10));
        bar.inc(1);
        assert_eq!(bars.suspend(|| 1), 1);
        bar.finish_and_clear();
        bars.remove(&bar);
    }
}
