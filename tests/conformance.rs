//! The conformance suite, put to handlers that are known to be good, or broken in one known way.

use std::collections::HashSet;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mh_hook::engine::clock::SystemClock;
use mh_hook::engine::conformance::case::Level;
use mh_hook::engine::conformance::catalogue;
use mh_hook::engine::conformance::expectation::Expectation;
use mh_hook::engine::conformance::finding::CaseOutcome;
use mh_hook::engine::conformance::handler::Handler;
use mh_hook::engine::conformance::report::ConformanceReport;
use mh_hook::engine::conformance::selection::Selection;
use mh_hook::engine::conformance::suite::Suite;
use mh_hook::engine::conformance::timing::SuiteTiming;
use mh_hook::net::out::post::Remote;
use mh_hook::net::out::tls::TlsOptions;
use mh_hook::net::shutdown::Shutdown;
use serde_json::Value;

use crate::handlers::{Defect, KNOWN_JOB, SECRET, Serving, secret};

/// Each defect, the findings that name it, and the name of the one cause.
const DEFECTS: [(Defect, &[&str], &str); 31] = [
    (Defect::None, &[], ""),
    (Defect::NoVerification, &["signature.checked"], "signature.checked"),
    (
        Defect::SkipsMissingHeaders,
        &[
            "headers.missing-signature",
            "headers.missing-timestamp",
            "headers.missing-both",
            "headers.renamed",
            "headers.duplicated-signature",
            "headers.duplicated-timestamp",
        ],
        "headers.missing-signature",
    ),
    (Defect::NoTimestampCheck, &["timestamp.stale", "timestamp.future"], "timestamp.stale"),
    (Defect::OneSidedWindow, &["timestamp.future"], "timestamp.future"),
    (Defect::SignsParsedBody, &["accepts.pretty-printed"], "body-rewritten"),
    (
        Defect::FailsOnGarbage,
        &[
            "malformed.invalid-json",
            "malformed.invalid-utf8",
            "malformed.empty-body",
            "malformed.array",
            "malformed.missing-type",
            "malformed.missing-payload",
            "malformed.type-not-text",
            "malformed.payload-not-object",
            "malformed.deep-nesting",
        ],
        "malformed.invalid-json",
    ),
    (Defect::OkOnFailure, &["delivery.honest-status"], "delivery.honest-status"),
    (
        Defect::StrictEventList,
        &["accepts.audio-started", "accepts.audio-completed", "accepts.audio-errored", "accepts.unknown-type"],
        "accepts.audio-started",
    ),
    (Defect::StrictSchema, &["accepts.unknown-fields", "accepts.deprecated-fields"], "accepts.unknown-fields"),
    (Defect::WorksBeforeAnswering, &["delivery.answers-in-time"], "delivery.answers-in-time"),
    (Defect::SmallBodies, &["accepts.body-1m"], "accepts.body-1m"),
    (Defect::OtherHeaderNames, &["headers.renamed"], "header-names"),
    (Defect::CaseSensitiveHeaders, &["accepts.title-case-headers"], "accepts.title-case-headers"),
    (Defect::SignsBodyOnly, &["signature.body-only"], "signs-body-only"),
    (Defect::RefusesRepeats, &["delivery.duplicate"], "delivery.duplicate"),
    (Defect::UnknownJobs, &[], ""),
    (Defect::OtherSecret, &["accepts.signed-event"], "refuses-everything"),
    (Defect::Redirects, &["delivery.no-redirect"], "delivery.no-redirect"),
    (Defect::NoRoute, &["accepts.signed-event"], "no-route"),
    (Defect::FailsAtForged, &["signature.checked"], "signature.checked"),
    (Defect::HangsAtForged, &["signature.checked"], "signature.checked"),
    (Defect::Hangs, &["delivery.answers-in-time"], "hangs"),
    (Defect::AnswersTuple, &["delivery.honest-status"], "delivery.honest-status"),
    (Defect::SlowClock, &["accepts.signed-event"], "clock"),
    (Defect::Milliseconds, &["timestamp.milliseconds"], "timestamp-in-milliseconds"),
    (Defect::ShortWindow, &["accepts.late-delivery"], "window-too-short"),
    (Defect::NewlineSecret, &["signature.newline-secret"], "secret-newline"),
    (Defect::SignsAsPhp, &["accepts.signed-event"], "body-rewritten"),
    (Defect::SignsEmptyBody, &["accepts.signed-event"], "body-empty"),
    (Defect::SignsLatin1, &["accepts.raw-unicode"], "body-decoded"),
];

/// Defects that break no must: nothing forged is accepted, and no real event is lost.
const HARMLESS: [Defect; 6] = [
    Defect::SmallBodies,
    Defect::FailsOnGarbage,
    Defect::OkOnFailure,
    Defect::FailsAtForged,
    Defect::HangsAtForged,
    Defect::AnswersTuple,
];

/// A run, with what may differ from one to the next.
struct Run {
    timeout: Duration,
    job_id: Option<String>,
    side_effects: Option<String>,
    only: Vec<String>,
}

impl Default for Run {
    fn default() -> Self {
        Self { timeout: Duration::from_mins(1), job_id: None, side_effects: None, only: Vec::new() }
    }
}

impl Run {
    /// A handler that never answers is given up sooner; for others a busy machine is no reason to fail.
    fn against(defect: Defect) -> Self {
        let silent = [Defect::WorksBeforeAnswering, Defect::Hangs, Defect::HangsAtForged].contains(&defect);
        let timeout = if silent { 3 } else { 60 };
        Self { timeout: Duration::from_secs(timeout), ..Self::default() }
    }

    async fn report(&self, serving: &Serving) -> ConformanceReport {
        let shutdown = Shutdown::new();
        let target = serving.url.parse().unwrap();
        let handler = Handler {
            remote: Remote::new(target, &TlsOptions::default(), shutdown.clone()).unwrap(),
            secret: secret(),
            timeout: self.timeout,
            clock: Arc::new(SystemClock),
            job_id: self.job_id.clone(),
        };
        let selection = Selection { only: self.only.clone(), skip: Vec::new(), level: Level::May, burst: 20 };
        let suite = Suite {
            handler: Arc::new(handler),
            cases: selection.cases().unwrap(),
            concurrency: 4,
            burst: 20,
            side_effects: self.side_effects.clone(),
            timing: SuiteTiming { pause: Duration::from_millis(20), settle: Duration::from_millis(20) },
        };
        suite.run(&shutdown, |_, _| {}).await.unwrap()
    }
}

fn broken(report: &ConformanceReport) -> Vec<&'static str> {
    let broken = report.findings.iter().filter(|finding| matches!(finding.outcome, CaseOutcome::Broken(_)));
    broken.map(|finding| finding.case.id).collect()
}

#[tokio::test]
async fn each_defect_is_named_by_its_findings_and_by_no_others() {
    for (defect, expected, cause) in DEFECTS {
        let report = Run::against(defect).report(&Serving::start(defect).await).await;
        let (found, expected): (HashSet<_>, HashSet<_>) =
            (broken(&report).into_iter().collect(), expected.iter().copied().collect());
        assert_eq!(found, expected, "{defect:?}");
        let named = report.main_cause().map(|finding| finding.advice().name);
        assert_eq!(named.unwrap_or_default(), cause, "{defect:?}");
        for finding in &report.findings {
            if let CaseOutcome::Consequence(cause) = finding.outcome {
                assert!(found.contains(&cause), "{defect:?}: {} because of {cause}", finding.case.id);
            }
        }
        let decided = defect != Defect::UnknownJobs;
        let harmless = expected.is_empty() || HARMLESS.contains(&defect);
        assert_eq!(report.passes(Level::Must), decided && harmless, "{defect:?}");
        assert_eq!(report.passes(Level::Should), decided && expected.is_empty(), "{defect:?}");
    }
}

#[tokio::test]
async fn two_runs_find_the_same() {
    for defect in
        [Defect::None, Defect::NoTimestampCheck, Defect::SignsParsedBody, Defect::OkOnFailure, Defect::SlowClock]
    {
        let serving = Serving::start(defect).await;
        let mut runs = Vec::new();
        for _ in 0..2 {
            let report = Run::default().report(&serving).await;
            let answers = report.findings.iter().map(|finding| {
                let status = finding.observation.as_ref().and_then(|observation| observation.response.status());
                (finding.case.id, finding.outcome, status)
            });
            runs.push(answers.collect::<Vec<_>>());
        }
        assert_eq!(runs[0], runs[1], "{defect:?}");
    }
}

#[tokio::test]
async fn a_handler_that_knows_only_its_own_jobs_passes_with_one_of_them() {
    let serving = Serving::start(Defect::UnknownJobs).await;
    let run = Run { job_id: Some(KNOWN_JOB.to_owned()), ..Run::default() };
    assert_eq!(broken(&run.report(&serving).await), [""; 0]);
}

#[tokio::test]
async fn a_case_alone_is_put_even_if_another_would_settle_it() {
    let serving = Serving::start(Defect::NoVerification).await;
    let run = Run { only: vec!["timestamp.stale".to_owned()], ..Run::default() };
    assert_eq!(broken(&run.report(&serving).await), ["timestamp.stale"]);
}

#[cfg(unix)]
#[tokio::test]
async fn an_effect_is_seen_once_or_twice() {
    for (idempotent, expected) in [(true, &[][..]), (false, &["delivery.effect-once"])] {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let seen = Mutex::new(HashSet::new());
        let effect = move |body: &bytes::Bytes| {
            let event: Value = serde_json::from_slice(body).unwrap();
            let first = seen.lock().unwrap().insert(format!("{}:{}", event["payload"]["id"], event["type"]));
            if first || !idempotent {
                use std::io::Write;
                std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"+").unwrap();
            }
        };
        let serving = Serving::with_effect(Defect::None, Arc::new(effect)).await;
        let run = Run {
            side_effects: Some(format!("cat {}", file.path().display())),
            only: vec!["delivery.effect-once".to_owned()],
            ..Run::default()
        };
        assert_eq!(broken(&run.report(&serving).await), expected, "idempotent: {idempotent}");
    }
}

/// Runs the program, or a whole shell command that names it, away from the caller's settings.
#[cfg(unix)]
async fn shell(command: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_mh-hook"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let mut process = tokio::process::Command::new("sh");
    process.args(["-c", command]).env_clear().env("PATH", path).env("HOME", home.path()).current_dir(home.path());
    process.env("MAGIC_HOUR_WEBHOOK_SECRET", SECRET).kill_on_drop(true).output().await.unwrap()
}

#[cfg(unix)]
fn records(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[cfg(unix)]
#[tokio::test]
async fn each_command_that_is_printed_shows_the_answer_of_its_finding() {
    for (defect, expected, _) in DEFECTS {
        reproduce(defect, expected).await;
    }
}

#[cfg(unix)]
async fn reproduce(defect: Defect, expected: &[&str]) {
    let serving = Serving::start(defect).await;
    let (url, timeout) = (&serving.url, Run::against(defect).timeout.as_secs());
    let options = format!("--burst 5 --skip delivery.slow-body --timeout {timeout} --format json");
    let check = shell(&format!("mh-hook check {url} {options}")).await;
    let records = records(&check);
    let failed: Vec<_> = records.iter().filter(|record| record["outcome"] == "fail").collect();
    assert_eq!(failed.len(), expected.len(), "{defect:?}: {}", String::from_utf8_lossy(&check.stderr));
    for finding in failed {
        let command = finding["reproduce"].as_str().unwrap();
        let again = self::records(&shell(&format!("{command} --format json")).await);
        let answered = again.first().map(|record| &record["answered"]);
        assert_eq!(answered, Some(&finding["answered"]), "{defect:?}: {command}");
    }
    let harmless = expected.is_empty() || HARMLESS.contains(&defect);
    let passes = defect != Defect::UnknownJobs && harmless;
    assert_eq!(check.status.code(), Some(i32::from(!passes)), "{defect:?}");
}

#[cfg(unix)]
#[track_caller]
fn assert_ends(output: &Output, exit: i32, said: &str) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains(said), "{text}");
    assert_eq!(output.status.code(), Some(exit), "{text}");
}

#[cfg(unix)]
#[tokio::test]
async fn each_ending_has_its_exit_code() {
    let small = Serving::start(Defect::SmallBodies).await.url;
    let only = "--only accepts.body-1m";
    assert_ends(&shell(&format!("mh-hook check {small} {only}")).await, 0, "WARN");
    assert_ends(&shell(&format!("mh-hook check {small} {only} --fail-on should")).await, 1, "failed: 1 case");
    assert_ends(&shell(&format!("mh-hook check {small} --only accepts.boddy-1m")).await, 2, "accepts.body-1m");
    assert_ends(&shell(&format!("mh-hook check {small} {only} --level must")).await, 2, "no case is left");
    assert_ends(&shell("mh-hook check http://example.com/webhook").await, 2, "--yes-remote");
    assert_ends(&shell("mh-hook check http://127.0.0.1:1/webhook").await, 4, "refused the connection");
    assert_ends(&shell("mh-hook check --list --only timestamp.stale").await, 0, "an hour ago is refused");
    let failing = format!("mh-hook check {small} --only delivery.effect-once --side-effects 'exit 3'");
    assert_ends(&shell(&failing).await, 2, "cannot see side effects with `exit 3`");
}

#[cfg(unix)]
#[tokio::test]
async fn results_are_written_as_junit_too() {
    let url = Serving::start(Defect::OneSidedWindow).await.url;
    let output = shell(&format!("mh-hook check {url} --only timestmap --junit out.xml")).await;
    assert_ends(&output, 2, "no case is called 'timestmap'");
    let output = shell(&format!("mh-hook check -q {url} --only 'timestamp.*' --junit out.xml >&2; cat out.xml")).await;
    let xml = String::from_utf8(output.stdout).unwrap();
    assert!(xml.contains("tests=\"8\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
    assert!(xml.contains("<testcase name=\"timestamp.future\" classname=\"mh-hook.check.authenticates\""), "{xml}");
    assert!(xml.contains("again: mh-hook send video.completed --fault future-timestamp"), "{xml}");
}

/// `await req.text()` and `express.text()` drop the mark, so a handler that reads text accepts what the documentation's sample accepts.
#[test]
fn a_byte_order_mark_may_be_accepted_or_refused() {
    let case = catalogue::all().find(|case| case.id == "signature.byte-order-mark").unwrap();
    assert!(matches!((case.level, &case.expected), (Level::May, Expectation::Survived)));
}
