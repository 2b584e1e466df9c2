//! The answer to a case.

use std::borrow::Cow;

use crate::engine::conformance::case::{Case, Level};
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::observation::Observation;
use crate::engine::conformance::symptom::Symptom;
use crate::engine::conformance::topic::RuleTopic;

/// The outcome of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseOutcome {
    Held,
    /// The rule leaves it open, and what the handler does is worth a word.
    Noted,
    /// The rule is broken.
    Broken(Symptom),
    /// The rule is broken, and the case of this id says why.
    Consequence(&'static str),
    /// The case was not put: the case of this id, or the lack of this option, is the reason.
    NotAsked(&'static str),
}

impl CaseOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "pass",
            Self::Noted => "note",
            Self::Broken(_) => "fail",
            Self::Consequence(_) => "consequence",
            Self::NotAsked(_) => "not-asked",
        }
    }

    /// The reason for which a case was not put, in words.
    pub fn not_asked(reason: &str) -> String {
        if reason == INTERRUPTED { "not asked: interrupted".to_owned() } else { format!("not asked: see {reason}") }
    }

    /// Whether the rule was shown to hold.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Held | Self::Noted)
    }
}

/// The option that lets a handler be asked which answers 404 to jobs that it does not know.
pub const NEEDS_JOB: &str = "--id";

/// The reason for which cases of a run that was stopped were not put.
pub const INTERRUPTED: &str = "interrupted";

/// The option that lets a handler be asked whether a repeated event has its effect once.
pub const NEEDS_SIDE_EFFECTS: &str = "--side-effects";

/// The cause of a window that is shorter than a second.
pub(crate) const SHORT_WINDOW: &str = "window-too-short";

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The stable name of the cause; the id of the case where nothing more is known.
    pub name: &'static str,
    /// The part of the handler that the fix changes.
    pub topic: RuleTopic,
    /// The meaning of the failure.
    pub why: Cow<'static, str>,
    pub fix: Cow<'static, str>,
}

impl Diagnosis {
    pub(crate) const fn new(name: &'static str, topic: RuleTopic, why: &'static str, fix: &'static str) -> Self {
        Self { name, topic, why: Cow::Borrowed(why), fix: Cow::Borrowed(fix) }
    }

    /// A diagnosis with a reason that was measured.
    pub(crate) const fn found(name: &'static str, topic: RuleTopic, why: String, fix: &'static str) -> Self {
        Self { name, topic, why: Cow::Owned(why), fix: Cow::Borrowed(fix) }
    }
}

const CRASHES: &str = "nothing forged is accepted, but the handler crashes (5xx) instead of refusing: anyone can fill its log with errors, in the midst of which real ones are missed";
const HANGS: &str = "nothing forged is accepted, but the handler gives no answer instead of refusing: anyone can tie up its connections";

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

    /// A case that was not put: the case of this id says all there is to say, or an option is missing.
    pub const fn not_put(case: &'static Case, reason: &'static str) -> Self {
        Self { case, outcome: CaseOutcome::NotAsked(reason), observation: None, witness: None, diagnosis: None }
    }

    /// The symptom, whether this finding is a cause or a consequence.
    pub fn symptom(&self) -> Option<Symptom> {
        match self.outcome {
            CaseOutcome::Broken(symptom) => Some(symptom),
            _ => self.observation.as_ref().and_then(|observation| self.case.expected.judge(observation)),
        }
    }

    /// Whether the case was put to the handler.
    pub const fn is_asked(&self) -> bool {
        !matches!(self.outcome, CaseOutcome::NotAsked(_))
    }

    /// Whether the rule is broken, as a cause or as a consequence.
    pub const fn is_broken(&self) -> bool {
        matches!(self.outcome, CaseOutcome::Broken(_) | CaseOutcome::Consequence(_))
    }

    /// The severity of the rule in this run: a handler that crashes where it should refuse accepts nothing forged.
    pub fn level(&self) -> Level {
        match &self.diagnosis {
            // Most real events are lost, not only late ones.
            Some(diagnosis) if diagnosis.name == SHORT_WINDOW => Level::Must,
            _ if self.refuses_badly() => self.case.level.max(Level::Should),
            _ => self.case.level,
        }
    }

    /// Whether what must be refused is refused, by a crash or by silence.
    fn refuses_badly(&self) -> bool {
        let accident = matches!(self.symptom(), Some(Symptom::Failed | Symptom::NoAnswer | Symptom::TooSlow));
        self.case.expected == Expectation::Refused && accident
    }

    /// Why the rule matters, and what to do.
    pub fn advice(&self) -> Diagnosis {
        let advice = self.case.advice;
        let why = match self.symptom() {
            Some(Symptom::TooSlow) if self.refuses_badly() => HANGS,
            Some(_) if self.refuses_badly() => CRASHES,
            _ => advice.why,
        };
        self.diagnosis.clone().unwrap_or(Diagnosis::new(self.case.id, advice.topic, why, advice.fix))
    }
}
