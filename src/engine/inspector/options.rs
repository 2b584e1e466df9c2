//! Options of an inspector.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use jiff::Timestamp;

use crate::engine::clock::SharedClock;
use crate::engine::inspector::run_log::RunLog;
use crate::engine::sandbox::Sandbox;
use crate::model::Secret;
use crate::model::signing::verdict::{Trust, Verifier};
use crate::net::out::tls::TlsOptions;

/// Reads a time as the command line does: an absolute one, or how long ago, from now.
pub type TimeParser = fn(&str, Timestamp) -> Result<Timestamp, String>;

/// Port, journal and targets of an inspector.
#[derive(Debug)]
pub struct InspectorOptions {
    /// The port on loopback; 0 takes a free one.
    pub port: u16,
    /// The command that it belongs to.
    pub command: &'static str,
    /// The journal that it shows; the file need not be there yet.
    pub journal: PathBuf,
    /// The URL of this run's receiver, if it has one.
    pub receiver: Option<String>,
    /// Targets of deliveries; the first is the default. Other URLs must be on this machine.
    pub targets: Vec<NamedTarget>,
    /// TLS options for the targets.
    pub tls: TlsOptions,
    /// The secret to verify and sign with.
    pub secret: LiveSecret,
    /// This run's sandbox, if it has one.
    pub sandbox: Option<InspectedSandbox>,
    /// Log of the end-to-end run, if this is one.
    pub e2e: Option<Arc<RunLog>>,
    /// Reads the times of a search.
    pub time: TimeParser,
    /// The time of day.
    pub clock: SharedClock,
}

/// A URL under the name that people know it by.
#[derive(Clone, Debug)]
pub struct NamedTarget {
    /// Name, such as `handler`.
    pub name: &'static str,
    pub url: String,
}

/// A secret, and where it comes from.
#[derive(Clone, Debug)]
pub struct InspectorSecret {
    pub secret: Secret,
    /// Whether the user configured it.
    pub trust: Trust,
    /// Origin, for people.
    pub origin: String,
}

impl InspectorSecret {
    /// A verifier with this secret.
    pub(super) fn verifier(&self) -> Verifier {
        Verifier::new(self.secret.clone(), self.trust)
    }
}

/// The secret in use, which may become known while the page is open. Clones share it.
#[derive(Clone, Debug)]
pub struct LiveSecret(Arc<RwLock<Arc<InspectorSecret>>>);

impl LiveSecret {
    /// The secret in use now.
    pub fn current(&self) -> Arc<InspectorSecret> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Uses another secret from now on.
    pub fn replace(&self, secret: InspectorSecret) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secret);
    }
}

impl From<InspectorSecret> for LiveSecret {
    fn from(secret: InspectorSecret) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(secret))))
    }
}

/// A sandbox that runs in this process.
#[derive(Clone, Debug)]
pub struct InspectedSandbox {
    /// Its base URL.
    pub(super) base_url: String,
    /// Its API and control API.
    pub(super) router: Router,
    /// The steps of its jobs, as they happen.
    pub(super) steps: Arc<RunLog>,
}

impl InspectedSandbox {
    /// A sandbox, and where the steps of its jobs are noted.
    pub fn new(sandbox: &Sandbox, steps: Arc<RunLog>) -> Self {
        Self { base_url: sandbox.base_url().to_owned(), router: sandbox.router(), steps }
    }
}
