//! The way from the internet, as commands use it: open it, prove it, remember it, and report on it while it is used.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use crate::commands::shared::context::Context;
use crate::commands::shared::tunnel_args::TunnelArgs;
use crate::commands::shared::tunnel_text::describe;
use crate::engine::event_channel::{EventReceiver, event_channel};
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::tunnel::agent::{Agent, AgentHost};
use crate::engine::tunnel::event::TunnelEvent;
use crate::engine::tunnel::keeper::{Keeper, KeepingTimes, Way};
use crate::engine::tunnel::open::{OpeningTimes, TunnelRequest, open};
use crate::engine::tunnel::proof::{ProofError, Prover, ResolvedBy};
use crate::engine::tunnel::provider::TunnelChoice;
use crate::engine::tunnel::public_resolver::PublicResolver;
use crate::error::Error;
use crate::net::out::target::Target;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;
use crate::output::{Format, Printer};
use crate::store::secrets::development_secret::generate;
use crate::store::tunnels::{Familiarity, TunnelMemory, tunnel_key};

/// The wait after the first try to prove a URL.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The waits between the tries that follow.
const WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// The same for a URL of the user's own, which does not have to come up first.
const OWN_WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// The wait after a look-up that failed: each look-up too early makes it worse.
const FIRST_SPARING_WAIT: Duration = Duration::from_secs(5);

/// The waits between the look-ups that follow.
const SPARING_WAITS: [Duration; 2] = [Duration::from_secs(15), Duration::from_secs(30)];

/// Time of silence, after which it is said what is waited for.
const SAID_AFTER: Duration = Duration::from_secs(1);

/// The name under which a URL of the user's own is remembered.
const OWN: &str = "own";

/// The receiver's side of a public URL, with a secret of this run.
///
/// # Errors
///
/// When the operating system gives no random numbers.
pub(crate) fn public_access() -> Result<Arc<PublicAccess>, Error> {
    Ok(PublicAccess::new(generate()?))
}

/// Purpose of a public URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayPurpose {
    /// Deliveries are received; a name that only this machine cannot look up leaves the URL unproven.
    Receiving,
    /// Jobs at Magic Hour cost credits, so the URL has to be proven.
    LiveJobs,
    /// Jobs in a sandbox of this run, whose deliveries do not show that the URL is registered.
    SandboxJobs,
}

/// Request for a public URL.
pub(crate) struct WayRequest<'a> {
    pub(crate) args: &'a TunnelArgs,
    /// The local port, which listens already.
    pub(crate) port: u16,
    /// The path of the public URL where a provider says only its host.
    pub(crate) path: &'a str,
    pub(crate) tls: TlsOptions,
    pub(crate) access: Arc<PublicAccess>,
    /// The tasks of agents and connections. They outlive the receiver, which finishes what came through them.
    pub(crate) tasks: &'a Shutdown,
    pub(crate) purpose: WayPurpose,
}

/// A way that is open.
pub(crate) struct OpenWay {
    pub(crate) url: Target,
    pub(crate) familiarity: Familiarity,
    pub(crate) fields: WayFields,
    keeper: Keeper,
    events: EventReceiver<TunnelEvent>,
    memory: Option<TunnelMemory>,
    key: String,
}

/// Fields of the first record about the public URL.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WayFields {
    public_url: String,
    tunnel: Option<TunnelFields>,
    pub(crate) proven: bool,
}

#[derive(Clone, Debug, Serialize)]
struct TunnelFields {
    provider: &'static str,
    /// Whether the agent ran before.
    attached: bool,
    /// Whether the URL stays the same at the next start.
    stable: bool,
    /// The process that ends the agent when it is ended.
    pid: Option<u32>,
}

impl WayRequest<'_> {
    /// Opens the way and proves it. A name that only this machine cannot look up yet leaves it unproven.
    ///
    /// # Errors
    ///
    /// When no tunnel can be opened, or the URL does not reach this machine.
    pub(crate) async fn open(self, context: &Context) -> Result<OpenWay, Error> {
        let given = self.args.public_url.as_deref().map(str::parse::<Target>).transpose()?;
        let mut prover = Prover {
            access: Arc::clone(&self.access),
            tls: self.tls.clone(),
            clock: context.clock.clone(),
            tasks: self.tasks.clone(),
            resolver: None,
        };
        let way = match (&self.args.tunnel, given) {
            (None, Some(url)) => Way::Own(url),
            (choice, given) => {
                let opening = self.open_tunnel(choice.clone().unwrap_or_default(), given, context);
                let said = "tunnel       opening: 30 s at most, and 12 s for a fresh name of cloudflared";
                saying(said, opening, context).await?
            }
        };
        let url = way.url().clone();
        self.access.set_host(&url.host, url.port);
        // The name of a tunnel is public, and possibly younger than what the resolver of this machine remembers.
        prover.resolver = matches!(way, Way::Tunnel(..)).then(|| Arc::new(PublicResolver::usual()));
        let receives = self.purpose == WayPurpose::Receiving;
        let proof = match &way {
            // It runs already, so there is nothing to wait for.
            Way::Own(url) if !receives => prover.prove(url).await,
            way => {
                let label = if matches!(way, Way::Own(_)) { "public URL" } else { "tunnel" };
                let said = format!("{label:<11}  {} does not reach this machine yet; trying again", way.url());
                saying(&said, prove(&prover, way), context).await
            }
        };
        let (is_proven, problem) = match proof {
            Ok(ResolvedBy::ThisMachine) => (true, None),
            Ok(ResolvedBy::PublicResolver) => {
                context.streams.note(&format!("tunnel       this machine cannot look up {} yet; others can", url.host));
                (true, None)
            }
            Err(error) if receives && error.is_unresolved() => (false, Some(error)),
            Err(error) => {
                way.end().await;
                return Err(error.into());
            }
        };
        if let Some(problem) = problem {
            context.streams.warn(&format!("{problem}; the URL is not proven: others may see the name already"));
        }
        let (name, fields) = describe_way(&way, &url, is_proven);
        let key = tunnel_key(name, self.port);
        let directory = context.directories.create_data().ok().filter(|_| self.purpose != WayPurpose::SandboxJobs);
        let memory = directory.map(TunnelMemory::at);
        let known = |memory: &TunnelMemory| memory.compare(&key, &url.to_string());
        let familiarity = memory.as_ref().map_or(Familiarity::First, known);
        if let Some(memory) = memory.as_ref().filter(|_| is_proven) {
            let noted = memory.note_proven(&key, &url.to_string(), context.clock.now());
            warn_forgetful(noted, context);
        }
        let (sender, events) = event_channel();
        let keeper = Keeper { way, prover, is_proven, times: KeepingTimes::default(), events: sender };
        Ok(OpenWay { url, familiarity, fields, keeper, events, memory, key })
    }

    async fn open_tunnel(
        &self,
        choice: TunnelChoice,
        public_url: Option<Target>,
        context: &Context,
    ) -> Result<Way, Error> {
        let known_hosts = context.directories.create_data().ok().map(|data| data.join("known_hosts"));
        let request = TunnelRequest {
            choice,
            port: self.port,
            path: self.path.to_owned(),
            public_url,
            api: self.args.tunnel_api,
            known_hosts,
            times: OpeningTimes::default(),
        };
        let guardian = std::env::current_exe().map_err(|source| Error::System { task: "find this program", source })?;
        let host = AgentHost { guardian, environment: context.environment.clone(), tasks: self.tasks.clone() };
        let (tunnel, passed_over) = open(&request, &host).await?;
        for passed_over in passed_over {
            context.streams.note(&format!("tunnel       not {}: {}", passed_over.provider, passed_over.error));
        }
        Ok(Way::Tunnel(Box::new(tunnel), Box::new((request, host))))
    }
}

/// Does something, and says what if it is not done soon.
async fn saying<T>(what: &str, work: impl Future<Output = T>, context: &Context) -> T {
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = sleep(SAID_AFTER) => context.streams.note(what),
    }
    work.await
}

async fn prove(prover: &Prover, way: &Way) -> Result<ResolvedBy, ProofError> {
    let url = way.url();
    let waits = if matches!(way, Way::Own(_)) { &OWN_WAITS[..] } else { &WAITS[..] };
    match prover.prove(url).await {
        // A name of the user's own is there, or is not: only a fresh one of a tunnel comes later.
        Err(error) if error.is_unresolved() && matches!(way, Way::Tunnel(..)) => {
            sleep(FIRST_SPARING_WAIT).await;
            prover.prove_patiently(url, &SPARING_WAITS).await
        }
        Err(error) if error.is_temporary() && !error.is_unresolved() => {
            sleep(FIRST_WAIT).await;
            prover.prove_patiently(url, waits).await
        }
        ended => ended,
    }
}

fn describe_way(way: &Way, url: &Target, proven: bool) -> (&'static str, WayFields) {
    let (name, tunnel) = match way {
        Way::Own(_) => (OWN, None),
        Way::Tunnel(tunnel, _) => {
            let facts = tunnel.provider.facts();
            let fields = TunnelFields {
                provider: facts.name,
                attached: tunnel.agent.is_none(),
                stable: facts.is_stable,
                pid: tunnel.agent.as_ref().and_then(Agent::pid),
            };
            (facts.name, Some(fields))
        }
    };
    (name, WayFields { public_url: url.to_string(), tunnel, proven })
}

fn warn_forgetful(noted: std::io::Result<()>, context: &Context) {
    if let Err(error) = noted {
        context.streams.warn(&format!("cannot remember the public URL: {error}"));
    }
}

impl OpenWay {
    /// The lines of a banner: the URL, and where it is to be registered, what is to be done unless that is known.
    pub(crate) fn announce(&self, to_register: bool, context: &Context) {
        let streams = &context.streams;
        let name = self.fields.tunnel.as_ref().map_or("public URL", |_| "tunnel");
        let who = self.fields.tunnel.as_ref().map_or(String::new(), |tunnel| {
            format!("{}{}  ", tunnel.provider, if tunnel.attached { " (already running)" } else { "" })
        });
        let proven = if self.fields.proven { "proven" } else { "not proven" };
        let is_stable = self.fields.tunnel.as_ref().is_none_or(|tunnel| tunnel.stable);
        let known = match self.familiarity {
            Familiarity::Confirmed => "; deliveries came through it before",
            Familiarity::Unconfirmed => "; the same as last time",
            Familiarity::First | Familiarity::Changed if is_stable => "; new",
            Familiarity::First | Familiarity::Changed => "; new at each start",
        };
        streams.note(&format!("{name:<11}  {who}{}  ({proven}{known})", self.url));
        if to_register && self.familiarity != Familiarity::Confirmed {
            streams.note("register     https://magichour.ai/developer?tab=webhooks -> Create Webhook");
        }
    }

    /// Keeps the way open until `stop` is requested, and reports what changes, in tasks that `stop` tracks.
    pub(crate) fn keep(self, context: &Context, stop: &Shutdown) {
        let Self { keeper, mut events, memory, key, .. } = self;
        let (streams, clock) = (context.streams.clone(), context.clock.clone());
        stop.spawn(async move {
            while let Some(event) = events.next().await {
                if let (TunnelEvent::Confirmed(url), Some(memory)) = (&event, &memory) {
                    let _ = memory.note_confirmed(&key, &url.to_string(), clock.now());
                }
                if let (TunnelEvent::Proven(url), Some(memory)) = (&event, &memory) {
                    let _ = memory.note_proven(&key, &url.to_string(), clock.now());
                }
                if streams.format == Format::Json {
                    let _ = Printer::new(&streams).print(&event);
                } else {
                    describe(&event, &streams);
                }
            }
        });
        let ending = stop.clone();
        stop.spawn(async move { keeper.keep(&ending).await });
    }
}
