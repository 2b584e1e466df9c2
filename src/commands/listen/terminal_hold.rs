//! Hold of a terminal: whether it is this program's now, or a shell's while the program is suspended or in the background.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Number of times that the terminal was taken or given back; odd while it is taken. Clones share it.
#[derive(Clone, Default)]
pub(super) struct TerminalHold(Arc<AtomicU64>);

impl TerminalHold {
    /// A number for this time of having the terminal; nothing while a shell has it.
    pub(super) fn takes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Acquire)).filter(|changes| changes % 2 == 1)
    }

    /// Notes whether the terminal is taken now.
    pub(super) fn set(&self, is_taken: bool) {
        if self.takes().is_some() != is_taken {
            self.0.fetch_add(1, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TerminalHold;

    #[test]
    fn each_time_of_having_the_terminal_has_a_number() {
        let hold = TerminalHold::default();
        assert_eq!(hold.takes(), None);
        hold.set(true);
        let first = hold.takes();
        hold.set(true);
        assert_eq!(hold.takes(), first);
        hold.set(false);
        assert_eq!(hold.takes(), None);
        hold.set(true);
        assert!(hold.takes().is_some() && hold.takes() != first);
    }
}
