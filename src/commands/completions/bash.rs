//! The words of a bash command line, and how bash wants its answers.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Command;
use clap_complete::engine;

use crate::store::Environment;

/// The separator that the script splits candidates at.
const SEPARATOR: char = '\u{b}';

/// Writes the candidates. Bash takes `=` for a separate word and does not quote what it inserts.
pub(crate) fn write_complete(
    command: &mut Command,
    words: Vec<OsString>,
    environment: &Environment,
    text: &mut Vec<u8>,
) -> io::Result<()> {
    let index = environment.var("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok()).unwrap_or_default();
    let (words, index) = joined(words, index);
    let prefix = words.get(index).map(|word| word.to_string_lossy().into_owned()).filter(|word| word.contains('='));
    let prefix =
        prefix.and_then(|word| Some(format!("{}=", word.split_once('=')?.0)).filter(|_| word.starts_with("--")));
    let candidates = engine::complete(command, words, index, environment.current_directory())?;
    let values = candidates.iter().map(|candidate| candidate.get_value().to_string_lossy());
    let values =
        values.map(|value| escaped(prefix.as_deref().and_then(|prefix| value.strip_prefix(prefix)).unwrap_or(&value)));
    write!(text, "{}", values.collect::<Vec<_>>().join(&SEPARATOR.to_string()))
}

/// Puts `--option`, `=` and `value` together again, and says where the word to complete is then.
fn joined(words: Vec<OsString>, index: usize) -> (Vec<OsString>, usize) {
    let mut joined: Vec<OsString> = Vec::new();
    let mut at = index;
    let mut open = false;
    for (number, word) in words.into_iter().enumerate() {
        let is_sign = word == "=" && joined.last().is_some_and(|last| last.to_string_lossy().starts_with("--"));
        match joined.last_mut().filter(|_| is_sign || open) {
            Some(last) => last.push(&word),
            None => joined.push(word),
        }
        open = is_sign;
        if number == index {
            at = joined.len() - 1;
        }
    }
    (joined, at)
}

/// A value as a word of bash: a glob must reach the program as it is.
fn escaped(value: &str) -> String {
    value.replace('*', "\\*")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::joined;

    #[test]
    fn an_option_and_its_value_are_one_word_again() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(joined(words("mh-hook listen --type = vi"), 4), (words("mh-hook listen --type=vi"), 2));
        assert_eq!(joined(words("mh-hook listen --type vi"), 3), (words("mh-hook listen --type vi"), 3));
        assert_eq!(joined(words("mh-hook send a = b"), 4), (words("mh-hook send a = b"), 4));
        assert_eq!(joined(words("mh-hook listen --type = vi -q"), 5), (words("mh-hook listen --type=vi -q"), 3));
    }
}
