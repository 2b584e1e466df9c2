//! The progress bars on the terminal, which step aside while a line is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use console::{Term, is_dumb};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

use crate::output::lenient_terminal::LenientTerminal;

/// Frames in a second at most.
const FRAMES: u8 = 20;

/// All bars of the program; clones are the same set.
#[derive(Clone)]
pub(super) struct Bars {
    multi: MultiProgress,
    standing: Arc<AtomicUsize>,
    drawn: bool,
}

impl Bars {
    /// A set that is drawn on stderr, or never.
    pub(super) fn new(drawn: bool) -> Self {
        let drawn = drawn && !is_dumb();
        let terminal = || Box::new(LenientTerminal::new(Term::buffered_stderr()));
        let target = if drawn {
            ProgressDrawTarget::term_like_with_hz(terminal(), FRAMES)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self { multi: MultiProgress::with_draw_target(target), standing: Arc::default(), drawn }
    }

    /// Whether bars are drawn at all.
    pub(super) fn are_drawn(&self) -> bool {
        self.drawn
    }

    /// Adds a bar; `None` where bars are not drawn.
    pub(super) fn add(&self, bar: impl FnOnce() -> ProgressBar) -> Option<ProgressBar> {
        self.drawn.then(|| {
            self.standing.fetch_add(1, Ordering::Relaxed);
            self.multi.add(bar())
        })
    }

    /// Wipes a bar away for good.
    pub(super) fn remove(&self, bar: &ProgressBar) {
        bar.finish_and_clear();
        self.multi.remove(bar);
        self.standing.fetch_sub(1, Ordering::Relaxed);
    }

    /// Runs `write` while no bar is on the terminal. Without bars it costs one atomic load.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.standing.load(Ordering::Relaxed) {
            0 => write(),
            _ => self.multi.suspend(write),
        }
    }
}
