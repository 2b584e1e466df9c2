//! A delivery on its way out: the exact bytes and headers, signed rightly or with faults.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::model::signing::fault::{Change, Fault};
use crate::model::signing::secret::Secret;
use crate::model::signing::signature::{SIGNATURE_HEADER, Signer, TIMESTAMP_HEADER};

/// One event, ready to be posted. What is signed is what is sent, byte for byte, unless a fault says otherwise.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// `content-type`, and the two headers of the signature.
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Delivery {
    /// A delivery as Magic Hour makes it.
    pub fn signed(signer: &Signer, body: Bytes, at: Timestamp) -> Self {
        let timestamp = at.as_second().to_string();
        let signature = signer.sign(&timestamp, &body).digits();
        Self::unsigned(body).with_signature(&signature, timestamp.as_bytes())
    }

    /// A delivery without a signature.
    pub fn unsigned(body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { headers, body }
    }

    /// A delivery that is wrong in each of the named ways, and right in every other.
    ///
    /// Faults apply in the order in which a delivery is made: content, key, time, message, signature, body on the wire,
    /// headers; of two faults of one sort, the later one works on what the earlier one left.
    pub fn faulty(secret: &Secret, body: Bytes, at: Timestamp, faults: &[&Fault]) -> Self {
        let changes = || faults.iter().map(|fault| fault.change);
        let mut content = Vec::from(body);
        changes().filter_map(Change::content).for_each(|change| change(&mut content));
        let key = changes().filter_map(Change::key).fold(secret.expose().to_owned(), |key, change| change(&key));
        let timestamp = changes().filter_map(Change::time).fold(at.as_second().to_string(), |_, change| change(at));
        let signer = Signer::from_bytes(key.as_bytes());
        let signature = match changes().filter_map(Change::message).next_back() {
            Some(message) => signer.sign_parts(&[&message(&timestamp, &content)]),
            None => signer.sign(&timestamp, &content),
        };
        let signature =
            changes().filter_map(Change::signature).fold(signature.to_string(), |text, change| change(&text));
        changes().filter_map(Change::body).for_each(|change| change(&mut content));
        let mut delivery = Self::unsigned(content.into()).with_signature(signature.as_bytes(), timestamp.as_bytes());
        changes().filter_map(Change::headers).for_each(|change| change(&mut delivery.headers));
        delivery
    }

    /// Adds the headers of a signature, whose values we made ourselves; one that HTTP cannot carry would be left out.
    fn with_signature(mut self, signature: &[u8], timestamp: &[u8]) -> Self {
        const SIGNATURE: HeaderName = HeaderName::from_static(SIGNATURE_HEADER);
        const TIMESTAMP: HeaderName = HeaderName::from_static(TIMESTAMP_HEADER);
        for (name, value) in [(SIGNATURE, signature), (TIMESTAMP, timestamp)] {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                self.headers.append(name, value);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use jiff::Timestamp;

    use super::Delivery;
    use crate::model::contract::peek::Peek;
    use crate::model::signing::fault::{FAULTS, Fault, Shows};
    use crate::model::signing::reason::Reason;
    use crate::model::signing::secret::Secret;
    use crate::model::signing::signature::Signer;
    use crate::model::signing::verdict::{Trust, Verdict, Verifier};

    const BODY: &[u8] = br#"{"type":"video.completed","payload":{"id":"clx1","name":"a"}}"#;

    fn secret() -> Secret {
        Secret::new("mhw_test_0123456789abcdefghijABCDEFGHIJ")
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_730_742_038).unwrap()
    }

    fn verdict(headers: &HeaderMap, body: &[u8]) -> Verdict {
        Verifier::new(secret(), Trust::Configured).verify(headers, body, now())
    }

    #[test]
    fn a_signed_delivery_verifies_and_an_unsigned_one_does_not() {
        let signed = Delivery::signed(&Signer::new(&secret()), Bytes::from_static(BODY), now());
        assert_eq!(verdict(&signed.headers, &signed.body), Verdict::Verified);
        let unsigned = Delivery::unsigned(Bytes::from_static(BODY));
        assert_eq!(verdict(&unsigned.headers, &unsigned.body).reason().map(Reason::code), Some("missing-headers"));
    }

    #[test]
    fn without_faults_both_ways_of_making_a_delivery_agree() {
        let signed = Delivery::signed(&Signer::new(&secret()), Bytes::from_static(BODY), now());
        let faultless = Delivery::faulty(&secret(), Bytes::from_static(BODY), now(), &[]);
        assert_eq!((signed.headers, signed.body), (faultless.headers, faultless.body));
    }

    #[test]
    fn each_fault_shows_as_what_it_is() {
        for fault in &FAULTS {
            let delivery = Delivery::faulty(&secret(), Bytes::from_static(BODY), now(), &[fault]);
            let verdict = verdict(&delivery.headers, &delivery.body);
            let problem = Peek::at(&delivery.body).problem;
            match fault.shows {
                Shows::Reason(code) => {
                    assert_eq!(verdict.reason().map(Reason::code), Some(code), "{}", fault.name);
                }
                Shows::Problem(code) => {
                    assert_eq!(verdict, Verdict::Verified, "{}", fault.name);
                    assert_eq!(problem.map(|problem| problem.code()), Some(code), "{}", fault.name);
                }
            }
        }
    }

    #[test]
    fn a_timestamp_in_milliseconds_has_the_milliseconds_of_now() {
        let at = now() + jiff::SignedDuration::from_millis(437);
        let fault = FAULTS.iter().find(|fault| fault.name == "millisecond-timestamp").unwrap();
        let delivery = Delivery::faulty(&secret(), Bytes::from_static(BODY), at, &[fault]);
        assert_eq!(delivery.headers["magic-hour-event-timestamp"], "1730742038437");
    }

    #[test]
    fn faults_work_on_any_body_and_together() {
        let all: Vec<&Fault> = FAULTS.iter().collect();
        for body in [b"".as_slice(), b"[]", b"\xff\xfe", b"{", b"5", b"{\"type\":null}"] {
            for fault in &FAULTS {
                let delivery = Delivery::faulty(&secret(), Bytes::copy_from_slice(body), now(), &[fault]);
                if let Shows::Reason(_) = fault.shows {
                    assert!(verdict(&delivery.headers, &delivery.body).is_invalid(), "{} on {body:?}", fault.name);
                }
            }
            let _ = Delivery::faulty(&secret(), Bytes::copy_from_slice(body), now(), &all);
        }
    }
}
