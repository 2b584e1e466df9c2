//! Places as people type them: `3000`, `:3000/hook`, `localhost:3000`, `/hook`, completed to a URL.

use clap::builder::{StringValueParser, TypedValueParser};

use crate::commands::shared::defaults::{DEFAULT_PATH, DEFAULT_PORT};
use crate::model::loopback::is_loopback_host;

/// Completes a place on this machine to a URL. Anything else is returned as it is, for the reader of URLs to judge.
pub(crate) fn completed(text: &str) -> String {
    if text.contains("://") || text.starts_with("//") {
        return text.to_owned();
    }
    if text.starts_with('/') {
        return format!("http://localhost:{DEFAULT_PORT}{text}");
    }
    // A webhook of the sandbox is followed by `#` and the events that it wants.
    let (place, events) = text.find('#').map_or((text, ""), |at| text.split_at(at));
    let (authority, path) = place.find(['/', '?']).map_or((place, ""), |at| place.split_at(at));
    let Some((host, port)) = split_authority(authority) else { return text.to_owned() };
    let path = match path {
        "" => DEFAULT_PATH.to_owned(),
        query if query.starts_with('?') => format!("{DEFAULT_PATH}{query}"),
        path => path.to_owned(),
    };
    format!("http://{host}:{port}{path}{events}")
}

/// The value parser of options that take a place.
pub(crate) fn place() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().map(|text| completed(&text))
}

/// The value parser of an option that names a server, whose path is taken from elsewhere unless it is given.
pub(crate) fn server() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().map(|text| {
        let url = completed(&text);
        let has_path = text.contains("://") || text.contains('/');
        if has_path { url } else { url.replacen(DEFAULT_PATH, "", 1) }
    })
}

/// Host and port of `3000`, `:3000`, `localhost`, `localhost:3000` or `127.0.0.1:3000`.
fn split_authority(text: &str) -> Option<(&str, u16)> {
    if let Some(port) = port(text) {
        return Some(("localhost", port));
    }
    let given = text.rsplit_once(':').and_then(|(host, digits)| Some((host, port(digits)?)));
    match given.unwrap_or((text, DEFAULT_PORT)) {
        ("", port) if given.is_some() => Some(("localhost", port)),
        (host, port) if is_this_machine(host) => Some((host, port)),
        _ => None,
    }
}

fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

fn is_this_machine(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    is_loopback_host(address) && (host.starts_with('[') || !address.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::completed;

    #[test]
    fn a_place_on_this_machine_becomes_a_url() {
        for (typed, url) in [
            ("3000", "http://localhost:3000/webhook"),
            (":3000", "http://localhost:3000/webhook"),
            ("3000/hook", "http://localhost:3000/hook"),
            (":3000/hook?x=1", "http://localhost:3000/hook?x=1"),
            ("3000?x=1", "http://localhost:3000/webhook?x=1"),
            ("localhost", "http://localhost:8000/webhook"),
            ("localhost:3000", "http://localhost:3000/webhook"),
            ("localhost:3000/", "http://localhost:3000/"),
            ("localhost:3000/hook", "http://localhost:3000/hook"),
            ("app.localhost:3000", "http://app.localhost:3000/webhook"),
            ("127.0.0.1:3000/hook", "http://127.0.0.1:3000/hook"),
            ("[::1]:3000", "http://[::1]:3000/webhook"),
            ("/hook", "http://localhost:8000/hook"),
            ("3000#video.*", "http://localhost:3000/webhook#video.*"),
        ] {
            assert_eq!(completed(typed), url, "{typed}");
        }
    }

    #[test]
    fn any_other_text_is_left_alone() {
        for text in ["http://localhost:3000", "https://a/b", "example.com:80/x", "70000", "0", ":", "", "::1", "a b"] {
            assert_eq!(completed(text), text);
        }
    }
}
