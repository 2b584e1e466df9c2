//! All findings of a run, counted and graded.

use std::time::Duration;

use serde::Serialize;

use crate::engine::conformance::baseline::Baseline;
use crate::engine::conformance::case::{Group, Level};
use crate::engine::conformance::finding::{CaseOutcome, Finding};

/// The findings of a run.
#[derive(Clone, Debug)]
pub struct ConformanceReport {
    /// The findings, in the order of the table.
    pub findings: Vec<Finding>,
    pub baseline: Baseline,
    /// Duration of the run.
    pub elapsed: Duration,
}

/// Count of rules of one level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub held: usize,
    /// All that were to be tried.
    pub of: usize,
}

/// The result of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupResult {
    pub group: Group,
    /// A to F; none where no rule was to be tried.
    pub grade: Option<char>,
    /// The rules that must hold.
    pub must: Count,
    /// The rules that should hold.
    pub should: Count,
}

impl Count {
    const fn all_hold(self) -> bool {
        self.held == self.of
    }

    const fn missing(self) -> usize {
        self.of - self.held
    }
}

impl GroupResult {
    /// A: all hold. B: all musts hold. C: at most a quarter of the musts are broken. D: at most half. F: more.
    const fn grade(must: Count, should: Count) -> Option<char> {
        Some(match must.missing() {
            _ if must.of + should.of == 0 => return None,
            0 if should.all_hold() => 'A',
            0 => 'B',
            missing if missing * 4 <= must.of => 'C',
            missing if missing * 2 <= must.of => 'D',
            _ => 'F',
        })
    }
}

impl ConformanceReport {
    /// The results of all groups.
    pub fn group_results(&self) -> Vec<GroupResult> {
        let of_group = |group| {
            let (must, should) = (self.count(group, Level::Must), self.count(group, Level::Should));
            GroupResult { group, grade: GroupResult::grade(must, should), must, should }
        };
        Group::ALL.into_iter().map(of_group).collect()
    }

    /// Whether every rule down to this level holds.
    pub fn passes(&self, level: Level) -> bool {
        self.findings.iter().filter(|finding| finding.case.level <= level).all(|finding| finding.outcome.is_good())
    }

    /// Count of broken rules of this level, without consequences.
    pub fn broken(&self, level: Level) -> usize {
        let broken =
            |finding: &&Finding| matches!(finding.outcome, CaseOutcome::Broken(_)) && finding.case.level == level;
        self.findings.iter().filter(broken).count()
    }

    /// The findings that are consequences of this one.
    pub fn consequences_of(&self, finding: &Finding) -> impl Iterator<Item = &Finding> {
        let id = finding.case.id;
        self.findings.iter().filter(move |finding| finding.outcome == CaseOutcome::Consequence(id))
    }

    fn count(&self, group: Group, level: Level) -> Count {
        let mut count = Count::default();
        for finding in self.findings.iter().filter(|f| f.case.group == group && f.case.level == level) {
            count.of += 1;
            count.held += usize::from(finding.outcome.is_good());
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, GroupResult};

    #[test]
    fn a_grade_falls_with_each_quarter_of_the_musts() {
        let grade = |held, shoulds| GroupResult::grade(Count { held, of: 8 }, Count { held: shoulds, of: 2 });
        let grades =
            [(8, 2), (8, 1), (7, 2), (6, 0), (5, 2), (4, 2), (3, 2), (0, 0)].map(|(must, should)| grade(must, should));
        assert_eq!(grades.map(Option::unwrap), ['A', 'B', 'C', 'C', 'D', 'D', 'F', 'F']);
        assert_eq!(GroupResult::grade(Count::default(), Count::default()), None);
    }
}
