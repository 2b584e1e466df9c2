//! A verdict with everything that was compared to reach it.

use http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;

use crate::model::signing::advice::advice;
use crate::model::signing::reason::Reason;
use crate::model::signing::signature::{SIGNATURE_HEADER, Signer, TIMESTAMP_HEADER};
use crate::model::signing::verdict::{Trust, Verdict, VerdictKind, Verifier};
use crate::model::text::timestamp::rfc3339;

/// A delivery to judge, and the time as of which it is judged.
#[derive(Clone, Copy, Debug)]
pub struct JudgedDelivery<'a> {
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    pub at: Timestamp,
}

/// A finding, and what was compared.
#[derive(Debug, Serialize)]
pub struct VerdictReport {
    /// The verdict's stable name.
    pub verdict: VerdictKind,
    /// The reason's stable code.
    pub reason: Option<&'static str>,
    /// The reason as a sentence.
    pub explanation: Option<String>,
    pub advice: Option<&'static str>,
    /// The time as of which it was judged.
    pub judged_at: String,
    /// The timestamp header, if it is there once.
    pub timestamp: Option<String>,
    /// The length of the signed body.
    pub body_bytes: usize,
    /// The signature header, if it is there once.
    pub signature: Option<String>,
    /// The signature that our secret gives.
    pub expected_signature: Option<String>,
    /// Whether both are the same, whatever the timestamp's age; nothing if there is no form to compare.
    pub signature_matches: Option<bool>,
    /// A second fault: the age, where the digest differs too.
    pub besides: Option<String>,
    /// The secret, masked.
    pub secret: String,
    /// Origin of the secret, for people.
    pub secret_origin: String,
    /// Whether it is the development secret.
    #[serde(skip)]
    pub development: bool,
}

impl VerdictReport {
    /// Judges a delivery with a secret that comes from `origin`.
    pub fn of(delivery: JudgedDelivery<'_>, verifier: &Verifier, origin: &str) -> Self {
        let JudgedDelivery { headers, body, at } = delivery;
        let verdict = verifier.verify(headers, body, at);
        let (signature, timestamp) = (once(headers, SIGNATURE_HEADER), once(headers, TIMESTAMP_HEADER));
        let signer = Signer::new(verifier.secret());
        let expected = timestamp.as_deref().map(|text| signer.sign(text, body).to_string());
        // Of a delivery that is too old, or not old enough, the signature is worth a word as well.
        let ageless = verifier.clone().tolerance(Duration::MAX).verify(headers, body, at);
        let signature_matches = match (&ageless, ageless.reason()) {
            (Verdict::Verified, _) => Some(true),
            (_, Some(reason)) if reason.is_digest() => Some(false),
            // What is wrong is elsewhere, such as a timestamp that is no time; the signature may be right all the same.
            _ => (signature.is_some() && signature == expected).then_some(true),
        };
        // A capture is nearly always old; a digest that differs is the cause that matters.
        let mistake = ageless.reason().filter(|reason| reason.is_digest());
        let reason = mistake.or(verdict.reason());
        let besides = verdict.reason().filter(|own| Some(*own) != reason);
        Self {
            verdict: verdict.kind(),
            reason: reason.map(Reason::code),
            explanation: reason.map(ToString::to_string),
            advice: reason.map(advice),
            judged_at: rfc3339(at),
            timestamp,
            body_bytes: body.len(),
            signature,
            expected_signature: expected,
            signature_matches,
            besides: besides.map(ToString::to_string),
            secret: verifier.secret().masked(),
            secret_origin: origin.to_owned(),
            development: verifier.trust() == Trust::Development,
        }
    }
}

/// Value of a header that occurs once.
fn once(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { Some(String::from_utf8_lossy(first.as_bytes()).into_owned()) }
}
