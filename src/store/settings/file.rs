//! The layer of a settings file: credentials and global options at the top, a section per command.
//!
//! The parser's own error text quotes the offending line, which may hold a secret; only its message and place are used.

use crate::model::nearest;
use crate::model::text::encoding::to_utf8;
use crate::store::settings::credential::{self, Credential};
use crate::store::settings::error::{Position, SettingsError};
use crate::store::settings::layer::Layer;
use crate::store::settings::options::{self, Configurable, Takes};
use crate::store::settings::origin::{Origin, Setting, Source};
use crate::store::settings::set_by::SetBy;
use clap::Command;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Reads a settings file that is named `shown` in messages.
pub(super) fn layer(bytes: &[u8], source: Source, shown: &str, program: &Command) -> Result<Layer, SettingsError> {
    let bytes = to_utf8(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| SettingsError::NotUtf8 { place: shown.to_owned() })?;
    let mut reader = FileReader { text, source, shown, program, layer: Layer::default() };
    let table = DeTable::parse(text).map_err(|error| SettingsError::Syntax {
        position: reader.position(error.span().map_or(text.len(), |span| span.start)),
        message: error.message().to_owned(),
    })?;
    reader.top(table.get_ref())?;
    Ok(reader.layer)
}

type Key<'i> = Spanned<Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

struct FileReader<'a> {
    text: &'a str,
    source: Source,
    shown: &'a str,
    program: &'a Command,
    layer: Layer,
}

impl FileReader<'_> {
    fn top(&mut self, table: &DeTable<'_>) -> Result<(), SettingsError> {
        let program = self.program;
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            if let Some(credential) = Credential::with_key(name) {
                self.credential(credential, key, value)?;
            } else if let Some(option) = options::global(program).find(|option| option.name == name) {
                self.option(None, option, key, value)?;
            } else if let Some(command) = program.find_subcommand(name) {
                let DeValue::Table(section) = value.get_ref() else {
                    return Err(self.wrong_type(name, value, "a section"));
                };
                self.section(command, section)?;
            } else {
                return Err(self.unknown_at_top(key));
            }
        }
        Ok(())
    }

    fn section(&mut self, command: &Command, section: &DeTable<'_>) -> Result<(), SettingsError> {
        for (key, value) in in_order(section) {
            match options::of_command(command).find(|option| option.name == *key.get_ref()) {
                Some(option) => self.option(Some(command.get_name()), option, key, value)?,
                None => return Err(self.unknown_in_section(command, key)),
            }
        }
        Ok(())
    }

    fn credential(&mut self, credential: Credential, key: &Key<'_>, value: &Value<'_>) -> Result<(), SettingsError> {
        let DeValue::String(text) = value.get_ref() else {
            return Err(self.wrong_type(credential.key(), value, "a string"));
        };
        if let Err(why) = credential.set_by().admit(self.source) {
            return Err(SettingsError::Refused { key: credential.key().to_owned(), origin: self.origin(key), why });
        }
        let configured = credential::read(credential, text, self.origin(key))?;
        self.layer.credentials.extend(configured.map(|configured| (credential, configured)));
        Ok(())
    }

    fn option(
        &mut self,
        command: Option<&str>,
        option: Configurable<'_>,
        key: &Key<'_>,
        value: &Value<'_>,
    ) -> Result<(), SettingsError> {
        let name = full_name(command, option.name);
        let origin = self.origin(key);
        if let Err(why) = SetBy::of(option.arg).admit(self.source) {
            return Err(SettingsError::Refused { key: name, origin, why });
        }
        let values = match (option.takes, value.get_ref()) {
            (Takes::Flag, DeValue::Boolean(on)) => vec![on.to_string()],
            (Takes::Flag, _) => return Err(self.wrong_type(&name, value, "true or false")),
            (Takes::Values, DeValue::Array(list)) => {
                list.iter().map(|item| self.scalar(&name, item)).collect::<Result<_, _>>()?
            }
            (Takes::Value | Takes::Values, _) => vec![self.scalar(&name, value)?],
        };
        self.layer.set(command, option.name, Setting { values, origin });
        Ok(())
    }

    /// A value as the command line would have it.
    fn scalar(&self, name: &str, value: &Value<'_>) -> Result<String, SettingsError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.clone().into_owned()),
            DeValue::Integer(number) => decimal(number).ok_or_else(|| self.wrong_type(name, value, "a smaller number")),
            DeValue::Float(number) => Ok(number.as_str().to_owned()),
            DeValue::Datetime(time) => Ok(time.to_string()),
            DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_) => {
                Err(self.wrong_type(name, value, "a string or a number"))
            }
        }
    }

    fn origin(&self, key: &Key<'_>) -> Origin {
        Origin::line(self.source, self.shown, self.position(key.span().start).line)
    }

    fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            file: self.shown.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }

    fn wrong_type(&self, key: &str, value: &Value<'_>, expected: &'static str) -> SettingsError {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        SettingsError::WrongType { key: key.to_owned(), position: self.position(value.span().start), expected, found }
    }

    fn unknown_at_top(&self, key: &Key<'_>) -> SettingsError {
        let names = options::top_names(self.program).chain(Credential::ALL.map(Credential::key));
        let hint = nearest(key.get_ref(), names).map_or_else(
            || "options of a command belong into its section, as in [listen]".to_owned(),
            |nearest| format!("did you mean {nearest}?"),
        );
        self.unknown(None, key, hint)
    }

    /// In TOML a key behind a section's head belongs to the section, which is easily forgotten.
    fn unknown_in_section(&self, command: &Command, key: &Key<'_>) -> SettingsError {
        let name = key.get_ref().as_ref();
        let is_global = options::global(self.program).any(|option| option.name == name);
        let command_name = command.get_name();
        let hint = if Credential::with_key(name).is_some() || is_global {
            format!("{name} belongs at the top of the file, before the first [section]")
        } else {
            nearest(name, options::of_command(command).map(|option| option.name)).map_or_else(
                || format!("see `mh-hook {command_name} --help` for what [{command_name}] may hold"),
                |nearest| format!("did you mean {nearest}?"),
            )
        };
        self.unknown(Some(command_name), key, hint)
    }

    fn unknown(&self, command: Option<&str>, key: &Key<'_>, hint: String) -> SettingsError {
        let key_text = key.get_ref().escape_debug().to_string();
        SettingsError::UnknownKey { key: full_name(command, &key_text), origin: self.origin(key), hint }
    }
}

/// The entries in the order of the file, so that the first mistake is the one that is reported.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Key<'i>, &'t Value<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn full_name(command: Option<&str>, name: &str) -> String {
    command.map_or_else(|| name.to_owned(), |command| format!("{command}.{name}"))
}

/// TOML also knows hexadecimal, octal and binary numbers; the command line does not.
fn decimal(number: &DeInteger<'_>) -> Option<String> {
    i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::layer;
    use crate::store::settings::error::SettingsError;
    use crate::store::settings::layer::Layer;
    use crate::store::settings::options::samples::program;
    use crate::store::settings::origin::Source;

    fn read(text: &str) -> Result<Layer, SettingsError> {
        layer(text.as_bytes(), Source::ProjectFile, "./mh-hook.toml", &program())
    }

    fn listen(text: &str, name: &str) -> (Vec<String>, String) {
        let layer = read(text).unwrap();
        let setting = layer.option(Some("listen"), name).unwrap();
        (setting.values.clone(), setting.origin.to_string())
    }

    fn error(text: &str) -> (String, String) {
        let error = read(text).err().unwrap();
        (error.to_string(), error.hint().unwrap())
    }

    #[test]
    fn values_become_what_the_command_line_would_have() {
        for (written, name, values) in [
            ("port = 9_000", "port", vec!["9000"]),
            ("port = 0x10", "port", vec!["16"]),
            ("port = \"9000\"", "port", vec!["9000"]),
            ("port = 0.5", "port", vec!["0.5"]),
            ("since = 2026-01-02T03:04:05Z", "since", vec!["2026-01-02T03:04:05Z"]),
            ("accept-invalid = true", "accept-invalid", vec!["true"]),
            ("forward = [\"http://a\", \"http://b\"]", "forward", vec!["http://a", "http://b"]),
            ("forward = \"http://a,b\"", "forward", vec!["http://a,b"]),
            ("forward = []", "forward", vec![]),
        ] {
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(listen(&format!("[listen]\n{written}"), name), (values, "./mh-hook.toml:2".to_owned()));
        }
        assert_eq!(listen("format = \"json\"\nlisten.port = 1", "port").1, "./mh-hook.toml:2");
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_the_nearest_and_the_line() {
        for (text, message, hint) in [
            ("\n[listen]\nprot = 1", "unknown setting listen.prot in ./mh-hook.toml:3", "did you mean port?"),
            (
                "web-hook-secret = \"x\"",
                "unknown setting web-hook-secret in ./mh-hook.toml:1",
                "did you mean webhook-secret?",
            ),
            ("[lisen]\nport = 1", "unknown setting lisen in ./mh-hook.toml:1", "did you mean listen?"),
            (
                "[listen]\napi-key = \"x\"",
                "unknown setting listen.api-key in ./mh-hook.toml:2",
                "api-key belongs at the top of the file, before the first [section]",
            ),
            (
                "[listen]\nzzz = 1",
                "unknown setting listen.zzz in ./mh-hook.toml:2",
                "see `mh-hook listen --help` for what [listen] may hold",
            ),
            (
                "\"\\u001b[2J\" = 1",
                "unknown setting \\u{1b}[2J in ./mh-hook.toml:1",
                "options of a command belong into its section, as in [listen]",
            ),
        ] {
            assert_eq!(error(text), (message.to_owned(), hint.to_owned()));
        }
    }

    #[test]
    fn the_first_mistake_in_the_file_is_the_one_reported() {
        assert_eq!(error("zz = 1\naa = 1").0, "unknown setting zz in ./mh-hook.toml:1");
    }

    #[test]
    fn a_wrong_type_is_named_with_its_place() {
        for (text, message) in [
            (
                "webhook-secret = 12345",
                "cannot use webhook-secret in ./mh-hook.toml:1:18: it must be a string, not an integer",
            ),
            (
                "[listen]\nport = [1]",
                "cannot use listen.port in ./mh-hook.toml:2:8: it must be a string or a number, not a list",
            ),
            (
                "[listen]\naccept-invalid = \"true\"",
                "cannot use listen.accept-invalid in ./mh-hook.toml:2:18: it must be true or false, not a string",
            ),
            ("listen = 1", "cannot use listen in ./mh-hook.toml:1:10: it must be a section, not an integer"),
            (
                "[listen]\nport = 99999999999999999999",
                "cannot use listen.port in ./mh-hook.toml:2:8: it must be a smaller number, not an integer",
            ),
        ] {
            assert_eq!(error(text).0, message);
        }
    }

    #[test]
    fn options_that_a_stranger_could_abuse_are_refused() {
        assert_eq!(
            error("[listen]\nside-effects = \"rm\"").0,
            "refused listen.side-effects from ./mh-hook.toml:2: it is only accepted on the command line"
        );
        assert_eq!(
            error("[listen]\nundeclared = 1").0,
            "refused listen.undeclared from ./mh-hook.toml:2: it is only accepted on the command line"
        );
        assert_eq!(
            error("[listen]\ninsecure = true").0,
            "refused listen.insecure from ./mh-hook.toml:2: it is not accepted from a project's file"
        );
    }

    #[test]
    fn a_syntax_error_names_its_place_and_shows_no_secret() {
        assert_eq!(
            error("format = \"json\"\nwebhook-secret = \"hunter2").0,
            "cannot read ./mh-hook.toml:2:26 as TOML: invalid basic string, expected `\"`"
        );
        for line in [
            "webhook-secret = hunter2",
            "webhook-secret = 'hunter2",
            "webhook-secret = \"\\hunter2\"",
            "webhook-secret = \"a\"\nwebhook-secret = \"hunter2\"",
            "webhook-secret: hunter2",
            "webhook-secret hunter2 = 1",
            "webhook-secret = 2020-hunter2",
            "webhook-secret = 0xhunter2",
            "webhook-secret = 1hunter2",
            "webhook-secret = [hunter2",
            "webhook-secret = {hunter2",
            "webhook-secret = \"\"hunter2\"\"",
            "webhook-secret = \u{7f}hunter2",
        ] {
            let (message, hint) = error(line);
            assert!(message.starts_with("cannot read ./mh-hook.toml:"), "{message}");
            assert!(!message.contains("hunter2") && !hint.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_file_that_is_not_utf8_is_refused() {
        let error = layer(b"format = '\xff'", Source::UserFile, "/c/config.toml", &program()).err().unwrap();
        assert_eq!(error.to_string(), "cannot read /c/config.toml: it is not UTF-8");
    }
}
