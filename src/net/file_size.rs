//! The limit of a file's size that the shell sets (`ulimit -f`): reaching it is an error of the write, not a death.

/// Has SIGXFSZ do nothing, so that a write beyond the limit fails as one on a full disk does.
///
/// To ignore the signal would do as well, and would be handed on to programs that we start: a handler is not.
#[cfg(unix)]
pub fn survive_file_size_limit() {
    use tokio::runtime::Builder;
    use tokio::signal::unix::{SignalKind, signal};
    /// The number of SIGXFSZ on Linux, macOS and the BSDs.
    const FILE_SIZE_EXCEEDED: i32 = 25;
    // The handler stays when the runtime that it was registered on is gone.
    if let Ok(runtime) = Builder::new_current_thread().enable_io().build() {
        let _entered = runtime.enter();
        let _ = signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED));
    }
}

/// Does nothing: there is no such limit here.
#[cfg(not(unix))]
pub fn survive_file_size_limit() {}
