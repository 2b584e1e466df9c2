//! The embedded sandbox of a run: offline and free, and gone when the run is.

use std::time::Duration;

use crate::engine::clock::SharedClock;
use crate::engine::event_channel::EventReceiver;
use crate::engine::magic_hour::Api;
use crate::engine::sandbox::{EndpointSpec, Sandbox, SandboxError, SandboxEvent, SandboxOptions};
use crate::model::Secret;
use crate::net::out::api_client::ApiClient;
use crate::net::out::tls::TlsOptions;
use crate::store::BaseUrl;

/// Credits of its account: more than any run needs.
const CREDITS: u32 = 1_000_000;

/// The key to it; it accepts any.
const KEY: &str = "mhk_test_embedded";

/// Interval of polling the details endpoint on this machine.
pub const LOCAL_POLL: Duration = Duration::from_millis(100);

/// Time to wait for a webhook of the embedded sandbox after its job ended.
pub const EMBEDDED_GRACE: Duration = Duration::from_secs(5);

/// The embedded sandbox, and the API to call it by.
pub struct Embedded {
    pub api: Api,
    pub sandbox: Sandbox,
    /// The sandbox's events, which must be taken.
    pub events: EventReceiver<SandboxEvent>,
}

/// Error at the start of an embedded sandbox.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// Its own base URL is none that can be called.
    #[error("cannot reach the embedded sandbox: {0}")]
    Address(String),
}

impl Embedded {
    /// Starts a sandbox whose deliveries go to `endpoint`.
    pub async fn start(
        endpoint: String,
        secret: Secret,
        tls: TlsOptions,
        clock: SharedClock,
    ) -> Result<Self, EmbeddedError> {
        let mut options = SandboxOptions::new(secret);
        options.endpoints = vec![EndpointSpec { url: endpoint, events: Vec::new() }];
        options.credits = CREDITS;
        options.tls = tls.clone();
        options.clock = Some(clock);
        let (sandbox, events) = Sandbox::start_and_tell(options).await?;
        let base = BaseUrl::parse(sandbox.base_url());
        let base = base.map_err(|error| EmbeddedError::Address(error.to_string()))?;
        Ok(Self { api: Api::new(ApiClient::new(tls), base, Secret::new(KEY)), sandbox, events })
    }
}
