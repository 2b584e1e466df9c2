//! How a trial can end, each with its exit code, its summary and its advice. The sandbox's directives make the endings.

use crate::e2e::trial::{Trial, configured, run, start};
use crate::support::{Ended, Program, interrupt};

/// One ending.
struct Case {
    directives: &'static str,
    code: i32,
    ending: &'static str,
    failed: &'static [&'static str],
    /// What people are told, in parts.
    said: &'static [&'static str],
}

const CASES: [Case; 9] = [
    Case {
        directives: "[error=no_source_face]",
        code: 7,
        ending: "job-error",
        failed: &["rendered"],
        said: &["ended in error: no_source_face: Please use an image", "credits were returned"],
    },
    Case {
        directives: "[cancel]",
        code: 7,
        ending: "canceled",
        failed: &["rendered"],
        said: &["was canceled, and a canceled job sends no webhook", "credits were returned"],
    },
    Case {
        directives: "[no-webhook]",
        code: 8,
        ending: "no-webhook",
        failed: &["started", "finished"],
        said: &[
            "is complete, but video.completed did not come within",
            "registered, enabled and subscribed to video.completed",
            "lead to port",
            "another listener",
        ],
    },
    Case {
        directives: "[fault=wrong-secret]",
        code: 1,
        ending: "invalid-signature",
        failed: &["started", "finished", "signature"],
        said: &["are not signed with mhw_test_…GHIJ (MAGIC_HOUR_WEBHOOK_SECRET)", "each endpoint has its own secret"],
    },
    Case {
        directives: "[fault=stale-timestamp]",
        code: 1,
        ending: "invalid-signature",
        failed: &["started", "finished", "signature"],
        said: &["timestamp is 1 h old"],
    },
    Case {
        directives: "[fault=empty-body]",
        code: 8,
        ending: "no-webhook",
        failed: &["started", "finished"],
        said: &[
            "a delivery came that names no job: body is empty",
            "deliveries that name no job did come: it may have been among them",
            "deliveries naming no job, not judged",
        ],
    },
    Case {
        directives: "[no-started]",
        code: 1,
        ending: "unmet",
        failed: &["started"],
        said: &["does not pass (started): video.started did not come", "subscribed to the started event"],
    },
    Case {
        directives: "[status=402]",
        code: 6,
        ending: "refused",
        failed: &["accepted"],
        said: &["POST /v1/text-to-video was refused with 402: Payment required (the account has too few credits)"],
    },
    Case {
        directives: "[status=503]",
        code: 6,
        ending: "refused",
        failed: &["accepted"],
        said: &["was refused with 503", "may have been started all the same"],
    },
];

/// What does not come is waited for as short as may be, what comes as long as it takes.
fn arguments(case: &Case) -> [String; 5] {
    let grace = if case.directives == "[no-webhook]" { "300ms" } else { "3s" };
    ["--video", "--grace", grace, "--prompt", &format!("[duration=0] {}", case.directives)].map(str::to_owned)
}

#[track_caller]
fn assert_summary(case: &Case, trial: &Trial) {
    assert_eq!((trial.code, trial.ending()), (case.code, case.ending), "{} {}", case.directives, trial.err);
    assert_eq!(trial.with("fail"), case.failed, "{}", case.directives);
    let summary = trial.summary();
    assert_eq!((summary["exit"].as_i64(), summary["passed"].as_bool()), (Some(case.code.into()), Some(false)));
    let last: serde_json::Value = serde_json::from_str(trial.err.lines().last().unwrap()).unwrap();
    assert_eq!((last["record"].as_str(), last["exit"].as_i64()), (Some("error"), Some(case.code.into())));
}

#[track_caller]
fn assert_text(case: &Case, ended: &Ended) {
    assert_eq!(ended.code, case.code, "{} {ended:?}", case.directives);
    let whole = format!("{}\n{}", ended.out, ended.err);
    let flat = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in case.said {
        assert!(flat.contains(part), "{}: {part} is missing in {whole}", case.directives);
    }
    assert!(ended.out.contains("failed in the embedded sandbox"), "{}", ended.out);
    assert!(ended.err.contains("error: ") && ended.err.contains("hint: "), "{}", ended.err);
}

#[test]
fn each_ending_has_its_code_its_summary_and_its_advice() {
    std::thread::scope(|scope| {
        for case in &CASES {
            scope.spawn(move || {
                let program = Program::with_secret();
                let arguments = arguments(case);
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                assert_summary(case, &run(&program, &arguments));
                assert_text(case, &program.run(&[&["e2e"], arguments.as_slice()].concat()));
            });
        }
    });
}

#[test]
fn a_job_that_takes_too_long_is_named_with_the_way_to_look_at_it_later() {
    let trial = run(&Program::new(), &["--image", "--timeout", "2s", "--prompt", "[duration=1h]"]);
    assert_eq!((trial.code, trial.ending()), (5, "timed-out"));
    assert_eq!(trial.judgement("rendered").0, "fail");
    let id = trial.summary()["jobs"][0]["job_id"].as_str().unwrap();
    assert!(trial.err.contains(&format!("image job {id} was still rendering after")), "{}", trial.err);
    let ended = Program::new().run(&["e2e", "--image", "--timeout", "1s", "--prompt", "[duration=1h]"]);
    assert!(ended.code == 5 && ended.out.contains("failed in the embedded sandbox in 1"), "{ended:?}");
    assert!(ended.err.contains("hint: the embedded sandbox ended with the run"), "{}", ended.err);
}

#[test]
fn where_the_steps_were_told_as_they_happened_they_are_not_told_again() {
    let ended = Program::with_secret().run(&["e2e", "--image", "--video", "--prompt", "[duration=0]"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    for step in ["queued", "complete", "image.completed", "video.started"] {
        assert!(ended.err.contains(step), "{}", ended.err);
        let again = ended.out.lines().filter(|line| line.contains(step) && !line.contains("  pass  "));
        assert_eq!(again.collect::<Vec<_>>(), [""; 0], "{}", ended.out);
    }
}

#[test]
fn people_see_each_step_where_no_progress_can_be_drawn() {
    let ended = Program::with_secret().run(&[
        "e2e",
        "--video",
        "--prompt",
        "[duration=1s] [fault=wrong-secret]",
        "--grace",
        "0",
    ]);
    let words: Vec<String> =
        ended.err.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for step in ["ms video queued as cm", "ms video rendering", "video complete", "video video.started invalid -> 401"]
    {
        assert!(words.iter().any(|line| line.contains(step)), "{step}: {}", ended.err);
    }
    let warned =
        words.iter().filter(|line| line.contains("is not authentic") && line.contains("waiting for one that is"));
    assert_eq!(warned.count(), 1, "{}", ended.err);
}

#[test]
fn a_verdict_counts_for_more_than_what_becomes_of_its_copies() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let arguments = ["--image", "--prompt", "[duration=0] [error=x]", "--junit", "/dev/full"];
    let trial = run(&Program::new(), &arguments);
    assert_eq!((trial.code, trial.ending()), (7, "job-error"), "{}", trial.err);
    assert!(trial.err.contains("cannot write /dev/full"), "{}", trial.err);
    // What broke the trial off is told, too.
    let nobody = configured(Program::with_secret(), "http://127.0.0.1:1");
    let trial = run(&nobody, &["--image", "--port", "0", "--junit", "/dev/full", "--no-journal"]);
    assert_eq!(trial.code, 4, "{}", trial.err);
    assert!(trial.summary()["error"].as_str().unwrap().contains("refused the connection"));
}

#[test]
fn an_interrupted_trial_says_what_was_seen_by_then() {
    let program = Program::new();
    let mut running = start(&program, &["--video", "--prompt", "[duration=1h]", "--junit", "e2e.xml"]);
    let id = running.until("rendering")["job_id"].as_str().unwrap().to_owned();
    interrupt(running.pid());
    let trial = running.ended();
    let xml = std::fs::read_to_string(program.home.path().join("e2e.xml")).unwrap();
    assert!(xml.contains("<failure message=\"interrupted\">"), "{xml}");
    assert_eq!((trial.code, trial.ending(), trial.judgement("rendered").0), (130, "interrupted", "skipped"));
    assert!(trial.err.contains(&format!("interrupted while waiting for video job {id}")), "{}", trial.err);
}

#[test]
fn of_several_jobs_the_worst_ending_counts() {
    // The prompt is everyone's, and only the image tool has no started event to wait for.
    let trial =
        run(&Program::new(), &["--image", "--audio", "--grace", "300ms", "--prompt", "[duration=0] [no-started]"]);
    let endings: Vec<&str> =
        trial.summary()["jobs"].as_array().unwrap().iter().map(|job| job["ending"].as_str().unwrap()).collect();
    assert_eq!((trial.code, endings), (1, vec!["passed", "unmet"]), "{}", trial.err);
}
