//! Context of a command: streams, settings, clock, the stop signal, and the secret that signs and verifies.

use std::io;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use crate::engine::clock::{SharedClock, SystemClock};
use crate::engine::inspector::InspectorSecret;
use crate::error::Error;
use crate::model::Secret;
use crate::model::signing::secret_text::CleanSecret;
use crate::model::signing::verdict::{Trust, Verifier};
use crate::net::descriptors::raise_limit;
use crate::net::interrupt::Interrupt;
use crate::net::shutdown::Shutdown;
use crate::output::Streams;
use crate::store::secrets::secret_file::read_secret;
use crate::store::{DevelopmentSecret, Directories, Environment, Settings};

/// Everything that a command gets besides its arguments.
pub struct Context {
    /// Streams for results and remarks.
    pub streams: Streams,
    /// Settings from everywhere but the command line.
    pub settings: Settings,
    /// Directories for files.
    pub directories: Directories,
    /// The time of day.
    pub clock: SharedClock,
    /// The environment that programs which are started inherit.
    pub environment: Environment,
}

/// A secret, and where it comes from.
pub struct FoundSecret {
    pub secret: Secret,
    /// Whether the user configured it.
    pub trust: Trust,
    /// Origin, for people.
    pub origin: String,
}

impl FoundSecret {
    /// One line for a banner: the secret masked, and where it comes from.
    pub fn described(&self) -> String {
        format!("{} ({})", self.secret.masked(), self.origin)
    }

    /// The same for an inspector.
    pub fn for_inspector(&self) -> InspectorSecret {
        InspectorSecret { secret: self.secret.clone(), trust: self.trust, origin: self.origin.clone() }
    }

    /// A verifier with this secret.
    pub fn verifier(&self) -> Verifier {
        Verifier::new(self.secret.clone(), self.trust)
    }
}

impl Context {
    /// A context of the real world.
    pub fn new(streams: Streams, settings: Settings, environment: &Environment) -> Self {
        let (directories, environment) = (Directories::of(environment), environment.clone());
        Self { streams, settings, directories, clock: Arc::new(SystemClock), environment }
    }

    /// The secret to sign and verify with: from the file that was named, else as configured, else the development
    /// secret, which is made when it is first needed.
    pub fn secret(&self, file: Option<&Path>) -> Result<FoundSecret, Error> {
        if let Some(path) = file {
            let CleanSecret { secret, removed } = read_secret(path, io::stdin())?;
            let origin = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
            if let Some(removed) = removed {
                self.streams.warn(&format!("the webhook secret from {origin} has {removed}: used without"));
            }
            return Ok(FoundSecret { secret, trust: Trust::Configured, origin });
        }
        if let Some(configured) = self.settings.webhook_secret() {
            if let Some(remark) = configured.remark("webhook secret") {
                self.streams.warn(&remark);
            }
            let origin = configured.origin.to_string();
            return Ok(FoundSecret { secret: configured.value.clone(), trust: Trust::Configured, origin });
        }
        let secret = self.development_secret()?.load_or_create()?;
        Ok(FoundSecret { secret, trust: Trust::Development, origin: "development secret".to_owned() })
    }

    /// The development secret in its file.
    pub fn development_secret(&self) -> Result<DevelopmentSecret, Error> {
        Ok(DevelopmentSecret::at(self.directories.create_data()?))
    }
}

/// The runtime that engines run on: one thread, which serves sockets faster than several that share them would.
pub fn runtime() -> Result<Runtime, Error> {
    raise_limit();
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|source| Error::System { task: "start", source })
}

/// Runs the asynchronous part of a command to its end. The runtime is compiled once for each type of future, so all
/// that have the same result share one.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    let work: Pin<&mut dyn Future<Output = T>> = pin!(work);
    Ok(runtime()?.block_on(work))
}

/// Begins to hear Ctrl-C and SIGTERM.
pub fn interrupt() -> Result<Interrupt, Error> {
    Interrupt::listen().map_err(|source| Error::System { task: "wait for signals", source })
}

/// Waits for all tasks, or for one more signal of someone who does not want to wait. Says whether all have ended.
pub async fn finish(shutdown: &Shutdown, interrupt: &mut Interrupt) -> bool {
    tokio::select! {
        () = shutdown.drained() => true,
        () = interrupt.heard() => false,
    }
}
