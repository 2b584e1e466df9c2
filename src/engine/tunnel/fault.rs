//! The known ways in which an agent ends, as a table: the text to look for, and what to do about it.

use std::time::Duration;

use crate::engine::tunnel::provider::Provider;

/// The kind of an ending, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Something is to be set up on this machine or in an account.
    Setup,
    /// The other side refuses or cannot be reached.
    Unreachable,
}

/// The agents that a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AgentKind {
    Ngrok,
    Cloudflared,
    Tailscale,
    Devtunnel,
    Ssh,
}

/// A known way to end.
#[derive(Debug)]
pub struct AgentFault {
    agent: AgentKind,
    /// A part of the agent's last words.
    needle: &'static str,
    /// The kind of the ending.
    pub kind: FaultKind,
    /// Advice for the user.
    pub hint: &'static str,
    /// Delay before a restart; nothing if a restart cannot help.
    pub retry: Option<Duration>,
}

impl AgentFault {
    const fn setup(agent: AgentKind, needle: &'static str, hint: &'static str) -> Self {
        Self { agent, needle, kind: FaultKind::Setup, hint, retry: None }
    }

    const fn busy(agent: AgentKind, needle: &'static str, hint: &'static str, seconds: u64) -> Self {
        Self { retry: Some(Duration::from_secs(seconds)), ..Self::setup(agent, needle, hint) }
    }

    const fn outside(agent: AgentKind, needle: &'static str, hint: &'static str, seconds: u64) -> Self {
        Self { kind: FaultKind::Unreachable, ..Self::busy(agent, needle, hint, seconds) }
    }

    /// Whether ngrok has no token.
    #[must_use]
    pub fn is_missing_token(&self) -> bool {
        self.needle == NO_TOKEN
    }
}

const NO_TOKEN: &str = "ERR_NGROK_4018";

const COPY_TOKEN: &str = "copy the authtoken again from https://dashboard.ngrok.com/get-started/your-authtoken; an API key is \
                          not an authtoken";

const DASHBOARD: &str = "https://dashboard.ngrok.com says what the account lacks";

const OLD_AGENT: &str = "run `ngrok update`, or install ngrok anew; in a notebook upgrade pyngrok";

/// The rows; the first that fits counts. Codes of ngrok are sought with what follows them, so that 3 is not found in 334.
const FAULTS: [AgentFault; 41] = [
    AgentFault::setup(
        AgentKind::Ngrok,
        NO_TOKEN,
        "make a free account at https://dashboard.ngrok.com/signup, then run `ngrok config add-authtoken TOKEN` or set \
         NGROK_AUTHTOKEN",
    ),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_105", COPY_TOKEN),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_106", COPY_TOKEN),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_107", COPY_TOKEN),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_300", DASHBOARD),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_102", DASHBOARD),
    AgentFault::busy(
        AgentKind::Ngrok,
        "ERR_NGROK_108",
        "other ngrok agents run, here or elsewhere: https://dashboard.ngrok.com/agents lists them; stop one, or let it \
         serve this port too",
        10,
    ),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_120", OLD_AGENT),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_121", OLD_AGENT),
    AgentFault::setup(
        AgentKind::Ngrok,
        "ERR_NGROK_313",
        "leave --public-url out to get the free domain of your account; names of your own are for paying accounts",
    ),
    AgentFault::setup(
        AgentKind::Ngrok,
        "ERR_NGROK_320",
        "check the spelling of the domain in --public-url; it belongs to another account than the authtoken",
    ),
    AgentFault::setup(
        AgentKind::Ngrok,
        "ERR_NGROK_15013",
        "ask once for your free domain at https://dashboard.ngrok.com/domains",
    ),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_324", "close other tunnels of the same agent"),
    AgentFault::busy(
        AgentKind::Ngrok,
        "ERR_NGROK_334",
        "another agent holds this URL: on another machine, in a notebook, or left over; stop it \
         (https://dashboard.ngrok.com/agents lists agents), or let it serve this port and attach to it with --tunnel ngrok",
        10,
    ),
    AgentFault::setup(
        AgentKind::Ngrok,
        "ERR_NGROK_725",
        "the bandwidth of the account is used up until its next month",
    ),
    AgentFault::setup(
        AgentKind::Ngrok,
        "ERR_NGROK_4026",
        "the credit of the account is used up; https://dashboard.ngrok.com/billing",
    ),
    AgentFault::setup(AgentKind::Ngrok, "ERR_NGROK_", "look the code up at https://ngrok.com/docs/errors"),
    AgentFault::outside(
        AgentKind::Cloudflared,
        "429 Too Many Requests",
        "too many quick tunnels were made from this address: wait some minutes up to an hour, or use --tunnel ngrok",
        300,
    ),
    AgentFault::outside(
        AgentKind::Cloudflared,
        "error code: 1015",
        "too many quick tunnels were made from this address: wait some minutes up to an hour, or use --tunnel ngrok",
        300,
    ),
    AgentFault::outside(
        AgentKind::Cloudflared,
        "failed to parse quick Tunnel ID",
        "the service of quick tunnels is out of order: try later, or use --tunnel ngrok",
        60,
    ),
    AgentFault::outside(
        AgentKind::Cloudflared,
        "failed to request quick Tunnel",
        "is there a network, and does a proxy or VPN let https://api.trycloudflare.com through?",
        5,
    ),
    AgentFault::outside(
        AgentKind::Cloudflared,
        "failed to unmarshal quick Tunnel",
        "the service of quick tunnels is out of order: try later, or use --tunnel ngrok",
        60,
    ),
    AgentFault::setup(
        AgentKind::Tailscale,
        "HTTPS must be enabled",
        "enable HTTPS and Funnel: https://tailscale.com/kb/1223/funnel",
    ),
    AgentFault::setup(
        AgentKind::Tailscale,
        "node attribute not set",
        "allow Funnel for this machine: https://tailscale.com/kb/1223/funnel",
    ),
    AgentFault::setup(
        AgentKind::Tailscale,
        "is not allowed for funnel",
        "Funnel serves ports 443, 8443 and 10000 only",
    ),
    AgentFault::setup(
        AgentKind::Tailscale,
        "login.tailscale.com/f/",
        "open the link above once to allow Funnel, then try again",
    ),
    AgentFault::setup(AgentKind::Tailscale, "Access denied", "run `sudo tailscale set --operator=$USER` once"),
    AgentFault::setup(AgentKind::Tailscale, "Logged out", "run `tailscale up`"),
    AgentFault::setup(AgentKind::Tailscale, "failed to connect to local tailscaled", "start tailscaled"),
    AgentFault::setup(AgentKind::Devtunnel, "Login required", "run `devtunnel user login -g`"),
    AgentFault::setup(AgentKind::Devtunnel, "Unauthorized", "run `devtunnel user login -g`"),
    AgentFault::busy(
        AgentKind::Ssh,
        "remote port forwarding failed",
        "the port on the server is taken, or its sshd forbids forwarding (AllowTcpForwarding); an earlier session may hold it \
         for a minute",
        10,
    ),
    AgentFault::setup(
        AgentKind::Ssh,
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the server has another key than before: find out why before you connect again; `ssh-keygen -R HOST` forgets the old one",
    ),
    AgentFault::setup(
        AgentKind::Ssh,
        "Host key verification failed",
        "connect once by hand, `ssh USER@HOST`, and compare the server's fingerprint",
    ),
    AgentFault::setup(
        AgentKind::Ssh,
        "Permission denied",
        "the server accepts none of your keys: `ssh USER@HOST` must work without a password (ssh-agent, authorized_keys)",
    ),
    AgentFault::outside(
        AgentKind::Ssh,
        "Connection refused",
        "nothing listens at the ssh port of the server: is the port right?",
        2,
    ),
    AgentFault::outside(AgentKind::Ssh, "Could not resolve hostname", "check the name of the server", 5),
    AgentFault::outside(
        AgentKind::Ssh,
        "Connection timed out",
        "the server does not answer: is the address right, does a firewall stop ssh?",
        2,
    ),
    AgentFault::outside(AgentKind::Ssh, "closed by remote host", "the server ended the session", 2),
    AgentFault::outside(AgentKind::Ssh, "No route to host", "the server cannot be reached from here", 5),
    AgentFault::outside(AgentKind::Ssh, "Connection reset", "the server ended the session", 2),
];

/// Finds the row that an agent's last words fit.
#[must_use]
pub fn find_fault(provider: &Provider, words: &[String]) -> Option<&'static AgentFault> {
    let agent = match provider {
        Provider::Ngrok => AgentKind::Ngrok,
        Provider::Cloudflared => AgentKind::Cloudflared,
        Provider::Tailscale => AgentKind::Tailscale,
        Provider::Devtunnel => AgentKind::Devtunnel,
        Provider::LocalhostRun | Provider::Pinggy | Provider::Ssh(_) => AgentKind::Ssh,
    };
    let rows = FAULTS.iter().filter(|fault| fault.agent == agent);
    rows.into_iter().find(|fault| words.iter().any(|line| contains(line, fault.needle)))
}

/// Whether a line holds a needle. A code that ends in a digit must end there.
fn contains(line: &str, needle: &str) -> bool {
    let ends_in_digit = needle.ends_with(|c: char| c.is_ascii_digit());
    line.match_indices(needle).any(|(start, _)| {
        let next = line.get(start + needle.len()..).and_then(|rest| rest.chars().next());
        !ends_in_digit || !next.is_some_and(|c| c.is_ascii_digit())
    })
}

/// The line among an agent's last words that says most about its end, shortened.
#[must_use]
pub fn told(provider: &Provider, words: &[String], fault: Option<&AgentFault>) -> Option<String> {
    let plain: Vec<String> = words.iter().map(|line| plain(provider, line)).filter(|line| !line.is_empty()).collect();
    // What names the code says most where it says more than the code.
    let with_needle =
        fault.and_then(|fault| plain.iter().filter(|line| contains(line, fault.needle)).max_by_key(|line| line.len()));
    let chosen = with_needle.or_else(|| plain.last())?;
    Some(chosen.chars().take(300).collect())
}

/// A line without what only its log needs.
fn plain(provider: &Provider, line: &str) -> String {
    let line = line.trim();
    let text = match (provider, serde_json::from_str::<serde_json::Value>(line)) {
        (Provider::Ngrok, Ok(log)) => {
            log.get("err").and_then(|err| err.as_str()).filter(|err| *err != "<nil>").map(str::to_owned)
        }
        (_, Ok(log)) => log.get("message").and_then(|text| text.as_str()).map(str::to_owned),
        (Provider::Ngrok, Err(_)) => Some(line.trim_start_matches("ERROR:").trim().to_owned()),
        (_, Err(_)) => Some(line.to_owned()),
    };
    text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{FAULTS, FaultKind, find_fault, told};
    use crate::engine::tunnel::provider::{Provider, SshForward};

    fn words(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_code_of_ngrok_is_found_and_told_in_ngroks_words() {
        let said = words(&[
            r#"{"lvl":"crit","msg":"command failed","err":"failed to start tunnel: The endpoint is already online.\r\n\r\nERR_NGROK_334\r\n"}"#,
            "ERROR:  The endpoint is already online.",
            "ERROR:  ",
            "ERROR:  ERR_NGROK_334",
        ]);
        let fault = find_fault(&Provider::Ngrok, &said).unwrap();
        assert!(fault.hint.contains("another agent holds this URL"));
        assert_eq!(
            told(&Provider::Ngrok, &said, Some(fault)).unwrap(),
            "failed to start tunnel: The endpoint is already online. ERR_NGROK_334"
        );
        // A longer code must not be taken for the shorter one at its beginning.
        let longer = find_fault(&Provider::Ngrok, &words(&["ERR_NGROK_3341"])).unwrap();
        assert_eq!(longer.hint, "look the code up at https://ngrok.com/docs/errors");
    }

    #[test]
    fn pooling_is_never_suggested() {
        assert!(FAULTS.iter().all(|fault| !fault.hint.contains("pooling")));
    }

    #[test]
    fn each_row_of_ssh_is_found() {
        let provider = Provider::Ssh(SshForward { destination: "me@h".to_owned(), port: None, remote_port: 9000 });
        let rows = [
            ("Error: remote port forwarding failed for listen port 9000\r", FaultKind::Setup),
            ("ssh: connect to host h port 22: Connection refused\r", FaultKind::Unreachable),
            ("ssh: Could not resolve hostname h: Name or service not known\r", FaultKind::Unreachable),
            ("Host key verification failed.\r", FaultKind::Setup),
            ("me@h: Permission denied (publickey).\r", FaultKind::Setup),
            ("Connection to h closed by remote host.\r", FaultKind::Unreachable),
        ];
        for (line, kind) in rows {
            assert_eq!(find_fault(&provider, &words(&[line])).unwrap().kind, kind, "{line}");
        }
        let changed = words(&["@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", "Host key verification failed."]);
        assert!(find_fault(&provider, &changed).unwrap().hint.contains("another key than before"));
    }

    #[test]
    fn too_many_quick_tunnels_are_waited_for() {
        let said = words(&[
            r#"2026 ERR Error unmarshaling QuickTunnel response: error code: 1015 error="invalid" status_code="429 Too Many Requests""#,
            "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value",
        ]);
        let fault = find_fault(&Provider::Cloudflared, &said).unwrap();
        assert_eq!((fault.kind, fault.retry.unwrap().as_secs()), (FaultKind::Unreachable, 300));
    }

    #[test]
    fn an_unknown_end_is_told_in_the_last_words() {
        assert!(find_fault(&Provider::Cloudflared, &words(&["panic: oh"])).is_none());
        assert_eq!(told(&Provider::Cloudflared, &words(&["a", "panic:  oh", " "]), None).unwrap(), "panic: oh");
        assert_eq!(told(&Provider::Ngrok, &[], None), None);
    }
}
