//! Cases of the group `malformed`: a signed but malformed body is refused with 4xx and without a crash.

use crate::engine::conformance::advice::{BAD_BODY, DEPTH};
use crate::engine::conformance::case::Level::Must;
use crate::engine::conformance::case::{Case, Group, Probe};
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::request_spec::{PLAIN, RequestSpec};

const fn row(id: &'static str, rule: &'static str, spec: RequestSpec) -> Case {
    let (probe, expected) = (Probe::Deliver(spec), Expectation::Refused);
    Case { id, group: Group::Malformed, level: Must, rule, probe, expected, advice: &BAD_BODY, follows: &[] }
}

const fn case(id: &'static str, rule: &'static str, faults: &'static [&'static str]) -> Case {
    row(id, rule, RequestSpec { faults, ..PLAIN })
}

#[rustfmt::skip]
pub(crate) static MALFORMED: [Case; 9] = [
    case("malformed.invalid-json", "a signed body that is not JSON is refused", &["invalid-json"]),
    case("malformed.invalid-utf8", "a signed body that is not UTF-8 is refused", &["invalid-utf8"]),
    case("malformed.empty-body", "a signed empty body is refused", &["empty-body"]),
    case("malformed.array", "a signed list is refused", &["array-body"]),
    case("malformed.missing-type", "a signed event without a type is refused", &["missing-type"]),
    case("malformed.missing-payload", "a signed event without a payload is refused", &["missing-payload"]),
    row("malformed.type-not-text", "a signed event whose type is a number is refused", RequestSpec { set: &["type=7"], ..PLAIN }),
    case("malformed.payload-not-object", "a signed event whose payload is a text is refused", &["wrong-types"]),
    Case {
        expected: Expectation::Survived,
        advice: &DEPTH,
        ..case("malformed.deep-nesting", "a signed body nested 10,000 deep causes neither an error nor a hang", &["deep-nesting"])
    },
];
