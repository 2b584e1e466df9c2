//! The public side of a listener: its way from the internet, and the secret that may come late.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::commands::listen::console::Console;
use crate::commands::shared::context::{Context, FoundSecret, finish};
use crate::commands::shared::late_secret::LateSecret;
use crate::commands::shared::public_way::{OpenWay, WayPurpose, WayRequest, public_access};
use crate::commands::shared::tunnel_args::TunnelArgs;
use crate::engine::inspector::{Inspector, LiveSecret};
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::error::Error;
use crate::model::signing::verdict::Trust;
use crate::net::interrupt::Interrupt;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;

/// Options of the public side.
pub(super) struct PublicOptions {
    pub(super) way: TunnelArgs,
    /// The path of the public URL where a provider says only its host.
    pub(super) path: String,
    pub(super) tls: TlsOptions,
    pub(super) tolerance: Duration,
    pub(super) secret_file: Option<PathBuf>,
}

/// Tunnel and late secret beside a receiver with a public URL.
pub(super) struct PublicSide {
    options: PublicOptions,
    /// The receiver's part; nothing without a public URL.
    pub(super) access: Option<Arc<PublicAccess>>,
    /// The tasks of agents. They end after the receiver, which answers what came through them.
    tasks: Shutdown,
}

/// Users of the secret, which take another one up while they run.
pub(super) struct SecretUse {
    pub(super) verifier: SharedVerifier,
    pub(super) inspector: Option<LiveSecret>,
}

impl SecretUse {
    pub(super) fn new(verifier: SharedVerifier, inspector: Option<&Inspector>) -> Self {
        Self { verifier, inspector: inspector.map(Inspector::secret) }
    }
}

/// The result of opening a way.
pub(super) enum Opened {
    /// None was asked for.
    Nothing,
    /// It is open.
    Way(Box<OpenWay>),
    /// A signal came first.
    Interrupted,
    /// The time that was allowed ended first.
    TimedOut,
}

impl PublicSide {
    pub(super) fn new(options: PublicOptions) -> Result<Self, Error> {
        let access = options.way.is_public().then(public_access).transpose()?;
        Ok(Self { options, access, tasks: Shutdown::new() })
    }

    /// Opens and proves the way to a port that listens already.
    pub(super) async fn open(&self, port: u16, interrupt: &mut Interrupt, context: &Context) -> Result<Opened, Error> {
        let Some(access) = &self.access else { return Ok(Opened::Nothing) };
        let request = WayRequest {
            args: &self.options.way,
            port,
            path: &self.options.path,
            tls: self.options.tls.clone(),
            access: Arc::clone(access),
            tasks: &self.tasks,
            purpose: WayPurpose::Receiving,
        };
        tokio::select! {
            way = request.open(context) => Ok(Opened::Way(Box::new(way?))),
            () = interrupt.heard() => Ok(Opened::Interrupted),
        }
    }

    /// Keeps the way open, and waits for the secret if only the development secret is known.
    pub(super) fn keep(
        &self,
        opened: Opened,
        secret: &FoundSecret,
        used: (SecretUse, &mut Console),
        context: &Context,
    ) {
        let (used, console) = used;
        let Opened::Way(way) = opened else { return };
        way.keep(context, &self.tasks);
        if secret.trust != Trust::Development {
            return;
        }
        let late = LateSecret {
            verifier: used.verifier,
            inspector: used.inspector,
            tolerance: Some(self.options.tolerance),
            file: self.options.secret_file.clone(),
            directory: context.environment.current_directory().map(ToOwned::to_owned),
            streams: context.streams.clone(),
            typed: console.lines(),
        };
        let stop = self.tasks.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                _ = late.arrive() => {}
                () = stop.requested() => {}
            }
        });
    }

    /// Ends agents and whatever else belongs to the way, or does not wait for it after one more signal.
    pub(super) async fn end(&self, interrupt: &mut Interrupt) {
        finish(&self.tasks, interrupt).await;
    }
}
