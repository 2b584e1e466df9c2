//! Origin of a setting.

use std::fmt;

/// The sort of place that a setting comes from, in descending order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A variable of the process environment.
    Environment,
    /// `.env` in the current directory.
    DotEnv,
    /// The file that `--config` or `MH_HOOK_CONFIG` names; it replaces the project's and the user's.
    NamedFile,
    /// `mh-hook.toml` in the current directory or the nearest parent that has one.
    ProjectFile,
    /// `config.toml` in the user's settings directory.
    UserFile,
    /// The official CLI's settings file, which holds an API key only.
    OfficialCli,
    /// Nobody configured anything.
    Default,
}

impl Source {
    /// Whether the place is possibly a stranger's work: such files arrive with a cloned repository.
    pub fn is_project(self) -> bool {
        matches!(self, Self::DotEnv | Self::ProjectFile)
    }
}

/// The place that a setting comes from, as in `MH_HOOK_LISTEN_PORT` or `./mh-hook.toml:3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    source: Source,
    place: String,
    line: Option<usize>,
}

impl Origin {
    pub(super) fn variable(name: impl Into<String>) -> Self {
        Self { source: Source::Environment, place: name.into(), line: None }
    }

    pub(super) fn line(source: Source, file: &str, line: usize) -> Self {
        Self { source, place: file.to_owned(), line: Some(line) }
    }

    pub(super) fn official_cli(file: &str) -> Self {
        Self { source: Source::OfficialCli, place: format!("the official CLI's {file}"), line: None }
    }

    pub(super) fn default_value() -> Self {
        Self { source: Source::Default, place: "the default".to_owned(), line: None }
    }

    /// Whether both come from the same file, or from the environment.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        self.source == other.source && (self.source == Source::Environment || self.place == other.place)
    }

    /// The variable or the file.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The sort of place.
    pub fn source(&self) -> Source {
        self.source
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured<T> {
    /// Marks around the value that were removed, such as quotes.
    pub removed: Option<&'static str>,
    pub value: T,
    pub origin: Origin,
}

impl<T> Configured<T> {
    pub(super) fn new(value: T, origin: Origin) -> Self {
        Self { removed: None, value, origin }
    }

    /// A warning about what was removed, if anything was; `name` is what the value is called.
    pub fn remark(&self, name: &str) -> Option<String> {
        let removed = self.removed?;
        Some(format!("the {name} from {} has {removed}: used without", self.origin))
    }
}

/// Values of an option, in the form of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The values: one for an option that takes one, any number for a repeatable one, `true` or `false` for a flag.
    pub values: Vec<String>,
    /// Origin of the values; lists are not merged, the highest source that has one wins.
    pub origin: Origin,
}
