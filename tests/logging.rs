//! The log of `-v`, `-vv` and `MH_HOOK_LOG`.

use serde_json::Value;

use crate::support::Program;

/// Parts and messages of the log records on a stderr.
fn logged(records: &[Value]) -> Vec<String> {
    let logs = records.iter().filter(|record| record["record"] == "log");
    logs.map(|record| format!("{}: {}", record["part"].as_str().unwrap(), record["message"].as_str().unwrap()))
        .collect()
}

fn stderr_records(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn a_listener_logs_connections_groups_refusals_and_forwards() {
    let program = Program::with_secret();
    let handler = program.listen(&[]);
    let listening = program.listen(&["-vv", "--forward", &handler.url]);
    assert_eq!(program.run(&["send", "video.completed", "--to", &listening.url]).code, 0);
    let put = listening.exchange(b"PUT /webhook HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    assert!(put.starts_with("HTTP/1.1 405 "), "{put}");
    let logged = logged(&stderr_records(&listening.stop().err));
    for expected in [
        "connection: accepted",
        "connection: closed",
        "journal: group committed",
        "forward: begun",
        "forward: ended",
        "receive: refused",
    ] {
        assert!(logged.iter().any(|line| line == expected), "no {expected} in {logged:?}");
    }
}

#[test]
fn nothing_is_logged_unasked_and_the_variable_asks_for_parts() {
    let program = Program::with_secret();
    let quiet = program.run(&["e2e", "--image", "--prompt", "[duration=0]", "--format", "json"]);
    assert!(logged(&stderr_records(&quiet.err)).is_empty(), "{}", quiet.err);
    let program = program.variable("MH_HOOK_LOG", "api=debug");
    let ended = program.run(&["e2e", "--image", "--prompt", "[duration=0]", "--format", "json"]);
    let logged = logged(&stderr_records(&ended.err));
    assert!(!logged.is_empty() && logged.iter().all(|line| line == "api: answered"), "{logged:?}");
}

#[test]
fn settings_are_logged_with_their_origin_and_without_their_values() {
    let program = Program::new().variable("MAGIC_HOUR_WEBHOOK_SECRET", "mhw_live_0123456789abcdef0123456789abcdef");
    program.write("mh-hook.toml", "[send]\nlayout = \"spaced\"\n");
    let ended = program.run(&["send", "video.started", "--dry-run", "-v"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("settings: read, command=send, name=layout, origin=./mh-hook.toml"), "{}", ended.err);
    assert!(ended.err.contains("name=MAGIC_HOUR_WEBHOOK_SECRET, origin=MAGIC_HOUR_WEBHOOK_SECRET"), "{}", ended.err);
    assert!(!ended.err.contains("0123456789abcdef01234567"), "{}", ended.err);
}

#[test]
fn a_retry_of_the_sandbox_is_logged() {
    let program = Program::with_secret();
    let prompt = "[duration=0] [fault=wrong-secret]";
    let ended = program.run(&["e2e", "--image", "--prompt", prompt, "--sandbox", "--grace", "2s", "-v"]);
    assert!(ended.err.contains("retry: scheduled, attempt=1, wait="), "{}", ended.err);
}

#[test]
fn a_filter_that_is_none_is_refused() {
    let ended = Program::new().variable("MH_HOOK_LOG", "journal=loud").run(&["events"]);
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (
            2,
            "error: MH_HOOK_LOG is no filter of the log\n\
             hint: use a level (debug, trace), or parts with levels: journal=trace,forward=debug\n"
        )
    );
}
