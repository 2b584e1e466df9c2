//! How a trial can end, each with its exit code, its summary and its advice. The sandbox's directives make the endings.

use serde_json::Value;

use crate::e2e::trial::{Trial, configured, run, start};
use crate::support::{Ended, Program, interrupt};

/// One ending.
struct Case {
    directives: &'static str,
    code: i32,
    ending: &'static str,
    /// Result of each check, in the order of the report: `P`ass, `F`ail or `s`kipped.
    judged: &'static str,
    /// The last lines of the report.
    summary: &'static [&'static str],
    /// The one warning on the way.
    warning: Option<&'static str>,
    error: &'static str,
    /// The hint, but for its beginning, which is the same for all.
    hint: &'static str,
}

const NOTHING: &str = "cost    nothing";
const FREE: &str = "cost    nothing; Magic Hour itself would charge about 24 credits";

#[rustfmt::skip]
const CASES: [Case; 9] = [
    Case {
        directives: "[error=no_source_face]",
        code: 7,
        ending: "job-error",
        judged: "PFPPPPPPssPs",
        summary: &["failed in the embedded sandbox in TIME: 8 judgements hold, 1 fails, 3 skipped", NOTHING],
        warning: None,
        error: "video job ID ended in error: no_source_face: Please use an image with a detectable face",
        hint: "its credits were returned; correct the request (--prompt, --body, --upload) and try again",
    },
    Case {
        directives: "[cancel]",
        code: 7,
        ending: "canceled",
        judged: "PFssssssssss",
        summary: &["failed in the embedded sandbox in TIME: 1 judgement holds, 1 fails, 10 skipped", NOTHING],
        warning: None,
        error: "video job ID was canceled, and a canceled job sends no webhook",
        hint: "somebody called it off in the web app; its credits were returned, so try again",
    },
    Case {
        directives: "[no-webhook]",
        code: 8,
        ending: "no-webhook",
        judged: "PPFFsssssPss",
        summary: &["failed in the embedded sandbox in TIME: 3 judgements hold, 2 fail, 7 skipped", FREE],
        warning: None,
        error: "video job ID is complete, but video.completed did not come within 300 ms",
        hint: "is an endpoint for video.completed registered and enabled at https://magichour.ai/developer?tab=webhooks? does its tunnel reach port 8000, and was another listener on it? --public-url URL tries that before anything is spent",
    },
    Case {
        directives: "[fault=wrong-secret]",
        code: 1,
        ending: "invalid-signature",
        judged: "PPFFFssssPss",
        summary: &["failed in the embedded sandbox in TIME: 3 judgements hold, 3 fail, 6 skipped", FREE],
        warning: Some("video.started is not authentic (signed with another secret, or the body was changed); waiting for one that is"),
        error: "deliveries of the video job are not signed with mhw_test_…GHIJ (MAGIC_HOUR_WEBHOOK_SECRET)",
        hint: "each endpoint has its own secret: copy that of this one from https://magichour.ai/developer?tab=webhooks into MAGIC_HOUR_WEBHOOK_SECRET",
    },
    Case {
        directives: "[fault=stale-timestamp]",
        code: 1,
        ending: "invalid-signature",
        judged: "PPFFFssssPss",
        summary: &["failed in the embedded sandbox in TIME: 3 judgements hold, 3 fail, 6 skipped", FREE],
        warning: Some("video.started is not authentic (timestamp is 1 h old); waiting for one that is"),
        error: "deliveries of the video job are not authentic: timestamp is 1 h old",
        hint: "is the clock of this machine right? if it is, somebody sent an old delivery again",
    },
    Case {
        directives: "[fault=empty-body]",
        code: 8,
        ending: "no-webhook",
        judged: "PPFFsssssPss",
        summary: &["failed in the embedded sandbox in TIME: 3 judgements hold, 2 fail, 7 skipped", FREE, "also    COUNT deliveries naming no job, not judged"],
        warning: Some("a delivery came that names no job: body is empty"),
        error: "video job ID is complete, but video.completed did not come within 3 s",
        hint: "is an endpoint for video.completed registered and enabled at https://magichour.ai/developer?tab=webhooks? does its tunnel reach port 8000, and was another listener on it? --public-url URL tries that before anything is spent (deliveries that name no job did come: it may have been among them)",
    },
    Case {
        directives: "[no-started]",
        code: 1,
        ending: "unmet",
        judged: "PPFPPPsPPPPs",
        summary: &["failed in the embedded sandbox in TIME: 9 judgements hold, 1 fails, 2 skipped", FREE],
        warning: None,
        error: "the video job does not pass (started): video.started did not come",
        hint: "is the endpoint subscribed to the started event, too?",
    },
    Case {
        directives: "[status=402]",
        code: 6,
        ending: "refused",
        judged: "Fsssssssssss",
        summary: &["failed in the embedded sandbox in TIME: 0 judgements hold, 1 fails, 11 skipped", NOTHING],
        warning: None,
        error: "the video job was not submitted: POST /v1/text-to-video was refused with 402: Payment required (the account has too few credits)",
        hint: "https://magichour.ai/pricing has more; `--tool ai-qr-code-generator` is free",
    },
    Case {
        directives: "[status=503]",
        code: 6,
        ending: "refused",
        judged: "Fsssssssssss",
        summary: &["failed in the embedded sandbox in TIME: 0 judgements hold, 1 fails, 11 skipped", NOTHING],
        warning: None,
        error: "the video job may not have been submitted: POST /v1/text-to-video was refused with 503: Service Unavailable (it failed on its side)",
        hint: "the job may have been started all the same: look at https://magichour.ai/my-library before trying again",
    },
];

/// A short wait for events that do not come, and a long one for those that do.
fn arguments(case: &Case) -> [String; 5] {
    let grace = if case.directives == "[no-webhook]" { "300ms" } else { "3s" };
    ["--video", "--grace", grace, "--prompt", &format!("[duration=0] {}", case.directives)].map(str::to_owned)
}

#[track_caller]
fn assert_summary(case: &Case, trial: &Trial) {
    let judged: String = trial
        .outcomes()
        .iter()
        .map(|outcome| match outcome.as_str() {
            "pass" => 'P',
            "fail" => 'F',
            _ => 's',
        })
        .collect();
    assert_eq!(
        (trial.code, trial.ending(), judged.as_str()),
        (case.code, case.ending, case.judged),
        "{} {}",
        case.directives,
        trial.err
    );
    let summary = trial.summary();
    assert_eq!((summary["exit"].as_i64(), summary["passed"].as_bool()), (Some(case.code.into()), Some(false)));
    let last: Value = serde_json::from_str(trial.err.lines().last().unwrap()).unwrap();
    let message = last["message"].as_str().unwrap();
    assert_eq!((last["record"].as_str(), last["exit"].as_i64()), (Some("error"), Some(case.code.into())));
    assert_eq!(steady(message), case.error);
}

#[track_caller]
fn assert_text(case: &Case, ended: &Ended) {
    assert_eq!(ended.code, case.code, "{} {ended:?}", case.directives);
    let lines: Vec<&str> = ended.err.lines().collect();
    let mut warnings: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("warning: ")).collect();
    warnings.dedup();
    assert_eq!(warnings, case.warning.into_iter().collect::<Vec<_>>(), "{}", case.directives);
    let [.., error, hint] = lines.as_slice() else { panic!("{ended:?}") };
    assert_eq!(steady(error), format!("error: {}", case.error));
    assert_eq!(*hint, format!("hint: a directive in the request asked for this; at Magic Hour: {}", case.hint));
    let report: Vec<String> = ended.out.lines().skip_while(|line| !line.starts_with("failed")).map(steady).collect();
    assert_eq!(report, case.summary, "{}", case.directives);
}

/// Messages of the records on stderr.
fn messages(trial: &Trial) -> Vec<String> {
    let records = trial.err.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter_map(|record| record["message"].as_str().map(steady)).collect()
}

/// A line without what differs from run to run: the job's id, the time of the run, and the number of retried deliveries.
fn steady(line: &str) -> String {
    let is_id = |word: &&str| word.len() == 25 && word.starts_with("cm");
    let mut line = match line.split(' ').find(is_id) {
        Some(id) => line.replace(id, "ID"),
        None => line.to_owned(),
    };
    for (before, after, name) in [(" sandbox in ", ": ", "TIME"), ("also    ", " deliveries", "COUNT")] {
        if let Some((start, rest)) = line.split_once(before)
            && let Some((_, end)) = rest.split_once(after)
        {
            line = format!("{start}{before}{name}{after}{end}");
        }
    }
    line
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

/// The hint of a run that went on too long.
const OVER: &str = "the embedded sandbox ended with the run, and what was submitted with it";

#[test]
fn a_job_that_takes_too_long_is_named_with_the_way_to_look_at_it_later() {
    let trial = run(&Program::new(), &["--image", "--timeout", "2s", "--prompt", "[duration=1h]"]);
    assert_eq!((trial.code, trial.ending()), (5, "timed-out"));
    assert_eq!(trial.judgement("rendered").0, "fail");
    let id = trial.summary()["jobs"][0]["job_id"].as_str().unwrap();
    let last: Value = serde_json::from_str(trial.err.lines().last().unwrap()).unwrap();
    let (message, _time) = last["message"].as_str().unwrap().rsplit_once(" after ").unwrap();
    assert_eq!(message, format!("image job {id} was still rendering"));
    assert_eq!((last["hint"].as_str(), last["exit"].as_i64()), (Some(OVER), Some(5)));
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
    let timed = words.iter().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let mut steps: Vec<String> = timed.map(|line| steady(line.split_once(" video ").unwrap().1)).collect();
    // With a grace of 0 it is chance whether this one comes.
    steps.retain(|step| !step.starts_with("video.completed"));
    steps.sort();
    assert_eq!(steps, ["complete", "queued as ID", "rendering", "video.started invalid -> 401"]);
    let warned: Vec<_> = words.iter().filter_map(|line| line.strip_prefix("warning: ")).collect();
    assert_eq!(
        warned,
        [
            "video.started is not authentic (signed with another secret, or the body was changed); waiting for one that is"
        ]
    );
}

#[test]
fn a_verdict_counts_for_more_than_what_becomes_of_its_copies() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let arguments = ["--image", "--prompt", "[duration=0] [error=x]", "--junit", "/dev/full"];
    let trial = run(&Program::new(), &arguments);
    assert_eq!((trial.code, trial.ending()), (7, "job-error"), "{}", trial.err);
    let said = messages(&trial);
    assert_eq!(
        said[said.len() - 2..],
        ["image job ID ended in error: x: The job failed", "cannot write /dev/full: no space left on device"]
    );
    // What broke the trial off is told, too.
    let nobody = configured(Program::with_secret(), "http://127.0.0.1:1");
    let trial = run(&nobody, &["--image", "--port", "0", "--junit", "/dev/full", "--no-journal"]);
    assert_eq!(trial.code, 4, "{}", trial.err);
    assert_eq!(
        trial.summary()["error"],
        "GET /v1/account got no answer: cannot connect to 127.0.0.1:1: it refused the connection"
    );
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
    let last: Value = serde_json::from_str(trial.err.lines().last().unwrap()).unwrap();
    assert_eq!(last["message"], format!("interrupted while waiting for video job {id}"));
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
