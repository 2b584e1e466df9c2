//! Errors of the commands: each knows its exit code and its hint.

use std::io;
use std::path::PathBuf;

use crate::engine::e2e::{JobResult, SubmitError};
use crate::engine::inspector::InspectorError;
use crate::engine::magic_hour::{ApiError, UploadError};
use crate::engine::sandbox::{EndpointSpecError, SandboxError};
use crate::engine::tunnel::error::TunnelError;
use crate::engine::tunnel::fault::FaultKind;
use crate::engine::tunnel::proof::ProofError;
use crate::model::contract::event::UnknownEvent;
use crate::model::contract::path::PathError;
use crate::model::signing::fault::UnknownFault;
use crate::model::text::io_message::reason;
use crate::net::accept::bind::BindError;
use crate::net::out::post_error::PostError;
use crate::net::out::target::TargetError;
use crate::net::out::tls::TlsError;
use crate::output::OutputError;
use crate::store::directories::DirectoryError;
use crate::store::journal::{JournalError, QueryError};
use crate::store::secrets::development_secret::DevelopmentSecretError;
use crate::store::secrets::secret_file::SecretFileError;
use crate::store::settings::SettingsError;

/// Exit code of the program; the numbers are part of its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, and what was asked holds.
    Done = 0,
    /// The verdict is no: an answer other than 2xx, an unmet expectation.
    No = 1,
    /// Usage: an unknown option, event, path or fault; unreadable input.
    Usage = 2,
    /// Local set-up: port in use, settings unusable, secret missing.
    Setup = 3,
    /// The target cannot be reached.
    Unreachable = 4,
    TimedOut = 5,
    /// The Magic Hour API refused a call.
    ApiRefused = 6,
    /// The job ended in error, or was canceled.
    JobFailed = 7,
    /// The job finished, and its webhook did not arrive.
    NoWebhook = 8,
    /// Interrupted by a signal.
    Interrupted = 130,
}

impl Exit {
    /// Results in which something is not as it should be, the one that counts first.
    const ORDER: [Self; 9] = [
        Self::Interrupted,
        Self::ApiRefused,
        Self::JobFailed,
        Self::NoWebhook,
        Self::TimedOut,
        Self::Unreachable,
        Self::No,
        Self::Usage,
        Self::Setup,
    ];

    /// Every code with its meaning, for manual pages.
    pub const MEANINGS: [(Self, &str); 10] = [
        (Self::Done, "Done, and what was asked holds."),
        (Self::No, "The verdict is no: an answer other than 2xx, an unmet expectation, an invalid signature."),
        (Self::Usage, "Usage: an unknown option, event, path or fault; unreadable input."),
        (Self::Setup, "Local set-up: port in use, journal or settings unusable, secret or key missing."),
        (Self::Unreachable, "Target unreachable: DNS, refused, reset, TLS."),
        (Self::TimedOut, "Timed out."),
        (Self::ApiRefused, "The Magic Hour API refused a call."),
        (Self::JobFailed, "The job ended in error or was canceled."),
        (Self::NoWebhook, "The job finished, and its webhook did not arrive."),
        (Self::Interrupted, "Interrupted by a signal."),
    ];

    /// Meaning in a few words, for the help of a command.
    pub const fn brief(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::No => "the verdict is no",
            Self::Usage => "usage",
            Self::Setup => "local set-up",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed out",
            Self::ApiRefused => "refused by the API",
            Self::JobFailed => "job failed",
            Self::NoWebhook => "no webhook",
            Self::Interrupted => "interrupted",
        }
    }

    /// The one of two exit codes that counts when both apply.
    pub fn worse(self, other: Self) -> Self {
        Self::ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(Self::Done)
    }
}

impl From<&PostError> for Exit {
    fn from(error: &PostError) -> Self {
        match error {
            PostError::SendTimeout { .. } | PostError::TooSlow { .. } => Self::TimedOut,
            PostError::Descriptors { .. } | PostError::Setup { .. } => Self::Setup,
            _ => Self::Unreachable,
        }
    }
}

impl From<&ApiError> for Exit {
    fn from(error: &ApiError) -> Self {
        match error {
            ApiError::Refused { .. } | ApiError::Garbled { .. } => Self::ApiRefused,
            ApiError::Unanswered { error, .. } => error.into(),
            ApiError::Unsendable { .. } | ApiError::Unencrypted { .. } => Self::Setup,
        }
    }
}

impl From<&UploadError> for Exit {
    fn from(error: &UploadError) -> Self {
        match error {
            UploadError::Api(error) => error.into(),
            UploadError::File { .. } => Self::Usage,
            UploadError::Refused { .. } => Self::ApiRefused,
            UploadError::Unanswered { error, .. } => error.into(),
        }
    }
}

impl From<&JobResult> for Exit {
    fn from(ending: &JobResult) -> Self {
        match ending {
            JobResult::Passed => Self::Done,
            JobResult::Unmet | JobResult::InvalidSignature => Self::No,
            JobResult::Refused(SubmitError::Create(error)) => error.into(),
            JobResult::Refused(SubmitError::Upload(error)) => error.into(),
            JobResult::Failed { .. } | JobResult::Canceled => Self::JobFailed,
            JobResult::NoWebhook => Self::NoWebhook,
            JobResult::TimedOut => Self::TimedOut,
            JobResult::Interrupted => Self::Interrupted,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line does not make sense.
    #[error("{message}")]
    Usage {
        /// Description of the fault.
        message: String,
        /// Advice for the user.
        hint: Option<String>,
    },
    /// Something on this machine is not as it has to be.
    #[error("{message}")]
    LocalSetup { message: String, hint: String },
    /// No event has that name.
    #[error(transparent)]
    UnknownEvent(#[from] UnknownEvent),
    /// No fault has that name.
    #[error(transparent)]
    UnknownFault(#[from] UnknownFault),
    /// No such place in an event.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Not a URL that can be posted to.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// An input file could not be read.
    #[error("cannot read {}: {}", path.display(), reason(source))]
    Input {
        /// The file; `-` is standard input.
        path: PathBuf,
        source: io::Error,
    },
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A value that was configured cannot be used.
    #[error("{message}")]
    Configured {
        /// Description of the fault, with its place.
        message: String,
        /// Advice for the user.
        hint: Option<String>,
    },
    /// Something has to be configured first.
    #[error("{message}")]
    Missing {
        message: String,
        /// Advice on how to configure it.
        hint: String,
    },
    /// A call of the Magic Hour API failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A public URL is not proven to reach this machine.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// No tunnel can be opened.
    #[error(transparent)]
    Tunnel(#[from] TunnelError),
    /// There is no place for data.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The development secret cannot be had.
    #[error(transparent)]
    DevelopmentSecret(#[from] DevelopmentSecretError),
    /// The secret file cannot be used.
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    /// The port cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// https cannot be spoken.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The sandbox cannot be started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The inspector cannot be started.
    #[error(transparent)]
    Inspector(#[from] InspectorError),
    /// The journal gave no answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Output cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The operating system refused something that every program may ask for.
    #[error("cannot {task}: {}", reason(source))]
    System {
        /// The value that was given.
        task: &'static str,
        source: io::Error,
    },
}

impl From<EndpointSpecError> for Error {
    fn from(error: EndpointSpecError) -> Self {
        match error {
            EndpointSpecError::Url(error) => error.into(),
            EndpointSpecError::Event(error) => error.into(),
        }
    }
}

impl Error {
    /// A usage error with a hint.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// A local set-up that cannot be worked with.
    pub fn setup(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::LocalSetup { message: message.into(), hint: hint.into() }
    }

    /// Exit code of the program after this error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. }
            | Self::UnknownEvent(_)
            | Self::UnknownFault(_)
            | Self::Path(_)
            | Self::Target(_)
            | Self::Query(QueryError::AmbiguousJob { .. })
            | Self::Input { .. } => Exit::Usage,
            Self::Api(error) => error.into(),
            Self::Proof(_) => Exit::Unreachable,
            Self::Tunnel(error) => match error.kind() {
                Some(FaultKind::Setup) => Exit::Setup,
                Some(FaultKind::Unreachable) => Exit::Unreachable,
                None => Exit::TimedOut,
            },
            // A reader that closed the output needs no error.
            Self::Output(OutputError::Closed) => Exit::Done,
            Self::Settings(_)
            | Self::Configured { .. }
            | Self::Missing { .. }
            | Self::Directory(_)
            | Self::DevelopmentSecret(_)
            | Self::SecretFile(_)
            | Self::Bind(_)
            | Self::Tls(_)
            | Self::Journal(_)
            | Self::Sandbox(_)
            | Self::Inspector(_)
            | Self::Query(QueryError::Journal(_))
            | Self::Output(OutputError::Failed { .. })
            | Self::LocalSetup { .. }
            | Self::System { .. } => Exit::Setup,
        }
    }

    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::Configured { hint, .. } => hint.clone(),
            Self::Missing { hint, .. } | Self::LocalSetup { hint, .. } => Some(hint.clone()),
            Self::Api(error) => Some(error.hint().to_owned()),
            Self::Proof(error) => Some(error.hint().to_owned()),
            Self::Tunnel(error) => Some(error.hint()),
            Self::UnknownEvent(UnknownEvent { nearest: Some(nearest), .. }) => {
                Some(format!("did you mean '{nearest}'? `mh-hook events` lists all nine"))
            }
            Self::UnknownEvent(_) => {
                Some("`mh-hook events` lists all nine; globs such as 'video.*' work too".to_owned())
            }
            Self::UnknownFault(UnknownFault { nearest: Some(nearest), .. }) => {
                Some(format!("did you mean '{nearest}'? `mh-hook send --fault list` shows all"))
            }
            Self::UnknownFault(_) => Some("`mh-hook send --fault list` shows all".to_owned()),
            Self::Path(PathError::Unknown { nearest: Some(nearest), .. }) => {
                Some(format!("did you mean '{nearest}'? --set-new adds a field"))
            }
            Self::Path(PathError::Unknown { .. }) => Some("--set-new adds a field".to_owned()),
            Self::Path(PathError::Malformed { .. }) => Some("a path reads like payload.downloads[0].url".to_owned()),
            Self::Target(error) => error.hint(),
            Self::Settings(error) => error.hint(),
            Self::Directory(error) => error.hint(),
            Self::DevelopmentSecret(error) => error.hint(),
            Self::SecretFile(error) => error.hint(),
            Self::Bind(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::Sandbox(error) => error.hint(),
            Self::Inspector(error) => error.hint(),
            Self::Query(error) => error.hint(),
            Self::Tls(TlsError::Setup(_)) => Some("--ca-file FILE names certificates to trust".to_owned()),
            Self::Path(PathError::NotJson(_))
            | Self::Tls(TlsError::CaFile { .. })
            | Self::Input { .. }
            | Self::Output(_)
            | Self::System { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn of_two_endings_the_documented_one_counts() {
        assert_eq!(Exit::Done.worse(Exit::Done), Exit::Done);
        assert_eq!(Exit::No.worse(Exit::Unreachable), Exit::Unreachable);
        assert_eq!(Exit::TimedOut.worse(Exit::Unreachable), Exit::TimedOut);
        assert_eq!(Exit::TimedOut.worse(Exit::Interrupted), Exit::Interrupted);
        assert_eq!(Exit::ORDER.map(|exit| exit as u8), [130, 6, 7, 8, 5, 4, 1, 2, 3]);
        for pair in Exit::ORDER.windows(2) {
            assert_eq!((pair[0].worse(pair[1]), pair[1].worse(pair[0])), (pair[0], pair[0]));
        }
    }
}
