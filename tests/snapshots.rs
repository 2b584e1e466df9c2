//! What the program says of itself: help, kept as snapshots so that every change of it is seen.

use crate::support::Program;

#[test]
fn the_help_of_every_command() {
    let commands = [
        "",
        "listen",
        "send",
        "e2e",
        "history",
        "replay",
        "verify",
        "ui",
        "check",
        "init",
        "sandbox",
        "events",
        "secret",
        "completions",
        "man",
        "licenses",
    ];
    for command in commands {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let ended = Program::new().run(&arguments);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        let name = if command.is_empty() { "help".to_owned() } else { format!("help-{command}") };
        insta::assert_snapshot!(name, ended.out);
    }
}

#[test]
fn the_lists() {
    insta::assert_snapshot!("events", Program::new().run(&["events"]).out);
    insta::assert_snapshot!("faults", Program::new().run(&["send", "--fault", "list"]).out);
    insta::assert_snapshot!("tools", Program::new().run(&["e2e", "--tool", "list"]).out);
    insta::assert_snapshot!("schema", Program::new().run(&["events", "video.completed", "--schema"]).out);
}
