//! Signals that ask the program to stop.

/// Ctrl-C and, on Unix, what means the same: SIGTERM, SIGHUP of a terminal that was closed, and SIGQUIT.
///
/// Once it exists none of them kills the program, so it is made before the program says that it is ready. A signal that
/// comes while nobody waits is heard by the next wait.
///
/// On Linux, a signal that was ignored when the program started stays ignored, as `nohup` has it with SIGHUP. Elsewhere
/// that is not known: a closed terminal ends the program even under `nohup`.
#[derive(Debug)]
pub struct Interrupt {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
}

impl Interrupt {
    /// Begins to hear signals.
    #[cfg(unix)]
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        let ignored = ignored_signals();
        let both = [SignalKind::hangup(), SignalKind::quit()];
        kinds.extend(both.into_iter().filter(|kind| ignored & (1 << (kind.as_raw_value() - 1)) == 0));
        Ok(Self { signals: kinds.into_iter().map(signal).collect::<Result<_, _>>()? })
    }

    /// Begins to hear signals.
    #[cfg(windows)]
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self { ctrl_c: tokio::signal::windows::ctrl_c()? })
    }

    /// Waits for the next signal.
    pub async fn heard(&mut self) {
        #[cfg(unix)]
        std::future::poll_fn(|cx| {
            let heard = self.signals.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if heard { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        #[cfg(windows)]
        let _ = self.ctrl_c.recv().await;
    }
}

/// The signals that are ignored now, a bit for each; none where the system does not say.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
