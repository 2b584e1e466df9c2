//! The limit of open files and connections that the operating system sets this program.

/// Raises the limit as far as this user may: the usual soft one of 1,024, or 256 on macOS, is less than one load needs.
#[cfg(unix)]
pub fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// The most that macOS grants, although it names no hard limit.
    const MACOS_MOST: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    let raised = |most: Option<u64>| Rlimit { current: most, maximum: limit.maximum };
    // Where even that is refused, the limit stays, and what it costs is said when it is reached.
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised(limit.maximum)).is_err() {
        let _ = setrlimit(Resource::Nofile, raised(Some(MACOS_MOST)));
    }
}

/// Does nothing: there is no such limit here.
#[cfg(not(unix))]
pub fn raise_limit() {}
