//! The layer of the process environment: `MAGIC_HOUR_*` for credentials, `MH_HOOK_*` for options.

use crate::model::Secret;
use crate::model::nearest;
use crate::store::environment::Environment;
use crate::store::settings::credential::{Credential, Credentials, PREFIX};
use crate::store::settings::error::SettingsError;
use crate::store::settings::layers::Layer;
use crate::store::settings::origin::{Configured, Origin, Setting, Source};
use crate::store::settings::schema::{Schema, Takes, Variable};
use std::ffi::OsStr;

/// Names the settings file, as `--config` does; it is no setting itself, so no file can hold it.
pub(super) const CONFIG: &str = "MH_HOOK_CONFIG";

/// Filter of the log on stderr; it is no setting either, so that a log begins before settings are read.
pub const LOG: &str = "MH_HOOK_LOG";

/// Reads the environment. Empty variables count as unset.
pub(super) fn layer(environment: &Environment, schema: &Schema) -> Result<Layer, SettingsError> {
    let mut layer = Layer::of(credentials(environment)?);
    let known: Vec<Variable<'_>> = schema.variables().collect();
    for (name, value) in environment.variables() {
        let name = name.to_string_lossy();
        if !name.starts_with(PREFIX) || name == CONFIG || name == LOG {
            continue;
        }
        let Some(variable) = known.iter().find(|variable| variable.name == name) else {
            return Err(unknown(&name, &known));
        };
        layer.set(variable.command, &variable.option.name, setting(variable, value)?);
    }
    Ok(layer)
}

fn credentials(environment: &Environment) -> Result<Credentials, SettingsError> {
    let configured = |credential: Credential| {
        let value = environment.var_os(credential.variable())?;
        Some(text(credential.variable(), value).map(|text| {
            (credential, Configured { value: Secret::new(text), origin: Origin::variable(credential.variable()) })
        }))
    };
    Credential::ALL.into_iter().filter_map(configured).collect()
}

fn setting(variable: &Variable<'_>, value: &OsStr) -> Result<Setting, SettingsError> {
    let origin = Origin::variable(&variable.name);
    if let Err(why) = variable.option.admit(Source::Environment) {
        return Err(SettingsError::Refused { key: format!("--{}", variable.option.name), origin, why });
    }
    let text = text(&variable.name, value)?;
    let values = match variable.option.takes {
        Takes::Flag => vec![boolean(&variable.name, text)?.to_string()],
        Takes::Value => vec![text.to_owned()],
        Takes::Values => text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
    };
    Ok(Setting { values, origin })
}

fn text<'a>(name: &str, value: &'a OsStr) -> Result<&'a str, SettingsError> {
    value.to_str().ok_or_else(|| SettingsError::NotUtf8 { place: name.to_owned() })
}

fn boolean(name: &str, text: &str) -> Result<bool, SettingsError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(SettingsError::NotBoolean { name: name.to_owned() }),
    }
}

/// The names of credentials are candidates too: `MH_HOOK_API_KEY` is an easy guess.
fn unknown(name: &str, known: &[Variable<'_>]) -> SettingsError {
    let options = known.iter().map(|variable| variable.name.as_str());
    let credentials = Credential::ALL.map(Credential::variable);
    let nearest = nearest(name, options.chain(credentials).chain([CONFIG, LOG])).map(str::to_owned);
    SettingsError::UnknownVariable { name: name.escape_debug().to_string(), nearest }
}

#[cfg(test)]
mod tests {
    use super::layer;
    use crate::store::environment::Environment;
    use crate::store::settings::error::SettingsError;
    use crate::store::settings::origin::Setting;
    use crate::store::settings::schema::{AcceptedFrom, OptionSchema, Schema, Takes};

    fn schema() -> Schema {
        Schema::new(vec![OptionSchema::new("format", Takes::Value)]).command(
            "listen",
            vec![
                OptionSchema::new("port", Takes::Value),
                OptionSchema::new("accept-invalid", Takes::Flag),
                OptionSchema::new("forward", Takes::Values),
                OptionSchema::new("side-effects", Takes::Value).accepted_from(AcceptedFrom::CommandLine),
            ],
        )
    }

    fn setting(name: &str, value: &str, option: (Option<&str>, &str)) -> Result<Option<Setting>, SettingsError> {
        let layer = layer(&Environment::new([(name, value)], "/work"), &schema())?;
        Ok(layer.option(option.0, option.1).cloned())
    }

    fn error(name: &str, value: &str) -> (String, Option<String>) {
        let error = setting(name, value, (None, "")).unwrap_err();
        (error.to_string(), error.hint())
    }

    #[test]
    fn a_variable_sets_the_option_that_its_name_spells() {
        let port = setting("MH_HOOK_LISTEN_PORT", "9000", (Some("listen"), "port")).unwrap().unwrap();
        assert_eq!((port.values, port.origin.to_string()), (vec!["9000".to_owned()], "MH_HOOK_LISTEN_PORT".to_owned()));
        let format = setting("MH_HOOK_FORMAT", "json", (None, "format")).unwrap().unwrap();
        assert_eq!(format.values, ["json"]);
    }

    #[test]
    fn a_flag_is_true_or_false_however_it_is_spelled() {
        for (text, value) in [("1", "true"), ("Yes", "true"), ("off", "false"), ("FALSE", "false")] {
            let flag = setting("MH_HOOK_LISTEN_ACCEPT_INVALID", text, (Some("listen"), "accept-invalid"));
            assert_eq!(flag.unwrap().unwrap().values, [value]);
        }
        let (message, _) = error("MH_HOOK_LISTEN_ACCEPT_INVALID", "perhaps");
        assert_eq!(message, "cannot use MH_HOOK_LISTEN_ACCEPT_INVALID: it must be true or false");
    }

    #[test]
    fn a_repeatable_option_has_a_value_per_line() {
        let forward = setting("MH_HOOK_LISTEN_FORWARD", "http://a/?x=1,2\nhttp://b\n", (Some("listen"), "forward"));
        assert_eq!(forward.unwrap().unwrap().values, ["http://a/?x=1,2", "http://b"]);
    }

    #[test]
    fn an_unknown_variable_is_an_error_that_names_the_nearest() {
        assert_eq!(
            error("MH_HOOK_LISTEN_PROT", "1"),
            (
                "unknown environment variable MH_HOOK_LISTEN_PROT".to_owned(),
                Some("did you mean MH_HOOK_LISTEN_PORT?".to_owned())
            )
        );
        let (_, hint) = error("MH_HOOK_API_KEY", "1");
        assert_eq!(hint.as_deref(), Some("did you mean MAGIC_HOUR_API_KEY?"));
        assert_eq!(setting("MH_HOOK_NONSENSE", "", (None, "format")).unwrap(), None, "empty counts as unset");
    }

    #[test]
    fn an_option_that_runs_commands_is_refused() {
        let (message, hint) = error("MH_HOOK_LISTEN_SIDE_EFFECTS", "rm -r /");
        assert_eq!(
            message,
            "refused --side-effects from MH_HOOK_LISTEN_SIDE_EFFECTS: it is only accepted on the command line"
        );
        assert!(hint.is_some());
    }

    #[test]
    #[cfg(unix)]
    fn a_secret_that_is_not_utf8_is_an_error() {
        use std::os::unix::ffi::OsStrExt;

        let value = std::ffi::OsStr::from_bytes(b"hunter2\xff");
        let environment = Environment::new([("MAGIC_HOUR_API_KEY", value)], "/work");
        let error = layer(&environment, &schema()).err().unwrap();
        assert_eq!(error.to_string(), "cannot read MAGIC_HOUR_API_KEY: it is not UTF-8");
    }
}
