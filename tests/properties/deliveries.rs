//! What must hold for any input at all.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use mh_hook::model::contract::peek::Peek;
use mh_hook::model::signing::diagnosis::{Evidence, diagnose};
use mh_hook::model::signing::signature::{SIGNATURE_HEADER, Signature, TIMESTAMP_HEADER};
use mh_hook::model::signing::verdict::Trust;
use mh_hook::model::{Delivery, Secret, Signer, Verdict, Verifier};
use mh_hook::net::out::target::Target;
use mh_hook::output::{Format, TextWriter, Theme};
use proptest::prelude::{Strategy, any, prop};
use proptest::{prop_assert, prop_assert_eq, prop_assert_ne, prop_assume, proptest};

/// Bodies: any bytes, and JSON-like text, which leads further into the code.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let text =
        prop::collection::vec(prop::sample::select(&b"{}[]\",:\\u00e9 \n\r\t-1.5e+trufalsn\xff\xc3"[..]), 0..200);
    proptest::prop_oneof![prop::collection::vec(any::<u8>(), 0..600), text]
}

fn time() -> impl Strategy<Value = Timestamp> {
    (1_000_000_000i64..100_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn headers(pairs: &[(&str, Vec<u8>)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
        }
    }
    headers
}

proptest! {
    #[test]
    fn whatever_is_signed_verifies(body in body(), secret in ".{1,80}", at in time(), late in -300i64..=300) {
        let secret = Secret::new(secret);
        let delivery = Delivery::signed(&Signer::new(&secret), Bytes::from(body), at);
        let now = Timestamp::from_second(at.as_second() + late).unwrap();
        let verdict = Verifier::new(secret, Trust::Configured).verify(&delivery.headers, &delivery.body, now);
        prop_assert_eq!(verdict, Verdict::Verified);
    }

    #[test]
    fn any_changed_byte_of_the_body_is_refused(
        body in prop::collection::vec(any::<u8>(), 1..400), at in time(), place in any::<prop::sample::Index>(), flip in 1u8..,
    ) {
        let secret = Secret::new("secret");
        let delivery = Delivery::signed(&Signer::new(&secret), Bytes::from(body.clone()), at);
        let mut changed = body;
        let place = place.index(changed.len());
        changed[place] ^= flip;
        let verdict = Verifier::new(secret, Trust::Configured).verify(&delivery.headers, &changed, at);
        prop_assert!(verdict.is_invalid());
    }

    #[test]
    fn any_changed_character_of_the_headers_is_refused(
        at in time(), in_signature in any::<bool>(), place in any::<prop::sample::Index>(), to in 0x20u8..0x7f,
    ) {
        let secret = Secret::new("secret");
        let mut delivery = Delivery::signed(&Signer::new(&secret), Bytes::from_static(b"{}"), at);
        let name = if in_signature { SIGNATURE_HEADER } else { TIMESTAMP_HEADER };
        let mut value = delivery.headers[name].as_bytes().to_vec();
        let place = place.index(value.len());
        prop_assume!(value[place] != to);
        value[place] = to;
        delivery.headers.insert(name, HeaderValue::from_bytes(&value).unwrap());
        let verdict = Verifier::new(secret, Trust::Configured).verify(&delivery.headers, &delivery.body, at);
        prop_assert!(verdict.is_invalid());
    }

    #[test]
    fn no_input_makes_verification_panic(
        body in body(),
        signatures in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..3),
        timestamps in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..3),
        now in time(),
    ) {
        let signatures = signatures.into_iter().map(|value| (SIGNATURE_HEADER, value));
        let pairs: Vec<_> = signatures.chain(timestamps.into_iter().map(|value| (TIMESTAMP_HEADER, value))).collect();
        for trust in [Trust::Configured, Trust::Development] {
            let verdict = Verifier::new(Secret::new("s"), trust).verify(&headers(&pairs), &body, now);
            prop_assert_ne!(&verdict, &Verdict::Verified);
            prop_assert!(verdict.reason().is_some_and(|reason| !reason.to_string().is_empty()));
        }
    }

    #[test]
    fn no_input_makes_diagnosis_panic(body in body(), secret in ".{0,60}", signed_at in any::<u64>(), digest in any::<[u8; 32]>()) {
        let secret = Secret::new(secret);
        let timestamp = signed_at.to_string();
        let evidence =
            Evidence { secret: &secret, signed_at, timestamp: timestamp.as_bytes(), body: &body, signature: Signature(digest) };
        prop_assert_eq!(diagnose(&evidence), None);
    }

    #[test]
    fn no_input_makes_rendering_panic_or_reach_the_terminal_raw(body in body(), width in 0usize..200) {
        let _ = Peek::at(&body);
        let mut text = String::new();
        TextWriter::new(&mut text, Theme::new(false), Some(width), Format::Pretty).body(&body, 2);
        prop_assert!(text.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control()), "{:?}", text);
    }

    #[test]
    fn a_target_is_taken_as_it_is_shown(path in "(/[!-~]{0,20})?(\\?[!-~]{0,10})?(#[!-~]{0,5})?", port in 1u16..) {
        let Ok(target) = format!("http://localhost:{port}{path}").parse::<Target>() else { return Ok(()) };
        let again: Target = target.to_string().parse().unwrap();
        prop_assert_eq!(&again, &target);
        prop_assert!(target.path.as_str().starts_with('/') && !target.path.as_str().contains('#'));
    }

    #[test]
    fn any_text_is_a_target_or_an_error_with_words(url in "(https?://)?[ -~]{0,40}") {
        if let Err(error) = url.parse::<Target>() {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
