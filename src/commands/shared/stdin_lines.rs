//! Lines typed on the terminal while a command runs.

use std::io::{self, BufRead, IsTerminal};
use std::thread;

use tokio::sync::mpsc;

/// Whether somebody can type.
pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Reads lines from standard input from now on. The thread that reads ends with the program: nothing ends its wait.
pub(crate) fn stdin_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
