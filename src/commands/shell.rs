//! Words of a command line, as every POSIX shell reads them.

/// A text in single quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as one word: in quotes where it needs them.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::{quoted, word};

    #[test]
    fn quotes_keep_every_character() {
        assert_eq!(quoted(r#"it's $HOME "\n" `x`"#), r#"'it'\''s $HOME "\n" `x`'"#);
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(word("http://localhost:8000/webhook"), "http://localhost:8000/webhook");
        assert_eq!(word("http://localhost/?a&b"), "'http://localhost/?a&b'");
        assert_eq!(word(""), "''");
    }
}
