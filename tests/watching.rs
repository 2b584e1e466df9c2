//! `check --watch`: what failed is asked again when the handler was started anew; and a check that is interrupted.

use std::io::{BufRead, BufReader};

use crate::loading::slow_server;
use crate::support::{Listening, PATIENCE, Program, interrupt};

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

#[test]
fn an_interrupted_check_reports_what_was_answered() {
    let program = Program::with_secret();
    let (url, unanswered) = slow_server(8);
    let arguments = ["check", &url, "--timeout", "1h", "--concurrency", "1", "--burst", "0", "--junit", "check.xml"];
    let check = program.command(&arguments).spawn().unwrap();
    unanswered.recv_timeout(PATIENCE).unwrap();
    interrupt(check.id());
    let ended = check.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{out}");
    assert!(out.contains("interrupted: ") && out.contains("FAIL"), "{out}");
    let report = std::fs::read_to_string(program.home.path().join("check.xml")).unwrap();
    assert!(report.contains("<failure") && report.contains("not asked: interrupted"), "{report}");
}

#[test]
fn a_check_that_is_interrupted_before_any_answer_says_so() {
    let (url, unanswered) = slow_server(0);
    let check = Program::with_secret().command(&["check", &url, "--timeout", "1h"]).spawn().unwrap();
    unanswered.recv_timeout(PATIENCE).unwrap();
    interrupt(check.id());
    let ended = check.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), ended.stdout.as_slice()), (Some(130), &b""[..]), "{err}");
    assert!(err.ends_with("interrupted before the handler answered\n"), "{err}");
}
