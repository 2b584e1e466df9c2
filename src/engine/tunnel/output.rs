//! The meaning of an agent's lines: the public URL, and whether traffic can pass.

use serde_json::Value;

use crate::engine::tunnel::provider::Provider;

/// The news in a line of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentSignal {
    /// The public URL, without a path.
    Named(String),
    /// The agent is connected to its service: traffic can pass.
    Connected,
    /// The connection to the service is lost; the agent tries to restore it.
    Disconnected,
    /// A problem that does not end the agent.
    Trouble(String),
    /// The agent's own API listens at this address.
    Api(String),
}

impl Provider {
    /// Reads a line of the agent's output.
    #[must_use]
    pub fn read(&self, line: &str) -> Vec<AgentSignal> {
        match self {
            Self::Ngrok => ngrok(line),
            Self::Cloudflared => cloudflared(line),
            Self::Tailscale => named(line.trim().strip_suffix('/').unwrap_or(line.trim()), &[".ts.net"]),
            Self::Devtunnel => devtunnel(line),
            Self::LocalhostRun => localhost_run(line),
            Self::Pinggy => pinggy(line),
            Self::Ssh(_) => ssh(line),
        }
    }
}

/// A line that is nothing but an https URL of one of these domains: known and usable at once.
fn named(url: &str, domains: &[&str]) -> Vec<AgentSignal> {
    match url.strip_prefix("https://").filter(|host| is_host_of(host, domains)) {
        Some(_) => vec![AgentSignal::Named(url.to_owned()), AgentSignal::Connected],
        None => Vec::new(),
    }
}

fn is_host_of(host: &str, domains: &[&str]) -> bool {
    let is_plain = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':'));
    is_plain && domains.iter().any(|domain| host.len() > domain.len() && host.ends_with(domain))
}

/// The JSON log of agent 2 and 3; keys come in any order, and values can be of another type than expected.
fn ngrok(line: &str) -> Vec<AgentSignal> {
    let Ok(Value::Object(log)) = serde_json::from_str(line) else { return Vec::new() };
    let text = |key: &str| log.get(key).and_then(Value::as_str).unwrap_or_default();
    // A line without an error may say so with this text.
    let problem = Some(text("err")).filter(|text| !text.is_empty() && *text != "<nil>").map(str::to_owned);
    match text("msg") {
        "started tunnel" => match text("url") {
            // Old agents report the same tunnel for http as well.
            url if url.starts_with("https://") => {
                vec![AgentSignal::Named(url.trim_end_matches('/').to_owned()), AgentSignal::Connected]
            }
            _ => Vec::new(),
        },
        "starting web service" => vec![AgentSignal::Api(text("addr").to_owned())],
        "client session established" => vec![AgentSignal::Connected],
        "session closed, starting reconnect loop" | "heartbeat timeout, terminating session" => {
            vec![AgentSignal::Disconnected]
        }
        "failed to reconnect session" => {
            vec![AgentSignal::Disconnected, AgentSignal::Trouble(problem.unwrap_or_default())]
        }
        _ => problem.map(AgentSignal::Trouble).into_iter().collect(),
    }
}

/// The log in either form: what is sought is in the line as it is. The name comes first, the connection later.
fn cloudflared(line: &str) -> Vec<AgentSignal> {
    const SCHEME: &str = "https://";
    const DOMAIN: &str = ".trycloudflare.com";
    if line.contains("Registered tunnel connection") {
        return vec![AgentSignal::Connected];
    }
    if line.contains("Lost connection with the edge") || line.contains("Unregistered tunnel connection") {
        return vec![AgentSignal::Disconnected];
    }
    let url = line.match_indices(SCHEME).find_map(|(start, _)| {
        let rest = line.get(start + SCHEME.len()..)?;
        let label = rest.get(..rest.find(DOMAIN)?)?;
        let is_label = !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        // The address of the service itself is in errors.
        (is_label && label != "api").then(|| format!("{SCHEME}{label}{DOMAIN}"))
    });
    if let Some(url) = url {
        return vec![AgentSignal::Named(url)];
    }
    let is_problem = line.contains(" ERR ") || line.contains("\"level\":\"error\"");
    if is_problem { vec![AgentSignal::Trouble(line.trim().to_owned())] } else { Vec::new() }
}

/// Of the URLs in the line, the one with the port in its first label; another one is for inspection.
fn devtunnel(line: &str) -> Vec<AgentSignal> {
    if line.contains("Ready to accept connections") {
        return vec![AgentSignal::Connected];
    }
    let Some(urls) = line.trim().strip_prefix("Connect via browser:") else { return Vec::new() };
    let has_port_label = |url: &&str| {
        let host = url.strip_prefix("https://").unwrap_or_default();
        let (label, rest) = host.split_once('.').unwrap_or_default();
        let port = label.rsplit_once('-').map_or("", |(_, port)| port);
        !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) && is_host_of(rest, &["devtunnels.ms"])
    };
    let url = urls.split(',').map(|url| url.trim().trim_end_matches('/')).find(has_port_label);
    url.map(|url| AgentSignal::Named(url.to_owned())).into_iter().collect()
}

/// A JSON object a line; only the event of the forwarding itself holds the address, a banner holds other links.
fn localhost_run(line: &str) -> Vec<AgentSignal> {
    let Ok(Value::Object(log)) = serde_json::from_str(line) else { return ssh(line) };
    let text = |key: &str| log.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("event") != "tcpip-forward" {
        return Vec::new();
    }
    if text("status") != "success" {
        return vec![AgentSignal::Trouble(text("message").to_owned())];
    }
    named(&format!("https://{}", text("address")), &[".lhr.life", ".localhost.run"])
}

/// Text with one URL for http and one for https. The domain has changed before; that of the service's own pages is no tunnel.
fn pinggy(line: &str) -> Vec<AgentSignal> {
    let is_tunnel = |url: &&str| {
        let host = url.strip_prefix("https://").unwrap_or_default();
        let is_host = is_host_of(host, &[".link", ".net", ".online", ".app", ".dev"]);
        is_host && host.contains("pinggy")
    };
    let url = line.split_whitespace().map(|word| word.trim_end_matches(['/', ',', '.'])).find(is_tunnel);
    url.map_or_else(|| ssh(line), |url| vec![AgentSignal::Named(url.to_owned()), AgentSignal::Connected])
}

fn ssh(line: &str) -> Vec<AgentSignal> {
    if line.contains("remote forward success for:") { vec![AgentSignal::Connected] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::AgentSignal::{self, Api, Connected, Disconnected, Named, Trouble};
    use crate::engine::tunnel::provider::{Provider, SshForward};

    #[track_caller]
    fn assert_read(provider: &Provider, cases: &[(&str, &[AgentSignal])]) {
        for (line, expected) in cases {
            assert_eq!(provider.read(line), *expected, "{line}");
        }
    }

    fn url(url: &str) -> AgentSignal {
        Named(url.to_owned())
    }

    #[test]
    fn ngroks_log_is_read_whatever_the_version() {
        let online = [url("https://a.ngrok-free.dev"), Connected];
        assert_read(
            &Provider::Ngrok,
            &[
                (
                    r#"{"addr":"http://localhost:8000","lvl":"info","msg":"started tunnel","name":"command_line","obj":"tunnels","t":"2026-07-22T10:00:00+0000","url":"https://a.ngrok-free.dev"}"#,
                    &online,
                ),
                (
                    r#"{"url":"https://a.ngrok-free.dev","addr":{"Scheme":"http","Host":"localhost:8000"},"msg":"started tunnel","err":"\u003cnil\u003e"}"#,
                    &online,
                ),
                (r#"{"msg":"started tunnel","url":"http://a.ngrok.io","addr":"http://localhost:8000"}"#, &[]),
                (
                    r#"{"msg":"starting web service","obj":"web","addr":"127.0.0.1:4041"}"#,
                    &[Api("127.0.0.1:4041".to_owned())],
                ),
                (r#"{"lvl":"info","msg":"client session established","err":"\u003cnil\u003e"}"#, &[Connected]),
                (
                    r#"{"lvl":"eror","msg":"failed to reconnect session","err":"dial tcp: i/o timeout"}"#,
                    &[Disconnected, Trouble("dial tcp: i/o timeout".to_owned())],
                ),
                (
                    r#"{"lvl":"eror","msg":"unable to check host info","err":"no such file"}"#,
                    &[Trouble("no such file".to_owned())],
                ),
                (r#"{"msg":42,"url":null,"err":{}}"#, &[]),
                (r#"{"msg":"started tunnel","url":["https://a.ngrok-free.dev"]}"#, &[]),
                ("ERROR:  authentication failed", &[]),
                ("", &[]),
            ],
        );
    }

    #[test]
    fn cloudflareds_log_is_read_in_both_forms_and_a_name_is_no_connection() {
        let name = [url("https://four-words-here-now.trycloudflare.com")];
        assert_read(
            &Provider::Cloudflared,
            &[
                (
                    "2026-10-01T10:00:00Z INF |  https://four-words-here-now.trycloudflare.com                    |",
                    &name,
                ),
                (
                    r#"{"level":"info","time":"2026-10-01T10:00:00Z","message":"|  https://four-words-here-now.trycloudflare.com  |"}"#,
                    &name,
                ),
                ("2026-10-01T10:00:01Z INF Registered tunnel connection connIndex=0 protocol=quic", &[Connected]),
                (r#"{"level":"info","connIndex":0,"message":"Registered tunnel connection"}"#, &[Connected]),
                (r#"failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp"#, &[]),
                ("INF Requesting new quick Tunnel on trycloudflare.com...", &[]),
            ],
        );
    }

    #[test]
    fn of_the_other_agents_only_the_right_url_is_taken() {
        assert_read(
            &Provider::Tailscale,
            &[
                ("https://host.tailnet.ts.net/", &[url("https://host.tailnet.ts.net"), Connected]),
                ("         https://login.tailscale.com/f/funnel?node=n1", &[]),
                ("|-- proxy http://127.0.0.1:8000", &[]),
            ],
        );
        assert_read(
            &Provider::Devtunnel,
            &[
                (
                    "Connect via browser: https://x1.usw3.devtunnels.ms:8000, https://x1-8000.usw3.devtunnels.ms",
                    &[url("https://x1-8000.usw3.devtunnels.ms")],
                ),
                ("Inspect network activity: https://x1-8000-inspect.usw3.devtunnels.ms", &[]),
                ("Ready to accept connections for tunnel: x1", &[Connected]),
            ],
        );
        assert_read(
            &Provider::LocalhostRun,
            &[
                (
                    r#"{"connection_id":"1","event":"tcpip-forward","message":"a.lhr.life tunneled","address":"a.lhr.life","status":"success"}"#,
                    &[url("https://a.lhr.life"), Connected],
                ),
                (r#"{"event":"authn","message":"welcome https://admin.localhost.run/"}"#, &[]),
                (r#"{"event":"tcpip-forward","status":"success","address":"evil.example/.lhr.life"}"#, &[]),
                (
                    r#"{"event":"tcpip-forward","status":"failure","message":"no port"}"#,
                    &[Trouble("no port".to_owned())],
                ),
                ("welcome to https://localhost.run", &[]),
            ],
        );
        assert_read(
            &Provider::Pinggy,
            &[
                ("You are not authenticated. Your tunnel will expire in 60 minutes.", &[]),
                ("Upgrade to Pinggy Pro: https://dashboard.pinggy.io", &[]),
                ("http://rnab-1-2-3-4.a.free.pinggy.link", &[]),
                (
                    "https://rnab-1-2-3-4.a.free.pinggy.link",
                    &[url("https://rnab-1-2-3-4.a.free.pinggy.link"), Connected],
                ),
                ("  https://rnab.run.pinggy-free.link/ ", &[url("https://rnab.run.pinggy-free.link"), Connected]),
                ("https://evil.example/pinggy.link", &[]),
            ],
        );
        let forward = SshForward { destination: "me@host".to_owned(), port: None, remote_port: 9000 };
        assert_read(
            &Provider::Ssh(forward),
            &[
                ("debug1: remote forward success for: listen 9000, connect 127.0.0.1:8000", &[Connected]),
                ("debug1: Authentication succeeded (publickey).", &[]),
            ],
        );
    }

    proptest::proptest! {
        #[test]
        fn no_line_makes_a_reader_panic(line in "\\PC*") {
            for provider in crate::engine::tunnel::provider::NAMED {
                let _ = provider.read(&line);
            }
        }
    }
}
