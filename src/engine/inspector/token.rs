//! The token of a run: it is part of the link, and nothing else holds it.

use sha2::{Digest, Sha256};

/// The length in bytes: 256 bits.
const LENGTH: usize = 32;

/// A token, written as 64 hex digits.
#[derive(Clone)]
pub(super) struct RunToken(String);

impl RunToken {
    /// A new token of the operating system's randomness; none where that gives no numbers.
    pub(super) fn generate() -> Option<Self> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).ok()?;
        Some(Self(hex::encode(bytes)))
    }

    /// The token for the link.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is the token. The digests are compared, so that the time says nothing about the text.
    pub(super) fn is(&self, text: &str) -> bool {
        Sha256::digest(text.as_bytes()) == Sha256::digest(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::RunToken;

    #[test]
    fn a_token_is_64_hex_digits_and_no_other_text_is_it() {
        let token = RunToken::generate().unwrap();
        let text = token.expose().to_owned();
        assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(token.is(&text));
        assert!(!token.is("") && !token.is(&text[1..]) && !token.is(RunToken::generate().unwrap().expose()));
    }
}
