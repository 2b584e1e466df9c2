//! The end of a report: the one cause, the lines of code that fix it, and the commands to go on with.

use serde::Serialize;

use crate::commands::check::reproduction::Reproduction;
use crate::engine::conformance::finding::{CaseOutcome, Diagnosis, Finding, NEEDS_SIDE_EFFECTS};
use crate::engine::conformance::fix_code::fix_code;
use crate::engine::conformance::report::ConformanceReport;
use crate::engine::conformance::server_framework::ServerFramework;
use crate::output::{Render, Role, TextWriter};

/// The column in which the parts start.
const INDENT: usize = 9;

/// The cause that explains most of what is broken.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MainCause {
    /// The case that shows it.
    id: &'static str,
    name: &'static str,
    why: String,
    fix: String,
    framework: Option<ServerFramework>,
    /// The lines that fix it in this framework.
    code: Option<&'static str>,
    /// The command that writes a handler without this mistake.
    init: String,
    /// The command that asks this one rule again.
    again: String,
}

impl MainCause {
    pub(crate) fn of(report: &ConformanceReport, reproduction: &Reproduction<'_>) -> Option<Self> {
        let finding: &Finding = report.main_cause()?;
        let Diagnosis { name, topic, why, fix } = finding.advice();
        let framework = report.framework();
        Some(Self {
            id: finding.case.id,
            name,
            why: why.into_owned(),
            fix: fix.into_owned(),
            framework,
            code: framework.and_then(|framework| fix_code(topic, framework)),
            init: framework
                .map_or_else(|| "mh-hook init".to_owned(), |framework| format!("mh-hook init {}", framework.init())),
            again: reproduction.again(finding.case.id),
        })
    }
}

impl Render for MainCause {
    fn render(&self, writer: &mut TextWriter<'_>) {
        part(writer, "cause", &self.why);
        part(writer, "fix", &self.fix);
        if !writer.is_pretty() {
            return;
        }
        if let (Some(framework), Some(code)) = (self.framework, self.code) {
            writer.newline().spaces(INDENT).paint(Role::Muted, &format!("in {}:", framework.name())).newline();
            for line in code.lines() {
                writer.spaces(INDENT + 2).paint(Role::Accent, line).newline();
            }
            writer.newline();
        }
        head(writer, "start");
        writer.push(&self.init);
        writer.paint(Role::Muted, "  writes a handler without this mistake").newline();
        head(writer, "again");
        writer.untrusted(&self.again).newline();
    }
}

fn head(writer: &mut TextWriter<'_>, name: &str) {
    writer.column(INDENT, |cell| cell.paint(Role::Strong, name));
}

fn part(writer: &mut TextWriter<'_>, name: &str, text: &str) {
    head(writer, name);
    writer.hanging(INDENT, text);
}

/// The remark on what was not asked for want of an option, if anything.
pub(crate) fn offer(report: &ConformanceReport) -> Option<&'static str> {
    let lacks = |option: &str| {
        report.findings.iter().any(|finding| matches!(finding.outcome, CaseOutcome::NotAsked(why) if why == option))
    };
    if report.is_undecided() {
        Some(
            "the handler answers 404 to jobs that it does not know: --id JOB names one that it knows, and asks the rest",
        )
    } else if lacks(NEEDS_SIDE_EFFECTS) {
        Some(
            "whether a repeated event has its effect once was not asked: --side-effects COMMAND looks, where the output \
             of COMMAND changes with each effect (a count in the database, `wc -l` of a log)",
        )
    } else {
        None
    }
}
