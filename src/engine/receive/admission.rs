//! Requests that are turned away before their body is read: pages of a browser, loops, and paths that point elsewhere.

use http::header::{HOST, ORIGIN, VIA};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use url::Url;

use crate::model::loopback::is_loopback;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A name of one receiver, which every request that it passes on carries in `Via`, as RFC 9110 asks of a gateway. A
/// request that carries it already went through here.
#[derive(Clone, Debug)]
pub(crate) struct HopMark(HeaderValue);

impl HopMark {
    /// A name that no other receiver has.
    pub(crate) fn new() -> Self {
        let mark = format!("1.1 mh-hook-{:08x}", fastrand::u32(..));
        Self(HeaderValue::try_from(mark).unwrap_or(HeaderValue::from_static("1.1 mh-hook")))
    }

    /// Adds it to the headers of a request.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        headers.append(VIA, self.0.clone());
    }

    fn is_in(&self, headers: &HeaderMap) -> bool {
        let own = self.0.as_bytes();
        headers
            .get_all(VIA)
            .iter()
            .any(|via| via.as_bytes().split(|byte| *byte == b',').any(|hop| hop.trim_ascii() == own))
    }
}

impl Default for HopMark {
    fn default() -> Self {
        Self::new()
    }
}

/// A status and a reason, where a request is no delivery.
pub(crate) type Refusal = (StatusCode, &'static str);

/// Turns a request away that is no delivery, whatever its method and its body.
pub(crate) fn admit(head: &Parts, base: Option<&str>, hop: &HopMark) -> Result<(), Refusal> {
    if hop.is_in(&head.headers) {
        return Err((
            StatusCode::LOOP_DETECTED,
            "this delivery was passed on from here before: --forward points back to this listener",
        ));
    }
    match base {
        Some(base) if !is_below(head.uri.path(), base) => {
            Err((StatusCode::NOT_FOUND, "no events are taken at this path"))
        }
        Some(_) if leads_elsewhere(head.uri.path()) => {
            Err((StatusCode::NOT_FOUND, "a path with '..', '.' or '\\' is not taken"))
        }
        _ => Ok(()),
    }
}

/// Turns away what a page of another site has a browser send. Magic Hour is no browser.
pub(crate) fn admit_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let refusal = (StatusCode::FORBIDDEN, "a page of another site sent this through a browser");
    if headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "cross-site") {
        return Err(refusal);
    }
    let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let own = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_own =
        own.is_some_and(|own| origin.split_once("://").is_some_and(|(_, site)| site.eq_ignore_ascii_case(own)));
    let is_local = || Url::parse(origin).is_ok_and(|url| is_loopback(&url));
    if is_own || is_local() { Ok(()) } else { Err(refusal) }
}

/// Whether `path` is `base` or lies below it.
fn is_below(path: &str, base: &str) -> bool {
    path.strip_prefix(base.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a server could take a path for one outside of the folder that it seems to lie in, in any spelling.
fn leads_elsewhere(path: &str) -> bool {
    /// The number of times that something behind us may decode a path.
    const DECODINGS: usize = 3;
    let mut spelled = path.as_bytes().to_vec();
    for _ in 0..DECODINGS {
        let dots = |segment: &[u8]| {
            // What follows a semicolon is a parameter to some servers.
            let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
            name == b"." || name == b".."
        };
        if spelled.contains(&b'\\') || spelled.split(|byte| *byte == b'/').any(dots) {
            return true;
        }
        let decoded = decoded(&spelled);
        if decoded == spelled {
            return false;
        }
        spelled = decoded;
    }
    // Nobody writes an honest path like this.
    true
}

/// The bytes with each `%XX` decoded once.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let mut byte = [0];
        rest = after;
        match after.get(..2) {
            Some(digits) if *first == b'%' && hex::decode_to_slice(digits, &mut byte).is_ok() => {
                out.extend_from_slice(&byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => out.push(*first),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{HopMark, admit_site, is_below, leads_elsewhere};

    #[test]
    fn a_path_is_below_itself_and_its_parents_but_not_its_neighbours() {
        assert!(is_below("/webhook", "/webhook"));
        assert!(is_below("/webhook/a", "/webhook"));
        assert!(is_below("/webhook", "/webhook/"));
        assert!(is_below("/anything", "/"));
        assert!(!is_below("/webhooks", "/webhook"));
        assert!(!is_below("/", "/webhook"));
    }

    #[test]
    fn dots_are_seen_in_every_spelling() {
        let elsewhere = [
            "/webhook/../admin",
            "/webhook/..",
            "/webhook/./x",
            "/webhook/%2e%2e/admin",
            "/webhook/.%2E/admin",
            "/webhook/%252e%252e/admin",
            "/webhook/..%2fadmin",
            "/webhook/..;/admin",
            "/webhook/..\\admin",
            "/webhook/%5c..%5cadmin",
            "/webhook/%25252525252e",
        ];
        for path in elsewhere {
            assert!(leads_elsewhere(path), "{path}");
        }
        for path in ["/webhook", "/webhook/a..b/...", "/webhook/.well-known", "/webhook/a%20b", "/webhook/100%"] {
            assert!(!leads_elsewhere(path), "{path}");
        }
    }

    #[test]
    fn what_a_page_of_another_site_sends_is_turned_away() {
        let admitted = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("localhost:8000"));
            for (name, value) in pairs {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            admit_site(&headers).is_ok()
        };
        assert!(admitted(&[]));
        assert!(admitted(&[("origin", "http://localhost:8000"), ("sec-fetch-site", "same-origin")]));
        assert!(admitted(&[("origin", "http://127.0.0.1:3000")]));
        assert!(admitted(&[("origin", "http://[::1]:3000")]));
        assert!(!admitted(&[("origin", "http://evil.example")]));
        assert!(!admitted(&[("origin", "http://localhost.evil.example")]));
        assert!(!admitted(&[("origin", "null")]));
        assert!(!admitted(&[("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn a_hop_mark_is_found_among_others() {
        let mark = HopMark::new();
        let mut headers = HeaderMap::new();
        headers.append("via", HeaderValue::from_static("1.1 proxy, 1.1 mh-hook-0"));
        assert!(!mark.is_in(&headers));
        mark.add_to(&mut headers);
        assert!(mark.is_in(&headers));
        assert_eq!(headers.get_all("via").iter().count(), 2);
    }
}
