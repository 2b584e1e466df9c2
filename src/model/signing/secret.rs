//! Secrets: signing keys and API keys, which never show themselves.

use std::fmt;

/// A webhook secret or an API key.
///
/// The type has no `Display` and no `Serialize`, and its `Debug` is redacted, so that a secret cannot slip into a log
/// or a record; code that needs the bytes says so with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The prefix of development secrets. Magic Hour's own are `mhw_live_` and 32 alphanumerics.
    pub const DEVELOPMENT_PREFIX: &'static str = "mhw_test_";

    /// Takes any text as a secret. Stray whitespace is kept: it is the caller's to judge.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. Its UTF-8 bytes, prefix included, are the HMAC key.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A form that is safe to print: the prefix and the last four characters, as in `mhw_test_…x7Qp`.
    ///
    /// Of a short secret nothing is shown, since four characters would be too much of it.
    pub fn masked(&self) -> String {
        const SHOWN: usize = 4;
        let prefix = known_prefix(&self.0);
        let rest: Vec<char> = self.0.chars().skip(prefix.len()).collect();
        if rest.len() < 4 * SHOWN {
            return format!("{prefix}…");
        }
        let tail: String = rest.iter().rev().take(SHOWN).rev().collect();
        format!("{prefix}…{tail}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The part of a secret that names its sort and is no secret itself.
fn known_prefix(text: &str) -> &str {
    const PREFIXES: [&str; 7] = ["mhw_live_", "mhw_test_", "mhk_live_", "mhk_test_", "mhw_", "mhk_", "whsec_"];
    PREFIXES.into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_masked_secret_shows_its_sort_and_its_last_four_characters() {
        assert_eq!(Secret::new("mhw_test_0123456789abcdefghijABCDEFGHIJ").masked(), "mhw_test_…GHIJ");
        assert_eq!(Secret::new("0123456789abcdefghijABCDEFGHIJ").masked(), "…GHIJ");
    }

    #[test]
    fn a_short_secret_shows_nothing() {
        assert_eq!(Secret::new("hunter2").masked(), "…");
        assert_eq!(Secret::new("mhw_live_abc").masked(), "mhw_live_…");
    }

    #[test]
    fn debug_is_redacted() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
