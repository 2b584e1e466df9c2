//! Repeats, bursts, slow and broken connections do no harm, and answers are in time and honest.

use crate::engine::conformance::advice::{
    BROKEN_CONNECTIONS, BURST, HONESTY, IN_TIME, OTHER_METHODS, RATE, REDIRECT, REPEATS,
};
use crate::engine::conformance::case::Level::{Must, Should};
use crate::engine::conformance::case::{Advice, Case, Group, Probe, Sequence, Special};
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::request_spec::PLAIN;
use crate::engine::conformance::symptom::Symptom;

const fn case(id: &'static str, rule: &'static str, probe: Probe, advice: &'static Advice) -> Case {
    let (group, expected) = (Group::Delivery, Expectation::Accepted);
    let follows = &["accepts.signed-event"];
    Case { id, group, level: Must, rule, probe, expected, advice, follows }
}

const fn watch(id: &'static str, rule: &'static str, symptom: Symptom, advice: &'static Advice) -> Case {
    case(id, rule, Probe::Watch(symptom), advice).following(&[])
}

const TWICE: Sequence =
    Sequence { about: "the same event of the same job, twice", one_job: true, specs: &[PLAIN, PLAIN] };

#[rustfmt::skip]
pub(crate) static DELIVERY: [Case; 11] = [
    watch("delivery.answers-in-time", "every right event is answered within 10 s", Symptom::TooSlow, &IN_TIME),
    watch("delivery.no-redirect", "no right event is answered with a redirect", Symptom::Redirected, &REDIRECT),
    watch("delivery.no-rate-limit", "no right event is answered 429", Symptom::RateLimited, &RATE).at(Should),
    watch("delivery.honest-status", "2xx is not used for an answer that says 'error'", Symptom::Dishonest, &HONESTY),

    case("delivery.duplicate", "an event that comes twice is answered 2xx both times", Probe::Sequence(TWICE), &REPEATS),
    case("delivery.effect-once", "an event that comes twice has its effect once", Probe::Special(Special::EffectOnce), &REPEATS),
    case("delivery.slow-body", "a body that comes in two halves, a second apart, is taken", Probe::Special(Special::SlowBody), &BROKEN_CONNECTIONS).at(Should),
    case("delivery.disconnect", "clients that hang up do not cost the events that follow", Probe::Special(Special::Disconnect), &BROKEN_CONNECTIONS),
    case("delivery.burst", "a burst of events is answered 2xx, each within 10 s", Probe::Special(Special::Burst), &BURST),
    case("delivery.burst-latency", "of a burst, 99 in 100 events are answered within 5 s", Probe::Special(Special::BurstLatency), &BURST).at(Should).following(&["accepts.signed-event", "delivery.burst"]),
    Case {
        expected: Expectation::Survived,
        ..case("delivery.get", "GET causes neither an error nor a hang", Probe::Special(Special::Get), &OTHER_METHODS)
    },
];
