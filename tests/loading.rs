//! `mh-hook send` again and again, and in numbers.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::Program;

#[test]
fn a_retry_goes_on_until_the_handler_accepts_each_attempt_signed_anew() {
    let program = Program::with_secret();
    let mut listening = program.listen(&["--fail-first", "3"]);
    let arguments =
        ["send", "video.completed", "--retry", "--time-scale", "1e6", "--format", "json", "--to", &listening.url];
    let sent = program.run(&arguments);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let attempts: Vec<(Value, Value)> =
        sent.records().into_iter().map(|record| (record["attempt"].clone(), record["answered"].clone())).collect();
    let expected = [(1, 500), (2, 500), (3, 500), (4, 200)].map(|(number, status)| (json!(number), json!(status)));
    assert_eq!(attempts, expected);
    for number in 1..=4 {
        let delivery = listening.record();
        assert_eq!((&delivery["verdict"], &delivery["attempt"]), (&json!("verified"), &json!(number)));
    }
}

#[test]
fn a_handler_that_never_accepts_sees_all_seventeen_attempts() {
    let program = Program::with_secret();
    let listening = program.listen(&["--respond", "500", "--no-journal"]);
    let arguments =
        ["send", "video.completed", "--retry", "--time-scale", "1e9", "--format", "json", "--to", &listening.url];
    let sent = program.run(&arguments);
    assert_eq!((sent.code, sent.records().len()), (1, 17));
}

#[test]
fn nobody_there_is_tried_again_as_well() {
    let arguments = [
        "send",
        "video.completed",
        "--retry",
        "--time-scale",
        "1e9",
        "--format",
        "json",
        "--to",
        "http://127.0.0.1:1/",
    ];
    let sent = Program::new().run(&arguments);
    assert_eq!((sent.code, sent.records().len()), (4, 17));
}

#[test]
fn a_load_sends_each_event_with_a_job_of_its_own_and_sums_up() {
    let program = Program::with_secret();
    let mut listening = program.listen(&["--no-journal"]);
    let arguments =
        ["send", "video.*", "--count", "300", "--concurrency", "8", "--format", "json", "--to", &listening.url];
    let sent = program.run(&arguments);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let summary = &sent.records()[0];
    assert_eq!(
        (&summary["sent"], &summary["accepted"], &summary["statuses"]),
        (&json!(300), &json!(300), &json!({"200": 300}))
    );
    let rows = summary["histogram_ms"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row[1].as_u64().unwrap()).sum::<u64>(), 300);
    let seen: Vec<Value> = (0..300).map(|_| listening.record()).collect();
    let ids: HashSet<&str> = seen.iter().map(|delivery| delivery["job_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 300);
    assert!(seen.iter().all(|delivery| delivery["verdict"] == "verified"));
    let started = seen.iter().filter(|delivery| delivery["type"] == "video.started").count();
    assert_eq!(started, 100);
}

#[test]
fn a_load_of_refusals_is_a_no_and_one_of_silence_unreachable() {
    let program = Program::with_secret();
    let listening = program.listen(&["--no-journal"]);
    let load = |extra: &[&str], to: &str| {
        program.run(&[&["send", "image.completed", "--count", "20", "--to", to], extra].concat())
    };
    let refused = load(&["--fault", "wrong-secret"], &listening.url);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("  401     20\n"), "{}", refused.out);
    let unreachable = load(&[], "http://127.0.0.1:1/");
    assert_eq!(unreachable.code, 4);
    assert!(unreachable.out.contains("no answer (refused)  20\n"), "{}", unreachable.out);
}

#[test]
fn one_job_may_get_all_the_events_of_a_load() {
    let program = Program::with_secret();
    let mut listening = program.listen(&["--no-journal"]);
    let arguments = ["send", "video.completed", "--count", "5", "--id", "clx1", "--to", &listening.url];
    assert_eq!(program.run(&arguments).code, 0);
    assert!((0..5).all(|_| listening.record()["job_id"] == "clx1"));
}

#[test]
fn how_without_how_much_is_refused() {
    let ended = Program::new().run(&["send", "video.completed", "--rate", "5"]);
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.err,
        "error: --concurrency and --rate say how, not how much\nhint: add --count N or --duration D\n"
    );
}
