//! Findings as text and JSON: a line for each rule that holds, a block for each that does not.

use serde::{Serialize, Serializer};

use crate::commands::check::reproduction::Reproduction;
use crate::engine::conformance::case::Level;
use crate::engine::conformance::finding::{CaseOutcome, Diagnosis, Finding};
use crate::engine::conformance::observation::{Answered, Observation, Response};
use crate::engine::conformance::report::{ConformanceReport, GroupResult};
use crate::output::{Record, Render, Role, TextWriter, units};

/// The column in which the parts of a block start.
const INDENT: usize = 17;
/// The width of the column of ids.
const ID_WIDTH: usize = 30;
/// The number of consequences that are named; -v shows a line for each.
const CONSEQUENCES: usize = 4;
/// The number of bytes shown of an answer.
const ANSWER: usize = 120;

/// A group with its findings.
pub(crate) struct GroupText<'a> {
    pub(crate) group_result: &'a GroupResult,
    pub(crate) report: &'a ConformanceReport,
    pub(crate) reproduction: &'a Reproduction<'a>,
    /// Whether rules that hold are shown too.
    pub(crate) everything: bool,
}

impl Render for GroupText<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let GroupResult { group, grade, must, should } = self.group_result;
        let unasked = self.report.not_asked(*group);
        let Some(grade) = grade else {
            if unasked > 0 {
                writer.paint(Role::Strong, group.as_str()).push("  ");
                writer
                    .paint(Role::Muted, &format!("-  {} not asked", units::counted(unasked as u64, "case")))
                    .newline();
                if writer.is_pretty() {
                    writer.newline();
                }
            }
            return;
        };
        writer.paint(Role::Strong, group.as_str()).push("  ");
        writer.paint(role_of_grade(*grade), &grade.to_string());
        writer.paint(Role::Muted, &format!("  {} of {} musts", must.held, must.of));
        if should.of > 0 {
            writer.paint(Role::Muted, &format!(", {} of {} shoulds", should.held, should.of));
        }
        if unasked > 0 {
            writer.paint(Role::Muted, &format!(", {unasked} not asked"));
        }
        writer.newline();
        let mut explained: Vec<&Finding> = Vec::new();
        for finding in self.report.findings.iter().filter(|finding| finding.case.group == *group) {
            let everything = self.everything || !writer.is_pretty();
            let like = explained.iter().find(|earlier| is_alike(earlier, finding)).map(|earlier| earlier.case.id);
            let Self { report, reproduction, .. } = *self;
            FindingText { finding, report, reproduction, everything, like }.render(writer);
            if matches!(finding.outcome, CaseOutcome::Broken(_)) {
                explained.push(finding);
            }
        }
        if writer.is_pretty() {
            writer.newline();
        }
    }
}

/// Whether two findings have the same to say: why it matters, and what to do.
fn is_alike(a: &Finding, b: &Finding) -> bool {
    a.outcome == b.outcome && a.advice() == b.advice()
}

pub(crate) const fn role_of_grade(grade: char) -> Role {
    match grade {
        'A' => Role::Success,
        'B' | 'C' => Role::Warning,
        _ => Role::Error,
    }
}

pub(crate) struct FindingText<'a> {
    pub(crate) finding: &'a Finding,
    pub(crate) report: &'a ConformanceReport,
    pub(crate) reproduction: &'a Reproduction<'a>,
    /// Whether it is shown although there is nothing to say.
    pub(crate) everything: bool,
    /// The finding that has said already why this matters and what to do.
    pub(crate) like: Option<&'static str>,
}

impl Render for FindingText<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let Finding { case, outcome, .. } = self.finding;
        let broken = matches!(outcome, CaseOutcome::Broken(_));
        if broken && writer.is_pretty() {
            return self.block(writer);
        }
        if !self.everything && !broken && *outcome != CaseOutcome::Noted {
            return;
        }
        let (role, word) = mark(self.finding);
        writer.spaces(2).column(6, |cell| cell.paint(role, word));
        writer.column(ID_WIDTH, |cell| cell.push(case.id)).spaces(1);
        match (outcome, &self.finding.observation) {
            (CaseOutcome::Consequence(cause), _) => _ = writer.paint(Role::Muted, &format!("see {cause}")),
            (CaseOutcome::NotAsked(reason), _) => _ = writer.paint(Role::Muted, &CaseOutcome::not_asked(reason)),
            (_, Some(observation)) => came_back(writer, observation, ""),
            (_, None) => _ = writer.paint(Role::Muted, "nothing to the contrary was seen"),
        }
        writer.newline();
    }
}

impl FindingText<'_> {
    fn block(&self, writer: &mut TextWriter<'_>) {
        let Finding { case, observation, .. } = self.finding;
        let (role, word) = mark(self.finding);
        writer.newline().spaces(2).column(6, |cell| cell.paint(role, word));
        writer.column(ID_WIDTH, |cell| cell.paint(Role::Accent, case.id)).spaces(1);
        writer.paint(Role::Muted, self.finding.level().as_str()).newline();
        part(writer, "rule", case.rule);
        if let Some(observation) = observation {
            part(writer, "sent", &observation.sent);
            head(writer, "got");
            came_back(writer, observation, &format!(", not {}", case.expected));
            writer.newline();
        }
        let Diagnosis { why, fix, .. } = self.finding.advice();
        if let Some(id) = self.like {
            part(writer, "fix", &format!("as for {id}"));
        } else {
            part(writer, "why", &why);
            part(writer, "fix", &fix);
            part(writer, "source", self.finding.case.advice.source);
        }
        let consequences: Vec<&str> =
            self.report.consequences_of(self.finding).map(|finding| finding.case.id).collect();
        if !consequences.is_empty() {
            let shown: Vec<&str> = consequences.iter().take(CONSEQUENCES).copied().collect();
            let rest = consequences.len() - shown.len();
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            part(writer, "hence", &format!("{}{more}", shown.join(", ")));
        }
        head(writer, "again");
        writer.untrusted(&self.reproduction.command(self.finding)).newline();
    }
}

/// The word for what became of a case.
fn mark(finding: &Finding) -> (Role, &'static str) {
    match (finding.outcome, finding.level()) {
        (CaseOutcome::Held, _) => (Role::Success, "ok"),
        (CaseOutcome::Noted, _) => (Role::Accent, "note"),
        (CaseOutcome::Broken(_), Level::Must) => (Role::Error, "FAIL"),
        (CaseOutcome::Broken(_), _) => (Role::Warning, "WARN"),
        (CaseOutcome::Consequence(_), _) => (Role::Muted, "hence"),
        (CaseOutcome::NotAsked(_), _) => (Role::Muted, "-"),
    }
}

fn head(writer: &mut TextWriter<'_>, name: &str) {
    writer.spaces(8).column(INDENT - 8, |cell| cell.paint(Role::Muted, name));
}

/// One part of a block, in lines that fit.
fn part(writer: &mut TextWriter<'_>, name: &str, text: &str) {
    head(writer, name);
    writer.hanging(INDENT, text);
}

fn came_back(writer: &mut TextWriter<'_>, observation: &Observation, expected: &str) {
    let Observation { response, elapsed, .. } = observation;
    match response {
        Response::Answer(Answered { status, body, .. }) => {
            let role = if (200..300).contains(status) { Role::Success } else { Role::Warning };
            writer.paint(role, &status.to_string()).push(" in ").push(&units::duration(*elapsed)).push(expected);
            let shown = body.get(..ANSWER).unwrap_or(body);
            if !shown.is_empty() {
                writer.spaces(2).untrusted_bytes(shown).push(if shown.len() < body.len() { "…" } else { "" });
            }
        }
        Response::NoAnswer { failure, message } => {
            writer.paint(Role::Error, "no answer").push(&format!(" ({failure}): ")).untrusted(message);
        }
        Response::Measured { text, .. } => _ = writer.untrusted(text),
    }
}

/// A finding with the command that shows it again.
#[derive(Serialize)]
struct Reproducible<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    reproduce: String,
}

impl Serialize for FindingText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reproduce = self.reproduction.command(self.finding);
        Reproducible { finding: self.finding, reproduce }.serialize(serializer)
    }
}

impl Record for FindingText<'_> {
    const NAME: &'static str = "finding";
}
