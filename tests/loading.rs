//! `mh-hook send` again and again, and in numbers.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::mem;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{PATIENCE, Program, interrupt};

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

/// A server that takes connections and reads, answers the first `answers` requests, and says when another one is there.
pub(crate) fn slow_server(answers: usize) -> (String, std::sync::mpsc::Receiver<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (unanswered, waiting) = channel();
    let left = Arc::new(AtomicUsize::new(answers));
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (left, unanswered) = (Arc::clone(&left), unanswered.clone());
            thread::spawn(move || {
                let mut buffer = [0; 8 << 10];
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                    let is_answered = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
                    if is_answered {
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                    } else {
                        let _ = unanswered.send(());
                    }
                }
            });
        }
    });
    (url, waiting)
}

#[test]
fn an_interrupted_load_counts_what_was_answered_and_what_is_unknown() {
    let (url, waiting) = slow_server(5);
    let arguments = ["send", "video.completed", "--count", "1000", "--concurrency", "4", "--to", &url];
    let mut child = Program::with_secret().command(&arguments).spawn().unwrap();
    (0..4).for_each(|_| waiting.recv_timeout(PATIENCE).unwrap());
    interrupt(child.id());
    // The first signal waits for the answers and says so; the second one does not.
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(stderr.any(|line| line == "stopping: waiting for 4 answers; Ctrl-C again to quit now"));
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    let summary = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(summary.starts_with("sent      5 events in "), "{summary}");
    assert!(summary.contains("accepted  5\n") && summary.contains("unknown   4 sent, and not answered"), "{summary}");
}

#[test]
fn at_a_rate_events_begin_whatever_the_answers_take() {
    let (url, waiting) = slow_server(0);
    let arguments = ["send", "video.completed", "--count", "40", "--rate", "1000.5", "--format", "json", "--to", &url];
    let mut child = Program::with_secret().command(&arguments).spawn().unwrap();
    // More than the sixteen that a load has under way at once without a rate.
    (0..40).for_each(|_| waiting.recv_timeout(PATIENCE).unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn each_kind_of_result_has_its_latencies() {
    let program = Program::with_secret();
    let listening = program.listen(&["--no-journal", "--fail-first", "1"]);
    let arguments =
        ["send", "video.completed", "--id", "clx1", "--count", "9", "--format", "json", "--to", &listening.url];
    let sent = program.run(&arguments);
    let summary = &sent.records()[0];
    let results = summary["results"].as_array().unwrap();
    let counts: Vec<(&Value, &Value)> = results.iter().map(|result| (&result["status"], &result["count"])).collect();
    assert_eq!(counts, [(&json!(200), &json!(8)), (&json!(500), &json!(1))]);
    assert!(results.iter().all(|result| result["latency_ms"]["p99.9"].is_number()), "{summary}");
    for (result, count) in results.iter().zip([8, 1]) {
        let rows = result["histogram_ms"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| row[1].as_u64().unwrap()).sum::<u64>(), count, "{summary}");
    }
}

#[test]
fn people_see_a_histogram_of_each_kind_of_result() {
    let program = Program::with_secret();
    let listening = program.listen(&["--no-journal", "--fail-first", "1"]);
    let sent = program.run(&["send", "video.completed", "--id", "clx1", "--count", "9", "--to", &listening.url]);
    let (all, kinds) = sent.out.split_once("of 200\n").unwrap();
    let (accepted, failed) = kinds.split_once("of 500\n").unwrap();
    for part in [all, accepted, failed] {
        assert!(part.contains("latency   min ") && part.contains("  p99.9 ") && part.contains('■'), "{}", sent.out);
    }
}

/// The time that a handler under load is busy with the first event that it gets.
const BUSY: Duration = Duration::from_millis(60);

/// A server that is busy with its first request for a while, and answers all later ones at once.
#[expect(clippy::disallowed_methods, reason = "the time is what the handler takes; nothing is awaited by it")]
fn busy_server() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut buffer, mut busy) = ([0; 8 << 10], BUSY);
        while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
            thread::sleep(mem::take(&mut busy));
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    url
}

#[test]
fn at_a_rate_the_wait_for_an_earlier_answer_counts_as_latency() {
    let url = busy_server();
    let arguments = ["send", "video.completed", "--count", "3", "--rate", "1000", "--concurrency", "1"];
    let arguments = [&arguments[..], &["--format", "json", "--to", &url]].concat();
    let sent = Program::with_secret().run(&arguments);
    assert_eq!(sent.code, 0, "{}", sent.err);
    // All three were due within the first 2 ms, and none could be answered before the handler was free.
    let least = sent.records()[0]["latency_ms"]["min"].as_f64().unwrap();
    assert!(least > BUSY.as_secs_f64() * 1000.0 / 2.0, "{least} ms");
}

/// A server that answers `most` requests over each connection, and leaves the next one unanswered: it ends the connection
/// if `closes`, and reads on otherwise.
fn tiring_server(most: usize, closes: bool) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let (mut buffer, mut answered) = ([0; 8 << 10], 0);
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                    if answered < most {
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                    } else if closes {
                        return;
                    }
                    answered += 1;
                }
            });
        }
    });
    url
}

#[test]
fn a_load_replaces_each_kept_connection_that_was_closed_in_silence() {
    let url = tiring_server(3, true);
    let arguments =
        ["send", "video.completed", "--count", "60", "--concurrency", "4", "--format", "json", "--to", &url];
    let sent = Program::with_secret().run(&arguments);
    let summary = &sent.records()[0];
    assert_eq!((sent.code, &summary["statuses"]), (0, &json!({"200": 60})), "{summary}");
}

#[test]
fn a_load_gives_up_what_is_not_answered_over_a_kept_connection() {
    let url = tiring_server(1, false);
    let arguments = ["send", "video.completed", "--count", "2", "--concurrency", "1", "--timeout", "1s"];
    let sent = Program::with_secret().run(&[&arguments[..], &["--format", "json", "--to", &url]].concat());
    let summary = &sent.records()[0];
    assert_eq!((&summary["statuses"], &summary["errors"]), (&json!({"200": 1}), &json!({"timeout": 1})), "{summary}");
    assert!(sent.err.contains("answer first, then work"), "{}", sent.err);
}
