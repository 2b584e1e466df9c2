//! Candidates that the program offers while a command line is typed in a shell.

use crate::support::Program;

/// Candidates for the last of these words, as fish is given them: without the words about them.
#[track_caller]
fn offered(program: &Program, words: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["--", "mh-hook"].iter().chain(words).copied().collect();
    let ended = program.again().variable("MH_HOOK_COMPLETE", "fish").run(&arguments);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    ended.out.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_kind_of_value_is_completed() {
    let cases: [(&[&str], &[&str]); 20] = [
        (&["li"], &["listen", "licenses"]),
        (&["send", "video.c"], &["video.completed"]),
        (&["send", "al"], &["all"]),
        (&["send", "all", "--fault", "stale"], &["stale-timestamp"]),
        (&["send", "all", "--set", "payload.na"], &["payload.name="]),
        (&["send", "all", "--expect-status", "4x"], &["4xx"]),
        (&["replay", "1", "--set", "payload.na"], &["payload.name="]),
        (&["replay", "1", "--expect-status", "2x"], &["2xx"]),
        (&["replay", "--type", "audio.e"], &["audio.errored"]),
        (&["events", "image.s"], &["image.started"]),
        (&["listen", "--expect", "image.s"], &["image.started"]),
        (&["listen", "--events", "image.started,audio.s"], &["image.started,audio.started"]),
        (&["listen", "--expect=image.s"], &["--expect=image.started"]),
        (&["check", "--only", "timestamp.st"], &["timestamp.stale"]),
        (&["check", "--skip", "timestamp.*"], &["timestamp.*"]),
        (&["e2e", "--tool", "ai-qr"], &["ai-qr-code-generator"]),
        (&["e2e", "--prompt", "a cat [canc"], &["a cat [cancel]"]),
        (&["sandbox", "--speed", "inst"], &["instant"]),
        (&["history", "--where", "payload.na"], &["payload.name="]),
        (&["init", "fasta"], &["fastapi"]),
    ];
    let program = Program::new();
    for (words, expected) in cases {
        let mut found = offered(&program, words);
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{words:?}");
    }
}

#[test]
fn the_last_deliveries_and_jobs_are_offered_newest_first() {
    let program = Program::with_secret();
    let journal = program.home.path().join("journal.db");
    let journal = journal.to_str().unwrap();
    let listener = program.listen(&["--journal", journal]);
    for (event, job) in [("video.started", "cm1first"), ("image.errored", "cm2second")] {
        let url = format!("http://{}/webhook", listener.authority());
        let sent = program.again().run(&["send", event, "--id", job, "--to", &url]);
        assert_eq!(sent.code, 0, "{}", sent.err);
    }
    listener.stop();
    for command in [&["replay"][..], &["verify"], &["history", "show"]] {
        let words: Vec<&str> = command.iter().chain(&["--journal", journal, ""]).copied().collect();
        let numbers: Vec<_> = offered(&program, &words).into_iter().filter(|value| !value.starts_with('-')).collect();
        assert_eq!(numbers.get(..3), Some(&["last", "2", "1"].map(str::to_owned)[..]), "{command:?}");
    }
    assert_eq!(offered(&program, &["replay", "--journal", journal, "--job", "cm"]), ["cm2second", "cm1first"]);
    assert_eq!(offered(&program, &["replay", "--journal", journal, "--job", "cm1"]), ["cm1first"]);
}

#[test]
fn a_completion_creates_nothing() {
    let program = Program::new();
    offered(&program, &["replay", ""]);
    assert_eq!(std::fs::read_dir(program.home.path()).unwrap().count(), 0);
}

#[test]
fn a_shell_that_has_no_script_is_refused() {
    let ended = Program::new().variable("MH_HOOK_COMPLETE", "tcsh").run(&["--", "mh-hook", "li"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("MH_HOOK_COMPLETE is 'tcsh', which no completion script sets"), "{}", ended.err);
}

#[test]
fn bash_is_given_globs_that_it_leaves_alone() {
    let program = Program::new().variable("MH_HOOK_COMPLETE", "bash").variable("_CLAP_COMPLETE_INDEX", "2");
    let ended = program.run(&["--", "mh-hook", "send", "video."]);
    let values: Vec<_> = ended.out.split('\u{b}').collect();
    assert_eq!(values, ["video.started", "video.completed", "video.errored", "video.\\*"]);
}
