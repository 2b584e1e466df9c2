//! Agents that run already: their local APIs say which public URL reaches which port.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::engine::tunnel::local_api::{ask, ask_json};
use crate::engine::tunnel::provider::Provider;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;

/// The ports of ngrok's local API: the usual one, and those that it falls back to.
const NGROK_PORTS: RangeInclusive<u16> = 4040..=4045;

/// The ports of cloudflared's metrics.
const CLOUDFLARED_PORTS: RangeInclusive<u16> = 20241..=20245;

/// The local API of an agent, which says how the agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentApi {
    /// Of ngrok.
    Ngrok(SocketAddr),
    /// The metrics of cloudflared.
    Cloudflared(SocketAddr),
}

/// A tunnel of an agent that runs already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningTunnel {
    /// The agent's local API.
    pub api: AgentApi,
    /// The public URL, without a path.
    pub url: String,
    /// The address that the tunnel forwards to, as the agent has it.
    pub upstream: String,
}

impl RunningTunnel {
    /// Whether it forwards to this port of this machine.
    #[must_use]
    pub fn leads_to(&self, port: u16) -> bool {
        leads_to(&self.upstream, port)
    }

    /// Whose agent it is.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        match self.api {
            AgentApi::Ngrok(_) => Provider::Ngrok,
            AgentApi::Cloudflared(_) => Provider::Cloudflared,
        }
    }
}

/// All tunnels of running ngrok agents, at this address or at the usual ones.
pub async fn ngrok_tunnels(at: Option<SocketAddr>, tasks: &Shutdown) -> Vec<RunningTunnel> {
    let mut found = Vec::new();
    for address in addresses(at, NGROK_PORTS) {
        let api = AgentApi::Ngrok(address);
        let tunnels = match ask_json(address, "/api/tunnels", tasks).await {
            Some(answer) => tunnels_of(&answer, api),
            None => Vec::new(),
        };
        if tunnels.is_empty()
            && let Some(answer) = ask_json(address, "/api/endpoints", tasks).await
        {
            found.extend(endpoints_of(&answer, api));
        }
        found.extend(tunnels);
    }
    found
}

/// All tunnels of running cloudflared agents, at this address or at the usual ones.
pub async fn cloudflared_tunnels(at: Option<SocketAddr>, tasks: &Shutdown) -> Vec<RunningTunnel> {
    let mut found = Vec::new();
    for address in addresses(at, CLOUDFLARED_PORTS) {
        let Some(quick) = ask_json(address, "/quicktunnel", tasks).await else { continue };
        let config = ask_json(address, "/config", tasks).await.unwrap_or_default();
        let hostname = quick.get("hostname").and_then(Value::as_str).unwrap_or_default();
        found.extend(ingress_of(&config, hostname, AgentApi::Cloudflared(address)));
    }
    found
}

fn addresses(at: Option<SocketAddr>, ports: RangeInclusive<u16>) -> Vec<SocketAddr> {
    let usual = || ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).collect();
    at.map_or_else(usual, |at| vec![at])
}

fn tunnels_of(answer: &Value, api: AgentApi) -> Vec<RunningTunnel> {
    let tunnels = answer.get("tunnels").and_then(Value::as_array);
    let tunnel = |tunnel: &Value| {
        let url = https(tunnel.get("public_url")?.as_str()?)?;
        let upstream = tunnel.get("config")?.get("addr")?.as_str()?.to_owned();
        Some(RunningTunnel { api, url, upstream })
    };
    tunnels.into_iter().flatten().filter_map(tunnel).collect()
}

fn endpoints_of(answer: &Value, api: AgentApi) -> Vec<RunningTunnel> {
    let endpoints = answer.get("endpoints").and_then(Value::as_array);
    let endpoint = |endpoint: &Value| {
        let url = https(endpoint.get("url")?.as_str()?)?;
        let upstream = endpoint.get("upstream")?.get("url")?.as_str()?.to_owned();
        Some(RunningTunnel { api, url, upstream })
    };
    endpoints.into_iter().flatten().filter_map(endpoint).collect()
}

/// The rules of a cloudflared agent. A quick tunnel has one name for all; a named one has a name in each rule.
fn ingress_of(config: &Value, quick: &str, api: AgentApi) -> Vec<RunningTunnel> {
    let rules = config.get("config").and_then(|config| config.get("ingress")).and_then(Value::as_array);
    let rule = |rule: &Value| {
        let named = rule.get("hostname").and_then(Value::as_str).unwrap_or_default();
        let host = if quick.is_empty() { named } else { quick };
        let upstream = rule.get("service")?.as_str()?.to_owned();
        Some(RunningTunnel { api, url: https(&format!("https://{host}"))?, upstream })
    };
    rules.into_iter().flatten().filter_map(rule).collect()
}

/// The URL without a path, if it is one that Magic Hour would post to.
fn https(url: &str) -> Option<String> {
    let target: Target = url.parse().ok()?;
    target.tls.then(|| format!("https://{}", target.authority))
}

/// Whether an upstream, in any of the forms that agents give it, is this port of this machine.
fn leads_to(upstream: &str, port: u16) -> bool {
    if upstream.parse() == Ok(port) {
        return true;
    }
    let url = if upstream.contains("://") { upstream.to_owned() } else { format!("http://{upstream}") };
    url.parse::<Target>().is_ok_and(|target| target.is_loopback() && target.port == port)
}

impl AgentApi {
    /// Whether the agent says that traffic can pass; nothing where it does not answer.
    pub async fn is_connected(&self, tasks: &Shutdown) -> Option<bool> {
        match self {
            Self::Cloudflared(address) => ask(*address, "/ready", tasks).await.map(|(status, _)| status == 200),
            Self::Ngrok(address) => match ask(*address, "/api/status", tasks).await? {
                (200, Some(status)) => Some(status.get("status").and_then(Value::as_str) == Some("online")),
                // Agents before 3.9 have no status; that they answer is all there is to see.
                _ => Some(true),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use serde_json::json;

    use super::{AgentApi, endpoints_of, ingress_of, leads_to, tunnels_of};

    fn at() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 4040))
    }

    #[test]
    fn the_upstream_is_known_in_each_of_its_forms() {
        for upstream in [
            "http://localhost:8000",
            "localhost:8000",
            "8000",
            "http://127.0.0.1:8000",
            "https://localhost:8000",
            "[::1]:8000",
        ] {
            assert!(leads_to(upstream, 8000), "{upstream}");
        }
        for upstream in ["http://localhost:80001", "example.com:8000", "http://10.0.0.1:8000", "", "http://localhost"] {
            assert!(!leads_to(upstream, 8000), "{upstream}");
        }
    }

    #[test]
    fn odd_answers_of_an_agent_are_no_tunnels() {
        let api = AgentApi::Ngrok(at());
        let odd = json!({"tunnels": [
            {"public_url": "http://a.ngrok.io", "config": {"addr": "http://localhost:8000"}},
            {"public_url": "https://b.ngrok.io", "config": {"addr": {"Host": "localhost:8000"}}},
            {"public_url": null}, 7, null,
            {"public_url": "https://c.ngrok-free.dev", "config": {"addr": "http://localhost:8000"}},
        ]});
        let found = tunnels_of(&odd, api);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].url, "https://c.ngrok-free.dev");
        for odd in [json!({"tunnels": {}}), json!([]), json!(null)] {
            assert!(tunnels_of(&odd, api).is_empty());
        }
        let new =
            json!({"endpoints": [{"url": "https://d.ngrok-free.dev", "upstream": {"url": "http://localhost:8000"}}]});
        assert_eq!(endpoints_of(&new, api)[0].url, "https://d.ngrok-free.dev");
    }

    #[test]
    fn a_quick_tunnel_has_one_name_and_a_named_one_has_a_name_in_each_rule() {
        let api = AgentApi::Cloudflared(at());
        let config = |rule| json!({"version": 0, "config": {"ingress": [rule, {"service": "http_status:404"}]}});
        let quick = ingress_of(&config(json!({"service": "http://localhost:8000"})), "x.trycloudflare.com", api);
        assert_eq!((quick[0].url.as_str(), quick[0].leads_to(8000)), ("https://x.trycloudflare.com", true));
        let named = config(json!({"hostname": "hooks.example.com", "service": "http://127.0.0.1:8000"}));
        let named = ingress_of(&named, "", api);
        assert_eq!((named.len(), named[0].url.as_str()), (1, "https://hooks.example.com"));
    }
}
