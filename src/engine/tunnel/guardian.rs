//! The guardian: a small process between us and a tunnel agent, so that the agent never survives us.
//!
//! The agent runs in a separate process group. When the pipe from the parent closes, which it does however the parent
//! ends, the guardian ends the whole group: SIGTERM, a grace period, SIGKILL.

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The time between SIGTERM and SIGKILL.
pub const GRACE: Duration = Duration::from_secs(3);

/// Runs a program until it ends, or until `orphaned` completes; then ends it with everything that it started.
///
/// # Errors
///
/// When the program cannot be started or waited for.
pub async fn guard(
    program: &OsString,
    arguments: &[OsString],
    orphaned: impl Future<Output = ()>,
) -> io::Result<ExitStatus> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let group = child.id();
    let ended = tokio::select! {
        status = child.wait() => Some(status?),
        () = orphaned => None,
    };
    let status = match ended {
        Some(status) => status,
        None => end(&mut child, group).await?,
    };
    // Whatever the program has left behind ends with it.
    signal(group, Signal::Kill);
    Ok(status)
}

async fn end(child: &mut Child, group: Option<u32>) -> io::Result<ExitStatus> {
    signal(group, Signal::Terminate);
    if let Ok(status) = timeout(GRACE, child.wait()).await {
        return status;
    }
    signal(group, Signal::Kill);
    child.start_kill()?;
    child.wait().await
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

/// Signals a process group. A group without processes is no error.
#[cfg(unix)]
fn signal(group: Option<u32>, signal: Signal) {
    use rustix::process::{Pid, Signal as Unix, kill_process_group};

    let signal = match signal {
        Signal::Terminate => Unix::TERM,
        Signal::Kill => Unix::KILL,
    };
    if let Some(group) = group.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

/// There are no process groups here: the child alone is killed, by [`end`].
#[cfg(not(unix))]
fn signal(_group: Option<u32>, _signal: Signal) {}

/// Waits for a signal that asks the guardian to end, or for the end of the parent.
///
/// # Errors
///
/// When the operating system refuses to report signals.
pub async fn asked_to_end(parent_gone: impl Future<Output = ()>) -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        tokio::select! {
            () = parent_gone => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    parent_gone.await;
    Ok(())
}
