//! What a sandbox leaves behind when it ends: nothing, and what a killed one leaves is removed by the next.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use crate::support::{Listening, Program, SECRET};

/// A program whose temporary directory is its own.
fn program() -> (Program, PathBuf) {
    let program = Program::with_secret();
    let temporary = program.home.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let program = program.variable("TMPDIR", temporary.to_str().unwrap());
    (program, temporary)
}

fn start(program: &Program) -> Listening {
    let arguments = ["sandbox", "--port", "0", "--format", "json", "--webhook", "http://localhost:9/"];
    Listening::start(program.command(&arguments), Arc::clone(&program.home))
}

fn folders(temporary: &PathBuf) -> Vec<PathBuf> {
    std::fs::read_dir(temporary).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

#[test]
fn each_signal_that_means_stop_leaves_nothing() {
    let (program, temporary) = program();
    for name in ["-HUP", "-QUIT", "-TERM", "-INT"] {
        let sandbox = start(&program);
        assert_eq!(folders(&temporary).len(), 1);
        signal(name, sandbox.pid());
        assert_eq!(sandbox.ended().code, 0, "{name}");
        assert_eq!(folders(&temporary), Vec::<PathBuf>::new(), "{name}");
    }
}

#[test]
fn a_killed_one_leaves_no_configured_secret_and_its_folder_goes_with_the_next_run() {
    let (program, temporary) = program();
    let (killed, running) = (start(&program), start(&program));
    killed.kill();
    let left = folders(&temporary);
    assert_eq!(left.len(), 2);
    for file in left.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    }
    // The embedded sandbox of `e2e` is a next run as well.
    assert_eq!(program.run(&["e2e", "--image", "--sandbox"]).code, 0);
    assert_eq!(folders(&temporary).len(), 1, "that of the one which runs");
    assert_eq!(running.stop().code, 0);
    assert_eq!(folders(&temporary), Vec::<PathBuf>::new());
}
