//! The root causes: one defect becomes one finding, and its consequences refer to it.

use std::collections::HashMap;

use crate::engine::conformance::advice::RAW_BODY;
use crate::engine::conformance::baseline::{Baseline, HandlerBehaviour, LATE_DELIVERY};
use crate::engine::conformance::case::{BaselineRule, Group, Probe};
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::finding::{CaseOutcome, Diagnosis, Finding, NEEDS_JOB};
use crate::engine::conformance::symptom::Symptom;
use crate::engine::conformance::topic::RuleTopic;

const REFUSES_ALL: Diagnosis = Diagnosis::new(
    "refuses-everything",
    RuleTopic::Secret,
    "the handler refuses right deliveries just as it refuses forged ones, and no form of signature that was tried is accepted: most likely it holds another secret (wrong secret), or it does not find the two headers",
    "give both sides the same secret: `mh-hook secret show` prints the development secret, --secret-file names another; then see that the handler looks headers up without regard to case",
);

const NO_ROUTE: Diagnosis = Diagnosis::new(
    "no-route",
    RuleTopic::Other,
    "nothing takes POST at this URL: right and forged deliveries get the same answer, that of a server that knows no such route",
    "compare the path with the handler's routes, and see that no other program has this port",
);

const FAILS_ALL: Diagnosis = Diagnosis::new(
    "fails-at-everything",
    RuleTopic::RawBody,
    "the handler crashes at every request (5xx, or the connection breaks off), before it can distinguish a right one from a forged one: often it has no raw body to verify, or no secret",
    "see its own log; is MAGIC_HOUR_WEBHOOK_SECRET set in its environment, and does it read the body as bytes?",
);

const HANGS: Diagnosis = Diagnosis::new(
    "hangs",
    RuleTopic::AnswerFirst,
    "the handler accepts the connection and gives no answer, neither to right deliveries nor to forged ones",
    "see that every path through the handler answers: a missing response, an await that never ends, a lock that is held",
);

const LATIN_1: Diagnosis = Diagnosis::new(
    "body-decoded",
    RuleTopic::RawBody,
    "only the event with characters outside ASCII is refused: the body is turned into text in another encoding than UTF-8 (Latin-1, or that of the system) before it is verified",
    "verify the bytes of the body, without turning them into text first",
);

const ESCAPED_AMPERSANDS: Diagnosis = Diagnosis::new(
    "body-rewritten",
    RuleTopic::RawBody,
    "the handler parses the body and verifies what it writes again with & as \\u0026, as Go, Rails and .NET do: events with signed links are refused",
    "verify the bytes of the body as they came, and parse them afterwards",
);

const REWRITES_COMPACT: Diagnosis = Diagnosis::new(
    "body-rewritten",
    RuleTopic::RawBody,
    "the handler parses the body and verifies what it writes again, compact, as JSON.stringify does: other bytes as soon as Magic Hour writes a space or an escape differently",
    "verify the bytes of the body as they came, and parse them afterwards",
);

const REWRITES_SPACED: Diagnosis = Diagnosis::new(
    "body-rewritten",
    RuleTopic::RawBody,
    "the handler parses the body and verifies what it writes again with a space after each colon and comma, as Python's json.dumps does: Magic Hour's own bytes are refused",
    "verify the bytes of the body as they came, and parse them afterwards",
);

/// The form that a handler expects instead, by the case that it accepts wrongly while it refuses right deliveries.
#[rustfmt::skip]
static EXPECTED_INSTEAD: [(&str, &str, RuleTopic, &str, &str); 11] = [
    ("timestamp.milliseconds", "timestamp-in-milliseconds", RuleTopic::Window, "the handler takes the timestamp for milliseconds: real events, in seconds, are decades old to it", "multiply nothing and compare seconds: Math.abs(Date.now() / 1000 - timestamp) <= 300"),
    ("signature.newline-secret", "secret-newline", RuleTopic::Secret, "the handler holds the secret with a line break after it, as a file or a variable gives it", "trim the secret where it is read"),
    ("signature.quoted-secret", "secret-quotes", RuleTopic::Secret, "the handler holds the secret with quotes around it, as some .env readers leave them", "take the quotes out of the file that holds the secret, or trim them where it is read"),
    ("signature.base64", "signature-base64", RuleTopic::Signature, "the handler computes the signature in base64; Magic Hour sends lower-case hex", "compare hex: digest(\"hex\"), hexdigest()"),
    ("signature.prefixed", "signature-prefix", RuleTopic::Signature, "the handler expects 'sha256=' before the signature, as GitHub sends it; Magic Hour sends the hex digits alone", "compare the header as it is, without a prefix"),
    ("signature.versioned", "signature-prefix", RuleTopic::Signature, "the handler expects 'v1=' before the signature, as Stripe sends it; Magic Hour sends the hex digits alone", "compare the header as it is, without a prefix"),
    ("signature.truncated", "signature-truncated", RuleTopic::Signature, "the handler compares half of the signature", "compare all 64 hex digits"),
    ("signature.body-only", "signs-body-only", RuleTopic::Signature, "the handler computes the signature over the body alone, as GitHub does; Magic Hour signs timestamp, '.', body", "put the timestamp header and a dot before the body"),
    ("signature.no-dot", "signs-without-dot", RuleTopic::Signature, "the handler computes the signature without the dot between timestamp and body", "put a dot between the timestamp header and the body"),
    ("signature.reserialized", "body-rewritten", RuleTopic::RawBody, "the handler parses the body and verifies what it writes again", "verify the bytes of the body as they came, and parse them afterwards"),
    ("headers.renamed", "header-names", RuleTopic::Signature, "the handler reads headers of other names than Magic Hour sends", "read magic-hour-event-signature and magic-hour-event-timestamp"),
];

const OTHER_FORM: Diagnosis = Diagnosis::new(
    "other-form",
    RuleTopic::Signature,
    "the handler accepts this and refuses what Magic Hour sends: every real event is lost",
    "sign and verify as documented: HMAC-SHA256 over the timestamp header, '.', and the raw body, in lower-case hex, with headers magic-hour-event-signature and magic-hour-event-timestamp",
);

/// Settles which findings are consequences of others. The findings are in the order of the table.
pub(crate) fn assign_root_causes(findings: &mut [Finding], baseline: &Baseline) {
    watch(findings);
    join_rewriting(findings);
    follow(findings);
    explain(findings, baseline);
    blame_window(findings, baseline);
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

/// Findings that all come from writing the body anew are one defect: the first of them is the cause.
fn join_rewriting(findings: &mut [Finding]) {
    let shows = |finding: &Finding| {
        let of_body = std::ptr::eq(finding.case.advice, &raw const RAW_BODY);
        of_body && matches!(finding.outcome, CaseOutcome::Broken(Symptom::WronglyRefused | Symptom::WronglyAccepted))
    };
    let broken: Vec<&str> = findings.iter().filter(|finding| shows(finding)).map(|finding| finding.case.id).collect();
    let Some(root) = broken.first().copied() else { return };
    let diagnosis = match broken.as_slice() {
        ["accepts.raw-unicode"] => LATIN_1,
        ["accepts.link-queries"] => ESCAPED_AMPERSANDS,
        all if all.contains(&"accepts.compact") => REWRITES_SPACED,
        all if all.contains(&"accepts.spaced") => REWRITES_COMPACT,
        _ => return,
    };
    for finding in findings.iter_mut().filter(|finding| shows(finding)) {
        if finding.case.id == root {
            finding.diagnosis = Some(diagnosis.clone());
        } else {
            finding.outcome = CaseOutcome::Consequence(root);
        }
    }
}

/// Says more about a right delivery that was refused than that it was.
///
/// If a wrong one was accepted instead, that one is the cause: it shows what the handler expects. That others were
/// refused says nothing then, since everything is.
fn explain(findings: &mut [Finding], baseline: &Baseline) {
    if baseline.behaviour == HandlerBehaviour::Hangs
        && let Some(finding) =
            findings.iter_mut().find(|finding| matches!(finding.case.probe, Probe::Watch(Symptom::TooSlow)))
    {
        finding.diagnosis = Some(HANGS);
    }
    if baseline.behaviour == HandlerBehaviour::UnknownJob {
        return await_job(findings);
    }
    let Some(root) = findings.iter().position(|finding| finding.case.is_on(BaselineRule::Accepts)) else { return };
    let refuses_all = baseline.behaviour == HandlerBehaviour::RefusesAll;
    let accepted = |finding: &Finding| finding.outcome == CaseOutcome::Broken(Symptom::WronglyAccepted);
    let cause = findings.iter().position(|finding| refuses_all && accepted(finding)).unwrap_or(root);
    let Some(finding) = findings.get_mut(cause) else { return };
    finding.diagnosis = if cause == root { diagnosis(baseline) } else { Some(expected_instead(finding.case.id)) };
    let id = finding.case.id;
    for (at, finding) in findings.iter_mut().enumerate().filter(|_| refuses_all) {
        let authenticates = finding.case.group == Group::Authenticates && finding.is_asked();
        if at != cause && !accepted(finding) && (authenticates || at == root) {
            finding.outcome = CaseOutcome::Consequence(id);
        }
    }
}

/// Answering 404 to a job that the handler does not know is right; with a job that it knows, more can be asked.
fn await_job(findings: &mut [Finding]) {
    for finding in findings {
        if finding.case.is_on(BaselineRule::UnknownJob) {
            finding.outcome = CaseOutcome::Noted;
        } else if finding.case.is_on(BaselineRule::Accepts) {
            finding.outcome = CaseOutcome::NotAsked(NEEDS_JOB);
        }
    }
}

/// A window of less than a second lets pass what arrives by luck: all that is refused has the one cause.
fn blame_window(findings: &mut [Finding], baseline: &Baseline) {
    if baseline.behaviour != HandlerBehaviour::ShortWindow {
        return;
    }
    let Some(root) = findings.iter().position(|finding| finding.case.id == LATE_DELIVERY) else { return };
    for (at, finding) in findings.iter_mut().enumerate() {
        if at == root {
            finding.outcome = CaseOutcome::Broken(Symptom::WronglyRefused);
            finding.diagnosis.clone_from(&baseline.cause);
        } else if finding.case.is_on(BaselineRule::Accepts) || finding.case.is_on(BaselineRule::UnknownJob) {
            finding.outcome = CaseOutcome::Consequence(LATE_DELIVERY);
        }
    }
}

fn expected_instead(id: &str) -> Diagnosis {
    let found = EXPECTED_INSTEAD.iter().find(|(case, ..)| *case == id);
    found.map_or(OTHER_FORM, |(_, name, topic, why, fix)| Diagnosis::new(name, *topic, why, fix))
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

fn diagnosis(baseline: &Baseline) -> Option<Diagnosis> {
    match baseline.behaviour {
        HandlerBehaviour::RefusesAll => Some(baseline.cause.clone().unwrap_or(REFUSES_ALL)),
        HandlerBehaviour::NoRoute => Some(NO_ROUTE),
        HandlerBehaviour::FailsAll => Some(FAILS_ALL),
        _ => None,
    }
}
