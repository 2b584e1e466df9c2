//! Starting and stopping an inspector.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::inspector::guard::PageGuard;
use crate::engine::inspector::head;
use crate::engine::inspector::options::{InspectorOptions, LiveSecret};
use crate::engine::inspector::server::InspectorService;
use crate::engine::inspector::state::InspectorState;
use crate::engine::inspector::token::RunToken;
use crate::net::accept::bind::{BindError, Bound};
use crate::net::accept::limits::Limits;
use crate::net::accept::server::serve;
use crate::net::shutdown::Shutdown;

/// A page keeps its stream open for as long as it is looked at.
const IDLE: Duration = Duration::from_hours(24);

/// Connections at once: six for each tab of a browser, and some programs.
const CONNECTIONS: usize = 64;

/// An inspector that runs.
pub struct Inspector {
    link: String,
    state: Arc<InspectorState>,
}

/// Error at the start of an inspector.
#[derive(Debug, thiserror::Error)]
pub enum InspectorError {
    /// The port cannot be had.
    #[error("cannot start the inspector: {0}")]
    Bind(#[from] BindError),
    /// There is no randomness to make a token of.
    #[error("cannot start the inspector: the operating system gives no random numbers")]
    NoRandomness,
}

impl InspectorError {
    /// Hint for the user.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bind(error) => error.hint(),
            Self::NoRandomness => None,
        }
    }
}

impl Inspector {
    /// Starts an inspector on both loopback addresses. It answers when this returns.
    pub async fn start(options: InspectorOptions) -> Result<Self, InspectorError> {
        let token = RunToken::generate().ok_or(InspectorError::NoRandomness)?;
        let bound = Bound::bind(None, options.port).await?;
        let link = format!("http://localhost:{}/#token={}", bound.port, token.expose());
        let guard = PageGuard::new(bound.port, token);
        let shutdown = Shutdown::new();
        let state = Arc::new(InspectorState::new(options, shutdown.clone()));
        let limits = Limits { connections: CONNECTIONS, idle_time: IDLE, ..Limits::default() };
        shutdown.spawn(head::follow(Arc::clone(&state)));
        shutdown.spawn(serve(bound, limits, InspectorService::new(Arc::clone(&state), guard), shutdown.clone()));
        Ok(Self { link, state })
    }

    /// The link to the page, with the token of this run.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// The secret in use, to be exchanged when another becomes known.
    pub fn secret(&self) -> LiveSecret {
        self.state.options.secret.clone()
    }

    /// Stops, and returns when nothing of it runs any more.
    pub async fn stop(self) {
        self.state.shutdown.drained().await;
        self.state.journal.close().await;
    }
}
