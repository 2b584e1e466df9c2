//! `mh-hook listen` in scripts: what it waits for, and how it ends.

use std::process::Stdio;

use crate::support::{Ended, Listening, Program, interrupt};

/// Waits with these arguments while these events are sent, then until the listener ends by itself.
#[track_caller]
fn waited(arguments: &[&str], sent: &[&[&str]]) -> Ended {
    let program = Program::with_secret();
    let listening = program.listen(arguments);
    for events in sent {
        let all = [&["send", "--to", &listening.url], *events].concat();
        program.run(&all);
    }
    listening.ended()
}

#[test]
fn what_was_expected_came_and_the_wait_is_over() {
    let ended = waited(&["--expect", "video.*", "--where", "payload.id=clx1"], &[&["video.completed", "--id", "clx1"]]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let summary: serde_json::Value = serde_json::from_str(ended.out.lines().last().unwrap()).unwrap();
    assert_eq!((summary["record"].as_str(), summary["met"].as_bool()), (Some("summary"), Some(true)));
}

#[test]
fn a_hint_leads_to_the_journal_only_where_there_is_one() {
    let waits = ["listen", "--port", "0", "--expect", "video.*", "--timeout", "1ms"];
    let kept = Program::with_secret().run(&waits);
    assert!(kept.err.ends_with("answered 2xx counts; `mh-hook history` shows what came\n"), "{}", kept.err);
    let forgotten = Program::with_secret().run(&[&waits[..], &["--no-journal"]].concat());
    assert!(
        forgotten.err.ends_with("counts; without --no-journal, `mh-hook history` shows what came\n"),
        "{}",
        forgotten.err
    );
}

#[test]
fn the_expectations_are_written_as_a_junit_report() {
    let program = Program::with_secret();
    let listening = program.listen(&[
        "--expect",
        "video.*",
        "--expect",
        "audio.completed",
        "--exit-after",
        "1",
        "--junit",
        "report.xml",
    ]);
    program.run(&["send", "video.completed", "--to", &listening.url]);
    assert_eq!(listening.ended().code, 1);
    let report = std::fs::read_to_string(program.home.path().join("report.xml")).unwrap();
    assert!(report.contains("tests=\"2\" failures=\"1\""), "{report}");
    assert!(report.contains("<failure message=\"audio.completed did not come\">"), "{report}");
    let ended = program.run(&["listen", "--port", "0", "--expect", "video.*", "--junit", "missing/report.xml"]);
    assert_eq!(ended.code, 2, "{ended:?}");
}

#[test]
fn another_job_or_an_invalid_delivery_does_not_count() {
    let expected = ["--expect", "video.*", "--where", "payload.id=clx1", "--exit-after", "2"];
    let ended = waited(
        &expected,
        &[
            &["video.completed", "--id", "clx2"],
            &["video.completed", "--id", "clx1", "--unsigned"],
            &["image.completed", "--id", "clx1"],
        ],
    );
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.err.contains("video.* did not come among the first 2 deliveries"), "{}", ended.err);
}

#[test]
fn a_number_of_deliveries_that_did_not_come_is_no_success() {
    let ended = waited(&["--exit-after", "3", "--timeout", "50ms"], &[]);
    assert_eq!(ended.code, 5, "{ended:?}");
    assert!(ended.err.contains("0 of 3 deliveries came in time"), "{}", ended.err);
}

#[test]
fn a_delivery_that_the_handler_refused_does_not_count() {
    let ended = waited(&["--expect", "video.*", "--exit-after", "1", "--respond", "500"], &[&["video.completed"]]);
    assert_eq!(ended.code, 1, "{}", ended.err);
}

#[test]
fn time_runs_out() {
    let ended = waited(&["--expect", "video.*", "--timeout", "50ms"], &[]);
    assert_eq!(ended.code, 5);
    assert!(ended.err.contains("video.* did not come in time"), "{}", ended.err);
    assert_eq!(waited(&["--timeout", "50ms"], &[]).code, 0);
}

#[test]
fn an_interruption_is_130_only_while_something_is_waited_for() {
    let program = Program::new();
    assert_eq!(program.listen(&["--expect", "video.*"]).stop().code, 130);
    assert_eq!(program.listen(&[]).stop().code, 0);
}

#[test]
fn a_number_of_deliveries_ends_the_run() {
    assert_eq!(waited(&["--exit-after", "2"], &[&["video.completed"], &["video.completed"]]).code, 0);
}

#[test]
fn a_closed_stdout_never_turns_an_unmet_expectation_into_a_yes() {
    let program = Program::with_secret();
    let arguments = ["listen", "--port", "0", "--expect", "audio.completed"];
    let mut child = program.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let url = Listening::url_on_stderr(&mut child);
    program.run(&["send", "video.completed", "--to", &url]);
    assert_eq!(child.wait().unwrap().code(), Some(1));

    let mut child = program.command(&["listen", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let url = Listening::url_on_stderr(&mut child);
    program.run(&["send", "video.completed", "--to", &url]);
    assert_eq!(child.wait().unwrap().code(), Some(0));

    // Nobody reads the first record: the run ends at once.
    for (arguments, code) in [(&["--expect", "audio.completed"][..], 1), (&[], 0)] {
        let all = [&["listen", "--port", "0", "--format", "json", "--no-journal"], arguments].concat();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = program.command(&all).stdout(writer).output().unwrap();
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn the_pretty_format_ends_as_the_others_do() {
    let program = Program::with_secret();
    let mut child = program.command(&["listen", "--port", "0", "--expect", "video.*"]).spawn().unwrap();
    let _ = Listening::url_on_stderr(&mut child);
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn first_attempts_fail_on_purpose_and_the_retries_are_reported() {
    let program = Program::with_secret();
    let listening = program.listen(&["--fail-first", "2"]);
    let codes: Vec<i32> = (0..3)
        .map(|_| program.run(&["send", "video.completed", "--id", "clx1", "--to", &listening.url]).code)
        .collect();
    assert_eq!(codes, [1, 1, 0]);
    let ended = listening.stop();
    let retries: serde_json::Value = serde_json::from_str(ended.out.lines().last().unwrap()).unwrap();
    assert_eq!((retries["record"].as_str(), retries["attempts"].as_u64()), (Some("retries"), Some(3)));
    assert_eq!(retries["gaps_ms"].as_array().unwrap().len(), 2);
}

#[test]
fn where_needs_an_expectation() {
    let ended = Program::new().run(&["listen", "--port", "0", "--where", "payload.id=x"]);
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.err,
        "error: --where needs --expect\nhint: --where filters the deliveries that --expect TYPE waits for\n"
    );
}
