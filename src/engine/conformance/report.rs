//! All findings of a run, counted and graded.

use std::time::Duration;

use serde::Serialize;

use crate::engine::conformance::baseline::Baseline;
use crate::engine::conformance::case::{Group, Level};
use crate::engine::conformance::finding::{CaseOutcome, Finding, INTERRUPTED, NEEDS_JOB};
use crate::engine::conformance::observation::Response;
use crate::engine::conformance::server_framework::{ServerFramework, recognise};

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
    /// All that were asked.
    pub of: usize,
}

/// The result of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupResult {
    pub group: Group,
    /// A to F; none where no rule was asked.
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

    /// Whether no rule down to this level is broken, and enough was asked to say so.
    pub fn passes(&self, level: Level) -> bool {
        let broken = |finding: &Finding| finding.is_broken() && self.level_of(finding) <= level;
        !self.findings.iter().any(broken) && !self.is_undecided() && !self.is_interrupted()
    }

    /// The severity of a finding: a consequence binds no more than its cause.
    fn level_of(&self, finding: &Finding) -> Level {
        let cause = match finding.outcome {
            CaseOutcome::Consequence(id) => self.findings.iter().find(|cause| cause.case.id == id),
            _ => None,
        };
        cause.map_or(finding.level(), |cause| finding.level().max(cause.level()))
    }

    /// Whether the handler knows no job of this run, so that little could be asked.
    pub fn is_undecided(&self) -> bool {
        self.findings.iter().any(|finding| finding.outcome == CaseOutcome::NotAsked(NEEDS_JOB))
    }

    /// Whether the run was stopped before all cases were put.
    pub fn is_interrupted(&self) -> bool {
        self.findings.iter().any(|finding| finding.outcome == CaseOutcome::NotAsked(INTERRUPTED))
    }

    /// Count of cases that were put to the handler.
    pub fn asked(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_asked()).count()
    }

    /// Count of cases of a group that were not put.
    pub fn not_asked(&self, group: Group) -> usize {
        self.findings.iter().filter(|finding| finding.case.group == group && !finding.is_asked()).count()
    }

    /// Count of broken rules of this level, without consequences.
    pub fn broken(&self, level: Level) -> usize {
        let broken = |finding: &&Finding| matches!(finding.outcome, CaseOutcome::Broken(_)) && finding.level() == level;
        self.findings.iter().filter(broken).count()
    }

    /// The finding that explains most: of the broken ones that bind most, the one with the most consequences.
    pub fn main_cause(&self) -> Option<&Finding> {
        let broken = self.findings.iter().filter(|finding| matches!(finding.outcome, CaseOutcome::Broken(_)));
        // `min_by_key` keeps the first of equals, which is first in the table.
        broken.min_by_key(|finding| {
            let explained = finding.diagnosis.is_none();
            (finding.level(), explained, std::cmp::Reverse(self.consequences_of(finding).count()))
        })
    }

    /// The framework that answers, if its answers give it away.
    pub fn framework(&self) -> Option<ServerFramework> {
        let of_run = self.findings.iter().filter_map(|finding| finding.observation.as_ref());
        let all = of_run.chain([&self.baseline.right, &self.baseline.forged]).chain(&self.baseline.clue);
        let answers: Vec<_> = all
            .filter_map(|observation| match &observation.response {
                Response::Answer(answer) => Some(answer),
                _ => None,
            })
            .collect();
        recognise(&answers)
    }

    /// The findings that are consequences of this one.
    pub fn consequences_of(&self, finding: &Finding) -> impl Iterator<Item = &Finding> {
        let id = finding.case.id;
        self.findings.iter().filter(move |finding| finding.outcome == CaseOutcome::Consequence(id))
    }

    fn count(&self, group: Group, level: Level) -> Count {
        let mut count = Count::default();
        for finding in self.findings.iter().filter(|f| f.is_asked() && f.case.group == group && f.level() == level) {
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
