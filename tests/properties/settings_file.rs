//! Files of settings: the user's, the project's, and one that was named.

use std::sync::LazyLock;

use clap::Command;
use mh_hook::store::settings::{SetBy, Settings, SettingsError, Source};
use toml::Table;

static PROGRAM: LazyLock<Command> = LazyLock::new(mh_hook::cli::command);

/// A text that stands for a secret in the samples.
const SECRET: &str = "hunter2";

/// The first byte says whose file it is; the others are the file.
///
/// Whatever they are: the reader agrees with `toml` on what is a file, takes from a project only what a project may set,
/// and shows no value in an error.
pub(crate) fn check(bytes: &[u8]) {
    let (first, file) = bytes.split_first().map_or((0, bytes), |(first, file)| (*first, file));
    let source = [Source::ProjectFile, Source::UserFile, Source::NamedFile][usize::from(first) % 3];
    let parsed = std::str::from_utf8(file).ok().map(str::parse::<Table>);
    if let Some(Err(error)) = &parsed
        && error.message().contains("number overflowed")
    {
        // The reader passes numbers on as they are written: the command line says what is wrong with them.
        return drop(Settings::of_bytes(file, source, &PROGRAM));
    }
    let table = parsed.and_then(Result::ok);
    match Settings::of_bytes(file, source, &PROGRAM) {
        Ok(settings) => {
            let is_decoded = [&b"\xff\xfe"[..], b"\xfe\xff", b"\xef\xbb\xbf"].iter().any(|mark| file.starts_with(mark));
            match &table {
                Some(table) => assert_are_read(&settings, table, source),
                None => assert!(is_decoded, "what is no TOML was read"),
            }
        }
        Err(error) => {
            let is_syntax = matches!(error, SettingsError::Syntax { .. } | SettingsError::NotUtf8 { .. });
            assert!(!(is_syntax && table.is_some()), "TOML was refused: {error}");
            assert_is_plain(&error, file);
        }
    }
}

/// Each setting is in the file, and may be.
fn assert_are_read(settings: &Settings, table: &Table, source: Source) {
    let credentials = [
        ("webhook-secret", settings.webhook_secret()),
        ("api-key", settings.api_key()),
        ("webhook-site-api-key", settings.webhook_site_key()),
    ];
    for (key, read) in credentials {
        let written = table.get(key).and_then(toml::Value::as_str);
        match read {
            Some(read) => {
                let value = read.value.expose();
                assert!(written.is_some_and(|written| written.contains(value)), "{key} is read differently");
                assert!(!value.is_empty() && !value.contains(char::is_control));
                assert!(key != "webhook-site-api-key" || !source.is_project());
            }
            None => assert!(written.is_none_or(|text| text.trim_matches(is_mark).is_empty()), "{key} was left out"),
        }
    }
    let sections = PROGRAM.get_subcommands().map(|command| (Some(command.get_name()), command));
    for (section, command) in sections.chain([(None, &*PROGRAM)]) {
        let values = section.map_or(Some(table), |section| table.get(section).and_then(toml::Value::as_table));
        for arg in command.get_arguments() {
            let Some(name) = arg.get_long() else { continue };
            let setting = section.map_or_else(|| settings.global(name), |section| settings.option(section, name));
            let written = values.and_then(|values| values.get(name));
            assert_eq!(setting.is_some(), written.is_some(), "{section:?} {name}");
            assert!(setting.is_none() || SetBy::of(arg).admit(source).is_ok(), "{source:?} may not set {name}");
        }
    }
}

/// Whether a character only surrounds a secret: a blank, a quote, or one without a shape, which Rust shows by its number.
fn is_mark(c: char) -> bool {
    c.is_whitespace() || "\"'`“”‘’„".contains(c) || c.escape_debug().eq(c.escape_unicode())
}

/// An error is one line of words, with advice, and without a value; keys are shown, and are no secrets.
fn assert_is_plain(error: &SettingsError, file: &[u8]) {
    let text = format!("{error} {}", error.hint().expect("advice"));
    assert!(!text.contains(char::is_control) && !text.contains("os error"), "{text:?} of {file:?}");
    let shows_keys = matches!(error, SettingsError::UnknownKey { .. });
    assert!(shows_keys || !text.contains(SECRET), "the error shows a value: {text}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, proptest};

    use super::check;

    /// Files of the tokens that decide what a line is.
    fn file() -> impl Strategy<Value = String> {
        let parts = &[
            "webhook-secret",
            "api-key",
            "webhook-site-api-key",
            "format",
            "[listen]",
            "[send]",
            "[sandbox]",
            "port",
            "forward",
            "accept-invalid",
            "insecure",
            "ca-file",
            " = ",
            " = ",
            "\"hunter2\"",
            "'hunter2'",
            "hunter2",
            "true",
            "9000",
            "0x10",
            "1.5",
            "2026-01-02",
            "[",
            "]",
            "{",
            "}",
            ",",
            ".",
            "\n",
            "\n",
            "\n",
            "#",
            "\"\"\"",
            "\u{7f}",
            "é",
        ][..];
        prop::collection::vec(prop::sample::select(parts), 0..20).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_file(bytes in any::<Vec<u8>>()) {
            check(&bytes);
        }

        #[test]
        fn a_file_sets_what_it_says_and_may(source in any::<u8>(), text in file()) {
            check(&[&[source], text.as_bytes()].concat());
        }

        #[test]
        fn each_line_sets_an_option_or_is_named(
            source in any::<u8>(),
            key in prop::sample::select(&["port", "forward", "accept-invalid", "insecure", "bind", "expect", "hunter2"][..]),
            value in prop::sample::select(&["1", "true", "\"hunter2\"", "['a']", "{}", "1e3", "2026-01-02", "99999999999999999999"][..]),
        ) {
            check(&[&[source], format!("[listen]\n{key} = {value}\n").as_bytes()].concat());
        }
    }
}
