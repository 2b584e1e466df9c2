//! Targets of requests: URLs taken as a browser takes them, whose paths are sent as they were given.

use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::str::FromStr;

use http::uri::PathAndQuery;
use url::Host;

use crate::model::loopback::is_loopback_host;
use crate::model::nearest;

/// An http or https URL, ready to be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    text: String,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The host name, or an address without brackets.
    pub host: String,
    /// The port, given or implied.
    pub port: u16,
    /// The `Host` header: the host, and the port unless it is the scheme's own.
    pub authority: String,
    /// The path with its query, as it is sent; `/` if there is none.
    pub path: PathAndQuery,
    /// Addresses of the host that are known already; without any, the resolver is asked.
    pub addresses: Vec<SocketAddr>,
}

/// Why a text is not a URL that can be posted to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{url}' is not a usable URL: {problem}")]
pub struct TargetError {
    pub url: String,
    /// Description of the fault, with its place.
    pub problem: String,
    /// Suggestion of what was probably meant.
    pub suggestion: Option<String>,
}

/// Stands for a URL that holds a password.
const HIDDEN: &str = "…";

impl TargetError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        const FORMS: &str = "a URL reads http://localhost:3000/webhook; for this machine 3000 or :3000/webhook will do";
        match &self.suggestion {
            Some(url) => Some(format!("did you mean {url} ?")),
            None => (self.url != HIDDEN && !self.url.contains("://")).then(|| FORMS.to_owned()),
        }
    }
}

impl Target {
    /// The same, with addresses that need not be looked up.
    #[must_use]
    pub fn at(&self, addresses: Vec<SocketAddr>) -> Self {
        Self { addresses, ..self.clone() }
    }

    /// Whether the host is this machine: `localhost`, a name below it, or a loopback address.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let url = url.trim();
        let wrong =
            |problem: String, suggestion: Option<String>| TargetError { url: url.to_owned(), problem, suggestion };
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(wrong("it has no http:// or https://".to_owned(), suggestion(url)));
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong(format!("'{scheme}' is not http or https"), suggestion(url))),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if authority.contains('@') {
            let problem = "it holds a user name or password".to_owned();
            return Err(TargetError { url: HIDDEN.to_owned(), problem, suggestion: None });
        }
        if let Some((at, c)) = url.chars().enumerate().find(|(_, c)| c.is_control()) {
            return Err(wrong(format!("character {} is {c:?}; it must be percent-encoded", at + 1), None));
        }
        if !authority.is_ascii() {
            return Err(wrong("its host is not ASCII: write the form of it that begins with xn--".to_owned(), None));
        }
        let Authority { host, port } = Authority::parse(authority).map_err(|problem| wrong(problem, None))?;
        let given = path.split('#').next().unwrap_or_default();
        if given.contains('\\') {
            return Err(wrong("it holds a backslash; write / or %5C".to_owned(), Some(url.replace('\\', "/"))));
        }
        let path = sent_path(given);
        let path_and_query = path.parse().map_err(|_| wrong("its path cannot be sent over HTTP".to_owned(), None))?;
        let default_port = if tls { 443 } else { 80 };
        let authority = match port.filter(|port| *port != default_port) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let shown = if given.is_empty() { "" } else { path.as_str() };
        let text = format!("{}://{authority}{shown}", scheme.to_ascii_lowercase());
        let host = host.to_string().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self {
            text,
            tls,
            host,
            port: port.unwrap_or(default_port),
            authority,
            path: path_and_query,
            addresses: Vec::new(),
        })
    }
}

/// Host and port of a URL.
struct Authority {
    host: Host,
    port: Option<u16>,
}

impl Authority {
    /// Reads them as a browser does: names in lower case, addresses in their usual spelling.
    fn parse(text: &str) -> Result<Self, String> {
        let colon = text.rfind(':').filter(|colon| text.rfind(']').is_none_or(|bracket| bracket < *colon));
        let (host, port) = match colon {
            Some(colon) => (text.get(..colon).unwrap_or_default(), text.get(colon + 1..)),
            None => (text, None),
        };
        if host.is_empty() {
            return Err("it has no host".to_owned());
        }
        let host = Host::parse(host).map_err(|_| format!("'{host}' is no host"))?;
        let digits =
            |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse::<u16>().ok()).flatten();
        let port = match port.map(|port| digits(port).ok_or(())) {
            None => None,
            Some(Ok(0)) => return Err("port 0 cannot be connected to".to_owned()),
            Some(Ok(port)) => Some(port),
            Some(Err(())) => return Err("its port is not a number up to 65535".to_owned()),
        };
        Ok(Self { host, port })
    }
}

/// The URL that was probably meant, if one resembles it.
fn suggestion(url: &str) -> Option<String> {
    let bare = url.trim_matches(['"', '\'', '`']);
    let letters = bare.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(bare.len());
    let (word, after) = bare.split_at(letters);
    let scheme = nearest(word, ["http", "https"]).filter(|_| after.starts_with([':', ';', '/', '\\']));
    let rest =
        if scheme.is_some() { after.trim_start_matches([':', ';', '/', '\\']) } else { bare.trim_start_matches('/') };
    let url = format!("{}://{rest}", scheme.unwrap_or("http"));
    let target: Target = url.parse().ok()?;
    let is_a_place = target.is_loopback() || target.host.contains('.') || rest.contains(':');
    let is_a_number = rest.bytes().all(|byte| byte.is_ascii_digit());
    (is_a_place && !is_a_number).then_some(url)
}

/// The path and query as a browser sends them: a missing path is `/`, and the characters that a request cannot carry are
/// percent-encoded. Everything else stays as given, dots and empty segments too.
fn sent_path(given: &str) -> String {
    let mut sent = String::with_capacity(given.len() + 1);
    if !given.starts_with('/') {
        sent.push('/');
    }
    let mut in_query = false;
    for c in given.chars() {
        in_query |= c == '?';
        let is_encoded =
            matches!(c, ' ' | '"' | '<' | '>') || !c.is_ascii() || !in_query && matches!(c, '`' | '{' | '}' | '^');
        if is_encoded {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(sent, "%{byte:02X}");
            }
        } else {
            sent.push(c);
        }
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::Target;

    fn target(url: &str) -> Target {
        url.parse().unwrap()
    }

    #[test]
    fn the_path_stays_as_given() {
        let target = target("http://localhost:8000/a%2Fb/../c//d?x=1&y=%20");
        assert_eq!(target.path.as_str(), "/a%2Fb/../c//d?x=1&y=%20");
        assert_eq!(
            (target.host.as_str(), target.port, target.authority.as_str()),
            ("localhost", 8000, "localhost:8000")
        );
    }

    #[test]
    fn the_port_may_be_implied() {
        assert_eq!((target("http://a").port, target("https://a").port), (80, 443));
        assert_eq!(target("http://a").path.as_str(), "/");
    }

    #[test]
    fn a_url_is_taken_as_a_browser_takes_it() {
        let cases = [
            ("http://LOCALHOST.:80", "http://localhost.", "localhost."),
            ("http://localhost:8000?x=1", "http://localhost:8000/?x=1", "localhost:8000"),
            ("http://localhost:8000/hook#top", "http://localhost:8000/hook", "localhost:8000"),
            ("https://a:443/x[1]{2}?{3}", "https://a/x[1]%7B2%7D?{3}", "a"),
            ("http://127.1:9/", "http://127.0.0.1:9/", "127.0.0.1:9"),
            (" http://a/b c?é \n", "http://a/b%20c?%C3%A9", "a"),
            ("http://[0:0::1]:9/", "http://[::1]:9/", "[::1]:9"),
        ];
        for (url, shown, host) in cases {
            let target = target(url);
            assert_eq!((target.to_string().as_str(), target.authority.as_str()), (shown, host), "{url}");
        }
        assert_eq!(target("http://[0:0::1]:9/").host, "::1");
    }

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        for url in
            ["http://localhost", "http://LOCALHOST.:1", "http://x.localhost", "http://127.9.9.9", "http://[::1]:5/"]
        {
            assert!(target(url).is_loopback(), "{url}");
        }
        for url in ["http://example.com", "http://10.0.0.1", "http://localhost.example.com"] {
            assert!(!target(url).is_loopback(), "{url}");
        }
    }

    #[test]
    fn what_was_probably_meant_is_suggested_and_nothing_that_cannot_be_used() {
        for (given, meant) in [
            ("example.com/hook", Some("http://example.com/hook")),
            ("handler:8000", Some("http://handler:8000")),
            ("http:/localhost:8000/x", Some("http://localhost:8000/x")),
            ("https:example.com", Some("https://example.com")),
            ("http;//localhost", Some("http://localhost")),
            ("htp://localhost", Some("http://localhost")),
            ("\"http://localhost:8000\"", Some("http://localhost:8000")),
            ("//localhost:8000/x", Some("http://localhost:8000/x")),
            ("", None),
            ("70000", None),
            ("webhook", None),
            ("::1", None),
            ("ftp://a", None),
        ] {
            let error = given.parse::<Target>().unwrap_err();
            assert_eq!(error.suggestion.as_deref(), meant, "{given}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let cases = [
            ("localhost:8000/webhook", "it has no http:// or https://"),
            ("ftp://a", "'ftp' is not http or https"),
            ("http://", "it has no host"),
            ("http://a b", "'a b' is no host"),
            ("http://a/\tb", "character 10 is '\\t'; it must be percent-encoded"),
            ("http://bücher.example/", "its host is not ASCII: write the form of it that begins with xn--"),
            ("http://a:+80", "its port is not a number up to 65535"),
            ("http://a/\\b", "it holds a backslash; write / or %5C"),
            ("http://[::1", "is no host"),
            ("http://a%2fb/", "'a%2fb' is no host"),
            ("http://a:99999", "its port is not a number up to 65535"),
            ("http://a:0", "port 0 cannot be connected to"),
            ("http://user:secret@a", "it holds a user name or password"),
        ];
        for (url, problem) in cases {
            let error = url.parse::<Target>().unwrap_err();
            assert!(error.problem.contains(problem), "{url}: {}", error.problem);
            assert!(!error.to_string().contains("secret@"), "{error}");
        }
    }
}
