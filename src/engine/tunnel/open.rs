//! Opening a tunnel: attach to an agent that runs, or start one and wait until it is connected.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::time::{Instant, sleep_until, timeout};

use crate::engine::tunnel::agent::{Agent, AgentHost, AgentStatus};
use crate::engine::tunnel::attach::{AgentApi, RunningTunnel, cloudflared_tunnels, ngrok_tunnels};
use crate::engine::tunnel::error::TunnelError;
use crate::engine::tunnel::launch::{LaunchOptions, find_program};
use crate::engine::tunnel::provider::{Provider, TunnelChoice};
use crate::net::out::target::Target;

/// Time for a program to say whether the user is logged in.
const ASKING: Duration = Duration::from_secs(5);

/// The tunnel that is wanted.
#[derive(Clone, Debug)]
pub struct TunnelRequest {
    /// The provider, or any.
    pub choice: TunnelChoice,
    /// The local port.
    pub port: u16,
    /// The path of the public URL, where the provider says only its host.
    pub path: String,
    /// The public URL, where the user knows it.
    pub public_url: Option<Target>,
    /// The local API of an agent that runs, where it is not at its usual ports.
    pub api: Option<SocketAddr>,
    /// The file that keeps the host keys of public ssh services.
    pub known_hosts: Option<PathBuf>,
    /// The time limits.
    pub times: OpeningTimes,
}

/// The time limits of opening a tunnel.
#[derive(Clone, Copy, Debug)]
pub struct OpeningTimes {
    /// The most that an agent may take to be connected.
    pub connecting: Duration,
    /// Delays before a fresh name of cloudflared is resolved, after its connection and after its publication: a
    /// resolver that is asked too early denies the name for half an hour.
    pub fresh_name: (Duration, Duration),
}

impl Default for OpeningTimes {
    fn default() -> Self {
        Self { connecting: Duration::from_secs(30), fresh_name: (Duration::from_secs(5), Duration::from_secs(12)) }
    }
}

/// An open tunnel.
pub struct OpenTunnel {
    /// Who opened it.
    pub provider: Provider,
    /// The public URL, with its path.
    pub url: Target,
    /// The agent, if it is ours.
    pub agent: Option<Agent>,
    /// The agent's local API, if it has one.
    pub api: Option<AgentApi>,
}

/// A provider that `auto` passed over.
#[derive(Debug)]
pub struct PassedOver {
    pub provider: Provider,
    /// Why it was not used.
    pub error: TunnelError,
}

/// Opens the tunnel that is wanted; says which providers were tried before in vain.
///
/// # Errors
///
/// [`TunnelError`] when there is none to attach to and none could be started.
pub async fn open(request: &TunnelRequest, host: &AgentHost) -> Result<(OpenTunnel, Vec<PassedOver>), TunnelError> {
    match &request.choice {
        TunnelChoice::Auto => open_any(request, host).await,
        TunnelChoice::Provider(provider) => Ok((open_with(provider, request, host).await?, Vec::new())),
    }
}

async fn open_with(provider: &Provider, request: &TunnelRequest, host: &AgentHost) -> Result<OpenTunnel, TunnelError> {
    match attach(provider, request, host).await {
        Some(tunnel) => Ok(tunnel),
        None => start(provider, request, host).await,
    }
}

/// Agents that run come first, then what has a stable URL, then what needs no account. Services of strangers are used
/// only by name.
async fn open_any(request: &TunnelRequest, host: &AgentHost) -> Result<(OpenTunnel, Vec<PassedOver>), TunnelError> {
    for provider in [Provider::Ngrok, Provider::Cloudflared] {
        if let Some(tunnel) = attach(&provider, request, host).await {
            return Ok((tunnel, Vec::new()));
        }
    }
    let mut passed_over = Vec::new();
    for provider in [Provider::Ngrok, Provider::Tailscale, Provider::Cloudflared, Provider::Devtunnel] {
        if find_program(&host.environment, provider.facts().program).is_none() || !is_set_up(&provider, host).await {
            continue;
        }
        match start(&provider, request, host).await {
            Ok(tunnel) => return Ok((tunnel, passed_over)),
            Err(error) if error.is_missing_token() => passed_over.push(PassedOver { provider, error }),
            Err(error) => return Err(error),
        }
    }
    Err(passed_over.pop().map_or(TunnelError::NothingFound, |passed_over| passed_over.error))
}

/// Whether a provider that would otherwise wait for a person is ready to be used.
pub async fn is_set_up(provider: &Provider, host: &AgentHost) -> bool {
    match provider {
        Provider::Tailscale => {
            let status = answer_of(provider, &["status", "--json"], host).await;
            let status: Value = serde_json::from_str(&status.unwrap_or_default()).unwrap_or_default();
            let capabilities = status.get("Self").and_then(|own| own.get("CapMap"));
            ["https", "funnel"].iter().all(|name| capabilities.is_some_and(|map| map.get(name).is_some()))
        }
        Provider::Devtunnel => {
            let user = answer_of(provider, &["user", "show"], host).await.unwrap_or_default();
            user.contains("Logged in") && !user.contains("Not logged in")
        }
        _ => true,
    }
}

/// The output of a program that answers a question and ends with success.
pub async fn answer_of(provider: &Provider, arguments: &[&str], host: &AgentHost) -> Option<String> {
    let program = find_program(&host.environment, provider.facts().program)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = timeout(ASKING, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn attach(provider: &Provider, request: &TunnelRequest, host: &AgentHost) -> Option<OpenTunnel> {
    let tunnels = match provider {
        Provider::Ngrok => ngrok_tunnels(request.api, &host.tasks).await,
        Provider::Cloudflared => cloudflared_tunnels(request.api, &host.tasks).await,
        _ => return None,
    };
    let wanted = request.public_url.as_ref().map(|url| url.authority.as_str());
    let fits = |tunnel: &RunningTunnel| {
        let authority = tunnel.url.trim_start_matches("https://");
        tunnel.leads_to(request.port) && wanted.is_none_or(|wanted| wanted == authority)
    };
    let tunnel = tunnels.into_iter().find(fits)?;
    let url = public_url(request, &tunnel.url)?;
    Some(OpenTunnel { provider: provider.clone(), url, agent: None, api: Some(tunnel.api) })
}

/// Starts an agent, and waits until it is connected and its URL can be used.
///
/// # Errors
///
/// [`TunnelError`] when it is not installed, ends, or is not connected in time.
pub async fn start(provider: &Provider, request: &TunnelRequest, host: &AgentHost) -> Result<OpenTunnel, TunnelError> {
    let known_url = match (provider, &request.public_url) {
        (Provider::Ssh(_), None) => return Err(TunnelError::NeedsPublicUrl(provider.clone())),
        (Provider::Ssh(_), Some(url)) => Some(url.clone()),
        _ => None,
    };
    let mut options = LaunchOptions {
        port: request.port,
        host: request.public_url.as_ref().map(|url| url.host.clone()),
        metrics_port: free_port(),
        is_old_agent: false,
        known_hosts: request.known_hosts.clone(),
    };
    let started = match launch(provider, &options, request, host).await {
        Err(error) if options.host.is_some() && is_unknown_flag(&error) => {
            options.is_old_agent = true;
            launch(provider, &options, request, host).await
        }
        started => started,
    };
    let (agent, status) = started?;
    let url = known_url.or_else(|| public_url(request, &status.url.as_ref()?.0));
    let Some(url) = url else { return Err(TunnelError::ended(provider, &agent.tail())) };
    let api = match provider {
        Provider::Ngrok => status.api.and_then(|address| address.parse().ok()).map(AgentApi::Ngrok),
        Provider::Cloudflared => {
            Some(AgentApi::Cloudflared(SocketAddr::from((Ipv4Addr::LOCALHOST, options.metrics_port))))
        }
        _ => None,
    };
    Ok(OpenTunnel { provider: provider.clone(), url, agent: Some(agent), api })
}

/// Starts the agent's process and waits until it is connected.
async fn launch(
    provider: &Provider,
    options: &LaunchOptions,
    request: &TunnelRequest,
    host: &AgentHost,
) -> Result<(Agent, AgentStatus), TunnelError> {
    let program = find_program(&host.environment, provider.facts().program);
    let program = program.ok_or_else(|| TunnelError::NotInstalled(provider.clone()))?;
    let command = provider.command(options);
    let agent = Agent::start(provider, program.into(), &command, host)
        .map_err(|error| TunnelError::Start { provider: provider.clone(), error })?;
    let mut status = agent.status();
    let needs_name = !matches!(provider, Provider::Ssh(_));
    let is_open = |status: &AgentStatus| status.connected.is_some() && (status.url.is_some() || !needs_name);
    let reached = {
        let waited = timeout(request.times.connecting, status.wait_for(|status| status.is_ended || is_open(status)));
        waited.await.ok().map(|reached| reached.map_or_else(|_| AgentStatus::ended(), |status| status.clone()))
    };
    let Some(reached) = reached else {
        let error = TunnelError::not_connected(provider, request.times.connecting, &agent.tail());
        agent.end().await;
        return Err(error);
    };
    if reached.is_ended {
        return Err(TunnelError::ended(provider, &agent.tail()));
    }
    if *provider == Provider::Cloudflared {
        wait_for_name(&reached, request.times).await;
    }
    Ok((agent, reached))
}

async fn wait_for_name(status: &AgentStatus, times: OpeningTimes) {
    let (after_connection, after_name) = times.fresh_name;
    let connected = status.connected.map(|at| at + after_connection);
    let named = status.url.as_ref().map(|(_, at)| *at + after_name);
    sleep_until(connected.max(named).unwrap_or_else(Instant::now)).await;
}

fn is_unknown_flag(error: &TunnelError) -> bool {
    matches!(error, TunnelError::Ended { told: Some(told), .. } if told.contains("unknown flag"))
}

/// The public URL of a tunnel: what the user gave, or the host that the agent reports with our path.
pub(super) fn public_url(request: &TunnelRequest, base: &str) -> Option<Target> {
    match &request.public_url {
        Some(url) => Some(url.clone()),
        None => format!("{base}{}", request.path).parse().ok(),
    }
}

/// A port that is free at this moment.
fn free_port() -> u16 {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    address.map_or(0, |address| address.port())
}
