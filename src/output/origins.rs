//! Origins of configured values, named in errors that such a value causes.

use std::borrow::Cow;

/// A value that was configured for the command that runs.
#[derive(Clone, Debug)]
pub struct ConfiguredValue {
    /// The value as it was written.
    pub value: String,
    pub option: String,
    /// The variable, or file and line, that it comes from.
    pub origin: String,
}

/// The message, and in brackets where each configured value in it comes from.
pub(super) fn with_origins<'a>(message: &'a str, configured: &[ConfiguredValue]) -> Cow<'a, str> {
    let named = |configured: &&ConfiguredValue| {
        let value = configured.value.as_str();
        // A message about a connection names the host and the port of a URL only.
        let host = value.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or(value);
        is_distinct(host)
            && (has_word(message, value) || has_word(message, host))
            && !message.contains(&configured.origin)
    };
    let origins: Vec<String> = configured
        .iter()
        .filter(named)
        .map(|value| format!("--{} comes from {}", value.option, value.origin))
        .collect();
    if origins.is_empty() { Cow::Borrowed(message) } else { Cow::Owned(format!("{message} ({})", origins.join(", "))) }
}

/// Whether a value is unlikely to be an ordinary word of a message.
fn is_distinct(value: &str) -> bool {
    value.len() > 1 && value.contains(|c: char| !c.is_ascii_alphabetic())
}

/// Whether a message has this value with nothing before or after it that could belong to it.
fn has_word(message: &str, value: &str) -> bool {
    let ends = |text: &str| !text.chars().next_back().is_some_and(char::is_alphanumeric);
    let begins = |text: &str| !text.chars().next().is_some_and(char::is_alphanumeric);
    message.match_indices(value).any(|(at, _)| {
        let (before, rest) = message.split_at(at);
        ends(before) && begins(rest.get(value.len()..).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::{ConfiguredValue, with_origins};

    #[test]
    fn a_configured_value_in_a_message_is_followed_by_its_origin() {
        let value = |value: &str| ConfiguredValue {
            value: value.to_owned(),
            option: "port".to_owned(),
            origin: "./mh-hook.toml:2".to_owned(),
        };
        for (message, configured, expected) in [
            ("port 9000 is in use", "9000", "port 9000 is in use (--port comes from ./mh-hook.toml:2)"),
            (
                "cannot reach http://localhost:9000/x",
                "9000",
                "cannot reach http://localhost:9000/x (--port comes from ./mh-hook.toml:2)",
            ),
            (
                "cannot connect to h:9000: refused",
                "http://h:9000/x",
                "cannot connect to h:9000: refused (--port comes from ./mh-hook.toml:2)",
            ),
            ("port 19000 is in use", "9000", "port 19000 is in use"),
            ("json is no number", "json", "json is no number"),
            ("9000 from ./mh-hook.toml:2 is wrong", "9000", "9000 from ./mh-hook.toml:2 is wrong"),
        ] {
            assert_eq!(with_origins(message, &[value(configured)]), expected);
        }
    }
}
