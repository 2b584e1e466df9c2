//! A case: one probe put to a handler, with the rule behind it and what to do when it is broken.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::request_spec::RequestSpec;
use crate::engine::conformance::symptom::Symptom;
use crate::engine::conformance::topic::RuleTopic;

/// The level of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Ignoring it loses events or accepts forged ones
    Must,
    /// Ignoring it causes trouble sooner or later
    Should,
    /// Either way is fine; the handler's choice is only reported
    May,
}

impl Level {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}

/// The topic of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Every event that Magic Hour may send is accepted.
    Accepts,
    /// Requests that Magic Hour did not send are refused.
    Authenticates,
    /// Signed but malformed bodies are refused without a crash.
    Malformed,
    /// Repeats, bursts, slow and broken connections do no harm.
    Delivery,
}

impl Group {
    /// All groups, in the order in which they are reported.
    pub const ALL: [Self; 4] = [Self::Accepts, Self::Authenticates, Self::Malformed, Self::Delivery];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Authenticates => "authenticates",
            Self::Malformed => "malformed",
            Self::Delivery => "delivery",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Source, reason and fix of a rule.
#[derive(Debug)]
pub struct Advice {
    /// The document that states the rule.
    pub source: &'static str,
    /// The part of a handler that the fix changes.
    pub topic: RuleTopic,
    /// The consequence of breaking it.
    pub why: &'static str,
    pub fix: &'static str,
}

/// The way in which a case is put to the handler.
#[derive(Clone, Copy, Debug)]
pub enum Probe {
    Deliver(RequestSpec),
    /// Deliveries one after another, over one connection where the handler keeps it open.
    Sequence(Sequence),
    /// A probe that needs more than deliveries.
    Special(Special),
    /// No request: the baseline answers it.
    Baseline(BaselineRule),
    /// No request: the rule is broken if any delivery that had to be accepted showed this symptom.
    Watch(Symptom),
}

/// Deliveries one after another.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    pub about: &'static str,
    /// Whether all belong to one job.
    pub one_job: bool,
    pub specs: &'static [RequestSpec],
}

/// A probe that needs more than a sequence of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Header names as `Magic-Hour-Event-Signature`.
    TitleCase,
    /// A body in two halves, a second apart.
    SlowBody,
    /// Clients that hang up in the middle of the body, and before the answer; then a delivery.
    Disconnect,
    /// `GET` instead of `POST`.
    Get,
    /// Many deliveries at once.
    Burst,
    /// The latency of the burst.
    BurstLatency,
    /// One delivery twice, and a command that shows what it did.
    EffectOnce,
}

/// A rule that the baseline answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaselineRule {
    /// Whether any right delivery is accepted.
    Accepts,
    /// Whether jobs that the handler does not know are accepted.
    UnknownJob,
    /// Whether a forged delivery is refused.
    Verifies,
}

/// One row of the table.
#[derive(Debug)]
pub struct Case {
    /// Its name, which never changes.
    pub id: &'static str,
    /// The topic of the rule.
    pub group: Group,
    /// The level of its rule.
    pub level: Level,
    /// The rule, as a sentence about handlers.
    pub rule: &'static str,
    pub probe: Probe,
    pub expected: Expectation,
    /// Why, and what to do.
    pub advice: &'static Advice,
    /// Cases whose failure explains the failure of this one.
    pub follows: &'static [&'static str],
}

impl Case {
    /// The same case at another level.
    pub(crate) const fn at(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The same case with the cases that explain its failure.
    pub(crate) const fn following(mut self, causes: &'static [&'static str]) -> Self {
        self.follows = causes;
        self
    }

    /// Whether this is what the baseline answers.
    pub fn is_on(&self, baseline: BaselineRule) -> bool {
        matches!(self.probe, Probe::Baseline(of) if of == baseline)
    }

    /// Whether it sends what has to be accepted.
    pub fn needs_acceptance(&self) -> bool {
        let asks = !matches!(self.probe, Probe::Baseline(_) | Probe::Watch(_));
        self.expected == Expectation::Accepted && asks
    }
}
