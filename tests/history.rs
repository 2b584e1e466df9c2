//! `mh-hook history`: what it finds, how it tells it, and what it lets go.

use std::process::Command;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use mh_hook::model::signing::verdict::VerdictKind;
use mh_hook::store::journal::{AttemptError, AttemptOrigin, NewAttempt, VerifiedDelivery};
use serde_json::{Value, json};

use crate::journal_support::{journal_of, keep, keep_answered, now, received};
use crate::support::{Ended, Program, has, request, status};

const HOUR: Duration = Duration::from_hours(1);

/// A journal of five deliveries, one of them refused, one never answered.
fn sample() -> Program {
    let program = Program::with_secret();
    let refused = VerifiedDelivery {
        verdict: VerdictKind::Invalid,
        reason: Some("timestamp-milliseconds".into()),
        explanation: Some("timestamp is in milliseconds".to_owned()),
        ..received("image.errored", "clxbad", 3 * HOUR)
    };
    let deliveries = vec![
        (received("video.started", "clxone", 5 * HOUR), Some(200)),
        (received("video.completed", "clxone", 4 * HOUR), Some(200)),
        (refused, Some(401)),
        (received("audio.completed", "clxsound", 2 * HOUR), Some(200)),
        (received("video.completed", "clxtwo", HOUR / 2), None),
    ];
    let attempt = |status, error| NewAttempt {
        delivery: Some(2),
        origin: AttemptOrigin::Forward,
        target: "http://localhost:3000/hook?token=x".to_owned(),
        started_at: now(),
        latency: Duration::from_millis(38),
        status,
        excerpt: Bytes::from_static(if status.is_some() { b"{\"error\":\"no such job\"}" } else { b"" }),
        error,
    };
    let refused = AttemptError { code: "refused".to_owned(), text: "nobody is there".to_owned() };
    keep_answered(&program, deliveries, vec![attempt(None, Some(refused)), attempt(Some(500), None)]);
    program
}

#[track_caller]
fn ids(program: &Program, arguments: &[&str]) -> Vec<u64> {
    let all: Vec<&str> = ["history"].iter().chain(arguments).copied().chain(["--format", "json"]).collect();
    let ended = program.run(&all);
    assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.err);
    ended.records().iter().filter_map(|record| record["id"].as_u64()).collect()
}

#[track_caller]
fn assert_fails(ended: &Ended, code: i32, err: &str) {
    assert_eq!((ended.code, ended.err.as_str(), ended.out.as_str()), (code, err, ""));
}

#[test]
fn deliveries_are_listed_newest_last_and_filtered() {
    let program = sample();
    assert_eq!(ids(&program, &[]), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&program, &["list"]), [1, 2, 3, 4, 5]);
    let yesterday = now().checked_sub(24 * HOUR).unwrap().to_string();
    let cases: [(&[&str], &[u64]); 12] = [
        (&["--last", "2"], &[4, 5]),
        (&["--type", "video.*"], &[1, 2, 5]),
        (&["--type", "video.started,audio.*"], &[1, 4]),
        (&["--job", "clxone"], &[1, 2]),
        (&["--job", "clxs"], &[4]),
        (&["--since", "150m"], &[4, 5]),
        (&["--until", "150m"], &[1, 2, 3]),
        (&["--since", &yesterday, "--until", "210m"], &[1, 2]),
        (&["--verdict", "invalid"], &[3]),
        (&["--where", "payload.id=clxone", "--where", "type=video.completed"], &[2]),
        (&["--type", "video.*", "--verdict", "verified", "--last", "1"], &[5]),
        (&["--job", "nothing"], &[]),
    ];
    for (filters, expected) in cases {
        assert_eq!(ids(&program, filters), expected, "{filters:?}");
        let listed: Vec<&str> = ["list"].iter().chain(filters).copied().collect();
        assert_eq!(ids(&program, &listed), expected, "{listed:?}");
    }
}

#[test]
fn a_list_is_a_line_for_each_with_what_is_unusual() {
    let program = sample();
    let listed = program.run(&["history"]);
    let lines: Vec<&str> = listed.out.lines().collect();
    assert_eq!((lines.len(), listed.err.as_str()), (6, ""));
    assert!(lines[0].starts_with("  id  received "), "{}", lines[0]);
    assert!(lines[3].contains("clxbad") && lines[3].ends_with("INVALID     401  timestamp is in milliseconds"));
    assert!(lines[5].ends_with("verified    -    never answered"), "{}", lines[5]);
    assert_eq!(program.run(&["history", "--format", "compact"]).out.lines().count(), 5);
    let none = program.run(&["history", "--type", "image.started"]);
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (0, "", "no delivery matches\n"));
}

#[test]
fn a_listed_record_is_the_one_that_listen_printed() {
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    listening.post_signed(&[("x-odd", b"caf\xe9")], b"\xff not json");
    let mut printed = listening.record();
    listening.stop();
    printed.as_object_mut().unwrap().shift_remove("elapsed_ms");
    let listed = program.run(&["history", "--format", "json"]);
    assert_eq!(listed.out, format!("{printed}\n"));
}

#[test]
fn one_delivery_is_shown_with_every_attempt() {
    let program = sample();
    let record = program.run(&["history", "show", "2", "--format", "json"]).records().remove(0);
    assert_eq!((&record["record"], &record["id"]), (&json!("delivery"), &json!(2)));
    let attempts = record["attempts"].as_array().unwrap();
    assert_eq!(attempts[0]["error"], json!({ "code": "refused", "message": "nobody is there" }));
    let fields = (&attempts[1]["origin"], &attempts[1]["answered"], &attempts[1]["elapsed_ms"]);
    assert_eq!(fields, (&json!("forward"), &json!(500), &json!(38.0)));
    assert_eq!(attempts[1]["excerpt"], "{\"error\":\"no such job\"}");
    let shown = program.run(&["history", "show", "#2"]).out;
    for part in ["POST /webhook", "x-twice: one\nx-twice: two\n", "no such job", "nobody is there", "-> 500 in 38 ms"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("token=x"), "{shown}");
    assert!(program.run(&["history", "show", "5"]).out.contains("answered   never:"));
}

#[test]
fn an_unknown_id_gets_its_neighbours() {
    let program = sample();
    let near = "hint: near it are 4, 5; `mh-hook history` lists all\n";
    for command in [&["history", "show"][..], &["verify"], &["replay"]] {
        let arguments: Vec<&str> = command.iter().copied().chain(["77"]).collect();
        assert_fails(&program.run(&arguments), 2, &format!("error: the journal has no delivery 77\n{near}"));
    }
    let name = program.run(&["history", "show", "clxone"]);
    assert_eq!(name.code, 2);
    assert!(name.err.contains("for a job id there is --job"), "{}", name.err);
}

#[test]
fn the_beginning_of_several_jobs_names_them() {
    assert_fails(
        &sample().run(&["history", "--job", "clx"]),
        2,
        "error: several jobs begin with 'clx': clxbad, clxone, clxsound, clxtwo\nhint: give more of the id\n",
    );
}

#[test]
fn a_filter_in_front_of_an_action_is_not_silently_ignored() {
    let program = sample();
    let pruned = program.run(&["history", "--job", "clxone", "prune", "--keep", "0"]);
    assert_eq!(pruned.code, 2);
    assert!(pruned.err.starts_with("error: filters go behind 'list' or 'export'"), "{}", pruned.err);
    assert_eq!(ids(&program, &[]).len(), 5);
}

#[test]
fn a_journal_that_cannot_be_read_is_said_with_what_to_do() {
    let program = Program::new();
    let path = |name: &str| program.home.path().join(name).display().to_string();
    let missing = program.home.path().join(".local/share/mh-hook/journal.db");
    let err = format!(
        "error: cannot read the journal {}: there is none yet\nhint: `mh-hook listen` begins one; --journal FILE reads another\n",
        missing.display()
    );
    for arguments in [&["history"][..], &["history", "prune", "--keep", "1"], &["replay", "1"], &["verify", "1"]] {
        assert_fails(&program.run(arguments), 3, &err);
    }
    assert!(!missing.exists(), "reading makes nothing");

    let sound = std::fs::read({
        keep(&program, vec![received("video.started", "a", HOUR)], Vec::new());
        journal_of(&program)
    });
    let sound = sound.unwrap();
    let mut newer = sound.clone();
    newer[60..64].copy_from_slice(&9u32.to_be_bytes()); // the format's version
    let mut corrupt = sound;
    corrupt[100..].fill(0x5a);
    program.write("newer.db", &newer);
    program.write("corrupt.db", &corrupt);
    program.write("foreign.db", "this is no database but a text that is long enough to be one of some sort");
    let cases = [
        (
            "newer.db",
            "its format 9 is newer than 3, the newest that this version knows",
            "update mh-hook, or read another journal with --journal FILE",
        ),
        (
            "corrupt.db",
            "it is damaged",
            "move the file away and `mh-hook listen` begins a new one, or read another with --journal FILE",
        ),
        ("foreign.db", "it is another kind of file", "--journal FILE names the journal that is meant"),
    ];
    for (name, cause, hint) in cases {
        let err = format!("error: cannot use the journal {}: {cause}\nhint: {hint}\n", path(name));
        assert_fails(&program.run(&["history", "--journal", &path(name)]), 3, &err);
        assert_fails(&program.run(&["history", "show", "1", "--journal", &path(name)]), 3, &err);
    }
}

#[test]
fn a_configured_journal_holds_for_every_action() {
    let program = sample();
    let journal = journal_of(&program).display().to_string();
    let other = Program::new().variable("MH_HOOK_HISTORY_JOURNAL", &journal);
    assert_eq!(other.run(&["history", "--last", "1"]).code, 0);
    assert_eq!(other.run(&["history", "show", "1"]).code, 0);
    assert_eq!(other.run(&["history", "prune", "--keep", "4"]).out, "deleted 1 delivery\n");
}

/// A journal with one delivery that nobody else should see.
fn confidential() -> (Program, VerifiedDelivery) {
    let program = Program::with_secret();
    let mut delivery = received("video.completed", "clx1", HOUR);
    let body = br#"{"type":"video.completed","payload":{"id":"clx1","u":"https:\/\/h\/a.mp4?sig=42","k":"mhk_live_0123456789abcdefWXYZ"}}"#;
    delivery.body = Bytes::from_static(body);
    delivery.headers.insert("authorization", HeaderValue::from_static("Bearer abc"));
    keep(&program, vec![delivery.clone()], Vec::new());
    (program, delivery)
}

#[test]
fn an_export_hides_what_opens_doors_and_says_so() {
    let (program, delivery) = confidential();
    for arguments in [&["history", "export"][..], &["history", "export", "--curl"]] {
        let exported = program.run(arguments);
        assert_eq!((exported.code, exported.err.as_str()), (0, ""));
        for hidden in ["sig=42", "0123456789abcdef", "Bearer"] {
            assert!(!exported.out.contains(hidden), "{hidden}: {}", exported.out);
        }
        assert!(exported.out.lines().take(2).any(|line| line.contains("secrets and credentials are masked")));
    }
    let records = program.run(&["history", "export", "--format", "json"]).records();
    assert_eq!((&records[0]["record"], &records[0]["redacted"]), (&json!("export"), &json!(true)));
    assert_eq!((&records[1]["record"], &records[1]["attempts"]), (&json!("delivery"), &json!([])));
    let revealed = program.run(&["history", "export", "--reveal"]).records();
    assert_eq!(revealed[0]["redacted"], false);
    assert_eq!(revealed[1]["body"].as_str().unwrap().as_bytes(), delivery.body);
    assert_eq!(program.run(&["history", "export", "--to", "http://localhost/"]).code, 2, "--to is for --curl");
}

#[test]
fn an_exported_command_sends_the_same_bytes() {
    if !has("curl") {
        return;
    }
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    let odd: &[(&str, &[u8])] = &[("x-odd", b"it's \"$HOME\" `x` \\ caf\xe9 \xc2\x9b"), ("x-'`id`'", b"\xff")];
    let bodies: [&[u8]; 4] = [b"{\"a\": \"it's\\n\"}\n", b"\xff\0'", b"", b"a\x1b[2J"];
    for body in bodies {
        listening.post_signed(odd, body);
        listening.record();
    }
    let url = listening.url.clone();
    let commands = program.run(&["history", "export", "--curl", "--reveal", "--to", &url]).out;
    assert!(!commands.contains(['\x1b', '\u{9b}']));
    assert!(Command::new("sh").args(["-ec", &commands]).output().unwrap().status.success(), "{commands}");
    for body in bodies {
        let record = listening.record();
        assert_eq!(record["verdict"], "verified", "{body:?}");
    }
    let records = program.run(&["history", "--format", "json"]).records();
    let odd_of = |record: &Value| {
        let pairs = record["headers"].as_array().unwrap().clone();
        pairs.into_iter().filter(|pair| pair[0].as_str().unwrap().starts_with("x-")).collect::<Vec<_>>()
    };
    assert_eq!(odd_of(&records[0]), odd_of(&records[4]));
}

#[test]
fn an_exported_command_keeps_the_path_and_the_query_of_its_delivery() {
    if !has("curl") {
        return;
    }
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    for path in ["/hooks/{a}%2Fb//c?tag=1&x=[2]", "/other"] {
        assert_eq!(status(&listening.exchange(&request(path, &[], b"{}"))), 401);
        listening.record();
    }
    let server = format!("http://{}", listening.authority());
    let mut sent = |arguments: &[&str]| {
        let all: Vec<&str> = ["history", "export", "--curl", "--last", "2"].iter().chain(arguments).copied().collect();
        let commands = program.run(&all).out;
        assert!(Command::new("sh").args(["-ec", &commands]).output().unwrap().status.success(), "{commands}");
        [listening.record(), listening.record()].map(|record| record["path"].as_str().unwrap().to_owned())
    };
    assert_eq!(sent(&["--reveal", "--to", &server]), ["/hooks/%7Ba%7D%2Fb//c?tag=1&x=[2]", "/other"]);
    assert_eq!(sent(&["--to", &server]), ["/hooks/%7Ba%7D%2Fb//c", "/other"], "a query may open doors");
    assert_eq!(sent(&["--reveal", "--to", &format!("{server}/own?a=b")]), ["/own?a=b", "/own?a=b"]);
}

#[test]
fn pruning_deletes_what_is_old_or_too_much() {
    let program = sample();
    assert_eq!(program.run(&["history", "prune", "--older-than", "210m"]).out, "deleted 2 deliveries\n");
    assert_eq!(ids(&program, &[]), [3, 4, 5]);
    let record = program.run(&["history", "prune", "--keep", "1", "--format", "json"]).records().remove(0);
    assert_eq!((&record["record"], &record["deliveries"]), (&json!("pruned"), &json!(2)));
    assert_eq!(ids(&program, &[]), [5]);
    for wrong in [&["history", "prune"][..], &["history", "prune", "--keep", "1", "--older-than", "1d"]] {
        assert_eq!(program.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn two_listeners_share_a_journal_while_history_reads_it() {
    const EACH: usize = 150;
    let program = Program::with_secret();
    let mut listeners = [program.listen(&[]), program.listen(&[])];
    let body = br#"{"type":"image.started","payload":{"id":"clx"}}"#;
    thread::scope(|scope| {
        let posting = listeners.each_mut().map(|listening| {
            scope.spawn(move || (0..EACH).for_each(|_| assert_eq!(status(&listening.post_signed(&[], body)), 200)))
        });
        let mut seen = 0;
        while !posting.iter().all(thread::ScopedJoinHandle::is_finished) {
            let listed = ids(&program, &[]);
            assert!(listed.len() >= seen, "nothing that was there is gone");
            assert!(listed.windows(2).all(|pair| pair[0] != pair[1]));
            seen = listed.len();
        }
    });
    assert_eq!(ids(&program, &[]).len(), 2 * EACH);
    let repeats: Vec<u64> = program
        .run(&["history", "--format", "json"])
        .records()
        .iter()
        .map(|r| r["attempt"].as_u64().unwrap())
        .collect();
    assert!((1..=2 * EACH as u64).all(|repeat| repeats.contains(&repeat)), "each repeat has its number: {repeats:?}");
    for listening in listeners {
        assert_eq!(listening.stop().code, 0);
    }
}

#[test]
fn history_reads_while_a_load_is_received_and_neither_errs() {
    let program = Program::with_secret();
    let listening = program.listen(&[]);
    let arguments =
        ["send", "video.*", "--count", "3000", "--concurrency", "32", "--format", "json", "--to", &listening.url];
    let mut load = program.command(&arguments).spawn().unwrap();
    let mut looks = 0;
    while load.try_wait().unwrap().is_none() {
        let ended = program.run(&["history", "--last", "20", "--format", "json"]);
        assert_eq!(ended.code, 0, "{}", ended.err);
        looks += 1;
    }
    let ended = load.wait_with_output().unwrap();
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!((&summary["sent"], &summary["accepted"]), (&json!(3000), &json!(3000)), "{summary}");
    assert!(looks > 0);
    assert_eq!(program.run(&["history", "--all", "--format", "json"]).out.lines().count(), 3000);
}
