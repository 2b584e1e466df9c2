//! Cases of the group `authenticates`: a request that Magic Hour did not send is refused with 4xx.

use crate::engine::conformance::advice::{
    DUPLICATE_HEADERS, FORGERY, HEADER_NAMES, HEADERS, RAW_BODY, SECRET, SIGNATURE_FORM, SIGNED_MESSAGE,
    TIMESTAMP_FORM, WINDOW,
};
use crate::engine::conformance::case::Level::{May, Must, Should};
use crate::engine::conformance::case::{Advice, BaselineRule, Case, Group, Probe};
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::request_spec::{PLAIN, RequestSpec};

/// A handler that checks no signature refuses nothing else either.
const ROOT: &[&str] = &["signature.checked"];

const fn row(id: &'static str, rule: &'static str, probe: Probe, advice: &'static Advice) -> Case {
    let (group, expected) = (Group::Authenticates, Expectation::Refused);
    Case { id, group, level: Must, rule, probe, expected, advice, follows: ROOT }
}

const fn case(id: &'static str, rule: &'static str, faults: &'static [&'static str], advice: &'static Advice) -> Case {
    row(id, rule, Probe::Deliver(RequestSpec { faults, ..PLAIN }), advice)
}

/// A case where a correct handler may do either, as long as it does not fail.
const fn either(
    id: &'static str,
    rule: &'static str,
    faults: &'static [&'static str],
    advice: &'static Advice,
) -> Case {
    Case { level: May, expected: Expectation::Survived, ..case(id, rule, faults, advice) }
}

/// Without a window of time, any timestamp passes.
const NO_PAST: &[&str] = &["signature.checked", "timestamp.stale"];
const NO_FUTURE: &[&str] = &["signature.checked", "timestamp.future"];
const OLD: RequestSpec = RequestSpec { age: 24 * 3_600, ..PLAIN };

#[rustfmt::skip]
pub(crate) static AUTHENTICATES: [Case; 34] = [
    row("signature.checked", "a delivery that was signed with another secret is refused", Probe::Baseline(BaselineRule::Verifies), &FORGERY).following(&[]),
    case("signature.wrong-secret", "a signature made with another secret is refused", &["wrong-secret"], &FORGERY),
    case("signature.tampered-body", "a body that was changed after signing is refused", &["tampered-body"], &FORGERY),
    case("signature.newline-secret", "a signature made with the secret and a line break is refused", &["newline-secret"], &SECRET),
    case("signature.quoted-secret", "a signature made with the secret in quotes is refused", &["quoted-secret"], &SECRET),

    case("signature.truncated", "half a signature is refused", &["truncated-signature"], &SIGNATURE_FORM),
    case("signature.empty", "an empty signature is refused", &["empty-signature"], &SIGNATURE_FORM),
    case("signature.non-hex", "a signature that is not hex is refused", &["non-hex-signature"], &SIGNATURE_FORM),
    case("signature.non-ascii", "a signature with characters outside ASCII is refused", &["non-ascii-signature"], &SIGNATURE_FORM),
    case("signature.base64", "a signature in base64 is refused", &["base64-signature"], &SIGNATURE_FORM),
    case("signature.prefixed", "a signature with 'sha256=' before it is refused", &["prefixed-signature"], &SIGNATURE_FORM),
    case("signature.versioned", "a signature with 'v1=' before it is refused", &["versioned-signature"], &SIGNATURE_FORM),
    either("signature.upper-case", "a signature in upper-case hex is refused or accepted, without an error", &["uppercase-signature"], &SIGNATURE_FORM),

    case("signature.body-only", "a digest of the body alone is refused", &["body-only-hmac"], &SIGNED_MESSAGE),
    case("signature.no-dot", "a digest without the dot is refused", &["no-dot-hmac"], &SIGNED_MESSAGE),
    case("signature.other-timestamp", "a digest over another timestamp is refused", &["other-timestamp-hmac"], &SIGNED_MESSAGE),
    case("signature.reserialized", "a body that was written again after signing is refused", &["reserialized-body"], &RAW_BODY),
    case("signature.added-newline", "a body with a line break added after signing is refused", &["added-newline"], &RAW_BODY),
    case("signature.lost-newline", "a body that lost a line break after signing is refused", &["lost-newline"], &RAW_BODY),
    case("signature.byte-order-mark", "a body with a byte order mark added after signing is refused", &["byte-order-mark"], &RAW_BODY),

    case("timestamp.stale", "a timestamp of an hour ago is refused", &["stale-timestamp"], &WINDOW),
    case("timestamp.future", "a timestamp of an hour from now is refused", &["future-timestamp"], &WINDOW),
    case("timestamp.milliseconds", "a timestamp in milliseconds is refused", &["millisecond-timestamp"], &WINDOW).following(NO_FUTURE),
    row("timestamp.replay", "a delivery of yesterday, sent again with its original headers, is refused", Probe::Deliver(OLD), &WINDOW).following(NO_PAST),
    case("timestamp.fractional", "a timestamp with a fraction is refused", &["fractional-timestamp"], &TIMESTAMP_FORM).at(Should).following(NO_PAST),
    case("timestamp.garbage", "a timestamp that is no number is refused", &["garbage-timestamp"], &TIMESTAMP_FORM).following(NO_PAST),
    case("timestamp.empty", "an empty timestamp is refused", &["empty-timestamp"], &TIMESTAMP_FORM).following(NO_PAST),
    case("timestamp.non-ascii", "a timestamp with characters outside ASCII is refused", &["non-ascii-timestamp"], &TIMESTAMP_FORM).following(NO_PAST),

    case("headers.missing-signature", "a delivery without the signature header is refused", &["missing-signature"], &HEADERS),
    case("headers.missing-timestamp", "a delivery without the timestamp header is refused", &["missing-timestamp"], &HEADERS),
    case("headers.missing-both", "a delivery without either header is refused", &["missing-signature", "missing-timestamp"], &HEADERS),
    case("headers.renamed", "the two headers under invented names are refused", &["renamed-headers"], &HEADER_NAMES),
    case("headers.duplicated-signature", "a delivery with two signature headers is refused", &["duplicated-signature"], &DUPLICATE_HEADERS).at(Should),
    case("headers.duplicated-timestamp", "a delivery with two timestamp headers is refused", &["duplicated-timestamp"], &DUPLICATE_HEADERS).at(Should),
];
