//! The process environment, read once and handed on as a value.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A snapshot of what surrounds the process: variables, current directory and the platform's directories.
///
/// Everything that depends on the environment takes it from here, so a test makes its own world instead of changing
/// the one it shares with other tests.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    current_directory: Option<PathBuf>,
    platform: Platform,
}

/// The directories that the operating system names for this user.
#[derive(Clone, Default)]
struct Platform {
    home: Option<PathBuf>,
    config: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl Environment {
    /// Takes the snapshot; nothing else in the program reads the process environment.
    pub fn from_process() -> Self {
        Self {
            variables: std::env::vars_os().map(|(name, value)| (folded(&name), value)).collect(),
            current_directory: std::env::current_dir().ok(),
            platform: Platform { home: dirs::home_dir(), config: dirs::config_dir(), data: dirs::data_dir() },
        }
    }

    /// An environment of exactly these variables, seen from this directory.
    pub fn new<N, V>(variables: impl IntoIterator<Item = (N, V)>, current_directory: impl Into<PathBuf>) -> Self
    where
        N: AsRef<OsStr>,
        V: Into<OsString>,
    {
        Self {
            variables: variables.into_iter().map(|(name, value)| (folded(name.as_ref()), value.into())).collect(),
            current_directory: Some(current_directory.into()),
            platform: Platform::default(),
        }
    }

    /// The value of a variable; an empty one counts as unset, and so does one that is not UTF-8.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.var_os(name)?.to_str()
    }

    /// The value of a variable, whatever its encoding; an empty one counts as unset.
    pub fn var_os(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(&folded(OsStr::new(name))).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// All variables that are set and not empty, in the order of their names.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let all = self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()));
        all.filter(|(_, value)| !value.is_empty())
    }

    /// The current directory, unless it was deleted underneath the process.
    pub fn current_directory(&self) -> Option<&Path> {
        self.current_directory.as_deref()
    }

    /// A path that the user wrote, seen from the current directory.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.current_directory.as_ref().map_or_else(|| path.to_owned(), |directory| directory.join(path))
    }

    /// The home directory: `HOME`, else what the platform says.
    pub fn home(&self) -> Option<PathBuf> {
        self.absolute("HOME").or_else(|| self.platform.home.clone())
    }

    /// The platform's directory for settings, without our own part.
    pub(crate) fn platform_config(&self) -> Option<PathBuf> {
        self.platform.config.clone()
    }

    /// The platform's directory for data, without our own part.
    pub(crate) fn platform_data(&self) -> Option<PathBuf> {
        self.platform.data.clone()
    }

    /// A variable that names a directory. The XDG specification has relative paths ignored.
    pub(crate) fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

/// The form in which names are compared: Windows ignores their case.
fn folded(name: &OsStr) -> OsString {
    if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Environment;
    use std::path::Path;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment = Environment::new([("FULL", "x"), ("EMPTY", "")], "/work");
        assert_eq!(environment.var("FULL"), Some("x"));
        assert_eq!(environment.var("EMPTY"), None);
        assert_eq!(environment.var("ABSENT"), None);
        assert_eq!(environment.variables().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_variable_that_is_not_utf8_does_no_harm() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let value = OsStr::from_bytes(b"\xff");
        let environment = Environment::new([("ODD", value)], "/work");
        assert_eq!(environment.var("ODD"), None);
        assert_eq!(environment.var_os("ODD"), Some(value));
    }

    #[test]
    fn a_path_is_seen_from_the_current_directory() {
        let directory = std::env::temp_dir();
        let environment = Environment::new([("A", "b")], &directory);
        assert_eq!(environment.resolve(Path::new("x.toml")), directory.join("x.toml"));
        assert_eq!(environment.resolve(&directory), directory);
    }

    #[test]
    fn the_process_has_a_current_directory() {
        assert!(Environment::from_process().current_directory().is_some());
    }
}
