//! `check --watch`: what failed is asked again when the handler was started anew.

use std::io::{BufRead, BufReader};

use crate::support::{Listening, Program};

/// An address of this machine where no other test listens, so that the port stays free while the handler is down.
const ADDRESS: &str = "127.0.0.77";

#[test]
fn what_failed_is_asked_again_when_the_handler_comes_up_again() {
    let program = Program::with_secret();
    let handler = |port: &str, more: &[&str]| {
        let words = ["listen", "--bind", ADDRESS, "--port", port, "--no-journal", "--format", "json"];
        Listening::start(program.command(&[&words, more].concat()), program.home.clone())
    };
    let broken = handler("0", &["--respond", "500"]);
    let (url, port) = (broken.url.clone(), broken.port().to_string());
    let words = ["check", &url, "--only", "accepts.video-completed", "--watch"];
    let mut check = program.command(&words).spawn().unwrap();
    let mut notes = BufReader::new(check.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(notes.any(|note| note.starts_with("watching: what failed is asked again")));
    broken.kill();
    assert!(notes.any(|note| note == "the handler is down; waiting for it to come up"));
    let repaired = handler(&port, &[]);
    let ended = check.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{out}");
    let (first, last) = (out.find("failed: 1 case asked"), out.find("passed: 1 case asked"));
    assert!(first.is_some() && first < last, "{out}");
    repaired.stop();
}
