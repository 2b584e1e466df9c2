//! The text and the records of `doctor`.

use serde::Serialize;

use crate::engine::doctor::check::{DoctorCheck, Health};
use crate::output::{Record, Render, Role, TextWriter};

/// The width of the words for health.
const HEALTH_WIDTH: usize = 6;

/// The width of the names.
const NAME_WIDTH: usize = 16;

impl Render for DoctorCheck {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let (role, word) = match self.health {
            Health::Good => (Role::Success, "ok"),
            Health::Absent => (Role::Muted, "-"),
            Health::Doubtful => (Role::Warning, "look"),
            Health::Bad => (Role::Error, "BAD"),
        };
        writer.paint(role, word).spaces(HEALTH_WIDTH - word.len());
        let indent = HEALTH_WIDTH + NAME_WIDTH;
        writer.push(self.name).spaces(NAME_WIDTH.saturating_sub(self.name.len()).max(1)).hanging(indent, &self.found);
        if let Some(advice) = &self.advice {
            writer.spaces(indent).hanging_as(Role::Muted, indent, advice);
        }
    }
}

impl Record for DoctorCheck {
    const NAME: &'static str = "doctor";
}

/// The sum of all checks.
#[derive(Serialize)]
pub(super) struct DoctorSummary {
    good: usize,
    absent: usize,
    doubtful: usize,
    bad: usize,
}

impl DoctorSummary {
    pub(super) fn of(checks: &[DoctorCheck]) -> Self {
        let count = |health| checks.iter().filter(|check| check.health == health).count();
        Self {
            good: count(Health::Good),
            absent: count(Health::Absent),
            doubtful: count(Health::Doubtful),
            bad: count(Health::Bad),
        }
    }

    pub(super) const fn has_bad(&self) -> bool {
        self.bad > 0
    }
}

impl Render for DoctorSummary {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.push(&format!("{} ok, {} to look at, {} bad", self.good, self.doubtful, self.bad)).newline();
    }
}

impl Record for DoctorSummary {
    const NAME: &'static str = "summary";
}
