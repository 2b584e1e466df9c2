//! The end of a run, and the table of cases as a list.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::commands::check::conclusion::MainCause;
use crate::commands::check::render::role_of_grade;
use crate::commands::shared::context::Context;
use crate::commands::shared::list::{self, TableRow};
use crate::engine::conformance::case::{Case, Group, Level};
use crate::engine::conformance::report::{ConformanceReport, Count};
use crate::engine::receive::received::milliseconds;
use crate::error::Error;
use crate::output::{Cell, Record, Render, Role, Table, TextWriter, units};

/// The summary of a run.
pub(crate) struct CheckSummary<'a> {
    pub(crate) url: &'a str,
    pub(crate) report: &'a ConformanceReport,
    /// The level down to which rules have to hold.
    pub(crate) level: Level,
    pub(crate) cause: Option<&'a MainCause>,
}

impl Render for CheckSummary<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let mut table = Table::new().header(["group", "grade", "must", "should"]);
        let count = |Count { held, of }: Count| Cell::new(&format!("{held} of {of}")).right();
        for group_result in self.report.group_results() {
            let Some(grade) = group_result.grade else { continue };
            table.row([
                Cell::new(group_result.group.as_str()).role(Role::Strong),
                Cell::new(&grade.to_string()).role(role_of_grade(grade)),
                count(group_result.must),
                count(group_result.should),
            ]);
        }
        table.render(writer);
        let elapsed = units::duration(self.report.elapsed);
        let (musts, shoulds) = (self.report.broken(Level::Must), self.report.broken(Level::Should));
        let (role, word) = match (self.report.passes(self.level), musts + shoulds) {
            (true, _) => (Role::Success, "passed"),
            _ if self.report.is_interrupted() => (Role::Warning, "interrupted"),
            (false, 0) => (Role::Warning, "undecided"),
            (false, _) => (Role::Error, "failed"),
        };
        let asked = self.report.asked();
        writer.paint(role, word).push(": ");
        writer.push(&format!("{} asked in {elapsed}, ", units::counted(asked as u64, "case")));
        let broken = units::counted((musts + shoulds) as u64, "rule");
        writer.push(&format!("{broken} broken ({musts} must, {shoulds} should)"));
        let unasked = self.report.findings.len() - asked;
        if unasked > 0 {
            writer.push(&format!("; {unasked} not asked"));
        }
        writer.newline();
        if let Some(cause) = self.cause {
            if writer.is_pretty() {
                writer.newline();
            }
            cause.render(writer);
        }
    }
}

impl Serialize for CheckSummary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", self.url)?;
        map.serialize_entry("passed", &self.report.passes(self.level))?;
        map.serialize_entry("fail_on", &self.level)?;
        map.serialize_entry("undecided", &self.report.is_undecided())?;
        map.serialize_entry("interrupted", &self.report.is_interrupted())?;
        map.serialize_entry("cases", &self.report.asked())?;
        map.serialize_entry("not_asked", &(self.report.findings.len() - self.report.asked()))?;
        map.serialize_entry("broken_musts", &self.report.broken(Level::Must))?;
        map.serialize_entry("broken_shoulds", &self.report.broken(Level::Should))?;
        map.serialize_entry("groups", &self.report.group_results())?;
        map.serialize_entry("framework", &self.report.framework())?;
        map.serialize_entry("cause", &self.cause)?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.report.elapsed))?;
        map.end()
    }
}

impl Record for CheckSummary<'_> {
    const NAME: &'static str = "summary";
}

/// Lists cases instead of putting them.
pub(crate) fn list(cases: &[&'static Case], context: &Context) -> Result<(), Error> {
    list::print(&cases.iter().copied().map(CaseRow::of).collect::<Vec<_>>(), context)
}

#[derive(Serialize)]
struct CaseRow {
    id: &'static str,
    group: Group,
    level: Level,
    rule: &'static str,
    source: &'static str,
    why: &'static str,
    fix: &'static str,
}

impl CaseRow {
    const fn of(case: &Case) -> Self {
        let advice = case.advice;
        Self {
            id: case.id,
            group: case.group,
            level: case.level,
            rule: case.rule,
            source: advice.source,
            why: advice.why,
            fix: advice.fix,
        }
    }
}

impl Render for CaseRow {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.line(self.id);
    }
}

impl Record for CaseRow {
    const NAME: &'static str = "case";
}

impl TableRow for CaseRow {
    fn table() -> Table {
        Table::new().header(["case", "group", "level", "rule"]).wrapping()
    }

    fn cells(&self) -> Vec<Cell> {
        let (group, level) = (self.group.as_str(), self.level.as_str());
        vec![Cell::new(self.id).role(Role::Strong), Cell::new(group), Cell::new(level), Cell::new(self.rule)]
    }
}
