//! Verification: whether a delivery is authentic, and if not, why not.

use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use serde::Serialize;

use crate::model::signing::diagnosis::{Evidence, diagnose};
use crate::model::signing::mistake::Mistake;
use crate::model::signing::reason::Reason;
use crate::model::signing::secret::Secret;
use crate::model::signing::signature::{
    SIGNATURE_HEADER, SIGNATURE_LENGTH, Signature, Signer, TIMESTAMP_HEADER, TOLERANCE,
};

/// A verdict without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    Verified,
    Unverified,
    Invalid,
}

impl VerdictKind {
    /// The kind's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Invalid => "invalid",
        }
    }

    /// The kind of that name. A name that this version does not know is not a good sign.
    pub fn named(name: &str) -> Self {
        match name {
            "verified" => Self::Verified,
            "unverified" => Self::Unverified,
            _ => Self::Invalid,
        }
    }
}

/// Result of verifying a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Signed with our secret, within the tolerance.
    Verified,
    /// Not verified, but it may well be authentic: we hold only the development secret.
    Unverified(Reason),
    /// Not authentic, or not as Magic Hour signs.
    Invalid(Reason),
}

impl Verdict {
    /// The verdict's stable name.
    pub const fn as_str(&self) -> &'static str {
        self.kind().as_str()
    }

    /// The verdict without its reason.
    pub const fn kind(&self) -> VerdictKind {
        match self {
            Self::Verified => VerdictKind::Verified,
            Self::Unverified(_) => VerdictKind::Unverified,
            Self::Invalid(_) => VerdictKind::Invalid,
        }
    }

    /// Why it is not verified.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Verified => None,
            Self::Unverified(reason) | Self::Invalid(reason) => Some(reason),
        }
    }

    /// Whether the delivery is to be refused.
    pub const fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }
}

/// Origin of the secret that verifies, which decides what a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The user configured it: a delivery that it does not verify is invalid.
    Configured,
    /// Only the development secret is known: the sender may rightly sign with another, or not at all.
    Development,
}

/// Verifies deliveries with one secret.
#[derive(Clone, Debug)]
pub struct Verifier {
    secret: Secret,
    signer: Signer,
    trust: Trust,
    tolerance: Duration,
}

impl Verifier {
    /// A verifier with the documented tolerance of 300 s in both directions.
    pub fn new(secret: Secret, trust: Trust) -> Self {
        Self { signer: Signer::new(&secret), secret, trust, tolerance: TOLERANCE }
    }

    /// Sets the largest difference between a timestamp and now.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The secret that is verified with.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Origin of the secret.
    pub const fn trust(&self) -> Trust {
        self.trust
    }

    /// Judges a delivery that arrived at `now`, and finds the likely mistake when the digest differs.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Verdict {
        self.judge(self.check(headers, body, now, diagnose))
    }

    /// Judges as [`Verifier::verify`] does, without looking for the mistake, which takes much longer than the digest.
    pub fn verify_without_diagnosis(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Verdict {
        self.judge(self.check(headers, body, now, |_| None))
    }

    fn judge(&self, checked: Result<(), Reason>) -> Verdict {
        match checked {
            Ok(()) => Verdict::Verified,
            Err(reason) if self.trust == Trust::Development && (reason.is_unsigned() || reason.is_digest()) => {
                Verdict::Unverified(reason)
            }
            Err(reason) => Verdict::Invalid(reason),
        }
    }

    fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
        diagnose: fn(&Evidence<'_>) -> Option<Mistake>,
    ) -> Result<(), Reason> {
        const SIGNATURE: HeaderName = HeaderName::from_static(SIGNATURE_HEADER);
        const TIMESTAMP: HeaderName = HeaderName::from_static(TIMESTAMP_HEADER);
        let signature = Presented::of(headers, &SIGNATURE);
        let timestamp = Presented::of(headers, &TIMESTAMP);
        let (signature, timestamp) = match (signature, timestamp) {
            (Presented::Absent, Presented::Absent) => return Err(Reason::MissingHeaders),
            (Presented::Absent, _) => return Err(Reason::MissingSignature),
            (_, Presented::Absent) => return Err(Reason::MissingTimestamp),
            (Presented::Repeated, _) => return Err(Reason::DuplicateSignature),
            (_, Presented::Repeated) => return Err(Reason::DuplicateTimestamp),
            (Presented::Once(signature), Presented::Once(timestamp)) => (signature, timestamp),
        };
        let signature = parse_signature(signature)?;
        let signed_at = parse_timestamp(timestamp)?;
        self.check_age(signed_at, now)?;
        if self.signer.verifies(timestamp, body, &signature) {
            return Ok(());
        }
        let evidence = Evidence { secret: &self.secret, signed_at, timestamp, body, signature };
        Err(diagnose(&evidence).map_or(Reason::DigestDiffers, Reason::Mistake))
    }

    fn check_age(&self, signed_at: u64, now: Timestamp) -> Result<(), Reason> {
        let now = u64::try_from(now.as_second()).unwrap_or_default();
        let tolerance = self.tolerance.as_secs();
        match (now.checked_sub(signed_at), signed_at.checked_sub(now)) {
            (Some(age), _) if age > tolerance => Err(Reason::TimestampTooOld(age)),
            (_, Some(ahead)) if ahead > tolerance => Err(Reason::TimestampInFuture(ahead)),
            _ => Ok(()),
        }
    }
}

/// Occurrences of a header.
enum Presented<'a> {
    Absent,
    Once(&'a [u8]),
    Repeated,
}

impl<'a> Presented<'a> {
    fn of(headers: &'a HeaderMap, name: &HeaderName) -> Self {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::Once(value.as_bytes()),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }
}

/// Whether a header that came several times was joined to one on the way, as proxies and Node join them.
fn is_joined(text: &[u8], is_value: impl Fn(&[u8]) -> bool) -> bool {
    text.contains(&b',') && text.split(|byte| *byte == b',').all(|part| is_value(part.trim_ascii()))
}

/// The signature that a text of the documented form spells: 64 lower-case hex digits.
fn well_formed(text: &[u8]) -> Option<Signature> {
    let text: &[u8; 2 * SIGNATURE_LENGTH] = text.try_into().ok()?;
    let mut digest = [0; SIGNATURE_LENGTH];
    for (byte, digits) in digest.iter_mut().zip(text.as_chunks::<2>().0) {
        let [high, low] = digits.map(digit);
        *byte = high? << 4 | low?;
    }
    Some(Signature(digest))
}

/// The value of a lower-case hex digit.
const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

/// Reads a signature header, or says what is wrong with its form.
fn parse_signature(text: &[u8]) -> Result<Signature, Reason> {
    if let Some(signature) = well_formed(text) {
        return Ok(signature);
    }
    if text.is_empty() {
        return Err(Reason::EmptySignature);
    }
    if is_joined(text, |part| part.len() == 2 * SIGNATURE_LENGTH && part.iter().all(u8::is_ascii_hexdigit)) {
        return Err(Reason::DuplicateSignature);
    }
    if let Some(prefix) = ["sha256=", "v1=", "v1,", "t="].into_iter().find(|p| text.starts_with(p.as_bytes())) {
        return Err(Reason::SignaturePrefix(prefix));
    }
    if text.iter().all(u8::is_ascii_hexdigit) {
        if text.len() != 2 * SIGNATURE_LENGTH {
            return Err(Reason::SignatureLength(text.len()));
        }
        return Err(Reason::SignatureUppercase);
    }
    let engines = [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD];
    if engines.iter().any(|engine| engine.decode(text).is_ok_and(|bytes| bytes.len() == SIGNATURE_LENGTH)) {
        return Err(Reason::SignatureBase64);
    }
    Err(Reason::SignatureNotHex)
}

/// Reads a timestamp header: 1 to 12 decimal digits of Unix seconds; 13 to 15 can only be milliseconds.
fn parse_timestamp(text: &[u8]) -> Result<u64, Reason> {
    const MOST_DIGITS_OF_SECONDS: usize = 12;
    const LEAST_DIGITS_OF_MILLISECONDS: usize = MOST_DIGITS_OF_SECONDS + 1;
    const MOST_DIGITS_OF_MILLISECONDS: usize = 15;
    if is_joined(text, |part| !part.is_empty() && part.iter().all(u8::is_ascii_digit)) {
        return Err(Reason::DuplicateTimestamp);
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(Reason::TimestampMalformed);
    }
    match text.len() {
        1..=MOST_DIGITS_OF_SECONDS => Ok(text.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))),
        LEAST_DIGITS_OF_MILLISECONDS..=MOST_DIGITS_OF_MILLISECONDS => Err(Reason::TimestampMilliseconds),
        _ => Err(Reason::TimestampMalformed),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use jiff::Timestamp;

    use super::{Trust, Verdict, Verifier};
    use crate::model::signing::reason::Reason;
    use crate::model::signing::secret::Secret;
    use crate::model::signing::signature::{SIGNATURE_HEADER, Signer, TIMESTAMP_HEADER};

    const NOW: i64 = 1_730_742_038;
    const BODY: &[u8] = b"{}";

    fn verdict(trust: Trust, signature: Option<&str>, timestamp: Option<&str>) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in [(SIGNATURE_HEADER, signature), (TIMESTAMP_HEADER, timestamp)] {
            if let Some(value) = value {
                headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
        }
        Verifier::new(Secret::new("secret"), trust).verify(&headers, BODY, Timestamp::from_second(NOW).unwrap())
    }

    fn signed_at(seconds: i64) -> Verdict {
        let timestamp = seconds.to_string();
        let signature = Signer::new(&Secret::new("secret")).sign(&timestamp, BODY).to_string();
        verdict(Trust::Configured, Some(&signature), Some(&timestamp))
    }

    #[test]
    fn the_window_is_five_minutes_in_both_directions() {
        assert_eq!(signed_at(NOW - 300), Verdict::Verified);
        assert_eq!(signed_at(NOW + 300), Verdict::Verified);
        assert_eq!(signed_at(NOW - 301), Verdict::Invalid(Reason::TimestampTooOld(301)));
        assert_eq!(signed_at(NOW + 301), Verdict::Invalid(Reason::TimestampInFuture(301)));
    }

    #[test]
    fn each_malformed_signature_has_its_reason() {
        let good = Signer::new(&Secret::new("secret")).sign(&NOW.to_string(), BODY);
        let hex = good.to_string();
        let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, good.0);
        let cases = [
            (String::new(), Reason::EmptySignature),
            (hex[..40].to_owned(), Reason::SignatureLength(40)),
            (hex.to_uppercase(), Reason::SignatureUppercase),
            (format!("sha256={hex}"), Reason::SignaturePrefix("sha256=")),
            (format!("v1={hex}"), Reason::SignaturePrefix("v1=")),
            (base64.trim_end_matches('=').to_owned(), Reason::SignatureBase64),
            (base64, Reason::SignatureBase64),
            ("z".repeat(64), Reason::SignatureNotHex),
            ("é".to_owned(), Reason::SignatureNotHex),
            ("0".repeat(64), Reason::DigestDiffers),
        ];
        for (signature, reason) in cases {
            let verdict = verdict(Trust::Configured, Some(&signature), Some(&NOW.to_string()));
            assert_eq!(verdict, Verdict::Invalid(reason), "{signature}");
        }
    }

    #[test]
    fn each_malformed_timestamp_has_its_reason() {
        let cases = [
            ("", Reason::TimestampMalformed),
            ("soon", Reason::TimestampMalformed),
            ("-5", Reason::TimestampMalformed),
            ("1730742038.5", Reason::TimestampMalformed),
            ("1_730_742_038", Reason::TimestampMalformed),
            ("1730742038000", Reason::TimestampMilliseconds),
            ("1730742038000000", Reason::TimestampMalformed),
        ];
        for (timestamp, reason) in cases {
            let verdict = verdict(Trust::Configured, Some(&"0".repeat(64)), Some(timestamp));
            assert_eq!(verdict, Verdict::Invalid(reason), "{timestamp}");
        }
    }

    #[test]
    fn the_development_secret_doubts_only_what_another_secret_would_explain() {
        let zeros = "0".repeat(64);
        let now = NOW.to_string();
        let cases = [
            (None, None, Verdict::Unverified(Reason::MissingHeaders)),
            (None, Some(now.as_str()), Verdict::Unverified(Reason::MissingSignature)),
            (Some(zeros.as_str()), Some(now.as_str()), Verdict::Unverified(Reason::DigestDiffers)),
            (Some(zeros.as_str()), None, Verdict::Invalid(Reason::MissingTimestamp)),
            (Some("00"), Some(now.as_str()), Verdict::Invalid(Reason::SignatureLength(2))),
            (Some(zeros.as_str()), Some("1"), Verdict::Invalid(Reason::TimestampTooOld(1_730_742_037))),
        ];
        for (signature, timestamp, expected) in cases {
            assert_eq!(verdict(Trust::Development, signature, timestamp), expected);
        }
    }
}
