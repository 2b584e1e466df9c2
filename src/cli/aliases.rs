//! Words of other tools that mean a command of this one.

use std::ffi::OsString;

use clap::{Arg, Command};

/// A word, and the words of this program that it means.
const ALIASES: [(&str, &[&str]); 4] = [
    ("trigger", &["send"]),
    ("serve", &["sandbox"]),
    ("logs", &["history", "--follow"]),
    ("tail", &["history", "--follow"]),
];

/// A command line with the words of this program, and a note for the user if any was replaced.
pub(crate) struct Expanded {
    pub(crate) arguments: Vec<OsString>,
    pub(crate) note: Option<String>,
}

/// Replaces `version` by `--version`, and a word of another tool by the command that it means.
pub(crate) fn expand(arguments: &[OsString], globals: &Command) -> Expanded {
    let mut arguments = arguments.to_vec();
    let Some(at) = command_word(&arguments, globals) else { return Expanded { arguments, note: None } };
    let word = arguments.get(at).map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    if word == "version" {
        arguments.splice(at..=at, ["--version".into()]);
        return Expanded { arguments, note: None };
    }
    let Some((_, words)) = ALIASES.into_iter().find(|(alias, _)| *alias == word) else {
        return Expanded { arguments, note: None };
    };
    arguments.splice(at..=at, words.iter().map(OsString::from));
    Expanded { arguments, note: Some(format!("`{word}` is `mh-hook {}` here", words.join(" "))) }
}

/// The place of the first word that is neither a global option nor the value of one.
fn command_word(arguments: &[OsString], globals: &Command) -> Option<usize> {
    let mut words = arguments.iter().enumerate().skip(1);
    while let Some((at, word)) = words.next() {
        let word = word.to_string_lossy();
        if !word.starts_with('-') {
            return Some(at);
        }
        let takes_value = |arg: &Arg| {
            arg.get_action().takes_values() && arg.get_long().is_some_and(|long| word.strip_prefix("--") == Some(long))
        };
        if globals.get_arguments().any(takes_value) {
            words.next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::expand;
    use clap::{Arg, Command};
    use std::ffi::OsString;

    fn expanded(line: &str) -> (String, Option<String>) {
        let globals = Command::new("mh-hook").arg(Arg::new("format").long("format"));
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let expanded = expand(&words, &globals);
        let words: Vec<_> = expanded.arguments.iter().map(|word| word.to_string_lossy()).collect();
        (words.join(" "), expanded.note)
    }

    #[test]
    fn words_of_other_tools_become_commands() {
        for (typed, meant) in [
            ("mh-hook trigger video.completed", "mh-hook send video.completed"),
            ("mh-hook --format json serve", "mh-hook --format json sandbox"),
            ("mh-hook --format=json logs", "mh-hook --format=json history --follow"),
        ] {
            let (line, note) = expanded(typed);
            assert_eq!(line, meant);
            assert!(note.is_some());
        }
        assert_eq!(expanded("mh-hook version"), ("mh-hook --version".to_owned(), None));
        assert_eq!(expanded("mh-hook tail").1.as_deref(), Some("`tail` is `mh-hook history --follow` here"));
    }

    #[test]
    fn a_word_behind_a_command_is_left_alone() {
        for line in ["mh-hook send trigger", "mh-hook", "mh-hook --format logs", "mh-hook send version"] {
            assert_eq!(expanded(line), (line.to_owned(), None));
        }
    }
}
