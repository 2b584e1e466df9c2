//! Why a signature was not accepted: stable codes for programs, sentences for people.

use std::fmt;

use crate::model::signing::mistake::Mistake;

/// Why a delivery is not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Neither header is there.
    MissingHeaders,
    /// The signature header is not there.
    MissingSignature,
    /// The timestamp header is not there.
    MissingTimestamp,
    /// The signature header is there more than once.
    DuplicateSignature,
    /// The timestamp header is there more than once.
    DuplicateTimestamp,
    /// The signature header has nothing in it.
    EmptySignature,
    /// Hex, but not 64 digits of it; holds the number of digits.
    SignatureLength(usize),
    /// Neither hex nor one of the other forms in this table.
    SignatureNotHex,
    /// A scheme's name before the hex, as in `sha256=`.
    SignaturePrefix(&'static str),
    /// The 32 bytes are there, but in base64.
    SignatureBase64,
    /// The hex digits are upper-case; Magic Hour's are lower-case.
    SignatureUppercase,
    /// Not a whole number of seconds.
    TimestampMalformed,
    /// A whole number, but of milliseconds.
    TimestampMilliseconds,
    /// Signed longer ago than the tolerance; holds the age in seconds.
    TimestampTooOld(u64),
    /// Signed further in the future than the tolerance; holds by how many seconds.
    TimestampInFuture(u64),
    /// The digest differs, and a likely mistake explains it.
    Mistake(Mistake),
    /// The digest differs, and nothing explains it.
    DigestDiffers,
    /// The capture did not keep the bytes that were signed.
    BodyNotKept,
}

impl Reason {
    /// The reason's stable name, for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingHeaders => "missing-headers",
            Self::MissingSignature => "missing-signature",
            Self::MissingTimestamp => "missing-timestamp",
            Self::DuplicateSignature => "duplicate-signature",
            Self::DuplicateTimestamp => "duplicate-timestamp",
            Self::EmptySignature => "empty-signature",
            Self::SignatureLength(_) => "signature-length",
            Self::SignatureNotHex => "signature-not-hex",
            Self::SignaturePrefix(_) => "signature-prefix",
            Self::SignatureBase64 => "signature-base64",
            Self::SignatureUppercase => "signature-uppercase",
            Self::TimestampMalformed => "timestamp-malformed",
            Self::TimestampMilliseconds => "timestamp-milliseconds",
            Self::TimestampTooOld(_) => "timestamp-too-old",
            Self::TimestampInFuture(_) => "timestamp-in-future",
            Self::Mistake(mistake) => mistake.code(),
            Self::DigestDiffers => "digest-differs",
            Self::BodyNotKept => "body-not-kept",
        }
    }

    /// Whether only the digest is in question: the sender may rightly hold another secret.
    pub const fn is_digest(&self) -> bool {
        matches!(self, Self::Mistake(_) | Self::DigestDiffers)
    }

    /// Whether the sender did not sign at all.
    pub const fn is_unsigned(&self) -> bool {
        matches!(self, Self::MissingHeaders | Self::MissingSignature)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeaders => f.write_str("not signed: both headers are missing"),
            Self::MissingSignature => f.write_str("signature header is missing"),
            Self::MissingTimestamp => f.write_str("timestamp header is missing"),
            Self::DuplicateSignature => f.write_str("signature header is there more than once"),
            Self::DuplicateTimestamp => f.write_str("timestamp header is there more than once"),
            Self::EmptySignature => f.write_str("signature is empty"),
            Self::SignatureLength(digits) => write!(f, "signature has {digits} hex digits instead of 64"),
            Self::SignatureNotHex => f.write_str("signature is not hex"),
            Self::SignaturePrefix(prefix) => write!(f, "signature has the prefix '{prefix}'; Magic Hour's has none"),
            Self::SignatureBase64 => f.write_str("signature is in base64 instead of hex"),
            Self::SignatureUppercase => f.write_str("signature is in upper-case hex instead of lower-case"),
            Self::TimestampMalformed => f.write_str("timestamp is not in Unix seconds"),
            Self::TimestampMilliseconds => f.write_str("timestamp is in milliseconds"),
            Self::TimestampTooOld(age) => write!(f, "timestamp is {} old", Seconds(*age)),
            Self::TimestampInFuture(ahead) => write!(f, "timestamp is {} in the future", Seconds(*ahead)),
            Self::Mistake(mistake) => mistake.fmt(f),
            Self::DigestDiffers => f.write_str("signed with another secret, or the body was changed"),
            Self::BodyNotKept => f.write_str("the service that received it did not keep the bytes"),
        }
    }
}

/// Seconds in the two largest units that say something, as in `1 h 5 m`.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
        let mut rest = self.0;
        let mut parts = UNITS.into_iter().filter_map(|(length, name)| {
            let whole = rest / length;
            rest %= length;
            (whole > 0).then(|| format!("{whole} {name}"))
        });
        match (parts.next(), parts.next()) {
            (None, _) => f.write_str("0 s"),
            (Some(first), None) => f.write_str(&first),
            (Some(first), Some(second)) => write!(f, "{first} {second}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn ages_are_said_in_the_units_that_matter() {
        let said = |age| Reason::TimestampTooOld(age).to_string();
        assert_eq!(said(301), "timestamp is 5 m 1 s old");
        assert_eq!(said(3_600), "timestamp is 1 h old");
        assert_eq!(said(90_061), "timestamp is 1 d 1 h old");
    }
}
