//! The text of a secret as people hand it over: one rule for every source.

use crate::model::signing::secret::Secret;

/// A secret, and what was removed around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanSecret {
    pub secret: Secret,
    /// Marks that the source had and the secret does not, as in `quotes around it`.
    pub removed: Option<&'static str>,
}

/// A text that holds no secret. No variant shows any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretTextError {
    /// Nothing is left.
    #[error("it is empty")]
    Empty,
    /// It has several lines.
    #[error("it has a line break in it")]
    LineBreak,
    /// It has a character that no secret has.
    #[error("it has a control character, or one that nobody sees, in it")]
    ControlCharacter,
    /// It is a file of variables.
    #[error("it holds NAME=value lines, not the secret alone")]
    Assignments,
}

impl CleanSecret {
    /// Reads a secret. One line end is dropped without a word, since editors and `echo` add it; blanks, further line ends
    /// and a pair of quotes are removed and reported.
    pub fn read(text: &str) -> Result<Self, SecretTextError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').filter(|_| line.len() < text.len()).unwrap_or(line);
        let seen = line.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        let bare = seen;
        let unquoted = without_quotes(bare);
        if unquoted.is_empty() {
            return Err(SecretTextError::Empty);
        }
        if is_assignment(bare) {
            return Err(SecretTextError::Assignments);
        }
        if unquoted.contains(['\n', '\r']) {
            return Err(SecretTextError::LineBreak);
        }
        if unquoted.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err(SecretTextError::ControlCharacter);
        }
        if line.trim().len() > bare.len() {
            return Ok(Self { secret: Secret::new(unquoted), removed: Some("characters that nobody sees around it") });
        }
        let removed = match (bare.len() < line.len(), unquoted.len() < bare.len()) {
            (false, false) => None,
            (false, true) => Some("quotes around it"),
            (true, false) => Some("blanks or line breaks around it"),
            (true, true) => Some("quotes and blanks around it"),
        };
        Ok(Self { secret: Secret::new(unquoted), removed })
    }
}

/// The text inside a pair of quotes, and without the blanks that the quotes kept.
fn without_quotes(text: &str) -> &str {
    const PAIRS: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’'), ('„', '“')];
    let inside = |(open, close)| text.strip_prefix(open)?.strip_suffix(close);
    PAIRS.into_iter().find_map(inside).map_or(text, str::trim)
}

/// Whether a character has no visible shape: zero-width ones, byte order marks and marks of direction, as text that
/// is copied from a page or a chat may carry them.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether the first line that says something sets one of our variables, as in `.env`.
fn is_assignment(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let several = text.lines().count() > 1;
    lines.any(|line| {
        let exported = line.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace));
        let is_exported = exported.is_some();
        let line = exported.map_or(line, str::trim_start);
        let name = line.split('=').next().filter(|name| name.len() < line.len()).unwrap_or_default().trim_end();
        let is_name =
            name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') && !name.is_empty();
        is_name && (several || is_exported || name.starts_with("MAGIC_HOUR_"))
    })
}

#[cfg(test)]
mod tests {
    use super::{CleanSecret, SecretTextError};

    #[test]
    fn a_secret_is_cleaned_of_what_surrounds_it() {
        for (text, removed) in [
            ("s3cret", None),
            ("s3cret\n", None),
            ("s3cret\r\n", None),
            ("\u{feff}s3cret", None),
            ("s3cret\n\n", Some("blanks or line breaks around it")),
            (" s3cret", Some("blanks or line breaks around it")),
            ("s3cret\r", Some("blanks or line breaks around it")),
            ("\"s3cret\"", Some("quotes around it")),
            ("'s3cret'\n", Some("quotes around it")),
            ("`s3cret`", Some("quotes around it")),
            (" \"s3cret\" ", Some("quotes and blanks around it")),
            ("\" s3cret \"", Some("quotes around it")),
            ("“s3cret”", Some("quotes around it")),
            ("s3cret\u{a0}", Some("blanks or line breaks around it")),
            ("s3cret\u{200b}", Some("characters that nobody sees around it")),
            ("\u{202e}s3cret\n", Some("characters that nobody sees around it")),
        ] {
            let clean = CleanSecret::read(text).unwrap();
            assert_eq!((clean.secret.expose(), clean.removed), ("s3cret", removed), "{text:?}");
        }
    }

    #[test]
    fn any_other_form_is_kept() {
        for text in ["it's", "\"half", "a b", "é", "mhw_live_x=y", "a=b==", "A=b", "'"] {
            let clean = CleanSecret::read(text).unwrap();
            assert_eq!((clean.secret.expose(), clean.removed), (text, None));
        }
    }

    #[test]
    fn what_holds_no_secret_is_refused() {
        for (text, error) in [
            ("", SecretTextError::Empty),
            (" \n", SecretTextError::Empty),
            ("\"\"", SecretTextError::Empty),
            ("“”", SecretTextError::Empty),
            ("\u{ad}", SecretTextError::Empty),
            ("\u{200b}'' \n", SecretTextError::Empty),
            ("one\ntwo", SecretTextError::LineBreak),
            ("one\rtwo", SecretTextError::LineBreak),
            ("one\u{1b}[2J", SecretTextError::ControlCharacter),
            ("one\0", SecretTextError::ControlCharacter),
            ("one\u{200b}two", SecretTextError::ControlCharacter),
            ("export X=s3cret", SecretTextError::Assignments),
            ("MAGIC_HOUR_WEBHOOK_SECRET=x", SecretTextError::Assignments),
            ("# keys\nexport PORT=1\nMAGIC_HOUR_API_KEY = x\n", SecretTextError::Assignments),
        ] {
            assert_eq!(CleanSecret::read(text), Err(error), "{text:?}");
        }
    }
}
