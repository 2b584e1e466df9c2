//! The ways in which a tunnel fails to open.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::engine::tunnel::fault::{AgentFault, FaultKind, find_fault, told};
use crate::engine::tunnel::provider::Provider;

/// Last lines of the agent that a message shows.
const SHOWN_LINES: usize = 3;

/// Why there is no tunnel.
#[derive(Debug)]
pub enum TunnelError {
    /// The program is not on `PATH`.
    NotInstalled(Provider),
    /// `auto` found nothing that it could use.
    NothingFound,
    /// The provider cannot say its URL, and the user did not.
    NeedsPublicUrl(Provider),
    /// The guardian could not be started.
    Start {
        /// Whose agent was to be started.
        provider: Provider,
        /// Error of the operating system.
        error: io::Error,
    },
    /// The agent ended.
    Ended {
        /// Whose agent it was.
        provider: Provider,
        /// The known way in which it ended.
        fault: Option<&'static AgentFault>,
        /// Its last words, masked.
        told: Option<String>,
    },
    /// The agent runs and is not connected.
    NotConnected {
        /// Whose agent it is.
        provider: Provider,
        /// Time that was waited.
        after: Duration,
        /// The known problem among its words.
        fault: Option<&'static AgentFault>,
        /// Its last words, masked.
        told: Vec<String>,
    },
}

impl TunnelError {
    /// Of an agent that ended with these words.
    #[must_use]
    pub fn ended(provider: &Provider, words: &[String]) -> Self {
        let fault = find_fault(provider, words);
        Self::Ended { provider: provider.clone(), fault, told: told(provider, words, fault) }
    }

    /// Of an agent that was waited for in vain, with these words.
    #[must_use]
    pub fn not_connected(provider: &Provider, after: Duration, words: &[String]) -> Self {
        let told = words.get(words.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().to_vec();
        Self::NotConnected { provider: provider.clone(), after, fault: find_fault(provider, words), told }
    }

    /// The kind of failure, which decides the exit code; nothing when time ran out.
    #[must_use]
    pub fn kind(&self) -> Option<FaultKind> {
        match self {
            Self::NotConnected { .. } => None,
            Self::Ended { fault, .. } => Some(fault.map_or(FaultKind::Unreachable, |fault| fault.kind)),
            _ => Some(FaultKind::Setup),
        }
    }

    /// Delay before a restart; nothing if a restart cannot help.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        match self {
            Self::NotConnected { .. } | Self::Start { .. } => Some(Duration::ZERO),
            Self::Ended { fault, .. } => fault.map_or(Some(Duration::ZERO), |fault| fault.retry),
            _ => None,
        }
    }

    /// Whether ngrok has no token.
    #[must_use]
    pub fn is_missing_token(&self) -> bool {
        matches!(self, Self::Ended { fault: Some(fault), .. } if fault.is_missing_token())
    }

    /// Advice for the user.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotInstalled(provider) => {
                let other = if *provider == Provider::Ngrok { "--tunnel cloudflared" } else { "--tunnel ngrok" };
                format!(
                    "install it ({}), or use {other}, or `listen --from new` without a tunnel",
                    provider.facts().install
                )
            }
            Self::NothingFound => {
                "install ngrok (https://ngrok.com/download), whose URL stays the same, or cloudflared, which \
                                   needs no account; `mh-hook listen --from new` works without either"
                    .to_owned()
            }
            Self::NeedsPublicUrl(_) => {
                "give --public-url URL, the https address that your server passes on to the forwarded port".to_owned()
            }
            Self::Start { .. } => "is there memory and room for more processes?".to_owned(),
            Self::Ended { fault: Some(fault), .. } | Self::NotConnected { fault: Some(fault), .. } => {
                fault.hint.to_owned()
            }
            Self::Ended { provider, .. } => {
                format!(
                    "run the agent by hand to see more, or use another way: `mh-hook help tunnels`{}",
                    more(provider)
                )
            }
            Self::NotConnected { provider, .. } => {
                format!("does a firewall, a proxy or a VPN stop it?{}", more(provider))
            }
        }
    }
}

fn more(provider: &Provider) -> &'static str {
    match provider {
        Provider::Cloudflared => "; cloudflared needs port 7844 outwards",
        _ => "",
    }
}

impl std::error::Error for TunnelError {}

impl fmt::Display for TunnelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled(provider) => write!(f, "{} is not installed", provider.facts().program),
            Self::NothingFound => {
                write!(f, "no program that opens a tunnel was found, and no agent that runs reaches this machine")
            }
            Self::NeedsPublicUrl(provider) => write!(f, "--tunnel {provider} does not know the public URL"),
            Self::Start { provider, error } => write!(f, "cannot start {provider}: {error}"),
            Self::Ended { provider, told: Some(told), .. } => write!(f, "{provider} opened no tunnel: {told}"),
            Self::Ended { provider, told: None, .. } => write!(f, "{provider} ended and said nothing"),
            Self::NotConnected { provider, after, told, .. } => {
                write!(f, "{provider} was not connected within {} s", after.as_secs())?;
                if told.is_empty() { Ok(()) } else { write!(f, "; it said: {}", told.join(" / ")) }
            }
        }
    }
}
