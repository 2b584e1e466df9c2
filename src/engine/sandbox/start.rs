//! Starting and stopping a sandbox.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::engine::clock::SystemClock;
use crate::engine::event_channel::{EventReceiver, event_channel};
use crate::engine::reporter::Reporter;
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::dispatcher::Dispatcher;
use crate::engine::sandbox::event::SandboxEvent;
use crate::engine::sandbox::links::Links;
use crate::engine::sandbox::options::SandboxOptions;
use crate::engine::sandbox::rate_limit::RateLimit;
use crate::engine::sandbox::server::HttpService;
use crate::engine::sandbox::transitions::Transitions;
use crate::engine::sandbox::{api, scheduler};
use crate::net::accept::bind::{BindError, Bound};
use crate::net::accept::limits::Limits;
use crate::net::accept::server::serve;
use crate::net::shutdown::Shutdown;
use crate::store::sandbox::{Database, EndpointSecret, NewEndpoint, StateError};
use crate::store::secrets::development_secret::{DevelopmentSecretError, generate};

/// Time in which a screen that is read shows something.
const SCREEN_WAIT: Duration = Duration::from_secs(2);

/// A sandbox that runs: a local Magic Hour.
///
/// Dropping it asks it to stop; [`Sandbox::stop`] also waits until it has.
///
/// ```
/// use mh_hook::engine::sandbox::SandboxEvent;
/// use mh_hook::model::Secret;
/// use mh_hook::{Sandbox, SandboxOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let mut options = SandboxOptions::new(Secret::new("the secret of my handler"));
/// options.endpoints.push("http://localhost:8000/webhook#*.completed".parse()?);
/// options.speed = "instant".parse()?;
/// let (sandbox, mut events) = Sandbox::start_and_tell(options).await?;
///
/// let answer = reqwest_like_post(sandbox.base_url(), "/v1/ai-qr-code-generator").await?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK"));
///
/// // The call, then the steps of the job, then the attempts to deliver its events.
/// while let Some(event) = events.next().await {
///     if let SandboxEvent::Attempt(attempt) = event {
///         assert_eq!(attempt.event_type, "image.completed");
///         break;
///     }
/// }
/// sandbox.stop().await;
/// # Ok(())
/// # }) }
/// # async fn reqwest_like_post(base: &str, path: &str) -> std::io::Result<String> {
/// #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// #     let host = base.trim_start_matches("http://");
/// #     let body = r#"{"content": "https://example.com", "style": {"art_style": "Watercolor"}}"#;
/// #     let mut stream = tokio::net::TcpStream::connect(host).await?;
/// #     let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer any\r\nConnection: close\r\n");
/// #     stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
/// #     let mut answer = String::new();
/// #     stream.read_to_string(&mut answer).await?;
/// #     Ok(answer)
/// # }
/// ```
pub struct Sandbox {
    base_url: String,
    described: String,
    exposed: bool,
    state: Database,
    router: Router,
    events: Arc<Reporter<SandboxEvent>>,
    shutdown: Shutdown,
}

/// Why a sandbox could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no randomness to sign links with.
    #[error(transparent)]
    Key(#[from] DevelopmentSecretError),
}

impl SandboxError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bind(error) => error.hint(),
            Self::State(error) => error.hint(),
            Self::Key(error) => error.hint(),
        }
    }
}

impl Sandbox {
    /// Starts a sandbox. It accepts calls when this returns.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        Self::start_and_tell(options).await.map(|(sandbox, _)| sandbox)
    }

    /// Starts a sandbox that emits events. The receiver must be drained: the sandbox blocks when the channel is full.
    pub async fn start_and_tell(options: SandboxOptions) -> Result<(Self, EventReceiver<SandboxEvent>), SandboxError> {
        let bound = Bound::bind(options.bind, options.port).await?;
        let base_url = format!("http://{}:{}", bound.host(), bound.port);
        let (described, exposed, shutdown) = (bound.to_string(), bound.is_exposed(), Shutdown::new());
        let (events, listener) = event_channel();
        let events = Arc::new(Reporter::new(events, options.when_behind, Shutdown::new()));
        let telling = Arc::clone(&events);
        let state = Database::open(&options.place)?;
        let held = state.clone();
        let kept = set_up(&state, &options).await?;
        let base = match (options.documented_links, &options.public_base) {
            (true, _) => None,
            (false, Some(base)) => Some(base.clone()),
            (false, None) => Some(base_url.clone()),
        };
        let transitions = Transitions { workers: options.workers, links: Links::new(&kept.link_key), base };
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(SystemClock));
        let app = Arc::new(AppState {
            rng: Mutex::new(api::generator(&options, kept.jobs_ever)),
            rate_limit: options.rate_limit.map(|rate| RateLimit::new(rate, clock.now())),
            ahead: AtomicI64::new(kept.ahead),
            transitions: Arc::new(transitions),
            jobs: watch::Sender::default(),
            deliveries: watch::Sender::default(),
            failing: AtomicBool::new(false),
            shutdown: shutdown.clone(),
            options,
            state,
            clock,
            events,
            exposed,
        });
        shutdown.spawn(scheduler::run(Arc::clone(&app)));
        if !kept.without_their_secret.is_empty() {
            let urls = first_of(&kept.without_their_secret);
            let said = "its secret was given to an earlier run and is not kept in the state";
            app.warn(format!("{urls}: {said}; deliveries are signed with the secret of this run")).await;
        }
        for endpoint in kept.endpoints {
            Dispatcher::start(&app, endpoint);
        }
        let service = HttpService::new(app);
        let router = service.router();
        shutdown.spawn(serve(bound, Limits::default(), service, shutdown.clone()));
        Ok((Self { base_url, described, exposed, state: held, router, events: telling, shutdown }, listener))
    }

    /// Base URL for SDKs, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The API and the control API without their guards, for the inspector of the same process.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The addresses that it listens on, for people.
    pub fn addresses(&self) -> &str {
        &self.described
    }

    /// Whether other machines can reach it.
    pub fn is_exposed(&self) -> bool {
        self.exposed
    }

    /// Stops, and returns when nothing of it runs any more. Attempts under way are given up; a state that is kept has
    /// them made again.
    pub async fn stop(self) {
        self.shutdown.drained().await;
        // A screen that shows nothing is not waited for.
        let _ = timeout(SCREEN_WAIT, self.events.tell_left_out()).await;
        self.state.close().await;
    }

    /// Stops without waiting for what is under way, such as an attempt whose endpoint takes its time. A state that is not
    /// kept is gone with the runtime.
    pub async fn abandon(self) {
        self.shutdown.request();
        self.state.close().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Records found in the state.
struct Kept {
    link_key: String,
    ahead: i64,
    jobs_ever: u64,
    endpoints: Vec<i64>,
    /// URLs of endpoints whose own secret was in the memory of an earlier run.
    without_their_secret: Vec<String>,
}

/// The first of some URLs, and how many others there are.
fn first_of(urls: &[String]) -> String {
    match urls {
        [first, _, ..] => format!("{first} and {} more", urls.len() - 1),
        _ => urls.concat(),
    }
}

/// Brings a state to where a sandbox can go on from, or begin.
async fn set_up(state: &Database, options: &SandboxOptions) -> Result<Kept, SandboxError> {
    let fresh_key = generate()?;
    let credits = i64::from(options.credits);
    let endpoints: Vec<NewEndpoint> = options.endpoints.iter().fold(Vec::new(), |mut known: Vec<NewEndpoint>, spec| {
        match known.iter_mut().find(|endpoint| endpoint.url == spec.url) {
            // One URL is one endpoint, which wants what any of its mentions wants.
            Some(endpoint) if spec.events.is_empty() || endpoint.events.is_empty() => endpoint.events.clear(),
            Some(endpoint) => endpoint.events.extend(spec.events.iter().cloned()),
            None => known.push(NewEndpoint {
                url: spec.url.clone(),
                events: spec.events.clone(),
                secret: EndpointSecret::Given(options.secret.clone()),
                enabled: true,
            }),
        }
        known
    });
    let secret = options.secret.clone();
    let kept = state.run(move |records| {
        if records.credits()?.is_none() {
            records.set_credits(credits)?;
        }
        endpoints.iter().try_for_each(|endpoint| records.configure_endpoint(endpoint).map(drop))?;
        let without_their_secret = records.sign_the_rest_with(&secret)?;
        Ok(Kept {
            without_their_secret,
            link_key: records.link_key(fresh_key.expose())?,
            ahead: records.ahead()?,
            jobs_ever: records.jobs_ever()?,
            endpoints: records.endpoints()?.iter().map(|endpoint| endpoint.id).collect(),
        })
    });
    Ok(kept.await?)
}
