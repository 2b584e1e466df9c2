//! The layer of the process environment: those of credentials, and `MH_HOOK_*` for options.

use crate::model::nearest;
use crate::store::environment::Environment;
use crate::store::settings::credential::{self, Credential, Credentials, PREFIX};
use crate::store::settings::error::SettingsError;
use crate::store::settings::layer::Layer;
use crate::store::settings::options::{self, Takes, Variable};
use crate::store::settings::origin::{Origin, Setting, Source};
use crate::store::settings::set_by::SetBy;
use clap::Command;
use std::ffi::OsStr;

/// Names the settings file, as `--config` does; it is no setting itself, so no file can hold it.
pub(super) const CONFIG: &str = "MH_HOOK_CONFIG";

/// Filter of the log on stderr; it is no setting either, so that a log begins before settings are read.
pub const LOG: &str = "MH_HOOK_LOG";

/// Names the pager, before `PAGER`; it is a command, so no file can hold it.
pub const PAGER: &str = "MH_HOOK_PAGER";

/// Variables with our prefix that are no settings.
pub const NO_SETTINGS: [&str; 3] = [CONFIG, LOG, PAGER];

/// Reads the environment. Empty variables count as unset.
pub(super) fn layer(environment: &Environment, program: &Command) -> Result<Layer, SettingsError> {
    let mut layer = Layer::of(credentials(environment)?);
    let known: Vec<Variable<'_>> = options::variables(program).collect();
    for (name, value) in environment.variables() {
        let name = name.to_string_lossy();
        if !name.starts_with(PREFIX)
            || NO_SETTINGS.contains(&&*name)
            || is_service_link(&name, &value.to_string_lossy())
        {
            continue;
        }
        let Some(variable) = known.iter().find(|variable| variable.name == name) else {
            return Err(unknown(&name, &known));
        };
        layer.set(variable.command, variable.option.name, setting(variable, value)?);
    }
    Ok(layer)
}

/// Whether a container platform made the variable: Kubernetes and Docker describe a service called `mh-hook` so.
fn is_service_link(name: &str, value: &str) -> bool {
    const PROTOCOLS: [&str; 3] = ["tcp://", "udp://", "sctp://"];
    let words = || name.split('_');
    let is_port = words().any(|word| word == "PORT");
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let of_port = words().skip_while(|word| *word != "PORT").nth(1).is_some_and(is_number);
    let of_service = name.contains("_SERVICE_HOST") || name.contains("_SERVICE_PORT");
    let of_link = name.contains("_ENV_") || (name.ends_with("_NAME") && value.starts_with('/'));
    of_service || of_link || (is_port && PROTOCOLS.iter().any(|protocol| value.starts_with(protocol))) || of_port
}

fn credentials(environment: &Environment) -> Result<Credentials, SettingsError> {
    let mut found = Credentials::new();
    for credential in Credential::ALL {
        let name = credential.variable();
        if let Some(value) = environment.var_os(name) {
            let configured = credential::read(credential, text(name, value)?, Origin::variable(name))?;
            found.extend(configured.map(|configured| (credential, configured)));
        }
    }
    Ok(found)
}

fn setting(variable: &Variable<'_>, value: &OsStr) -> Result<Setting, SettingsError> {
    let origin = Origin::variable(&variable.name);
    if let Err(why) = SetBy::of(variable.option.arg).admit(Source::Environment) {
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
    let suffix = name.strip_prefix(PREFIX).unwrap_or_default();
    let names = options.chain(credentials);
    let with_suffix = names.clone().find(|known| known.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('_')));
    let nearest = with_suffix.or_else(|| nearest(name, names.chain(NO_SETTINGS))).map(str::to_owned);
    SettingsError::UnknownVariable { name: name.escape_debug().to_string(), nearest }
}

#[cfg(test)]
mod tests {
    use super::layer;
    use crate::store::environment::Environment;
    use crate::store::settings::error::SettingsError;
    use crate::store::settings::options::samples::program;
    use crate::store::settings::origin::Setting;

    fn setting(name: &str, value: &str, option: (Option<&str>, &str)) -> Result<Option<Setting>, SettingsError> {
        let layer = layer(&Environment::new([(name, value)], "/work"), &program())?;
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
        assert_eq!(error("MH_HOOK_PORT", "9000").1.as_deref(), Some("did you mean MH_HOOK_LISTEN_PORT?"));
        let (_, hint) = error("MH_HOOK_API_KEY", "1");
        assert_eq!(hint.as_deref(), Some("did you mean MAGIC_HOUR_API_KEY?"));
        assert_eq!(setting("MH_HOOK_NONSENSE", "", (None, "format")).unwrap(), None, "empty counts as unset");
    }

    #[test]
    fn variables_of_container_platforms_are_no_settings() {
        for (name, value) in [
            ("MH_HOOK_PORT", "tcp://10.0.0.1:80"),
            ("MH_HOOK_LISTEN_PORT", "tcp://10.0.0.1:80"),
            ("MH_HOOK_SERVICE_HOST", "10.0.0.1"),
            ("MH_HOOK_SERVICE_PORT", "80"),
            ("MH_HOOK_SERVICE_PORT_HTTP", "80"),
            ("MH_HOOK_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("MH_HOOK_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("MH_HOOK_PORT_80_TCP_PROTO", "tcp"),
            ("MH_HOOK_NAME", "/web/mh-hook"),
            ("MH_HOOK_ENV_PATH", "/bin"),
        ] {
            assert_eq!(setting(name, value, (Some("listen"), "port")).unwrap(), None, "{name}");
        }
        assert!(setting("MH_HOOK_LISTEN_PORT", "80", (Some("listen"), "port")).unwrap().is_some());
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
        let error = layer(&environment, &program()).err().unwrap();
        assert_eq!(error.to_string(), "cannot read MAGIC_HOUR_API_KEY: it is not UTF-8");
    }
}
