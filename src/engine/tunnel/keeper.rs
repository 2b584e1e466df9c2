//! The keeper of a tunnel: looks after it while it is used, restarts its agent, and reports what changes.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep, timeout};

use crate::engine::event_channel::EventSender;
use crate::engine::tunnel::agent::{Agent, AgentHost, AgentStatus};
use crate::engine::tunnel::error::TunnelError;
use crate::engine::tunnel::event::TunnelEvent;
use crate::engine::tunnel::open::{OpenTunnel, TunnelRequest, public_url, start};
use crate::engine::tunnel::proof::{ProofError, Prover};
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;

/// Failed checks in a row until the tunnel counts as broken.
const FAILURES: u32 = 3;

/// Lead of the wall clock over the monotonic one that shows that the machine slept.
const SLEPT: Duration = Duration::from_secs(30);

/// The longest wait between two restarts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The time between looks.
#[derive(Clone, Copy, Debug)]
pub struct KeepingTimes {
    /// Between two checks of the clock, which show that the machine slept.
    pub tick: Duration,
    /// Between two looks at the agent.
    pub look: Duration,
    /// Between two looks after one that failed.
    pub look_again: Duration,
    /// Between two proofs.
    pub proof: Duration,
}

impl Default for KeepingTimes {
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(5),
            look: Duration::from_mins(1),
            look_again: Duration::from_secs(10),
            proof: Duration::from_mins(5),
        }
    }
}

/// The way that is kept: a tunnel, or a URL of the user's own that reaches this machine.
pub enum Way {
    /// A tunnel, with what is needed to open it again.
    Tunnel(Box<OpenTunnel>, Box<(TunnelRequest, AgentHost)>),
    /// A URL of the user's own.
    Own(Target),
}

impl Way {
    /// The public URL.
    #[must_use]
    pub const fn url(&self) -> &Target {
        match self {
            Self::Own(url) => url,
            Self::Tunnel(tunnel, _) => &tunnel.url,
        }
    }

    /// Ends the agent, if it is ours.
    pub async fn end(self) {
        if let Self::Tunnel(tunnel, _) = self
            && let Some(agent) = tunnel.agent
        {
            agent.end().await;
        }
    }
}

/// Keeps a way open.
pub struct Keeper {
    pub way: Way,
    pub prover: Prover,
    /// Whether it is proven so far.
    pub is_proven: bool,
    /// The time between looks.
    pub times: KeepingTimes,
    /// Hears of what changes.
    pub events: EventSender<TunnelEvent>,
}

/// Something to be looked into.
enum Look {
    /// The agent has ended.
    AgentEnded,
    /// The agent is to be asked.
    Agent,
    /// The way is to be proven.
    Proof,
    /// A delivery came through.
    Confirmed,
    /// The agent has another URL from now on.
    Renamed(Target),
}

impl Keeper {
    /// Keeps the way open until `stop` is requested; then ends the agent, if it is ours.
    pub async fn keep(mut self, stop: &Shutdown) {
        tokio::select! {
            () = self.watch() => {}
            () = stop.requested() => {}
        }
        self.way.end().await;
    }

    async fn watch(&mut self) {
        let mut confirmed = self.prover.access.confirmed();
        let (mut failures, mut is_reported) = (0, false);
        let mut last_proof = Instant::now();
        loop {
            let look = self.next_look(failures, last_proof.elapsed(), &mut confirmed).await;
            let is_ended = matches!(look, Look::AgentEnded);
            let problem = match look {
                Look::Confirmed => {
                    self.tell(TunnelEvent::Confirmed(self.way.url().clone())).await;
                    continue;
                }
                Look::Renamed(url) => {
                    self.adopt(url).await;
                    (failures, is_reported, last_proof) = (0, false, Instant::now());
                    continue;
                }
                Look::AgentEnded => Some(self.last_words()),
                Look::Agent => self.problem_of_agent().await,
                Look::Proof => {
                    last_proof = Instant::now();
                    self.problem_of_proof().await
                }
            };
            let Some(problem) = problem else {
                (failures, is_reported) = (0, false);
                continue;
            };
            failures += 1;
            if failures < FAILURES && !is_ended {
                continue;
            }
            if !std::mem::replace(&mut is_reported, true) {
                self.report_broken(problem).await;
            }
            if self.restart().await {
                (failures, is_reported) = (0, false);
            } else {
                // One more look does not decide it: a fresh agent has the same patience as the old one.
                failures = 1;
            }
            last_proof = Instant::now();
        }
    }

    /// Waits for the next reason to look.
    async fn next_look(&self, failures: u32, since_proof: Duration, confirmed: &mut watch::Receiver<bool>) -> Look {
        let started = Instant::now();
        let clock = &self.prover.clock;
        let wall = clock.now();
        let mut ticks = interval(self.times.tick);
        let slept = async {
            loop {
                ticks.tick().await;
                let passed = Duration::try_from(clock.now().duration_since(wall)).unwrap_or_default();
                if passed > started.elapsed() + SLEPT {
                    return;
                }
            }
        };
        let look = if failures == 0 { self.times.look } else { self.times.look_again };
        let proof = self.times.proof.saturating_sub(since_proof);
        // What was seen to fail is seen to work again only by the same means.
        let is_proof_next = failures > 0 || proof <= look;
        tokio::select! {
            () = self.agent_ended() => Look::AgentEnded,
            Ok(_) = confirmed.wait_for(|is_confirmed| *is_confirmed), if !*confirmed.borrow() => Look::Confirmed,
            url = self.renamed() => Look::Renamed(url),
            () = slept => Look::Proof,
            () = sleep(if failures == 0 && is_proof_next { proof } else { look }) => {
                if is_proof_next { Look::Proof } else { Look::Agent }
            }
        }
    }

    async fn agent_ended(&self) {
        if let Way::Tunnel(tunnel, _) = &self.way
            && let Some(agent) = &tunnel.agent
        {
            let _ = agent.status().wait_for(|status| status.is_ended).await;
        } else {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the agent has another URL: some services change it in the middle of a session.
    async fn renamed(&self) -> Target {
        if let Way::Tunnel(tunnel, origin) = &self.way
            && let Some(agent) = &tunnel.agent
        {
            let other = |status: &AgentStatus| {
                let named = status.url.as_ref().and_then(|(url, _)| public_url(&origin.0, url));
                named.filter(|url| *url != tunnel.url)
            };
            let mut status = agent.status();
            let renamed = status.wait_for(|status| other(status).is_some()).await;
            if let Some(url) = renamed.ok().as_deref().and_then(other) {
                return url;
            }
        }
        std::future::pending().await
    }

    async fn problem_of_agent(&self) -> Option<String> {
        let Way::Tunnel(tunnel, _) = &self.way else { return None };
        let status = tunnel.agent.as_ref().map(|agent| agent.status().borrow().clone());
        let said = status.as_ref().and_then(|status: &AgentStatus| status.trouble.clone());
        let is_connected = match (tunnel.api, &status) {
            (Some(api), _) => api.is_connected(&self.prover.tasks).await == Some(true),
            (None, Some(status)) => status.connected.is_some(),
            (None, None) => true,
        };
        (!is_connected).then(|| said.unwrap_or_else(|| format!("{} has lost its connection", tunnel.provider)))
    }

    async fn problem_of_proof(&mut self) -> Option<String> {
        let url = self.way.url().clone();
        match self.prover.prove(&url).await {
            Ok(_) => {
                if !std::mem::replace(&mut self.is_proven, true) {
                    self.tell(TunnelEvent::Proven(url)).await;
                }
                None
            }
            // Others may see the name although this machine does not; the agent knows whether it is connected.
            Err(error) if error.is_unresolved() => self.problem_of_agent().await,
            Err(error) => Some(ProofError::to_string(&error)),
        }
    }

    async fn report_broken(&mut self, problem: String) {
        self.is_proven = false;
        let (provider, restarts) = match &self.way {
            Way::Tunnel(tunnel, _) => (Some(tunnel.provider.clone()), tunnel.agent.is_some()),
            Way::Own(_) => (None, false),
        };
        self.tell(TunnelEvent::Broken { provider, problem, restarts }).await;
    }

    /// The reason that an agent gave when it ended.
    fn last_words(&self) -> String {
        let Way::Tunnel(tunnel, _) = &self.way else { return String::new() };
        let tail = tunnel.agent.as_ref().map(Agent::tail).unwrap_or_default();
        TunnelError::ended(&tunnel.provider, &tail).to_string()
    }

    /// Restarts an agent of ours. Says whether the way is open again.
    async fn restart(&mut self) -> bool {
        let Way::Tunnel(tunnel, origin) = &mut self.way else { return false };
        let Some(agent) = tunnel.agent.take() else { return false };
        agent.end().await;
        let mut wait = Duration::from_secs(1);
        let reopened = loop {
            sleep(wait).await;
            let (request, host) = &**origin;
            match start(&tunnel.provider, request, host).await {
                Ok(reopened) => break reopened,
                Err(error) => {
                    let Some(least) = error.retry() else {
                        self.events.send(TunnelEvent::GivenUp(error), 0).await;
                        return std::future::pending().await;
                    };
                    wait = (wait * 2).min(LONGEST_WAIT).max(least);
                    self.events.send(TunnelEvent::RestartFailed { error, wait }, 0).await;
                }
            }
        };
        let from = std::mem::replace(&mut **tunnel, reopened).url;
        let to = std::mem::replace(&mut tunnel.url, from);
        self.adopt(to).await
    }

    /// Uses a URL from now on, and proves it. Says whether it may be taken to reach this machine.
    async fn adopt(&mut self, to: Target) -> bool {
        if let Way::Tunnel(tunnel, _) = &mut self.way {
            let from = std::mem::replace(&mut tunnel.url, to.clone());
            if from != to {
                self.is_proven = false;
                self.prover.access.set_host(&to.host, to.port);
                self.tell(TunnelEvent::Moved { from, to: to.clone() }).await;
            }
        }
        let waits = [1, 2, 4, 8, 15].map(Duration::from_secs);
        match timeout(Duration::from_mins(1), self.prover.prove_patiently(&to, &waits)).await {
            Ok(Ok(_)) => {
                self.is_proven = true;
                self.tell(TunnelEvent::Proven(to)).await;
                true
            }
            Ok(Err(error)) => error.is_unresolved(),
            Err(_) => false,
        }
    }

    async fn tell(&self, event: TunnelEvent) {
        self.events.send(event, 0).await;
    }
}
