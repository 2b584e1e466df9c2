//! Magic Hour's signature on one page: the signed bytes, the key, and the headers.
//!
//! The signed message is the timestamp header's text, a dot, and the raw bytes of the body; the key is the whole secret
//! in UTF-8, prefix included; the signature is HMAC-SHA256 in lower-case hex.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::signing::secret::Secret;

/// The header that carries the signature: 64 lower-case hex digits.
pub const SIGNATURE_HEADER: &str = "magic-hour-event-signature";

/// The header that carries the time of signing: decimal Unix seconds.
pub const TIMESTAMP_HEADER: &str = "magic-hour-event-timestamp";

/// Largest difference between a timestamp and now, in either direction, as the documentation recommends.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// The length of a signature in bytes; in hex it is twice that.
pub const SIGNATURE_LENGTH: usize = 32;

/// A raw HMAC-SHA256 digest. `Display` writes the header's value.
///
/// Two digests cannot be compared with `==`, which takes longer the more they agree: [`Signer::verifies`] compares.
///
/// ```compile_fail,E0369
/// use mh_hook::model::signing::signature::Signature;
/// assert!(Signature([0; 32]) == Signature([0; 32]));
/// ```
#[derive(Clone, Copy)]
pub struct Signature(pub [u8; SIGNATURE_LENGTH]);

impl Signature {
    /// The header's value in ASCII: 64 lower-case hex digits.
    pub fn digits(&self) -> [u8; 2 * SIGNATURE_LENGTH] {
        let mut digits = [0; 2 * SIGNATURE_LENGTH];
        // Cannot fail, for the lengths agree.
        let _ = hex::encode_to_slice(self.0, &mut digits);
        digits
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.digits()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// A key that is ready to sign: the secret is hashed into it once, not for every event.
#[derive(Clone)]
pub struct Signer {
    key: Hmac<Sha256>,
}

impl Signer {
    /// A signer with a secret's UTF-8 bytes as the key.
    pub fn new(secret: &Secret) -> Self {
        Self::from_bytes(secret.expose().as_bytes())
    }

    /// A signer with any bytes as the key, as HMAC allows.
    ///
    /// # Panics
    ///
    /// Never: keys of any length are taken.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length, so this cannot fail")]
    pub fn from_bytes(key: &[u8]) -> Self {
        Self { key: Hmac::new_from_slice(key).expect("HMAC takes keys of any length") }
    }

    /// Signs a delivery as Magic Hour does.
    pub fn sign(&self, timestamp: &str, body: &[u8]) -> Signature {
        self.sign_parts(&[timestamp.as_bytes(), b".", body])
    }

    /// Whether a delivery carries this signature. Takes the same time wherever the first difference is.
    pub fn verifies(&self, timestamp: &[u8], body: &[u8], signature: &Signature) -> bool {
        self.verifies_parts(&[timestamp, b".", body], signature)
    }

    /// Whether the parts, signed as one message, give this signature. Takes the same time wherever the first
    /// difference is.
    #[inline]
    pub fn verifies_parts(&self, parts: &[&[u8]], signature: &Signature) -> bool {
        self.message(parts).verify_slice(&signature.0).is_ok()
    }

    /// Signs the parts as one message: for signatures that are wrong on purpose, and for finding out why one is wrong.
    #[inline]
    pub fn sign_parts(&self, parts: &[&[u8]]) -> Signature {
        Signature(self.message(parts).finalize().into_bytes().into())
    }

    /// A message that begins with these parts and is signed piece by piece.
    pub fn begin(&self, parts: &[&[u8]]) -> SignedMessage {
        SignedMessage(self.message(parts))
    }

    #[inline]
    fn message(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        for part in parts {
            mac.update(part);
        }
        mac
    }
}

/// A message that is signed piece by piece.
#[derive(Clone)]
pub struct SignedMessage(Hmac<Sha256>);

impl SignedMessage {
    /// Adds the next piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Whether the message has this signature. Takes the same time wherever the first difference is.
    pub fn verifies(self, signature: &Signature) -> bool {
        self.0.verify_slice(&signature.0).is_ok()
    }
}

impl fmt::Debug for SignedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedMessage(…)")
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Signer;
    use crate::model::signing::secret::Secret;

    /// Computed with Python's `hmac` and checked with OpenSSL: secret, timestamp, body, signature.
    const KNOWN_ANSWERS: [[&str; 4]; 4] = [
        [
            "mhw_test_0123456789abcdefghijABCDEFGHIJ",
            "1729314984",
            r#"{"type":"video.completed","payload":{"id":"clx123","status":"complete","downloads":[{"url":"https://videos.magichour.ai/output.mp4"}]}}"#,
            "302bea3f452cd289fcc0fe0e90d8ebdfd998477c8ca5ab2fe80624fec81e8a42",
        ],
        [
            "mhw_test_0123456789abcdefghijABCDEFGHIJ",
            "1730742038",
            r#"{"type":"image.started","payload":{"id":"cuid-example","name":null}}"#,
            "b309296ed2ddf17859a87d2a257d8d92933bc6575c9436dc2abf92c0fc186483",
        ],
        [
            "sécret",
            "1700000000",
            r#"{"type":"audio.errored","payload":{"name":"héllo 🐱"}}"#,
            "9927362040b723153681449d4b88ef29224403213490d5fe598824e38fbe3ba3",
        ],
        [
            "mhw_test_0123456789abcdefghijABCDEFGHIJ",
            "1730742038",
            "",
            "a7a8cbcf1a1db7e73e898744c24b4d57352e23b731226bfaf17a514219b74e33",
        ],
    ];

    #[test]
    fn the_known_answers_come_out() {
        for [secret, timestamp, body, signature] in KNOWN_ANSWERS {
            let signed = Signer::new(&Secret::new(secret)).sign(timestamp, body.as_bytes());
            assert_eq!(signed.to_string(), signature, "{body}");
        }
    }
}
