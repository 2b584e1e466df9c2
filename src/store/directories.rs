//! Directories of settings and data.

use crate::model::text::io_message::reason;
use crate::store::environment::Environment;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

/// Our own part below the directories for settings and data.
const OURS: &str = "mh-hook";

/// The places that belong to us, and the one of the official CLI that we read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directories {
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    official_cli: Option<PathBuf>,
}

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Neither `XDG_DATA_HOME` nor a home directory is known.
    #[error("cannot tell where data belongs: neither XDG_DATA_HOME nor HOME is set")]
    NoData,
    /// The directory is not there and could not be made.
    #[error("cannot create the data directory {}: {}", path.display(), reason(error))]
    Create {
        path: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
}

impl DirectoryError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        Some("set XDG_DATA_HOME to a directory that can be written".to_owned())
    }
}

impl Directories {
    /// Finds the directories of an environment; none is created.
    pub fn of(environment: &Environment) -> Self {
        Self {
            config: config_base(environment).map(|base| base.join(OURS)),
            data: data_base(environment).map(|base| base.join(OURS)),
            official_cli: official_cli(environment),
        }
    }

    /// The user's own settings file, `config.toml`.
    pub fn settings_file(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|config| config.join("config.toml"))
    }

    /// The official CLI's settings file, which is read and never written.
    pub fn official_cli_config(&self) -> Option<&Path> {
        self.official_cli.as_deref()
    }

    /// The data directory, which need not be there yet.
    pub fn data(&self) -> Result<&Path, DirectoryError> {
        self.data.as_deref().ok_or(DirectoryError::NoData)
    }

    /// The data directory, made if need be for this user's eyes only (0700).
    pub fn create_data(&self) -> Result<&Path, DirectoryError> {
        let path = self.data()?;
        create_private(path).map_err(|error| DirectoryError::Create { path: path.to_owned(), error })?;
        Ok(path)
    }
}

/// Makes a directory with its parents, 0700 each where that means something; one that is there stays as it is.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn config_base(environment: &Environment) -> Option<PathBuf> {
    environment
        .absolute("XDG_CONFIG_HOME")
        .or_else(|| below_home(environment, ".config"))
        .or_else(|| environment.platform_config())
}

fn data_base(environment: &Environment) -> Option<PathBuf> {
    environment
        .absolute("XDG_DATA_HOME")
        .or_else(|| below_home(environment, ".local/share"))
        .or_else(|| environment.platform_data())
}

/// The XDG default below the home directory, on the platforms that have such defaults.
fn below_home(environment: &Environment, path: &str) -> Option<PathBuf> {
    let xdg = cfg!(all(unix, not(target_vendor = "apple")));
    environment.home().filter(|_| xdg).map(|home| home.join(path))
}

/// The same places in the same order as the official CLI, which uses `~/.config` on macOS too.
fn official_cli(environment: &Environment) -> Option<PathBuf> {
    if let Some(path) = environment.var_os("MAGIC_HOUR_CONFIG") {
        return Some(environment.resolve(Path::new(path)));
    }
    let base = environment.absolute("XDG_CONFIG_HOME").or_else(|| {
        if cfg!(windows) { environment.platform_config() } else { environment.home().map(|home| home.join(".config")) }
    })?;
    Some(base.join("magic-hour").join("config.json"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Directories, DirectoryError};
    use crate::store::environment::Environment;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn directories(variables: &[(&str, &str)]) -> Directories {
        Directories::of(&Environment::new(variables.iter().copied(), "/work"))
    }

    #[test]
    fn xdg_variables_name_the_directories() {
        let found = directories(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d")]);
        assert_eq!(found.settings_file().as_deref(), Some(Path::new("/c/mh-hook/config.toml")));
        assert_eq!(found.data().unwrap(), Path::new("/d/mh-hook"));
        assert_eq!(found.official_cli_config(), Some(Path::new("/c/magic-hour/config.json")));
    }

    #[test]
    #[cfg(not(target_vendor = "apple"))]
    fn empty_and_relative_xdg_variables_are_ignored() {
        let found = directories(&[("HOME", "/h"), ("XDG_CONFIG_HOME", ""), ("XDG_DATA_HOME", "here")]);
        assert_eq!(found.settings_file().as_deref(), Some(Path::new("/h/.config/mh-hook/config.toml")));
        assert_eq!(found.data().unwrap(), Path::new("/h/.local/share/mh-hook"));
        assert_eq!(found.official_cli_config(), Some(Path::new("/h/.config/magic-hour/config.json")));
    }

    #[test]
    fn the_official_cli_may_keep_its_settings_elsewhere() {
        let found = directories(&[("HOME", "/h"), ("MAGIC_HOUR_CONFIG", "cli.json")]);
        assert_eq!(found.official_cli_config(), Some(Path::new("/work/cli.json")));
    }

    #[test]
    fn without_a_home_there_is_no_data_directory() {
        let error = directories(&[]).data().unwrap_err();
        assert!(matches!(error, DirectoryError::NoData));
        assert_eq!(error.to_string(), "cannot tell where data belongs: neither XDG_DATA_HOME nor HOME is set");
    }

    #[test]
    fn the_data_directory_is_made_for_this_user_only() {
        let root = tempfile::tempdir().unwrap();
        let found = directories(&[("XDG_DATA_HOME", root.path().join("deep").to_str().unwrap())]);
        let data = found.create_data().unwrap();
        assert_eq!(std::fs::metadata(data).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(found.create_data().unwrap(), data);
    }

    #[test]
    fn a_file_in_the_way_is_reported() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();
        let found = directories(&[("XDG_DATA_HOME", file.to_str().unwrap())]);
        let error = found.create_data().unwrap_err();
        let path = file.join("mh-hook");
        assert_eq!(error.to_string(), format!("cannot create the data directory {}: not a directory", path.display()));
        assert!(error.hint().is_some());
    }
}
