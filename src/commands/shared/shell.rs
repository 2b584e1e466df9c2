//! Words of a command line, as every POSIX shell reads them.

use std::fmt::Write;

/// A text in single quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as one word: in quotes where it needs them.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// Bytes that a terminal would obey or hide, or that are no text, as a shell can be told them in plain ASCII.
pub(crate) fn spelled(bytes: &[u8]) -> String {
    let octal = bytes.iter().fold(String::new(), |mut octal, byte| {
        let _ = write!(octal, "\\{byte:03o}");
        octal
    });
    format!("\"$(printf '{octal}')\"")
}

#[cfg(test)]
mod tests {
    use super::{quoted, spelled, word};

    #[test]
    fn quotes_keep_every_character() {
        assert_eq!(quoted(r#"it's $HOME "\n" `x`"#), r#"'it'\''s $HOME "\n" `x`'"#);
    }

    #[test]
    fn what_no_terminal_should_see_is_spelled_out() {
        assert_eq!(spelled(b"a%\x9b'"), r#""$(printf '\141\045\233\047')""#);
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(word("http://localhost:8000/webhook"), "http://localhost:8000/webhook");
        assert_eq!(word("http://localhost/?a&b"), "'http://localhost/?a&b'");
        assert_eq!(word(""), "''");
    }
}
