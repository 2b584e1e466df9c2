//! The settings as a whole: layers, of which the highest that has an answer is asked.

use crate::model::Secret;
use crate::store::directories::Directories;
use crate::store::environment::Environment;
use crate::store::input_file::{read_found, read_named};
use crate::store::settings::credential::Credential;
use crate::store::settings::error::SettingsError;
use crate::store::settings::layer::Layer;
use crate::store::settings::origin::{Configured, Origin, Setting, Source};
use crate::store::settings::{dotenv, file, official_cli, variables};
use clap::Command;
use std::io;
use std::path::{Path, PathBuf};

/// The name of a project's settings file.
const PROJECT_FILE: &str = "mh-hook.toml";

/// The most that is read of a file, in bytes.
const LONGEST_FILE: u64 = 1024 * 1024;

/// Everything that was configured besides the command line.
pub struct Settings {
    layers: Vec<Layer>,
    official_cli: Option<PathBuf>,
    files: Vec<(String, bool)>,
}

impl Settings {
    /// Reads all places. `explicit_config` is what `--config` names; without it `MH_HOOK_CONFIG` counts, and without
    /// that the project's and the user's files do. `program` says which options there are, and who may set them.
    ///
    /// # Errors
    ///
    /// When a file cannot be read (one that was named must be there), or a setting in any place is unknown, malformed
    /// or not accepted from there.
    pub fn load(
        environment: &Environment,
        explicit_config: Option<&Path>,
        program: &Command,
    ) -> Result<Self, SettingsError> {
        let directories = Directories::of(environment);
        let mut layers = vec![variables::layer(environment, program)?];
        for name in dotenv::FILES {
            if let Some(directory) = environment.current_directory() {
                layers.extend(dotenv_layer(directory, name)?);
            }
        }
        if let Some(path) = explicit_config.or_else(|| environment.var_os(variables::CONFIG).map(Path::new)) {
            layers.push(named_layer(environment, path, program)?);
        } else {
            layers.extend(project_layer(environment, program)?);
            layers.extend(user_layer(&directories, program)?);
        }
        layers.iter().for_each(Layer::log);
        let files = files(environment, &directories, explicit_config);
        Ok(Self { layers, official_cli: directories.official_cli_config().map(Path::to_owned), files })
    }

    /// The files that settings are read from, the one that counts first, and whether each is there.
    pub fn files(&self) -> &[(String, bool)] {
        &self.files
    }

    /// The settings of one file with these bytes, as if no other place had any. `source` says which file it is.
    pub fn of_bytes(bytes: &[u8], source: Source, program: &Command) -> Result<Self, SettingsError> {
        let layer = match source {
            Source::DotEnv => Layer::of(dotenv::credentials(bytes, "./.env")?),
            _ => file::layer(bytes, source, "./mh-hook.toml", program)?,
        };
        Ok(Self { layers: vec![layer], official_cli: None, files: Vec::new() })
    }

    /// Setting for an option of a command.
    pub fn option(&self, command: &str, name: &str) -> Option<&Setting> {
        self.layers.iter().find_map(|layer| layer.option(Some(command), name))
    }

    /// Setting for a global option.
    pub fn global(&self, name: &str) -> Option<&Setting> {
        self.layers.iter().find_map(|layer| layer.option(None, name))
    }

    /// The webhook secret, if one was configured.
    pub fn webhook_secret(&self) -> Option<&Configured<Secret>> {
        self.credential(Credential::WebhookSecret)
    }

    /// The API key, if one was configured for us.
    pub fn api_key(&self) -> Option<&Configured<Secret>> {
        self.credential(Credential::ApiKey)
    }

    /// The key of an account at webhook.site, if one was configured.
    pub fn webhook_site_key(&self) -> Option<&Configured<Secret>> {
        self.credential(Credential::WebhookSiteKey)
    }

    /// The API key that the official CLI saved. Spending credits with it is the caller's to decide.
    ///
    /// # Errors
    ///
    /// When the official CLI's file is there and cannot be understood.
    pub fn official_cli_key(&self) -> Result<Option<Configured<Secret>>, SettingsError> {
        self.official_cli.as_deref().map_or(Ok(None), official_cli::key)
    }

    /// Places that configure anything, in descending order of precedence.
    pub fn places(&self) -> Vec<String> {
        let mut places = Vec::new();
        for layer in &self.layers {
            for place in layer.origins().map(Origin::place) {
                if !places.iter().any(|known| known == place) {
                    places.push(place.to_owned());
                }
            }
        }
        places
    }

    /// The names of the files beside a project that may hold credentials, the one that counts first.
    pub const DOTENV_FILES: [&str; 2] = dotenv::FILES;

    /// The webhook secret that the `.env` of a directory holds at this moment.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be understood.
    pub fn webhook_secret_in_dotenv(directory: &Path) -> Result<Option<Configured<Secret>>, SettingsError> {
        for name in dotenv::FILES {
            let layer = dotenv_layer(directory, name)?;
            if let Some(found) = layer.and_then(|layer| layer.credential(Credential::WebhookSecret).cloned()) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    pub(super) fn credential(&self, credential: Credential) -> Option<&Configured<Secret>> {
        self.layers.iter().find_map(|layer| layer.credential(credential))
    }
}

fn files(environment: &Environment, directories: &Directories, explicit: Option<&Path>) -> Vec<(String, bool)> {
    let is_there = |path: &Path| environment.resolve(path).is_file();
    let mut files: Vec<PathBuf> = dotenv::FILES.iter().map(PathBuf::from).collect();
    if let Some(named) = explicit.or_else(|| environment.var_os(variables::CONFIG).map(Path::new)) {
        files.push(named.to_owned());
    } else {
        let folders = environment.current_directory().into_iter().flat_map(Path::ancestors);
        let nearest = folders.map(|folder| folder.join(PROJECT_FILE)).find(|path| path.is_file());
        files.push(nearest.unwrap_or_else(|| PathBuf::from(PROJECT_FILE)));
        files.extend(directories.settings_file());
    }
    files.into_iter().map(|path| (path.display().to_string(), is_there(&path))).collect()
}

fn dotenv_layer(directory: &Path, name: &str) -> Result<Option<Layer>, SettingsError> {
    let shown = format!("./{name}");
    let Some(bytes) = read_if_there(&directory.join(name), &shown)? else {
        return Ok(None);
    };
    dotenv::credentials(&bytes, &shown).map(|credentials| Some(Layer::of(credentials)))
}

fn named_layer(environment: &Environment, path: &Path, program: &Command) -> Result<Layer, SettingsError> {
    let shown = path.display().to_string();
    match read_named(&environment.resolve(path), LONGEST_FILE) {
        Ok(bytes) => file::layer(&bytes, Source::NamedFile, &shown, program),
        Err(error) => Err(SettingsError::Unreadable { file: shown, error }),
    }
}

fn project_layer(environment: &Environment, program: &Command) -> Result<Option<Layer>, SettingsError> {
    let Some(current) = environment.current_directory() else {
        return Ok(None);
    };
    for directory in current.ancestors() {
        let path = directory.join(PROJECT_FILE);
        let shown = if directory == current { format!("./{PROJECT_FILE}") } else { path.display().to_string() };
        if let Some(bytes) = read_if_there(&path, &shown)? {
            return file::layer(&bytes, Source::ProjectFile, &shown, program).map(Some);
        }
    }
    Ok(None)
}

fn user_layer(directories: &Directories, program: &Command) -> Result<Option<Layer>, SettingsError> {
    let Some(path) = directories.settings_file() else {
        return Ok(None);
    };
    let shown = path.display().to_string();
    let Some(bytes) = read_if_there(&path, &shown)? else {
        return Ok(None);
    };
    file::layer(&bytes, Source::UserFile, &shown, program).map(Some)
}

/// A file that need not be there. A directory of its name is another thing: Python's virtual environments like `.env`.
fn read_if_there(path: &Path, shown: &str) -> Result<Option<Vec<u8>>, SettingsError> {
    match read_found(path, LONGEST_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absence(&error) || path.is_dir() => Ok(None),
        Err(error) => Err(SettingsError::Unreadable { file: shown.to_owned(), error }),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::store::environment::Environment;
    use crate::store::settings::error::SettingsError;
    use crate::store::settings::options::samples::program;
    use std::fs;
    use std::path::Path;
    use tempfile::TempDir;

    /// A home with settings, a project in it and a directory in the project, where we are.
    struct World(TempDir);

    impl World {
        fn new(files: &[(&str, &str)]) -> Self {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join("config/mh-hook")).unwrap();
            fs::create_dir_all(root.path().join("project/here")).unwrap();
            for (path, content) in files {
                fs::write(root.path().join(path), content).unwrap();
            }
            Self(root)
        }

        fn path(&self, path: &str) -> String {
            self.0.path().join(path).display().to_string()
        }

        fn load_with(&self, variables: &[(&str, &str)], config: Option<&str>) -> Result<Settings, SettingsError> {
            let home = self.path("config");
            let all = variables.iter().copied().chain([("XDG_CONFIG_HOME", home.as_str())]);
            let environment = Environment::new(all, self.path("project/here"));
            Settings::load(&environment, config.map(Path::new), &program())
        }

        fn load(&self, variables: &[(&str, &str)]) -> Settings {
            self.load_with(variables, None).unwrap()
        }
    }

    fn port(settings: &Settings) -> (String, String) {
        let port = settings.option("listen", "port").unwrap();
        (port.values.concat(), port.origin.to_string())
    }

    fn secret(settings: &Settings) -> (String, String) {
        let secret = settings.webhook_secret().unwrap();
        (secret.value.expose().to_owned(), secret.origin.to_string())
    }

    fn pair(value: &str, origin: &str) -> (String, String) {
        (value.to_owned(), origin.to_owned())
    }

    const USER: (&str, &str) = ("config/mh-hook/config.toml", "webhook-secret = 'user'\n[listen]\nport = 3");
    const PARENT: (&str, &str) = ("project/mh-hook.toml", "webhook-secret = 'parent'\n[listen]\nport = 2");
    const HERE: (&str, &str) = ("project/here/mh-hook.toml", "webhook-secret = 'here'\n[listen]\nport = 1");
    const DOTENV: (&str, &str) = ("project/here/.env", "MAGIC_HOUR_WEBHOOK_SECRET=dotenv\nMH_HOOK_LISTEN_PORT=4");

    #[test]
    fn on_a_machine_where_nothing_was_configured_there_are_no_settings() {
        let settings = World::new(&[]).load(&[]);
        assert!(settings.option("listen", "port").is_none() && settings.global("format").is_none());
        assert!(settings.webhook_secret().is_none() && settings.api_key().is_none());
        assert!(settings.official_cli_key().unwrap().is_none());
    }

    #[test]
    fn an_option_comes_from_the_highest_layer_that_has_it() {
        let world = World::new(&[USER]);
        assert_eq!(port(&world.load(&[])), pair("3", &format!("{}:3", world.path("config/mh-hook/config.toml"))));
        let world = World::new(&[USER, PARENT]);
        assert_eq!(port(&world.load(&[])), pair("2", &format!("{}:3", world.path("project/mh-hook.toml"))));
        let world = World::new(&[USER, PARENT, HERE, DOTENV]);
        assert_eq!(port(&world.load(&[])), pair("1", "./mh-hook.toml:3"));
        assert_eq!(port(&world.load(&[("MH_HOOK_LISTEN_PORT", "9")])), pair("9", "MH_HOOK_LISTEN_PORT"));
        assert_eq!(port(&world.load(&[("MH_HOOK_LISTEN_PORT", "")])), pair("1", "./mh-hook.toml:3"));
    }

    #[test]
    fn layers_complete_each_other() {
        let world = World::new(&[USER, ("project/mh-hook.toml", "format = 'json'")]);
        let settings = world.load(&[]);
        assert_eq!(port(&settings).0, "3");
        assert_eq!(settings.global("format").unwrap().values, ["json"]);
    }

    #[test]
    fn a_secret_comes_from_the_highest_layer_and_an_empty_one_is_none() {
        let world = World::new(&[USER, HERE, DOTENV]);
        assert_eq!(
            secret(&world.load(&[("MAGIC_HOUR_WEBHOOK_SECRET", "environment")])),
            pair("environment", "MAGIC_HOUR_WEBHOOK_SECRET")
        );
        assert_eq!(secret(&world.load(&[("MAGIC_HOUR_WEBHOOK_SECRET", "")])), pair("dotenv", "./.env:1"));
        assert_eq!(secret(&World::new(&[USER, HERE]).load(&[])), pair("here", "./mh-hook.toml:1"));
        let empty = World::new(&[USER, ("project/mh-hook.toml", "webhook-secret = ''")]);
        assert_eq!(secret(&empty.load(&[])).0, "user");
    }

    #[test]
    fn a_named_file_replaces_the_others_but_not_the_environment() {
        let world = World::new(&[USER, HERE, DOTENV, ("project/here/ci.toml", "format = 'json'\n[listen]\nport = 7")]);
        for settings in [
            world.load_with(&[], Some("ci.toml")).unwrap(),
            world.load(&[("MH_HOOK_CONFIG", "ci.toml")]),
            world.load_with(&[("MH_HOOK_CONFIG", "absent.toml")], Some("ci.toml")).unwrap(),
        ] {
            assert_eq!(port(&settings), pair("7", "ci.toml:3"));
            assert_eq!(secret(&settings), pair("dotenv", "./.env:1"));
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_named_file_must_be_there() {
        let error = World::new(&[USER]).load_with(&[], Some("absent.toml")).err().unwrap();
        assert_eq!(error.to_string(), "cannot read the settings file absent.toml: no such file or directory");
        assert_eq!(error.hint().as_deref(), Some("check the path and its permissions"));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_to_what_is_no_file_is_refused() {
        let world = World::new(&[]);
        std::os::unix::fs::symlink("/dev/zero", world.path("project/here/.env")).unwrap();
        let error = world.load_with(&[], None).err().unwrap();
        assert_eq!(error.to_string(), "cannot read the settings file ./.env: it is a device, not a file");
        let world = World::new(&[]);
        let fifo = world.path("project/here/mh-hook.toml");
        assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
        let error = world.load_with(&[], None).err().unwrap();
        assert_eq!(error.to_string(), "cannot read the settings file ./mh-hook.toml: it is a pipe, not a file");
    }

    #[test]
    fn the_local_file_of_variables_beats_the_shared_one() {
        let local = ("project/here/.env.local", "MAGIC_HOUR_WEBHOOK_SECRET=local");
        let settings = World::new(&[DOTENV, local]).load(&[]);
        assert_eq!(secret(&settings), pair("local", "./.env.local:1"));
    }

    #[test]
    fn directories_of_these_names_are_no_settings() {
        let world = World::new(&[PARENT]);
        fs::create_dir(world.path("project/here/.env")).unwrap();
        fs::create_dir(world.path("project/here/mh-hook.toml")).unwrap();
        assert_eq!(port(&world.load(&[])).0, "2");
    }
}
