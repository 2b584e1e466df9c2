//! The address of the Magic Hour API, normalised.

use std::fmt;

use url::Url;

use crate::model::loopback::is_loopback;

/// The base URL of the API, without the `/v1` that every path starts with and without a trailing slash.
///
/// It is parsed by the parser that the HTTP client uses, so that what is judged here is what is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    origin: String,
    loopback: bool,
    encrypted: bool,
}

/// A text that is no base URL. It is never quoted, since a URL may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It does not parse, or speaks another protocol.
    #[error("is not an http or https URL")]
    NotHttp,
    /// There is a user name or a password in it.
    #[error("has a user name or a password in it")]
    Credentials,
    /// There is a query or a fragment, behind which a path cannot be appended.
    #[error("has a query or a fragment")]
    Query,
}

impl BaseUrl {
    /// Base URL of Magic Hour's API.
    pub const OFFICIAL: &'static str = "https://api.magichour.ai";

    /// The official base URL.
    pub fn official() -> Self {
        let official = Self::OFFICIAL.to_owned();
        Self { origin: official.clone(), text: official, loopback: false, encrypted: true }
    }

    /// Reads a base URL; a trailing `/` or `/v1` is dropped.
    ///
    /// # Errors
    ///
    /// When it is no http or https URL, or holds more than an origin and a path.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text).map_err(|_| BaseUrlError::NotHttp)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BaseUrlError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path).trim_end_matches('/');
        Ok(Self {
            text: format!("{origin}{path}"),
            origin,
            loopback: is_loopback(&url),
            encrypted: url.scheme() == "https",
        })
    }

    /// The URL, to which a path such as `/v1/account` is appended.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port alone.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether this is Magic Hour itself, over https.
    pub fn is_official(&self) -> bool {
        self.origin == Self::OFFICIAL
    }

    /// Whether the host is this machine, by its usual names. Others that may resolve to it are not trusted.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether a key may travel there: over https, or without leaving the machine.
    pub fn is_private(&self) -> bool {
        self.encrypted || self.loopback
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, BaseUrlError};

    #[test]
    fn a_trailing_slash_or_version_is_dropped() {
        for (given, kept) in [
            ("https://api.magichour.ai", "https://api.magichour.ai"),
            ("https://api.magichour.ai/", "https://api.magichour.ai"),
            ("https://API.magichour.ai:443/v1/", "https://api.magichour.ai"),
            ("http://localhost:8787/v1", "http://localhost:8787"),
            ("http://127.0.0.1:18081/pre/v1//", "http://127.0.0.1:18081/pre"),
            ("https://v1", "https://v1"),
            ("https://host/pre-v1", "https://host/pre-v1"),
        ] {
            assert_eq!(BaseUrl::parse(given).unwrap().as_str(), kept, "{given}");
        }
        assert_eq!(BaseUrl::parse(BaseUrl::OFFICIAL).unwrap(), BaseUrl::official());
    }

    #[test]
    fn only_plain_http_urls_are_base_urls() {
        assert_eq!(BaseUrl::parse("api.magichour.ai"), Err(BaseUrlError::NotHttp));
        assert_eq!(BaseUrl::parse("ftp://host"), Err(BaseUrlError::NotHttp));
        assert_eq!(BaseUrl::parse("https://"), Err(BaseUrlError::NotHttp));
        assert_eq!(BaseUrl::parse("https://api.magichour.ai@evil.example"), Err(BaseUrlError::Credentials));
        assert_eq!(BaseUrl::parse("https://host/?a=b"), Err(BaseUrlError::Query));
        assert_eq!(BaseUrl::parse("https://host/#a"), Err(BaseUrlError::Query));
    }

    #[test]
    fn this_machine_and_magic_hour_are_told_from_look_alikes() {
        for (url, official, loopback, private) in [
            ("https://api.magichour.ai/v1", true, false, true),
            ("http://api.magichour.ai", false, false, false),
            ("https://api.magichour.ai:8443", false, false, true),
            ("https://api.magichour.ai.evil.example", false, false, true),
            ("http://localhost:8787", false, true, true),
            ("http://127.9.9.9", false, true, true),
            ("http://[::1]:8787", false, true, true),
            ("http://localhost.evil.example", false, false, false),
            ("http://127.0.0.1.evil.example", false, false, false),
            (r"https://evil.example\@127.0.0.1", false, false, true),
        ] {
            let parsed = BaseUrl::parse(url).unwrap();
            assert_eq!(
                (parsed.is_official(), parsed.is_loopback(), parsed.is_private()),
                (official, loopback, private),
                "{url}"
            );
        }
    }
}
