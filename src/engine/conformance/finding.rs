//! The answer to a case.

use crate::engine::conformance::case::{Case, Level};
use crate::engine::conformance::observation::Observation;
use crate::engine::conformance::symptom::Symptom;

/// The outcome of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseOutcome {
    Held,
    /// The rule leaves it open, and what the handler does is worth a word.
    Noted,
    /// The rule is broken.
    Broken(Symptom),
    /// The rule is broken, or could not be tried, and the case of this id says why.
    Consequence(&'static str),
}

impl CaseOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "pass",
            Self::Noted => "note",
            Self::Broken(_) => "fail",
            Self::Consequence(_) => "consequence",
        }
    }

    /// Whether the rule was shown to hold.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Held | Self::Noted)
    }
}

/// A case, and what became of it.
#[derive(Clone, Debug)]
pub struct Finding {
    pub case: &'static Case,
    pub outcome: CaseOutcome,
    /// The observation; `None` if the case was not run.
    pub observation: Option<Observation>,
    /// For a rule on all deliveries, the case whose delivery broke it.
    pub witness: Option<&'static Case>,
    /// Why and what to do, where more is known than the case's advice says.
    pub diagnosis: Option<Diagnosis>,
}

/// Why a rule is broken in this run, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The meaning of the failure.
    pub why: &'static str,
    pub fix: &'static str,
}

impl Finding {
    /// A finding on what was seen, by itself.
    pub fn of(case: &'static Case, observation: Option<Observation>) -> Self {
        let symptom = observation.as_ref().and_then(|observation| case.expected.judge(observation));
        let outcome = match symptom {
            Some(symptom) => CaseOutcome::Broken(symptom),
            None if case.level == Level::May => CaseOutcome::Noted,
            None => CaseOutcome::Held,
        };
        Self { case, outcome, observation, witness: None, diagnosis: None }
    }

    /// A case that was not put, since the one of this id says all there is to say.
    pub const fn not_put(case: &'static Case, root: &'static str) -> Self {
        Self { case, outcome: CaseOutcome::Consequence(root), observation: None, witness: None, diagnosis: None }
    }

    /// The symptom, whether this finding is a cause or a consequence.
    pub fn symptom(&self) -> Option<Symptom> {
        match self.outcome {
            CaseOutcome::Broken(symptom) => Some(symptom),
            _ => self.observation.as_ref().and_then(|observation| self.case.expected.judge(observation)),
        }
    }

    /// Why the rule matters, and what to do.
    pub fn advice(&self) -> Diagnosis {
        self.diagnosis.unwrap_or(Diagnosis { why: self.case.advice.why, fix: self.case.advice.fix })
    }
}
