//! The reader of `.env`, which looks for our names alone in a file that belongs to the user's program.

use std::sync::LazyLock;

use clap::Command;
use mh_hook::store::settings::{Settings, SettingsError, Source};

static PROGRAM: LazyLock<Command> = LazyLock::new(mh_hook::cli::command);

/// A text that stands for a secret in the samples.
const SECRET: &str = "hunter2";

/// Whatever the bytes: a credential is text of one line from a line that has its name, and no error shows a value.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Settings::of_bytes(bytes, Source::DotEnv, &PROGRAM) {
        Ok(settings) => {
            let found = [
                ("MAGIC_HOUR_WEBHOOK_SECRET", settings.webhook_secret()),
                ("MAGIC_HOUR_API_KEY", settings.api_key()),
                ("WEBHOOK_SITE_API_KEY", settings.webhook_site_key()),
            ];
            for (name, credential) in found.into_iter().filter_map(|(name, found)| Some((name, found?))) {
                let value = credential.value.expose();
                assert!(!value.is_empty() && !value.contains(char::is_control), "{value:?} is no secret");
                assert!(!value.contains(char::REPLACEMENT_CHARACTER) || text.contains(char::REPLACEMENT_CHARACTER));
                let is_decoded = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
                assert!(is_decoded || text.contains(name), "{name} is not in the file");
                let line: usize = credential.origin.to_string().rsplit(':').next().unwrap().parse().unwrap();
                let named = text.split('\n').nth(line - 1).unwrap_or_default();
                assert!(is_decoded || named.contains(name), "line {line} does not set {name}");
            }
        }
        Err(error) => assert_is_plain(&error),
    }
}

/// An error is one line of words, with advice, and without a value.
fn assert_is_plain(error: &SettingsError) {
    let text = format!("{error} {}", error.hint().expect("advice"));
    assert!(!text.contains(char::is_control) && !text.contains("os error"), "{text:?}");
    assert!(!text.contains(SECRET), "the error shows a value: {text}");
}

#[cfg(test)]
mod tests {
    use mh_hook::store::settings::{Settings, Source};
    use proptest::prelude::{Strategy, any, prop, proptest};
    use proptest::prop_assert_eq;

    use super::{PROGRAM, check};

    /// Files of the marks that decide what a line is.
    fn file() -> impl Strategy<Value = String> {
        let parts = &[
            "MAGIC_HOUR_API_KEY",
            "MAGIC_HOUR_WEBHOOK_SECRET",
            "WEBHOOK_SITE_API_KEY",
            "OTHER",
            "export ",
            "=",
            "=",
            ": ",
            "'",
            "\"",
            "`",
            "\\",
            "\n",
            "\n",
            "\r\n",
            "#",
            " #",
            "${x}",
            "$x",
            "hunter2",
            "é",
            "\u{feff}",
            "\0",
            "\u{85}",
        ][..];
        prop::collection::vec(prop::sample::select(parts), 0..20).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_file(bytes in any::<Vec<u8>>()) {
            check(&bytes);
        }

        #[test]
        fn any_file_of_variables_gives_whole_credentials_or_an_error_without_them(text in file()) {
            check(text.as_bytes());
        }

        #[test]
        fn a_value_in_single_quotes_is_read_as_it_is(
            before in "([A-Z]{1,5}=[a-z \"]{0,9}\n|# [a-z]{0,9}\n|\n){0,4}", value in "[!-&(-~é][ -&(-~é]{0,30}[!-&(-~é]",
        ) {
            let file = format!("{before}MAGIC_HOUR_WEBHOOK_SECRET='{value}'\n");
            let read = Settings::of_bytes(file.as_bytes(), Source::DotEnv, &PROGRAM);
            let is_quoted_again = value.starts_with(['"', '`']) || value.contains("MAGIC_HOUR_");
            if !is_quoted_again && !before.contains('"') {
                let settings = read.ok().unwrap();
                prop_assert_eq!(settings.webhook_secret().unwrap().value.expose(), &value);
            }
        }
    }
}
