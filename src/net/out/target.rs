//! Target of a post: a URL used as it was given, neither normalised nor completed.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use http::uri::PathAndQuery;

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
    /// The `Host` header: host and port as given.
    pub authority: String,
    /// The path with its query, byte for byte as given; `/` if there is none.
    pub path: PathAndQuery,
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

impl Target {
    /// Whether the host is this machine: `localhost`, a name below it, or a loopback address.
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => is_localhost(&self.host),
        }
    }
}

fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let wrong =
            |problem: String, suggestion: Option<String>| TargetError { url: url.to_owned(), problem, suggestion };
        if let Some((at, c)) = url.chars().enumerate().find(|(_, c)| !c.is_ascii_graphic()) {
            return Err(wrong(format!("character {} is {c:?}; it must be percent-encoded", at + 1), None));
        }
        let tls = match url.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => false,
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => true,
            Some((scheme, _)) => return Err(wrong(format!("'{scheme}' is not http or https"), None)),
            None => return Err(wrong("it has no http:// or https://".to_owned(), Some(format!("http://{url}")))),
        };
        if url.ends_with("://") {
            return Err(wrong("it has no host".to_owned(), None));
        }
        let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| wrong(error.to_string(), None))?;
        let authority = uri.authority().ok_or_else(|| wrong("it has no host".to_owned(), None))?;
        if authority.as_str().contains('@') {
            let problem = "it holds a user name or password".to_owned();
            return Err(TargetError { url: "…".to_owned(), problem, suggestion: None });
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(wrong("it has no host".to_owned(), None));
        }
        let has_port = authority.as_str().len() > authority.host().len();
        let port = match authority.port_u16() {
            Some(0) => return Err(wrong("port 0 cannot be connected to".to_owned(), None)),
            Some(port) => port,
            None if has_port => return Err(wrong("its port is not a number up to 65535".to_owned(), None)),
            None if tls => 443,
            None => 80,
        };
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self { text: url.to_owned(), tls, host, port, authority: authority.as_str().to_owned(), path })
    }
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
    fn what_cannot_be_used_is_named() {
        let cases = [
            ("localhost:8000/webhook", "it has no http:// or https://"),
            ("ftp://a", "'ftp' is not http or https"),
            ("http://", "it has no host"),
            ("http://a b", "character 9 is ' '; it must be percent-encoded"),
            ("http://a/é", "character 10 is 'é'; it must be percent-encoded"),
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
