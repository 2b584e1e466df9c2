//! The API's base URL together with the key that is sent there.
//!
//! A cloned repository must not be able to steal: who controls a base URL receives the key. So a base URL from a
//! project's file is used only with a key from the same file, unless it is Magic Hour's own or this machine's.

use crate::model::Secret;
use crate::store::base_url::BaseUrl;
use crate::store::settings::credential::Credential;
use crate::store::settings::error::SettingsError;
use crate::store::settings::layers::Settings;
use crate::store::settings::origin::{Configured, Origin};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySources {
    /// Those that were configured for us.
    Configured,
    /// Also, as the last one, the key that the official CLI saved.
    ConfiguredOrOfficialCli,
}

/// A base URL and a key that is sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAccess {
    /// Base URL of the API.
    pub base_url: Configured<BaseUrl>,
    /// Whose account is used.
    pub key: Configured<Secret>,
}

impl Settings {
    /// The API's base URL; Magic Hour's own when none was configured.
    ///
    /// It may come from a stranger's file: to send a key there, take [`Settings::api_access`].
    pub fn api_base_url(&self) -> Result<Configured<BaseUrl>, SettingsError> {
        let Some(configured) = self.credential(Credential::ApiBaseUrl) else {
            return Ok(Configured::new(BaseUrl::official(), Origin::default_value()));
        };
        let origin = configured.origin.clone();
        match BaseUrl::parse(configured.value.expose()) {
            Ok(value) => Ok(Configured { removed: configured.removed, value, origin }),
            Err(problem) => Err(SettingsError::BaseUrl { origin, problem }),
        }
    }

    /// The base URL and the key for it, or nothing when no key was configured.
    ///
    /// # Errors
    ///
    /// When the base URL is none, when the key would go to a server that a project's file names without having a key
    /// of its own, or when it would travel unencrypted.
    pub fn api_access(&self, sources: KeySources) -> Result<Option<ApiAccess>, SettingsError> {
        let key = match (self.api_key(), sources) {
            (Some(key), _) => Some(key.clone()),
            (None, KeySources::ConfiguredOrOfficialCli) => self.official_cli_key()?,
            (None, KeySources::Configured) => None,
        };
        let Some(key) = key else {
            return Ok(None);
        };
        let base_url = self.api_base_url()?;
        let (url, origin) = (&base_url.value, &base_url.origin);
        let harmless = url.is_official() || url.is_loopback();
        let own_key = origin.is_same_place(&key.origin);
        if origin.source().is_project() && !harmless && !own_key {
            return Err(SettingsError::KeyFromElsewhere {
                target: url.origin().to_owned(),
                base_url: origin.clone(),
                key: key.origin,
            });
        }
        if !url.is_private() {
            return Err(SettingsError::Unencrypted { target: url.origin().to_owned(), base_url: origin.clone() });
        }
        Ok(Some(ApiAccess { base_url, key }))
    }
}

#[cfg(test)]
mod tests {
    use super::KeySources;
    use crate::store::environment::Environment;
    use crate::store::settings::layers::Settings;
    use crate::store::settings::options::samples::program;
    use std::fs;

    const PLACES: [&str; 5] = ["environment", "dotenv", "project", "user", "official"];

    /// Configures a base URL and a key in one place each, and says which key would go where.
    fn access((url, url_place): (&str, &str), key_place: &str) -> Result<Option<String>, String> {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for directory in ["config/mh-hook", "config/magic-hour", "project"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        let mut variables = vec![("XDG_CONFIG_HOME".to_owned(), at("config").display().to_string())];
        for place in PLACES {
            let pick = |wanted: &str, value: &str| if place == wanted { value.to_owned() } else { String::new() };
            let (url, key) = (pick(url_place, url), pick(key_place, "k3y"));
            let toml = format!("api-base-url = '{url}'\napi-key = '{key}'\n");
            match place {
                "environment" => variables
                    .extend([("MAGIC_HOUR_API_BASE_URL".to_owned(), url), ("MAGIC_HOUR_API_KEY".to_owned(), key)]),
                "dotenv" => {
                    let text = format!("MAGIC_HOUR_API_BASE_URL={url}\nMAGIC_HOUR_API_KEY={key}\n");
                    fs::write(at("project/.env"), text).unwrap();
                }
                "project" => fs::write(at("project/mh-hook.toml"), toml).unwrap(),
                "user" => fs::write(at("config/mh-hook/config.toml"), toml).unwrap(),
                _ => {
                    fs::write(at("config/magic-hour/config.json"), format!("{{\"api_key\": \"{key}\"}}")).unwrap();
                }
            }
        }
        let environment = Environment::new(variables, at("project"));
        let settings = Settings::load(&environment, None, &program()).unwrap();
        let access = settings.api_access(KeySources::ConfiguredOrOfficialCli).map_err(|error| error.to_string())?;
        Ok(access.map(|access| format!("{} to {}", access.key.value.expose(), access.base_url.value)))
    }

    #[test]
    fn a_strangers_base_url_gets_only_a_key_from_the_same_file() {
        for url_place in ["environment", "dotenv", "project", "user"] {
            for key_place in PLACES {
                let stranger = matches!(url_place, "dotenv" | "project") && url_place != key_place;
                let found = access(("https://other.example/v1/", url_place), key_place);
                if stranger {
                    let error = found.unwrap_err();
                    assert!(error.starts_with("refused to send the API key from "), "{error}");
                } else {
                    assert_eq!(found, Ok(Some("k3y to https://other.example".to_owned())), "{url_place} {key_place}");
                }
            }
        }
    }

    #[test]
    fn magic_hour_and_this_machine_may_be_named_by_anyone() {
        for url in ["https://api.magichour.ai", "http://localhost:8787", "http://127.0.0.1:1", "http://[::1]:1"] {
            for url_place in ["dotenv", "project"] {
                for key_place in PLACES {
                    assert_eq!(access((url, url_place), key_place), Ok(Some(format!("k3y to {url}"))));
                }
            }
        }
    }

    #[test]
    fn the_refusal_says_what_would_have_gone_where() {
        assert_eq!(
            access(("https://evil.example/path", "dotenv"), "environment").unwrap_err(),
            "refused to send the API key from MAGIC_HOUR_API_KEY to https://evil.example: \
             that base URL comes from ./.env:1"
        );
        assert_eq!(
            access(("https://evil.example", "project"), "dotenv").unwrap_err(),
            "refused to send the API key from ./.env:2 to https://evil.example: \
             that base URL comes from ./mh-hook.toml:1"
        );
    }

    #[test]
    fn a_reference_to_a_variable_is_not_followed_into_the_environment() {
        let root = tempfile::tempdir().unwrap();
        let text = "MAGIC_HOUR_API_BASE_URL=https://evil.example/$HOME\nMAGIC_HOUR_API_KEY=$HOME\n";
        fs::write(root.path().join(".env"), text).unwrap();
        let environment = Environment::new([("HOME", "/root")], root.path());
        let settings = Settings::load(&environment, None, &program()).unwrap();
        let access = settings.api_access(KeySources::Configured).unwrap().unwrap();
        assert_eq!(access.key.value.expose(), "$HOME");
        assert_eq!(access.base_url.value.as_str(), "https://evil.example/$HOME");
    }

    #[test]
    fn a_key_never_leaves_the_machine_unencrypted() {
        assert_eq!(
            access(("http://other.example", "environment"), "environment").unwrap_err(),
            "refused to send the API key to http://other.example: \
             the base URL from MAGIC_HOUR_API_BASE_URL is not https"
        );
    }

    #[test]
    fn a_base_url_that_is_none_is_reported_by_its_origin() {
        assert_eq!(
            access(("api.magichour.ai", "project"), "user").unwrap_err(),
            "cannot use the API base URL from ./mh-hook.toml:1: it is not an http or https URL"
        );
        assert_eq!(
            access(("https://me:hunter2@host", "user"), "user")
                .unwrap_err()
                .rsplit_once(": ")
                .map(|(_, problem)| problem),
            Some("it has a user name or a password in it")
        );
    }

    #[test]
    fn without_a_key_there_is_no_access_and_the_default_is_magic_hour() {
        let root = tempfile::tempdir().unwrap();
        let environment = Environment::new([("HOME", root.path())], root.path());
        let settings = Settings::load(&environment, None, &program()).unwrap();
        assert_eq!(settings.api_access(KeySources::ConfiguredOrOfficialCli).unwrap(), None);
        let base_url = settings.api_base_url().unwrap();
        assert_eq!(
            (base_url.value.as_str(), base_url.origin.to_string()),
            ("https://api.magichour.ai", "the default".into())
        );
    }
}
