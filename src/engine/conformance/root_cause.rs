//! The root causes: one defect becomes one finding, and its consequences refer to it.

use std::collections::HashMap;

use crate::engine::conformance::baseline::{Baseline, HandlerBehaviour};
use crate::engine::conformance::case::{BaselineRule, Probe};
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::finding::{CaseOutcome, Diagnosis, Finding};
use crate::engine::conformance::symptom::Symptom;

const REFUSES_ALL: Diagnosis = Diagnosis {
    why: "the handler refuses right deliveries just as it refuses forged ones: most likely it holds another secret (wrong secret), or it does not find the two headers",
    fix: "give both sides the same secret: `mh-hook secret show` prints the development secret, --secret-file names another; then see that the handler looks headers up without regard to case",
};

const NO_ROUTE: Diagnosis = Diagnosis {
    why: "nothing takes POST at this URL: right and forged deliveries get the same answer, that of a server that knows no such route",
    fix: "compare the path with the handler's routes, and see that no other program has this port",
};

const FAILS_ALL: Diagnosis = Diagnosis {
    why: "the handler fails at every request",
    fix: "see its own log; is MAGIC_HOUR_WEBHOOK_SECRET set in its environment?",
};

const EXPECTED_INSTEAD: Diagnosis = Diagnosis {
    why: "the handler accepts this and refuses what Magic Hour sends: every real event is lost",
    fix: "sign and verify as documented: HMAC-SHA256 over the timestamp header, '.', and the raw body, in lower-case hex, with headers magic-hour-event-signature and magic-hour-event-timestamp",
};

/// Settles which findings are consequences of others. The findings are in the order of the table.
pub(crate) fn assign_root_causes(findings: &mut [Finding], baseline: &Baseline) {
    watch(findings);
    follow(findings);
    explain(findings, baseline);
    shorten(findings);
}

/// Rules on all deliveries are broken by the first delivery that breaks them; the others that do are its consequences.
fn watch(findings: &mut [Finding]) {
    for at in 0..findings.len() {
        let Some(Probe::Watch(symptom)) = findings.get(at).map(|finding| finding.case.probe) else { continue };
        let shows = |finding: &Finding| {
            let any_delivery = matches!(symptom, Symptom::Dishonest | Symptom::RateLimited);
            finding.symptom() == Some(symptom)
                && (any_delivery || finding.case.expected == Expectation::Accepted)
                && finding.observation.is_some()
        };
        let Some(witness) = findings.iter().find(|finding| shows(finding)).cloned() else { continue };
        let Some(cause) = findings.get_mut(at) else { continue };
        cause.outcome = CaseOutcome::Broken(symptom);
        let id = cause.case.id;
        for finding in findings.iter_mut().filter(|finding| finding.case.id != id && shows(finding)) {
            finding.outcome = CaseOutcome::Consequence(id);
        }
        if let Some(cause) = findings.get_mut(at) {
            cause.observation = witness.observation;
            cause.witness = Some(witness.case);
        }
    }
}

/// A case that shows the same symptom as one that it follows is that one's consequence.
fn follow(findings: &mut [Finding]) {
    for at in 0..findings.len() {
        let Some((before, [finding, ..])) = findings.split_at_mut_checked(at) else { continue };
        let CaseOutcome::Broken(symptom) = finding.outcome else { continue };
        let cause = before
            .iter()
            .filter(|cause| finding.case.follows.contains(&cause.case.id) && cause.symptom() == Some(symptom))
            .find_map(|cause| match cause.outcome {
                CaseOutcome::Broken(_) => Some(cause.case.id),
                CaseOutcome::Consequence(id) => Some(id),
                _ => None,
            });
        if let Some(id) = cause {
            finding.outcome = CaseOutcome::Consequence(id);
        }
    }
}

/// Says more about a right delivery that was refused than that it was.
///
/// If a wrong one was accepted instead, that one is the cause: it shows what the handler expects. That others were
/// refused says nothing then, since everything is.
fn explain(findings: &mut [Finding], baseline: &Baseline) {
    let Some(root) = findings.iter().position(|finding| finding.case.is_on(BaselineRule::Accepts)) else { return };
    let refuses_all = baseline.behaviour == HandlerBehaviour::RefusesAll;
    let accepted = |finding: &Finding| finding.outcome == CaseOutcome::Broken(Symptom::WronglyAccepted);
    let cause = findings.iter().position(|finding| refuses_all && accepted(finding)).unwrap_or(root);
    let Some(finding) = findings.get_mut(cause) else { return };
    finding.diagnosis = if cause == root { diagnosis(baseline.behaviour) } else { Some(EXPECTED_INSTEAD) };
    let id = finding.case.id;
    for (at, finding) in findings.iter_mut().enumerate().filter(|_| refuses_all) {
        if at != cause && !accepted(finding) {
            finding.outcome = CaseOutcome::Consequence(id);
        }
    }
}

/// A consequence of a consequence is one of the cause itself.
fn shorten(findings: &mut [Finding]) {
    let causes: HashMap<&str, &'static str> = findings
        .iter()
        .filter_map(|finding| match finding.outcome {
            CaseOutcome::Consequence(cause) => Some((finding.case.id, cause)),
            _ => None,
        })
        .collect();
    for finding in findings {
        // At most as many steps as there are consequences: a ring would never end.
        for _ in 0..causes.len() {
            let CaseOutcome::Consequence(cause) = finding.outcome else { break };
            let Some(further) = causes.get(cause) else { break };
            finding.outcome = CaseOutcome::Consequence(further);
        }
    }
}

const fn diagnosis(behaviour: HandlerBehaviour) -> Option<Diagnosis> {
    match behaviour {
        HandlerBehaviour::RefusesAll => Some(REFUSES_ALL),
        HandlerBehaviour::NoRoute => Some(NO_ROUTE),
        HandlerBehaviour::FailsAll => Some(FAILS_ALL),
        _ => None,
    }
}
