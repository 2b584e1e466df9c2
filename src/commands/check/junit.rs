//! Findings as test results, for CI systems.

use crate::commands::check::reproduction::Reproduction;
use crate::engine::conformance::case::Level;
use crate::engine::conformance::finding::{CaseOutcome, Diagnosis, Finding};
use crate::engine::conformance::observation::Response;
use crate::engine::conformance::report::ConformanceReport;
use crate::output::junit::{TestCase, TestOutcome, TestSuite};

/// A test for each case. What is broken and does not make the run fail is skipped, so that CI agrees with the exit code.
pub(crate) fn junit(url: &str, report: &ConformanceReport, level: Level, reproduction: &Reproduction<'_>) -> TestSuite {
    let case = |finding: &Finding| TestCase {
        name: finding.case.id.to_owned(),
        classname: format!("mh-hook.check.{}", finding.case.group),
        time: finding.observation.as_ref().map(|observation| observation.elapsed).unwrap_or_default(),
        outcome: outcome(finding, level, reproduction),
    };
    TestSuite { name: format!("mh-hook check {url}"), cases: report.findings.iter().map(case).collect() }
}

fn outcome(finding: &Finding, level: Level, reproduction: &Reproduction<'_>) -> TestOutcome {
    let message = match finding.outcome {
        CaseOutcome::Held | CaseOutcome::Noted => return TestOutcome::Passed,
        CaseOutcome::NotAsked(reason) => return TestOutcome::Skipped(CaseOutcome::not_asked(reason)),
        CaseOutcome::Consequence(cause) => return TestOutcome::Skipped(format!("a consequence of {cause}")),
        CaseOutcome::Broken(_) => format!("{}: {}", finding.case.rule, got(finding)),
    };
    if finding.level() > level {
        return TestOutcome::Skipped(format!("{}, {message}", finding.level().as_str()));
    }
    let Diagnosis { why, fix, .. } = finding.advice();
    let sent = finding.observation.as_ref().map_or("", |observation| observation.sent.as_str());
    let again = reproduction.command(finding);
    let details = format!(
        "rule: {}\nsent: {sent}\ngot: {}\nwhy: {why}\nfix: {fix}\nagain: {again}\n",
        finding.case.rule,
        got(finding)
    );
    TestOutcome::Failed { message, details }
}

fn got(finding: &Finding) -> String {
    match finding.observation.as_ref().map(|observation| &observation.response) {
        None => "nothing was sent".to_owned(),
        Some(Response::Answer(answer)) => format!("got {}, not {}", answer.status, finding.case.expected),
        Some(Response::NoAnswer { message, .. }) => message.clone(),
        Some(Response::Measured { text, .. }) => text.clone(),
    }
}
