//! News of a tunnel that is in use.

use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::tunnel::error::TunnelError;
use crate::engine::tunnel::provider::Provider;
use crate::net::out::target::Target;

/// News of a tunnel that is in use.
#[derive(Debug)]
pub enum TunnelEvent {
    /// The URL reaches this machine, after it had not, or had not been seen to.
    Proven(Target),
    /// The way is broken.
    Broken {
        /// Who opened the tunnel; nothing for a way of the user's own.
        provider: Option<Provider>,
        /// Description of the problem.
        problem: String,
        /// Whether the agent is restarted.
        restarts: bool,
    },
    /// A restart failed; it is tried again.
    RestartFailed {
        /// Why.
        error: TunnelError,
        /// Delay until the next try.
        wait: Duration,
    },
    /// The agent cannot be restarted, and is not tried again.
    GivenUp(TunnelError),
    /// The agent was restarted and has another URL.
    Moved {
        /// The URL until now.
        from: Target,
        /// The URL from now on.
        to: Target,
    },
    /// A verified delivery came through the URL, for the first time in this run.
    Confirmed(Target),
}

impl TunnelEvent {
    /// The stable name of the state that the tunnel is in now.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Proven(_) => "proven",
            Self::Confirmed(_) => "confirmed",
            Self::Broken { .. } => "broken",
            Self::RestartFailed { .. } => "restart_failed",
            Self::GivenUp(_) => "given_up",
            Self::Moved { .. } => "moved",
        }
    }
}

impl Serialize for TunnelEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("state", self.state())?;
        match self {
            Self::Proven(url) | Self::Confirmed(url) => map.serialize_entry("public_url", &url.to_string())?,
            Self::Broken { provider, problem, restarts } => {
                map.serialize_entry("provider", &provider.as_ref().map(ToString::to_string))?;
                map.serialize_entry("problem", problem)?;
                map.serialize_entry("restarts", restarts)?;
            }
            Self::RestartFailed { error, wait } => {
                map.serialize_entry("problem", &error.to_string())?;
                map.serialize_entry("wait_ms", &u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))?;
            }
            Self::GivenUp(error) => {
                map.serialize_entry("problem", &error.to_string())?;
                map.serialize_entry("hint", &error.hint())?;
            }
            Self::Moved { from, to } => {
                map.serialize_entry("from", &from.to_string())?;
                map.serialize_entry("public_url", &to.to_string())?;
            }
        }
        map.end()
    }
}
