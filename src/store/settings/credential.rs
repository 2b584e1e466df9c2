//! The settings that belong to no option: three secrets, and where one of them is sent.

use crate::model::Secret;
use crate::model::signing::secret_text::{CleanSecret, SecretTextError};
use crate::store::settings::error::SettingsError;
use crate::store::settings::origin::{Configured, Origin};
use crate::store::settings::set_by::SetBy;

/// Prefix of the variables that set options.
pub(super) const PREFIX: &str = "MH_HOOK_";

/// A setting with a variable whose name others chose, and a key at the top of a settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    WebhookSecret,
    ApiKey,
    ApiBaseUrl,
    WebhookSiteKey,
}

impl Credential {
    pub(super) const ALL: [Self; 4] = [Self::WebhookSecret, Self::ApiKey, Self::ApiBaseUrl, Self::WebhookSiteKey];

    /// The variable, in the environment and in `.env`.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::WebhookSecret => "MAGIC_HOUR_WEBHOOK_SECRET",
            Self::ApiKey => "MAGIC_HOUR_API_KEY",
            Self::ApiBaseUrl => "MAGIC_HOUR_API_BASE_URL",
            Self::WebhookSiteKey => "WEBHOOK_SITE_API_KEY",
        }
    }

    /// The key in a settings file.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::WebhookSecret => "webhook-secret",
            Self::ApiKey => "api-key",
            Self::ApiBaseUrl => "api-base-url",
            Self::WebhookSiteKey => "webhook-site-api-key",
        }
    }

    /// The places that may set it in a settings file.
    pub(super) const fn set_by(self) -> SetBy {
        match self {
            Self::WebhookSecret | Self::ApiKey | Self::ApiBaseUrl => SetBy::Project,
            Self::WebhookSiteKey => SetBy::User,
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
