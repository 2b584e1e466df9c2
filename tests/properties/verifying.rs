//! The verifier, and the diagnosis of a signature that does not match.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use mh_hook::model::signing::fault::{FAULTS, Shows};
use mh_hook::model::signing::reason::Reason;
use mh_hook::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use mh_hook::model::signing::verdict::Trust;
use mh_hook::model::{Delivery, Secret, Verdict, Verifier};
use sha2::Sha256;

pub(crate) const SECRET: &str = "mhw_test_MDEyMzQ1Njc4OWFiY2RlZmdo";
pub(crate) const NOW: i64 = 1_730_742_038;

/// Makes the message that a sender signed in the place of the timestamp, a dot and the body.
type Slip = fn(timestamp: &str, body: &[u8]) -> Vec<u8>;

/// Messages that senders sign by mistake. The diagnosis names each, or another mistake with the same message.
const SLIPS: [Slip; 7] = [
    |_, body| body.to_vec(),
    |timestamp, body| [timestamp.as_bytes(), body].concat(),
    |timestamp, body| [timestamp.as_bytes(), b".", body, b"\n"].concat(),
    |timestamp, body| [timestamp.as_bytes(), b".\xef\xbb\xbf", body].concat(),
    |timestamp, body| [timestamp.as_bytes(), b"000.", body].concat(),
    |timestamp, body| [timestamp.as_bytes(), b".", &with_lines(body, b"\r\n")].concat(),
    |timestamp, body| [timestamp.as_bytes(), b".", &with_lines(body, b"\n")].concat(),
];

/// The first byte chooses what is tried with the others.
pub(crate) fn check(bytes: &[u8]) {
    let (choice, rest) = bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest));
    match choice {
        0..=0x7f => presented(rest, choice % 8 == 0),
        0x80..=0xbf => slipped(SLIPS[choice % SLIPS.len()], rest),
        _ => faulty(choice % FAULTS.len(), rest),
    }
}

/// Headers as they were sent: a line with signatures, a line with timestamps, each separated by NUL; then the body.
fn presented(bytes: &[u8], diagnosing: bool) {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in [SIGNATURE_HEADER, TIMESTAMP_HEADER] {
        for value in parts.next().unwrap_or_default().split(|byte| *byte == 0) {
            headers.extend(HeaderValue::from_bytes(value).map(|value| (HeaderName::from_static(name), value)));
        }
    }
    let body = parts.next().unwrap_or_default();
    let expected = is_authentic(&headers, body, NOW);
    for trust in [Trust::Configured, Trust::Development] {
        let verifier = Verifier::new(Secret::new(SECRET), trust);
        let verdict = verifier.verify_without_diagnosis(&headers, body, now());
        assert_eq!(verdict == Verdict::Verified, expected, "the verdict is wrong");
        assert_is_explained(&verdict);
        if diagnosing {
            let diagnosed = verifier.verify(&headers, body, now());
            assert_eq!(diagnosed.kind(), verdict.kind(), "the diagnosis changes the verdict");
            assert_is_explained(&diagnosed);
        }
    }
}

/// The documented rule, written down once more: one signature and one timestamp of now, and the right digest.
pub(crate) fn is_authentic(headers: &HeaderMap, body: &[u8], now: i64) -> bool {
    let only = |name: &str| {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        if let [value] = values.as_slice() { Some(value.as_bytes()) } else { None }
    };
    let (Some(signature), Some(timestamp)) = (only(SIGNATURE_HEADER), only(TIMESTAMP_HEADER)) else { return false };
    let is_number = (1..=12).contains(&timestamp.len()) && timestamp.iter().all(u8::is_ascii_digit);
    let seconds = std::str::from_utf8(timestamp).ok().and_then(|text| text.parse::<i64>().ok());
    is_number
        && seconds.is_some_and(|seconds| (seconds - now).abs() <= 300)
        && signature == signed(&[timestamp, b".", body].concat()).as_bytes()
}

/// A mistake of the sender is found, and what it signed by mistake is never taken for authentic.
fn slipped(slip: Slip, body: &[u8]) {
    let timestamp = NOW.to_string();
    let message = slip(&timestamp, body);
    let mut headers = HeaderMap::new();
    headers.insert(SIGNATURE_HEADER, HeaderValue::try_from(signed(&message)).expect("hex"));
    headers.insert(TIMESTAMP_HEADER, HeaderValue::try_from(timestamp.clone()).expect("digits"));
    let verdict = Verifier::new(Secret::new(SECRET), Trust::Configured).verify(&headers, body, now());
    if message == [timestamp.as_bytes(), b".", body].concat() {
        assert_eq!(verdict, Verdict::Verified);
    } else {
        assert!(matches!(verdict, Verdict::Invalid(Reason::Mistake(_))), "{verdict:?}");
        assert_is_explained(&verdict);
    }
}

/// A fault of the catalogue makes any body a delivery that is refused, or one whose signature is right.
fn faulty(number: usize, body: &[u8]) {
    let fault = &FAULTS[number];
    let delivery = Delivery::faulty(&Secret::new(SECRET), Bytes::copy_from_slice(body), now(), &[fault]);
    let verifier = Verifier::new(Secret::new(SECRET), Trust::Configured);
    let verdict = verifier.verify_without_diagnosis(&delivery.headers, &delivery.body, now());
    match fault.shows {
        Shows::Reason(_) => assert!(verdict.is_invalid(), "{} is accepted", fault.name),
        Shows::Problem(_) => assert_eq!(verdict, Verdict::Verified, "{}", fault.name),
    }
}

fn assert_is_explained(verdict: &Verdict) {
    let Some(reason) = verdict.reason() else { return };
    let (code, text) = (reason.code(), reason.to_string());
    assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{code}");
    assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
}

/// The signature of a message in hex.
pub(crate) fn signed(message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

/// The body with other line ends.
fn with_lines(body: &[u8], end: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'\r' => {
                rest = tail.strip_prefix(b"\n").unwrap_or(tail);
                changed.extend_from_slice(end);
            }
            b'\n' => changed.extend_from_slice(end),
            other => changed.push(*other),
        }
    }
    changed
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::{NOW, check, signed};

    proptest! {
        #[test]
        fn any_headers_are_judged_by_the_documented_rule(bytes in any::<Vec<u8>>()) {
            check(&bytes);
        }

        #[test]
        fn only_the_right_signature_of_now_verifies(
            late in -400i64..=400, body in any::<Vec<u8>>(), flips in prop::collection::vec(any::<prop::sample::Index>(), 0..2),
        ) {
            let timestamp = (NOW + late).to_string();
            let mut signature = signed(&[timestamp.as_bytes(), b".", &body].concat()).into_bytes();
            for flip in flips {
                let at = flip.index(signature.len());
                signature[at] = if signature[at] == b'0' { b'1' } else { b'0' };
            }
            check(&[b"\0", signature.as_slice(), b"\n", timestamp.as_bytes(), b"\n", &body].concat());
        }

        #[test]
        fn a_mistake_is_found_in_any_body(choice in 0x80u8.., body in any::<Vec<u8>>()) {
            check(&[&[choice], body.as_slice()].concat());
        }
    }
}
