//! The keyboard of a terminal: single keys without Enter, and the terminal as it was before, however this ends.

#[cfg(unix)]
pub(super) use unix::Keyboard;

#[cfg(not(unix))]
use crate::commands::listen::terminal_hold::TerminalHold;

#[cfg(not(unix))]
pub(super) use NoKeyboard as Keyboard;

/// No single keys are read on this platform.
#[cfg(not(unix))]
pub(super) struct NoKeyboard;

#[cfg(not(unix))]
impl NoKeyboard {
    pub(super) fn open(_hold: TerminalHold) -> Option<Self> {
        None
    }

    pub(super) async fn typed(&mut self) -> Vec<u8> {
        std::future::pending().await
    }

    pub(super) fn release(&mut self) {}
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::io::Errno;
    use rustix::process::{Signal, getpgrp, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
    use tokio::io::unix::AsyncFd;
    use tokio::signal::unix::{Signal as SignalStream, SignalKind, signal};
    use tokio::time::sleep;

    use crate::commands::listen::terminal_hold::TerminalHold;

    /// Interval of asking whether this program is in the foreground again.
    const BACKGROUND: Duration = Duration::from_millis(500);

    /// Bytes of one read.
    const CHUNK: usize = 256;

    /// Standard input as a keyboard.
    ///
    /// Input is neither echoed nor collected to lines. Signals of keys and the translation of output stay, so Ctrl-C,
    /// Ctrl-Z and printing work as ever.
    pub(crate) struct Keyboard {
        input: AsyncFd<OwnedFd>,
        before: Termios,
        is_taken: bool,
        hold: TerminalHold,
        is_released: bool,
        suspended: SignalStream,
        resumed: SignalStream,
    }

    impl Keyboard {
        /// Takes the terminal; nothing if standard input is none. In the background it is taken later.
        pub(crate) fn open(hold: TerminalHold) -> Option<Self> {
            Self::on(rustix::io::dup(io::stdin()).ok()?, hold)
        }

        fn on(terminal: OwnedFd, hold: TerminalHold) -> Option<Self> {
            let before = tcgetattr(&terminal).ok()?;
            let mut keyboard = Self {
                input: registered(terminal)?,
                before,
                is_taken: false,
                hold,
                is_released: false,
                suspended: signal(SignalKind::from_raw(Signal::TSTP.as_raw())).ok()?,
                resumed: signal(SignalKind::from_raw(Signal::CONT.as_raw())).ok()?,
            };
            keyboard.take();
            Some(keyboard)
        }

        /// The next bytes that are typed. Ctrl-Z gives the terminal back before this program stops, and it is taken
        /// again when the program goes on in the foreground. Nothing more comes from a terminal that was closed.
        pub(crate) async fn typed(&mut self) -> Vec<u8> {
            loop {
                let is_waiting = !self.is_taken && !self.is_released;
                tokio::select! {
                    _ = self.suspended.recv() => self.suspend(),
                    _ = self.resumed.recv() => self.take(),
                    () = sleep(BACKGROUND), if is_waiting => self.take(),
                    ready = self.input.readable(), if self.is_taken => {
                        // What is closed is ready for ever.
                        let is_closed = ready.map_or(true, |mut ready| {
                            let is_closed = ready.ready().is_read_closed();
                            ready.clear_ready();
                            is_closed
                        });
                        match self.read() {
                            Ok(bytes) if !bytes.is_empty() => return bytes,
                            Ok(_) if !is_closed => {}
                            Ok(_) | Err(_) => self.release(),
                        }
                    }
                }
            }
        }

        /// Gives the terminal back for good.
        pub(crate) fn release(&mut self) {
            self.give_back();
            self.is_released = true;
        }

        /// Reads all that was typed; a read returns nothing instead of waiting.
        fn read(&self) -> Result<Vec<u8>, Errno> {
            let mut bytes = Vec::new();
            let mut chunk = [0; CHUNK];
            loop {
                match rustix::io::read(self.input.get_ref(), &mut chunk) {
                    Ok(count @ 1..) => bytes.extend_from_slice(chunk.get(..count).unwrap_or_default()),
                    Err(error) if bytes.is_empty() && error != Errno::INTR && error != Errno::AGAIN => {
                        return Err(error);
                    }
                    Ok(_) | Err(_) => return Ok(bytes),
                }
            }
        }

        fn take(&mut self) {
            if self.is_released || !self.is_in_foreground() {
                self.note(false);
                return;
            }
            let mut mode = self.before.clone();
            mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            mode.special_codes[SpecialCodeIndex::VMIN] = 0;
            mode.special_codes[SpecialCodeIndex::VTIME] = 0;
            let is_taken = self.set(&mode);
            self.note(is_taken);
        }

        fn give_back(&mut self) {
            // In the background the shell has the terminal, and to change it would stop this program.
            if self.is_taken && self.is_in_foreground() {
                self.set(&self.before);
            }
            self.note(false);
        }

        fn note(&mut self, is_taken: bool) {
            self.is_taken = is_taken;
            self.hold.set(is_taken);
        }

        fn suspend(&mut self) {
            self.give_back();
            let _ = kill_process(getpid(), Signal::STOP);
        }

        fn set(&self, mode: &Termios) -> bool {
            tcsetattr(self.input.get_ref(), OptionalActions::Now, mode).is_ok()
        }

        /// Whether the terminal is ours to change. One without job control is.
        fn is_in_foreground(&self) -> bool {
            tcgetpgrp(self.input.get_ref()).map_or(true, |group| group == getpgrp())
        }
    }

    /// The terminal as the runtime watches it.
    #[expect(deprecated, reason = "the owner of the descriptor is given away with it; the successor is unsafe code")]
    fn registered(terminal: OwnedFd) -> Option<AsyncFd<OwnedFd>> {
        AsyncFd::new(terminal).ok()
    }

    impl Drop for Keyboard {
        fn drop(&mut self) {
            self.give_back();
        }
    }

    #[cfg(test)]
    mod tests {
        use std::os::fd::OwnedFd;
        use std::panic::{AssertUnwindSafe, catch_unwind};

        use rustix::fs::{Mode, OFlags, open};
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        use rustix::termios::{LocalModes, tcgetattr};

        use super::{Keyboard, TerminalHold};

        /// Both ends of a terminal that nobody sees.
        fn terminal() -> (OwnedFd, OwnedFd) {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
            grantpt(&master).unwrap();
            unlockpt(&master).unwrap();
            let name = ptsname(&master, Vec::new()).unwrap();
            let slave = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
            (master, slave)
        }

        fn collects_lines(terminal: &OwnedFd) -> bool {
            tcgetattr(terminal).unwrap().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO)
        }

        #[tokio::test]
        async fn keys_come_one_by_one_and_the_terminal_is_given_back() {
            let (master, slave) = terminal();
            let mut keyboard = Keyboard::on(slave.try_clone().unwrap(), TerminalHold::default()).unwrap();
            assert!(!collects_lines(&slave));
            rustix::io::write(&master, b"r").unwrap();
            assert_eq!(keyboard.typed().await, b"r");
            keyboard.release();
            assert!(collects_lines(&slave));
        }

        #[tokio::test]
        async fn a_panic_gives_the_terminal_back() {
            let (_master, slave) = terminal();
            let taken = slave.try_clone().unwrap();
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _keyboard = Keyboard::on(taken, TerminalHold::default()).unwrap();
                assert!(collects_lines(&slave), "the terminal is taken, so this panics");
            }));
            assert!(panicked.is_err());
            assert!(collects_lines(&slave));
        }
    }
}
