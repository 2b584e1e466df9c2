//! The baseline: the form that the handler accepts, and whether it checks signatures.

use crate::engine::conformance::case::{BaselineRule, Case, Group, Probe};
use crate::engine::conformance::cause_search::{accepts_aged, find_cause};
use crate::engine::conformance::error::ConformanceError;
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::finding::{Diagnosis, NEEDS_JOB, SHORT_WINDOW};
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::likely_cause::TOO_SHORT;
use crate::engine::conformance::observation::{Observation, Response};
use crate::engine::conformance::raw_cases::get;
use crate::engine::conformance::request_spec::{Base, PLAIN, RequestSpec};
use crate::engine::conformance::symptom::Symptom;
use crate::model::contract::payload::FieldSet;
use crate::model::{EventType, Kind, Layout, Phase};
use crate::net::out::post_failure::PostFailure;

const SIGNED_EVENT: &str = "accepts.signed-event";
const GET: &str = "delivery.get";
const IN_TIME: &str = "delivery.answers-in-time";
/// The case that a window of less than a second breaks.
pub(crate) const LATE_DELIVERY: &str = "accepts.late-delivery";

#[derive(Clone, Debug)]
pub struct Baseline {
    /// The form that the handler accepts.
    pub base: Base,
    /// The response to a right delivery.
    pub right: Observation,
    /// The response to a forged delivery.
    pub forged: Observation,
    /// The behaviour that the two responses show.
    pub behaviour: HandlerBehaviour,
    /// The cause for which right deliveries are refused, if one was found.
    pub cause: Option<Diagnosis>,
    /// The response to a GET, which often names the framework.
    pub clue: Option<Observation>,
}

/// The handler's behaviour toward right and forged deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerBehaviour {
    /// It accepts right ones and refuses forged ones.
    Verifies,
    /// It accepts forged ones too.
    AcceptsAll,
    /// It refuses right ones just as it refuses forged ones.
    RefusesAll,
    /// It answers as a server does that has nothing at this path.
    NoRoute,
    /// It fails at right ones and at forged ones.
    FailsAll,
    /// It knows a right signature, and says that it does not know the job.
    UnknownJob,
    /// It does not answer right ones in time.
    Slow,
    /// It answers nothing in time, neither right ones nor forged ones.
    Hangs,
    /// It accepts right ones, and gives no answer to forged ones.
    HangsAtForged,
    /// It accepts right ones in the second in which they were signed, and no later.
    ShortWindow,
    /// It sends right ones elsewhere.
    Redirects,
    /// It knows a right signature, and refuses or fails nevertheless.
    Objects,
}

impl Baseline {
    /// The case that says all there is to say about this one, where putting it is pointless.
    pub fn settles(&self, case: &Case) -> Option<&'static str> {
        if case.is_on(BaselineRule::Accepts) {
            return None;
        }
        let authenticates = case.group == Group::Authenticates;
        let is_watch = matches!(case.probe, Probe::Watch(_));
        let root = |applies: bool, root: &'static str| applies.then_some(root);
        match self.behaviour {
            HandlerBehaviour::Verifies => None,
            HandlerBehaviour::AcceptsAll => {
                root(authenticates && !case.is_on(BaselineRule::Verifies), "signature.checked")
            }
            // One of its cases is possibly what the handler takes for right.
            HandlerBehaviour::RefusesAll => root(!authenticates && case.id != GET, SIGNED_EVENT),
            HandlerBehaviour::NoRoute | HandlerBehaviour::FailsAll => Some(SIGNED_EVENT),
            HandlerBehaviour::UnknownJob => root(case.needs_acceptance(), NEEDS_JOB),
            HandlerBehaviour::ShortWindow => root(case.needs_acceptance() && case.id != LATE_DELIVERY, LATE_DELIVERY),
            HandlerBehaviour::Slow if case.needs_acceptance() => Some(IN_TIME),
            HandlerBehaviour::Hangs => root(case.id != IN_TIME, IN_TIME),
            HandlerBehaviour::HangsAtForged => {
                let refusal = authenticates || case.group == Group::Malformed;
                root(refusal && !case.is_on(BaselineRule::Verifies), "signature.checked")
            }
            HandlerBehaviour::Redirects => root(!is_watch, "delivery.no-redirect"),
            HandlerBehaviour::Slow | HandlerBehaviour::Objects => {
                root(case.is_on(BaselineRule::UnknownJob), SIGNED_EVENT)
            }
        }
    }
}

/// The forms of a right delivery, the likeliest first: a strict schema may refuse the deprecated fields, an
/// application that makes images only may refuse videos, and middleware that writes JSON again any layout but its own.
const CANDIDATES: [Base; 6] = [
    base(Kind::Video, FieldSet::Wire, Layout::Compact),
    base(Kind::Video, FieldSet::Documented, Layout::Compact),
    base(Kind::Image, FieldSet::Wire, Layout::Compact),
    base(Kind::Image, FieldSet::Documented, Layout::Compact),
    base(Kind::Audio, FieldSet::Wire, Layout::Compact),
    base(Kind::Video, FieldSet::Wire, Layout::Spaced),
];

const fn base(kind: Kind, fields: FieldSet, layout: Layout) -> Base {
    Base { event: EventType::new(kind, Phase::Completed), fields, layout }
}

const FORGED: RequestSpec = RequestSpec { faults: &["wrong-secret"], ..PLAIN };

/// Sends right deliveries until one is accepted, then a forged one.
pub async fn measure_baseline(handler: &Handler) -> Result<Baseline, ConformanceError> {
    let job_id = handler.job_id();
    let [first, others @ ..] = CANDIDATES;
    let mut base = first;
    let mut right = handler.ask(&PLAIN, first, &job_id).await?;
    if let Response::NoAnswer { failure, message } = &right.response
        && matches!(
            failure,
            PostFailure::Dns
                | PostFailure::Refused
                | PostFailure::Unreachable
                | PostFailure::ConnectTimeout
                | PostFailure::Tls
                | PostFailure::NotHttp
        )
    {
        return Err(ConformanceError::Unreachable(message.clone()));
    }
    if Expectation::Accepted.judge(&right) == Some(Symptom::WronglyRefused) {
        for candidate in others {
            let tried = handler.ask(&PLAIN, candidate, &job_id).await?;
            if Expectation::Accepted.judge(&tried).is_none() {
                (base, right) = (candidate, tried);
                break;
            }
        }
    }
    let forged = handler.ask(&FORGED, base, &job_id).await?;
    let mut behaviour = behaviour(&right.response, &forged.response, handler.job_id.is_some());
    let cause = match behaviour {
        HandlerBehaviour::RefusesAll => find_cause(handler, base, &right).await?,
        HandlerBehaviour::Verifies if !accepts_aged(handler, base).await? => Some(TOO_SHORT),
        _ => None,
    };
    if cause.as_ref().is_some_and(|cause| cause.name == SHORT_WINDOW) {
        behaviour = HandlerBehaviour::ShortWindow;
    }
    let answers = !matches!(behaviour, HandlerBehaviour::Hangs | HandlerBehaviour::Slow);
    let clue = if answers { Some(get(handler).await) } else { None };
    Ok(Baseline { base, right, forged, behaviour, cause, clue })
}

fn behaviour(right: &Response, forged: &Response, job_is_known: bool) -> HandlerBehaviour {
    let refusal = Expectation::Refused.symptom(forged);
    let accepts_forged = refusal == Some(Symptom::WronglyAccepted);
    let alike = right.status() == forged.status();
    match (Expectation::Accepted.symptom(right), right.status()) {
        (None, _) if accepts_forged => HandlerBehaviour::AcceptsAll,
        (None, _) if refusal == Some(Symptom::TooSlow) => HandlerBehaviour::HangsAtForged,
        (None, _) => HandlerBehaviour::Verifies,
        (Some(Symptom::TooSlow), _) if refusal == Some(Symptom::TooSlow) => HandlerBehaviour::Hangs,
        (Some(Symptom::TooSlow), _) => HandlerBehaviour::Slow,
        (Some(Symptom::Redirected), _) => HandlerBehaviour::Redirects,
        (Some(Symptom::WronglyRefused), Some(404 | 405 | 410)) if alike => HandlerBehaviour::NoRoute,
        (Some(Symptom::WronglyRefused), Some(404 | 410)) if !job_is_known => HandlerBehaviour::UnknownJob,
        (Some(Symptom::WronglyRefused), _) if alike => HandlerBehaviour::RefusesAll,
        (Some(Symptom::Failed | Symptom::NoAnswer), _)
            if matches!(Expectation::Survived.symptom(forged), Some(Symptom::Failed | Symptom::NoAnswer)) =>
        {
            HandlerBehaviour::FailsAll
        }
        _ => HandlerBehaviour::Objects,
    }
}

#[cfg(test)]
mod tests {
    use super::{HandlerBehaviour, behaviour};
    use crate::engine::conformance::observation::{Answered, Response};
    use crate::net::out::post_failure::PostFailure;

    fn answer(status: u16) -> Response {
        Response::Answer(Answered { status, ..Answered::default() })
    }

    #[test]
    fn two_answers_show_where_a_handler_stands() {
        let table = [
            (200, 401, HandlerBehaviour::Verifies),
            (204, 200, HandlerBehaviour::AcceptsAll),
            (401, 401, HandlerBehaviour::RefusesAll),
            (404, 404, HandlerBehaviour::NoRoute),
            (404, 401, HandlerBehaviour::UnknownJob),
            (308, 308, HandlerBehaviour::Redirects),
            (500, 503, HandlerBehaviour::FailsAll),
            (500, 401, HandlerBehaviour::Objects),
            (400, 401, HandlerBehaviour::Objects),
        ];
        for (right, forged, expected) in table {
            assert_eq!(behaviour(&answer(right), &answer(forged), false), expected, "{right} {forged}");
        }
        assert_eq!(behaviour(&answer(404), &answer(401), true), HandlerBehaviour::Objects);
        let late = Response::NoAnswer { failure: PostFailure::Timeout, message: String::new() };
        assert_eq!(behaviour(&late, &answer(401), false), HandlerBehaviour::Slow);
        assert_eq!(behaviour(&late, &late, false), HandlerBehaviour::Hangs);
        assert_eq!(behaviour(&answer(200), &late, false), HandlerBehaviour::HangsAtForged);
    }
}
