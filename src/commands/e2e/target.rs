//! Target of a run: the embedded sandbox, which is offline and free, or Magic Hour itself.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::ser::SerializeMap;

use crate::commands::shared::context::{Context, FoundSecret};
use crate::engine::e2e::{EMBEDDED_GRACE, Embedded, EmbeddedError, LOCAL_POLL};
use crate::engine::magic_hour::Api;
use crate::engine::sandbox::{Sandbox, SandboxError, SandboxEvent};
use crate::error::Error;
use crate::model::Secret;
use crate::model::signing::verdict::Trust;
use crate::net::out::api_client::ApiClient;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;
use crate::store::DevelopmentSecret;
use crate::store::secrets::development_secret::generate;
use crate::store::settings::{ApiAccess, KeySources};

/// Reason for the embedded sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmbeddedReason {
    /// An option or a setting asks for it.
    Asked,
    /// No API key is configured.
    NoKey,
}

impl fmt::Display for EmbeddedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "as asked",
            Self::NoKey => "no API key",
        })
    }
}

/// Target that the options ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetChoice {
    /// The embedded sandbox, whatever is configured.
    Sandbox,
    /// Magic Hour, or nothing.
    Live,
    /// Magic Hour if a key is configured, else the embedded sandbox.
    Either,
}

/// The target.
#[derive(Debug)]
pub(crate) enum E2eTarget {
    Embedded(EmbeddedReason),
    /// The API that was configured, with its key.
    Live(Box<ApiAccess>),
}

impl E2eTarget {
    pub(crate) fn choose(choice: TargetChoice, context: &Context) -> Result<Self, Error> {
        let sources = match choice {
            TargetChoice::Sandbox => return Ok(Self::Embedded(EmbeddedReason::Asked)),
            TargetChoice::Live => KeySources::ConfiguredOrOfficialCli,
            TargetChoice::Either => KeySources::Configured,
        };
        let access = context.settings.api_access(sources)?;
        if let Some(blank) = access.as_ref().filter(|access| access.key.value.expose().trim().is_empty()) {
            let message = format!("the API key from {} is blank", blank.key.origin);
            return Err(Error::Missing { message, hint: "set it to a key, or unset it".to_owned() });
        }
        match (access, choice) {
            (Some(access), _) => Ok(Self::Live(Box::new(access))),
            (None, TargetChoice::Live) => Err(Error::Missing {
                message: "--live needs an API key, and none is configured".to_owned(),
                hint:
                    "set MAGIC_HOUR_API_KEY (https://magichour.ai/developer has keys), or leave --live out to try the \
                       embedded sandbox"
                        .to_owned(),
            }),
            (None, _) => Ok(Self::Embedded(EmbeddedReason::NoKey)),
        }
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    /// Whether credits of a real account are spent.
    pub(crate) fn is_costly(&self) -> bool {
        matches!(self, Self::Live(access) if !access.base_url.value.is_loopback())
    }

    /// In a sentence, after "in" or "at".
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Embedded(_) => "in the embedded sandbox".to_owned(),
            Self::Live(access) => format!("at {}", access.base_url.value),
        }
    }

    /// Fields of records. The embedded sandbox has no base URL, since that ends with the run.
    pub(crate) fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let access = match self {
            Self::Embedded(_) => None,
            Self::Live(access) => Some(access),
        };
        let (key, origin) = self.key().unzip();
        map.serialize_entry("world", access.map_or("sandbox", |_| "live"))?;
        map.serialize_entry("base_url", &access.map(|access| access.base_url.value.as_str()))?;
        map.serialize_entry("key", &key)?;
        map.serialize_entry("key_origin", &origin)
    }

    /// Whose key is used, where one is: masked, and where it comes from.
    pub(crate) fn key(&self) -> Option<(String, String)> {
        let Self::Live(access) = self else { return None };
        Some((access.key.value.masked(), access.key.origin.to_string()))
    }

    /// Remark on a job that is still running at the end.
    pub(crate) fn what_goes_on(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "the embedded sandbox ended with the run, and what was submitted with it",
            Self::Live(access) if access.base_url.value.is_loopback() => {
                "what was submitted goes on in the sandbox: see what it prints"
            }
            Self::Live(_) => "what was submitted goes on: https://magichour.ai/my-library shows it",
        }
    }

    /// Interval of polling the details endpoint: short on this machine, elsewhere that of the official CLI.
    pub(crate) fn poll_every(&self) -> Duration {
        if self.is_costly() { Duration::from_secs(2) } else { LOCAL_POLL }
    }

    /// Time to wait for a webhook after its job ended.
    pub(crate) fn grace(&self) -> Duration {
        if self.is_embedded() { EMBEDDED_GRACE } else { Duration::from_secs(30) }
    }

    /// The secret that deliveries are signed with. The embedded sandbox needs none that lasts, unless a handler has to
    /// know it, so nothing is made for it; credits are spent only where deliveries can be verified.
    pub(crate) fn secret(
        &self,
        file: Option<&Path>,
        has_handler: bool,
        verifies: bool,
        context: &Context,
    ) -> Result<FoundSecret, Error> {
        let is_configured = file.is_some() || context.settings.webhook_secret().is_some();
        match self {
            Self::Embedded(_) if !is_configured && !has_handler => passing_secret(context),
            Self::Live(_) if !is_configured && self.is_costly() && verifies => Err(Error::Missing {
                message: "the webhook secret is missing, so deliveries could not be verified; nothing was spent"
                    .to_owned(),
                hint: "set MAGIC_HOUR_WEBHOOK_SECRET to the secret of your endpoint \
                       (https://magichour.ai/developer?tab=webhooks), or go on without with --no-verify"
                    .to_owned(),
            }),
            // The handler has to know it too, so it has to last.
            Self::Embedded(_) if !is_configured => context.secret(file).map_err(|error| Error::Missing {
                message: format!("there is no secret that the handler could share: {error}"),
                hint: "set MAGIC_HOUR_WEBHOOK_SECRET to the same value for both".to_owned(),
            }),
            _ => context.secret(file),
        }
    }

    /// Opens it: the API to call, and the sandbox to stop in the end, if it is that. Deliveries of the sandbox go to
    /// `endpoint`.
    pub(crate) async fn open(
        &self,
        endpoint: String,
        secret: &Secret,
        tls: &TlsOptions,
        (tasks, context): (&Shutdown, &Context),
    ) -> Result<(Api, Option<Sandbox>), Error> {
        match self {
            Self::Live(access) => {
                // Trust in one's own handler is no reason to send the key to anybody.
                let tls = TlsOptions { insecure: tls.insecure && !self.is_costly(), ..tls.clone() };
                let web = ApiClient::new(tls);
                Ok((Api::new(web, access.base_url.value.clone(), access.key.value.clone()), None))
            }
            Self::Embedded(_) => {
                let embedded = Embedded::start(endpoint, secret.clone(), tls.clone(), context.clock.clone()).await;
                let Embedded { api, sandbox, mut events } = embedded.map_err(unstarted)?;
                let streams = context.streams.clone();
                tasks.spawn(async move {
                    while let Some(event) = events.next().await {
                        if let SandboxEvent::Warning(text) = event {
                            streams.warn(&text);
                        }
                    }
                });
                Ok((api, Some(sandbox)))
            }
        }
    }
}

/// A sandbox that keeps nothing needs a place all the same, as long as it runs.
fn unstarted(error: EmbeddedError) -> Error {
    match error {
        EmbeddedError::Sandbox(SandboxError::State(error)) => Error::Missing {
            message: error.to_string(),
            hint: "the embedded sandbox keeps its files below TMPDIR while it runs: set it to a directory that can be written"
                .to_owned(),
        },
        EmbeddedError::Sandbox(other) => other.into(),
        EmbeddedError::Address(_) => {
            Error::System { task: "reach the embedded sandbox", source: std::io::Error::other(error.to_string()) }
        }
    }
}

/// The development secret if there is one already, else one that ends with the run.
fn passing_secret(context: &Context) -> Result<FoundSecret, Error> {
    let kept = context.directories.data().ok().and_then(|data| DevelopmentSecret::at(data).load().ok());
    let (secret, origin) = match kept {
        Some(secret) => (secret, "development secret"),
        None => (generate()?, "made for this run"),
    };
    Ok(FoundSecret { secret, trust: Trust::Development, origin: origin.to_owned() })
}
