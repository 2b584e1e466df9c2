//! Trials on a machine where nothing is configured: offline, free, and without a trace.

use std::process::Stdio;

use serde_json::json;

use crate::e2e::trial::{configured, run};
use crate::support::{Program, SECRET};

#[test]
fn every_kind_passes_with_nothing_configured() {
    for kind in ["image", "audio", "video"] {
        let program = Program::new();
        let ended = program.run(&["e2e", &format!("--{kind}")]);
        assert_eq!(ended.code, 0, "{ended:?}");
        let first = ended.err.lines().next().unwrap();
        assert!(first.starts_with("e2e in the embedded sandbox: offline, no API key, no credits (about "), "{first}");
        assert!(first.len() <= 80, "{first}");
        assert!(ended.out.contains("\npassed in the embedded sandbox in "), "{}", ended.out);
        assert!(ended.out.contains(": 11 judgements hold, 1 skipped\ncost    nothing; "), "{}", ended.out);
        let left: Vec<_> = std::fs::read_dir(program.home.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn all_kinds_at_once_pass_and_everything_is_a_record() {
    let trial = run(&Program::new(), &["--image", "--video", "--audio"]);
    assert_eq!((trial.code, trial.with("fail")), (0, vec![]), "{}", trial.err);
    let counts = ["plan", "job", "delivery", "judgement", "summary"].map(|name| trial.of(name).len());
    assert_eq!((counts[0], counts[3], counts[4]), (1, 36, 1));
    assert!(counts[1] >= 6 && counts[2] == 6, "{counts:?}");
    let keys = |name: &str| {
        trial.of(name)[0].as_object().unwrap().keys().skip(2).map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        ["plan", "job", "judgement", "summary"].map(keys),
        [
            "world base_url key key_origin secret secret_origin receiver jobs estimate max_credits",
            "at job_id kind tool from to error credits_charged",
            "job_id kind tool question rule outcome found",
            "world base_url key key_origin passed exit error jobs other_deliveries nameless_deliveries estimate credits_charged elapsed_ms",
        ]
    );
    let summary = trial.summary();
    assert_eq!(
        (&summary["world"], &summary["passed"], &summary["exit"], &summary["estimate"]),
        (&json!("sandbox"), &json!(true), &json!(0), &json!(30))
    );
    let jobs: Vec<&str> = summary["jobs"].as_array().unwrap().iter().map(|job| job["kind"].as_str().unwrap()).collect();
    assert_eq!(jobs, ["image", "video", "audio"]);
    for line in trial.err.lines() {
        let remark: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&remark["v"], &remark["record"]), (&json!(1), &json!("note")), "{line}");
    }
}

#[test]
fn a_home_that_cannot_be_written_is_no_obstacle() {
    let trial = run(&Program::new().variable("HOME", "/dev/null"), &["--image", "--prompt", "[duration=0]"]);
    assert_eq!((trial.code, trial.of("plan")[0]["secret_origin"].as_str()), (0, Some("made for this run")));
}

#[test]
fn the_sandbox_is_used_when_asked_for_even_if_a_key_is_configured() {
    let program = configured(Program::with_secret(), "http://127.0.0.1:1");
    let trial = run(&program, &["--image", "--sandbox", "--prompt", "[duration=0]"]);
    assert_eq!((trial.code, trial.summary()["world"].as_str()), (0, Some("sandbox")), "{}", trial.err);
    assert_eq!(trial.of("plan")[0]["secret_origin"], "MAGIC_HOUR_WEBHOOK_SECRET");
    let all: String = trial.records.iter().map(ToString::to_string).collect();
    assert!(!all.contains(SECRET) && !trial.err.contains(SECRET));
}

#[test]
fn a_base_url_without_a_key_is_not_passed_over_in_silence() {
    let program = Program::new().variable("MAGIC_HOUR_API_BASE_URL", "http://localhost:1");
    let trial = run(&program, &["--image", "--prompt", "[duration=0]"]);
    assert_eq!(trial.code, 0);
    assert!(trial.err.contains("is not used without MAGIC_HOUR_API_KEY"), "{}", trial.err);
}

#[test]
fn fewer_events_and_more_of_them_are_both_fine_for_an_image() {
    let trial = run(&Program::new(), &["--image", "--prompt", "[duration=0] [no-started]"]);
    assert_eq!((trial.code, trial.judgement("started").0), (0, "skipped"), "{}", trial.err);
    let trial = run(&Program::new(), &["--video", "--prompt", "[duration=0] [duplicate]"]);
    assert_eq!((trial.code, trial.judgement("order").0), (0, "pass"), "{}", trial.err);
}

#[test]
fn an_order_that_nobody_promises_is_told_and_does_not_fail() {
    let trial = run(&Program::new(), &["--video", "--prompt", "[duration=0] [reorder]"]);
    let (outcome, found) = trial.judgement("order");
    assert_eq!((trial.code, outcome), (0, "skipped"), "{}", trial.err);
    assert_eq!(found, "video.completed came before video.started: that is unusual, but no order is promised");
}

#[test]
fn a_late_webhook_is_waited_for() {
    let trial = run(&Program::new(), &["--image", "--prompt", "[duration=0] [late=1s]"]);
    assert_eq!((trial.code, trial.judgement("finished").0), (0, "pass"), "{}", trial.err);
    assert!(trial.judgement("latency").1.ends_with("after the end was seen"), "{}", trial.judgement("latency").1);
}

#[test]
fn a_report_for_ci_has_a_case_for_each_judgement() {
    let program = Program::new();
    let trial = run(&program, &["--image", "--prompt", "[duration=0] [error=x]", "--junit", "e2e.xml"]);
    assert_eq!(trial.code, 7);
    let xml = std::fs::read_to_string(program.home.path().join("e2e.xml")).unwrap();
    assert!(xml.contains("name=\"mh-hook e2e in the embedded sandbox\" tests=\"12\" failures=\"1\""), "{xml}");
    assert!(xml.contains("<testcase name=\"rendered\" classname=\"mh-hook.e2e.image\""), "{xml}");
    assert!(xml.contains("<failure message=\"it ended in error: x: The job failed\">"), "{xml}");
}

#[test]
fn a_reader_who_has_gone_turns_no_no_into_a_yes() {
    for (prompt, code) in [("[duration=0]", 0), ("[duration=0] [error=x]", 7)] {
        for format in ["pretty", "json"] {
            let program = Program::new();
            let mut command = program.command(&["e2e", "--image", "--format", format, "--prompt", prompt]);
            let mut child = command.stderr(Stdio::null()).spawn().unwrap();
            drop(child.stdout.take());
            assert_eq!(child.wait().unwrap().code(), Some(code), "{prompt} {format}");
        }
    }
}

#[test]
fn the_tools_can_be_listed() {
    let ended = Program::new().run(&["e2e", "--tool", "list"]);
    assert_eq!(ended.code, 0);
    let line = ended.out.lines().find(|line| line.starts_with("ai-qr-code-generator ")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["ai-qr-code-generator", "image", "0"]);
    assert!(!ended.out.contains("face-detection"));
    let records = Program::new().run(&["e2e", "--tool", "list", "--format", "json"]).records();
    assert_eq!((records.len(), records[0]["record"].as_str()), (31, Some("tool")));
    let of_audio = Program::new().run(&["e2e", "--tool", "list", "--audio"]).out;
    assert!(of_audio.lines().skip(1).all(|line| line.split_whitespace().nth(1) == Some("audio")), "{of_audio}");
    assert!(of_audio.contains("assets.audio_file_path"), "the list names the fields that take a file:\n{of_audio}");
}

#[test]
fn all_means_a_job_of_every_kind() {
    let trial = run(&Program::new(), &["--all", "--prompt", "[duration=0]"]);
    assert_eq!((trial.code, trial.with("fail")), (0, vec![]), "{}", trial.err);
    let mut kinds: Vec<_> = trial.summary()["jobs"].as_array().unwrap().iter().map(|job| job["kind"].clone()).collect();
    kinds.sort_by_key(ToString::to_string);
    assert_eq!(kinds, [json!("audio"), json!("image"), json!("video")]);
}

#[test]
fn a_tool_by_name_and_a_body_of_ones_own() {
    let program = Program::new();
    let trial = run(&program, &["--tool", "ai-qr-code-generator", "--prompt", "https://example.com"]);
    assert_eq!((trial.code, trial.summary()["estimate"].as_u64()), (0, Some(0)), "{}", trial.err);
    program.write("body.json", r#"{"name": "[duration=0]", "image_count": 3, "style": {"prompt": "a cat"}}"#);
    let trial = run(&program, &["--image", "--body", "body.json"]);
    assert_eq!(trial.code, 0, "{}", trial.err);
    assert!(trial.judgement("outputs").1.starts_with("3 downloaded, image/png"), "{}", trial.judgement("outputs").1);
}
