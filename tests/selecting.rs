//! Deliveries by name (`last`, `last~1`, `3-7`), parts of them, and lists that are bounded, followed or paged.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use rusqlite::Connection;

use crate::journal_support::{journal_of, keep, received};
use crate::support::{Program, interrupt};

const TYPES: [&str; 4] = ["video.started", "video.completed", "image.errored", "audio.completed"];

/// A program whose journal holds deliveries 1 to 4, of these types.
fn four() -> Program {
    let program = Program::with_secret();
    let deliveries = TYPES.map(|event| received(event, "clx1", Duration::from_secs(5)));
    keep(&program, deliveries.into(), Vec::new());
    program
}

#[track_caller]
fn shown(program: &Program, words: &[&str]) -> Vec<u64> {
    let ended = program.run(&[&["history", "show", "--format", "json"], words].concat());
    assert_eq!(ended.code, 0, "{words:?}: {}", ended.err);
    ended.records().iter().map(|record| record["id"].as_u64().unwrap()).collect()
}

#[test]
fn deliveries_are_named_by_number_range_and_distance_from_the_newest() {
    let program = four();
    for (words, ids) in [
        (&["last"][..], &[4][..]),
        (&["last~2"], &[2]),
        (&["2", "#4"], &[2, 4]),
        (&["2-3"], &[2, 3]),
        (&["last~1-last", "1"], &[3, 4, 1]),
        (&["3-99"], &[3, 4]),
    ] {
        assert_eq!(shown(&program, words), ids, "{words:?}");
    }
    for (word, message) in [
        ("last~4", "error: there is no last~4: the journal holds 4\n"),
        ("9", "error: the journal has no delivery 9\n"),
        ("7-9", "error: the journal has no delivery from 7 to 9\n"),
    ] {
        let ended = program.run(&["history", "show", word]);
        assert_eq!(ended.code, 2);
        assert!(ended.err.starts_with(message) && ended.err.contains("\nhint: "), "{}", ended.err);
    }
    let typed = program.run(&["history", "last"]);
    assert!(typed.err.contains("did you mean 'mh-hook history show last'?"), "{}", typed.err);
}

#[test]
fn replay_and_verify_take_the_same_names() {
    let program = four();
    let listening = program.listen(&["--no-journal"]);
    let replayed = program.run(&["replay", "last", "1-2", "--to", &listening.url, "--format", "json"]);
    assert_eq!(replayed.code, 0, "{}", replayed.err);
    let ids: Vec<_> = replayed.records().iter().map(|record| record["delivery"].as_u64().unwrap()).collect();
    assert_eq!(ids, [4, 1, 2]);
    let verified = program.run(&["verify", "last"]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    assert!(verified.out.starts_with("verified\n"), "{}", verified.out);
    let several = program.run(&["verify", "1-2"]);
    assert!(several.out.starts_with("delivery 1  verified\n") && several.out.contains("\ndelivery 2  verified\n"));
    listening.stop();
}

#[test]
fn a_part_of_a_delivery_is_printed_as_it_was_received() {
    let program = four();
    let body = r#"{"type":"audio.completed","payload":{"id":"clx1","status":"complete","name":"a"}}"#;
    assert_eq!(program.run(&["history", "show", "last", "--body"]).out, body);
    let headers = program.run(&["history", "show", "last", "--headers"]).out;
    assert!(headers.contains("x-twice: one\nx-twice: two\n") && headers.contains("magic-hour-event-signature: "));
    let curl = program.run(&["history", "show", "last", "--curl", "--to", "http://localhost:9/x"]).out;
    assert!(curl.starts_with("curl ") && curl.contains(body) && curl.ends_with("'http://localhost:9/x'\n"), "{curl}");
    let several = program.run(&["history", "show", "1-2", "--body"]);
    assert_eq!((several.code, several.out.as_str()), (2, ""));
}

#[test]
fn a_list_is_bounded_and_says_what_is_left_out() {
    let program = four();
    let columns = "received_at, event_type, job_id, status, repeat, verdict, reason, explanation, problem, answered, \
                   method, path, remote, headers, body, replayed";
    let copies = format!(
        "INSERT INTO deliveries ({columns}) WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
         SELECT {columns} FROM deliveries, n WHERE id = 1"
    );
    Connection::open(journal_of(&program)).unwrap().execute(&copies, []).unwrap();
    let listed = program.run(&["history", "--format", "compact"]);
    assert_eq!(listed.out.lines().count(), 1_000);
    assert_eq!(listed.err, "deliveries before 5 are left out: -n N or --all shows more\n");
    let few = program.run(&["history", "-n", "2", "--format", "compact"]);
    assert_eq!((few.out.lines().count(), few.err.as_str()), (2, ""));
    let all = program.run(&["history", "--all", "--format", "compact"]);
    assert_eq!((all.out.lines().count(), all.err.as_str()), (1_004, ""));
}

#[test]
fn a_list_that_is_followed_goes_on_with_what_comes() {
    let program = four();
    for words in [&["history", "-f", "-n", "1"][..], &["tail", "-n", "1"]] {
        let mut following = program.command(&[words, &["--format", "json"]].concat()).spawn().unwrap();
        let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
        let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
        let newest = next()["id"].as_u64().unwrap();
        keep(&program, vec![received("image.started", "clx2", Duration::ZERO)], Vec::new());
        let followed = next();
        assert_eq!((followed["id"].as_u64(), followed["type"].as_str()), (Some(newest + 1), Some("image.started")));
        interrupt(following.id());
        assert_eq!(following.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_dry_run_of_pruning_counts_and_deletes_nothing() {
    let program = four();
    let counted = program.run(&["history", "prune", "--keep", "1", "--dry-run"]);
    assert_eq!(counted.out, "would delete 3 deliveries; nothing was changed\n");
    let old = program.run(&["history", "prune", "--older-than", "1h", "--dry-run"]);
    assert_eq!(old.out, "would delete 0 deliveries; nothing was changed\n");
    assert_eq!(shown(&program, &["1-last"]), [1, 2, 3, 4]);
    let pruned = program.run(&["history", "prune", "--keep", "1"]);
    assert!(pruned.out.starts_with("deleted 3 deliveries"), "{}", pruned.out);
}
