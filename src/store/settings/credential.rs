//! The settings that belong to no option: two secrets, and where one of them is sent.

use crate::model::Secret;
use crate::model::signing::secret_text::{CleanSecret, SecretTextError};
use crate::store::settings::error::SettingsError;
use crate::store::settings::origin::{Configured, Origin};

/// Prefix of the variables that set options.
pub(super) const PREFIX: &str = "MH_HOOK_";

/// A setting that has a variable of Magic Hour's and a key of its own at the top of a settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    WebhookSecret,
    ApiKey,
    ApiBaseUrl,
}

impl Credential {
    pub(super) const ALL: [Self; 3] = [Self::WebhookSecret, Self::ApiKey, Self::ApiBaseUrl];

    /// The variable, in the environment and in `.env`.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::WebhookSecret => "MAGIC_HOUR_WEBHOOK_SECRET",
            Self::ApiKey => "MAGIC_HOUR_API_KEY",
            Self::ApiBaseUrl => "MAGIC_HOUR_API_BASE_URL",
        }
    }

    /// The key in a settings file.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::WebhookSecret => "webhook-secret",
            Self::ApiKey => "api-key",
            Self::ApiBaseUrl => "api-base-url",
        }
    }

    pub(super) fn with_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|credential| credential.key() == key)
    }

    pub(super) fn with_variable(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|credential| credential.variable() == name)
    }
}

/// The credentials of one place. The base URL is treated as a secret too, since it may hold a password.
pub(super) type Credentials = Vec<(Credential, Configured<Secret>)>;

/// Reads a credential as it was written; an empty one is as good as none.
pub(super) fn read(
    credential: Credential,
    text: &str,
    origin: Origin,
) -> Result<Option<Configured<Secret>>, SettingsError> {
    match CleanSecret::read(text) {
        Ok(CleanSecret { secret, removed }) => Ok(Some(Configured { removed, value: secret, origin })),
        Err(SecretTextError::Empty) => Ok(None),
        Err(problem) => Err(SettingsError::Credential { name: credential.variable(), origin, problem }),
    }
}
