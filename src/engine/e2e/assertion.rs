//! The checks that a trial answers.
//!
//! A new check is a variant of [`Check`], a row of `CHECKS`, and an arm in `judge.rs`, which the compiler asks for.

/// One check, and its answer for one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub check: Check,
    pub outcome: CheckOutcome,
    /// Finding, or the reason for its absence; may hold received text.
    pub found: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It is as it should be.
    Pass,
    Fail,
    /// It could not be judged, or need not be.
    Skipped,
}

impl CheckOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// Check of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Did the API take the job?
    Accepted,
    /// Did the job complete?
    Rendered,
    /// Did the started event come?
    Started,
    /// Did the event of the end come?
    Finished,
    /// Were all deliveries signed with the secret?
    Signature,
    /// Were all events as specified?
    Schema,
    /// Did the started event come before that of the end?
    Order,
    /// Does the details endpoint say what the webhook said?
    Details,
    /// Were the links good?
    Links,
    /// Can the outputs be downloaded, and are they what they should be?
    Outputs,
    /// Did the event of the end come soon after it?
    Latency,
    /// Did the handler answer as it should?
    Handler,
}

/// Every check in the order in which it is answered: its stable name, and the rule behind it.
#[rustfmt::skip]
const CHECKS: [(Check, &str, &str); 12] = [
    (Check::Accepted,  "accepted",  "Magic Hour accepts the job"),
    (Check::Rendered,  "rendered",  "the job completes"),
    (Check::Started,   "started",   "a webhook reports the start of the job (optional for images)"),
    (Check::Finished,  "finished",  "a webhook reports the end of the job"),
    (Check::Signature, "signature", "every delivery is signed with the secret"),
    (Check::Schema,    "schema",    "every event has the fields and values of the specification"),
    (Check::Order,     "order",     "the started event comes before that of the end, which is usual and not promised"),
    (Check::Details,   "details",   "the webhook says the same as the details endpoint"),
    (Check::Links,     "links",     "links to the outputs have not expired"),
    (Check::Outputs,   "outputs",   "outputs can be downloaded, and are of the right media type"),
    (Check::Latency,   "latency",   "the event of the end comes within 10 s of it"),
    (Check::Handler,   "handler",   "the handler answers every delivery 2xx within 10 s"),
];

impl Check {
    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        CHECKS.into_iter().map(|(check, ..)| check)
    }

    pub fn as_str(self) -> &'static str {
        CHECKS.into_iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    /// The rule behind it.
    pub fn rule(self) -> &'static str {
        CHECKS.into_iter().find(|(known, ..)| *known == self).map_or("", |(.., rule)| rule)
    }

    pub(super) fn pass(self, found: impl Into<String>) -> Judgement {
        Judgement { check: self, outcome: CheckOutcome::Pass, found: found.into() }
    }

    pub(super) fn fail(self, found: impl Into<String>) -> Judgement {
        Judgement { check: self, outcome: CheckOutcome::Fail, found: found.into() }
    }

    pub(super) fn skip(self, why: impl Into<String>) -> Judgement {
        Judgement { check: self, outcome: CheckOutcome::Skipped, found: why.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Check;

    #[test]
    fn every_question_has_a_name_and_a_rule() {
        assert_eq!(Check::all().count(), 12);
        assert!(Check::all().all(|check| !check.as_str().is_empty() && !check.rule().is_empty()));
    }
}
