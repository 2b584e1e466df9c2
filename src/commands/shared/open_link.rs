//! Opening a link with the program of this desktop.

use std::process::Stdio;

/// Hands a link to the program that opens links here. Nothing waits for it.
pub(crate) fn open_link(link: &str) -> std::io::Result<()> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut command = std::process::Command::new(program);
    command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop)
}
