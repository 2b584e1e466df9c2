//! Faults of settings. No message shows a value: it could be a secret.

use crate::model::signing::secret_text::SecretTextError;
use crate::model::text::io_message::reason;
use crate::store::base_url::BaseUrlError;
use crate::store::settings::origin::{Origin, Source};
use std::fmt;
use std::io;

/// A line and a column in a file, both counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file, as the user knows it.
    pub file: String,
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file is there, or was named, and cannot be read.
    #[error("cannot read the settings file {file}: {}", reason(error))]
    Unreadable {
        file: String,
        /// Error of the operating system.
        error: io::Error,
    },
    /// A place holds bytes that are no text.
    #[error("cannot read {place}: it is not UTF-8")]
    NotUtf8 {
        /// The file, the line or the variable.
        place: String,
    },
    /// A file is not TOML.
    #[error("cannot read {position} as TOML: {message}")]
    Syntax {
        /// Place of the mistake.
        position: Position,
        /// Expectation of the parser; it quotes nothing.
        message: String,
    },
    /// One of our lines in `.env` cannot be understood.
    #[error("cannot read {name} in {place}: {problem}")]
    DotEnv {
        name: &'static str,
        place: Origin,
        /// Description of the fault.
        problem: &'static str,
    },
    /// A credential has a form that none has.
    #[error("cannot use {name} from {origin}: {problem}")]
    Credential { name: &'static str, origin: Origin, problem: SecretTextError },
    /// A value in a file is of another type than the setting.
    #[error("cannot use {key} in {position}: it must be {expected}, not {found}")]
    WrongType {
        key: String,
        /// Place of its value.
        position: Position,
        /// The type that it should have.
        expected: &'static str,
        /// The type that it has.
        found: &'static str,
    },
    /// A variable for a flag says neither yes nor no.
    #[error("cannot use {name}: it must be true or false")]
    NotBoolean { name: String },
    /// A setting that nobody knows.
    #[error("unknown setting {key} in {origin}")]
    UnknownKey {
        /// The setting with its section.
        key: String,
        origin: Origin,
        /// Suggestion of what was probably meant.
        hint: String,
    },
    /// A variable with our prefix that nobody knows.
    #[error("unknown environment variable {name}")]
    UnknownVariable {
        name: String,
        /// The known one that is most like it.
        nearest: Option<String>,
    },
    /// A setting in a place that is not trusted with it.
    #[error("refused {key} from {origin}: it is {why}")]
    Refused {
        key: String,
        origin: Origin,
        /// Who may set it instead.
        why: &'static str,
    },
    /// A base URL that is none.
    #[error("cannot use the API base URL from {origin}: it {problem}")]
    BaseUrl {
        origin: Origin,
        /// Description of the fault.
        problem: BaseUrlError,
    },
    /// A base URL from a project's file would receive a key from elsewhere.
    #[error("refused to send the API key from {key} to {target}: that base URL comes from {base_url}")]
    KeyFromElsewhere {
        /// Scheme, host and port that would receive the key.
        target: String,
        /// Origin of the base URL.
        base_url: Origin,
        /// Origin of the key.
        key: Origin,
    },
    /// The key would travel unencrypted.
    #[error("refused to send the API key to {target}: the base URL from {base_url} is not https")]
    Unencrypted {
        /// Scheme, host and port that would receive the key.
        target: String,
        /// Origin of the base URL.
        base_url: Origin,
    },
    /// The official CLI's file holds something else than it should.
    #[error("cannot read the API key from {origin}: {problem}")]
    OfficialCli {
        origin: Origin,
        /// Description of the fault.
        problem: String,
    },
}

impl SettingsError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownKey { hint, .. } => return Some(hint.clone()),
            Self::UnknownVariable { nearest, .. } => {
                return Some(nearest.as_ref().map_or_else(
                    || "unset it, or see `mh-hook --help` for what can be set".to_owned(),
                    |nearest| format!("did you mean {nearest}?"),
                ));
            }
            Self::KeyFromElsewhere { base_url, .. } if base_url.source() == Source::DotEnv => {
                "to use this server, have its own MAGIC_HOUR_API_KEY in the same .env and unset the other key; \
                 otherwise remove the base URL"
            }
            Self::KeyFromElsewhere { .. } => {
                "to use this server, have its own api-key in the same file and unset the other key; \
                 otherwise remove the base URL"
            }
            Self::Unreadable { .. } => "check the path and its permissions",
            Self::NotUtf8 { .. } => "save it as UTF-8 text",
            Self::Syntax { .. } => "strings are written in quotes, as in format = \"json\"",
            Self::DotEnv { .. } => "single quotes keep a value exactly as it is",
            Self::Credential { .. } => "it must be the value alone, on one line",
            Self::WrongType { .. } => "change the value, or remove the line",
            Self::NotBoolean { .. } => "set it to true or false, or unset it",
            Self::Refused { .. } => "remove it there, and give it on the command line when it is wanted",
            Self::BaseUrl { .. } => "a base URL looks like https://api.magichour.ai or http://localhost:8787",
            Self::Unencrypted { .. } => "use https; plain http is for localhost only",
            Self::OfficialCli { .. } => "log in again with the official CLI, or set MAGIC_HOUR_API_KEY",
        };
        Some(hint.to_owned())
    }
}
