//! The providers of tunnels as a table, and the choice among them.

use std::fmt;
use std::str::FromStr;

/// A way to have a public URL reach a port of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The agent of ngrok.
    Ngrok,
    /// A quick tunnel of Cloudflare.
    Cloudflared,
    /// Funnel of Tailscale.
    Tailscale,
    /// Dev tunnels of Microsoft.
    Devtunnel,
    /// The public ssh service localhost.run.
    LocalhostRun,
    /// The public ssh service pinggy.
    Pinggy,
    /// A port of a server that the user can log in to.
    Ssh(SshForward),
}

/// Fixed facts about a provider.
#[derive(Clone, Copy, Debug)]
pub struct ProviderFacts {
    /// The name on the command line and in records.
    pub name: &'static str,
    /// The program that is started.
    pub program: &'static str,
    /// Whether the URL stays the same at the next start.
    pub is_stable: bool,
    /// The way to get the program.
    pub install: &'static str,
}

/// The providers with a name of one word, in the order in which help lists them.
pub const NAMED: [Provider; 6] = [
    Provider::Ngrok,
    Provider::Cloudflared,
    Provider::Tailscale,
    Provider::Devtunnel,
    Provider::LocalhostRun,
    Provider::Pinggy,
];

impl Provider {
    /// The facts, as a table.
    #[must_use]
    pub const fn facts(&self) -> ProviderFacts {
        let (name, program, is_stable, install) = match self {
            Self::Ngrok => ("ngrok", "ngrok", true, "`brew install ngrok`, or https://ngrok.com/download"),
            Self::Cloudflared => (
                "cloudflared",
                "cloudflared",
                false,
                "`brew install cloudflared`, or https://developers.cloudflare.com/tunnel/downloads",
            ),
            Self::Tailscale => ("tailscale", "tailscale", true, "https://tailscale.com/download"),
            Self::Devtunnel => ("devtunnel", "devtunnel", false, "https://aka.ms/devtunnels/download"),
            Self::LocalhostRun => ("localhost.run", "ssh", false, "an OpenSSH client"),
            Self::Pinggy => ("pinggy", "ssh", false, "an OpenSSH client"),
            Self::Ssh(_) => ("ssh", "ssh", true, "an OpenSSH client"),
        };
        ProviderFacts { name, program, is_stable, install }
    }

    /// The name on the command line and in records.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.facts().name
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A port on a server, forwarded over ssh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshForward {
    /// `USER@HOST`, or a host that the user's ssh configuration names.
    pub destination: String,
    /// The port of the ssh server, unless it is the usual one.
    pub port: Option<u16>,
    /// The port on the server that forwards to this machine.
    pub remote_port: u16,
}

/// The answer to `--tunnel`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TunnelChoice {
    /// The first that is usable.
    #[default]
    Auto,
    /// This one.
    Provider(Provider),
}

impl FromStr for TunnelChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        if let Some(provider) = NAMED.into_iter().find(|provider| provider.name() == text) {
            return Ok(Self::Provider(provider));
        }
        if let Some(forward) = text.strip_prefix("ssh:") {
            return Ok(Self::Provider(Provider::Ssh(forward.parse()?)));
        }
        let names: Vec<&str> = NAMED.iter().map(Provider::name).collect();
        Err(format!("use auto, {}, or ssh:USER@HOST[:PORT]/REMOTE_PORT", names.join(", ")))
    }
}

impl FromStr for SshForward {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || "write ssh:USER@HOST[:PORT]/REMOTE_PORT, such as ssh:me@example.com/9000".to_owned();
        let (server, remote_port) = text.rsplit_once('/').ok_or_else(form)?;
        let remote_port = port(remote_port).ok_or_else(form)?;
        let (user, address) = match server.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, server),
        };
        let (host, ssh_port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(form)?)),
            None => address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
        };
        let ssh_port = ssh_port.map(|text| port(text).ok_or_else(form)).transpose()?;
        // A leading dash would be an option of ssh.
        let is_plain = |word: &str, more: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            !word.is_empty() && !word.starts_with('-') && word.chars().all(fits)
        };
        if !is_plain(host, ".-_:%") || user.is_some_and(|user| !is_plain(user, ".-_+")) {
            return Err(form());
        }
        let destination = user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"));
        Ok(Self { destination, port: ssh_port, remote_port })
    }
}

fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::{Provider, SshForward, TunnelChoice};

    fn ssh(text: &str) -> SshForward {
        match text.parse() {
            Ok(TunnelChoice::Provider(Provider::Ssh(forward))) => forward,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_provider_is_found_by_its_name() {
        assert_eq!("auto".parse(), Ok(TunnelChoice::Auto));
        for name in ["ngrok", "cloudflared", "tailscale", "devtunnel", "localhost.run", "pinggy"] {
            let Ok(TunnelChoice::Provider(provider)) = name.parse() else { panic!("{name}") };
            assert_eq!(provider.to_string(), name);
        }
        let error = "serveo".parse::<TunnelChoice>().unwrap_err();
        assert_eq!(
            error,
            "use auto, ngrok, cloudflared, tailscale, devtunnel, localhost.run, pinggy, or ssh:USER@HOST[:PORT]/REMOTE_PORT"
        );
    }

    #[test]
    fn a_forward_over_ssh_names_user_host_and_ports() {
        let plain = ssh("ssh:me@example.com/9000");
        assert_eq!((plain.destination.as_str(), plain.port, plain.remote_port), ("me@example.com", None, 9000));
        assert_eq!(ssh("ssh:me@example.com:2222/9000").port, Some(2222));
        assert_eq!(ssh("ssh:alias/9000").destination, "alias");
        let ipv6 = ssh("ssh:me@[::1]:2222/9000");
        assert_eq!((ipv6.destination.as_str(), ipv6.port), ("me@::1", Some(2222)));
    }

    #[test]
    fn what_ssh_would_take_for_an_option_or_a_shell_for_a_command_is_refused() {
        for text in [
            "ssh:-oProxyCommand=x/9000",
            "ssh:me@-oProxyCommand=x/9000",
            "ssh:-me@host/9000",
            "ssh:me@host;id/9000",
            "ssh:me@ho st/9000",
            "ssh:me@host/0",
            "ssh:me@host/70000",
            "ssh:me@host",
            "ssh:/9000",
            "ssh:@host/9000",
            "ssh:me@[::1]x/9000",
        ] {
            let error = text.parse::<TunnelChoice>().unwrap_err();
            assert!(error.starts_with("write ssh:USER@HOST"), "{text}: {error}");
        }
    }
}
