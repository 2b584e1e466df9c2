//! Command lines of the agents, and the environment that they are given.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::engine::tunnel::provider::{Provider, SshForward};
use crate::store::Environment;

/// A configuration file without anything in it: an agent must not serve what the user configured for other purposes.
const EMPTY_FILE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Details that a command line depends on.
#[derive(Clone, Debug)]
pub struct LaunchOptions {
    /// The local port that the tunnel forwards to.
    pub port: u16,
    /// The host that the provider is asked for, if the user has one.
    pub host: Option<String>,
    /// A free port for an agent that reports its state over HTTP.
    pub metrics_port: u16,
    /// Whether the agent is old enough to need `--domain` instead of `--url`.
    pub is_old_agent: bool,
    /// The file that keeps the host keys of public ssh services.
    pub known_hosts: Option<PathBuf>,
}

/// A command line, with the changes to the environment that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentCommand {
    /// The program, a name to be found on `PATH`.
    pub program: &'static str,
    pub arguments: Vec<String>,
    /// The beginnings of the names of variables that it must not see.
    pub hidden_variables: &'static [&'static str],
    /// Variables that it is given.
    pub variables: &'static [(&'static str, &'static str)],
}

impl Provider {
    /// The command that opens a tunnel.
    #[must_use]
    pub fn command(&self, options: &LaunchOptions) -> AgentCommand {
        let port = options.port.to_string();
        let upstream = format!("127.0.0.1:{port}");
        let program = self.facts().program;
        let plain = |arguments: Vec<String>| AgentCommand { program, arguments, hidden_variables: &[], variables: &[] };
        match self {
            Self::Ngrok => {
                let mut arguments = owned(&["http", &port, "--log", "stdout", "--log-format", "json"]);
                match &options.host {
                    Some(host) if options.is_old_agent => arguments.extend(owned(&["--domain", host])),
                    Some(host) => arguments.extend(owned(&["--url", &format!("https://{host}")])),
                    None => {}
                }
                plain(arguments)
            }
            Self::Cloudflared => AgentCommand {
                program,
                arguments: owned(&[
                    "tunnel",
                    "--config",
                    EMPTY_FILE,
                    "--no-autoupdate",
                    "--metrics",
                    &format!("127.0.0.1:{}", options.metrics_port),
                    "--grace-period",
                    "2s",
                    "--url",
                    &format!("http://{upstream}"),
                ]),
                // Each of its options has a variable, and some turn a quick tunnel into a named one.
                hidden_variables: &["TUNNEL_", "NO_AUTOUPDATE"],
                // As variables, since an old agent ignores an unknown one, whereas an unknown option ends it.
                variables: &[("TUNNEL_LOG_OUTPUT", "json"), ("TUNNEL_NO_PRECHECKS", "true")],
            },
            Self::Tailscale => plain(owned(&["funnel", "--yes", &port])),
            Self::Devtunnel => plain(owned(&["host", "-p", &port, "--allow-anonymous"])),
            Self::LocalhostRun => {
                let service = ["-R", &format!("80:{upstream}"), "nokey@localhost.run", "--", "--output", "json"];
                plain(public_ssh(&service, options.known_hosts.as_deref()))
            }
            Self::Pinggy => {
                let service = ["-p", "443", "-R", &format!("0:{upstream}"), "free@a.pinggy.io"];
                plain(public_ssh(&service, options.known_hosts.as_deref()))
            }
            Self::Ssh(forward) => plain(ssh_forward(forward, &upstream)),
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The command line of a public service, whose session says the URL. Host keys of the service go to a file of ours, so that the user's own list is not changed.
fn public_ssh(service: &[&str], known_hosts: Option<&Path>) -> Vec<String> {
    let mut arguments = owned(&["-T", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes"]);
    arguments.extend(owned(&["-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=30"]));
    if let Some(file) = known_hosts {
        let file = format!("UserKnownHostsFile={}", file.display());
        arguments.extend(owned(&["-o", "StrictHostKeyChecking=accept-new", "-o", &file]));
    }
    arguments.extend(owned(service));
    arguments
}

/// `-v` makes ssh say that the port is forwarded, which it otherwise does not.
fn ssh_forward(forward: &SshForward, upstream: &str) -> Vec<String> {
    let mut arguments = owned(&["-v", "-N", "-T", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes"]);
    arguments.extend(owned(&[
        "-o",
        "ConnectTimeout=10",
        "-o",
        "ServerAliveInterval=15",
        "-o",
        "ServerAliveCountMax=2",
    ]));
    if let Some(port) = forward.port {
        arguments.extend(owned(&["-p", &port.to_string()]));
    }
    arguments.extend(owned(&["-R", &format!("{}:{upstream}", forward.remote_port), "--", &forward.destination]));
    arguments
}

impl AgentCommand {
    /// The names among an environment's variables that the agent must not see.
    #[must_use]
    pub fn hidden<'a>(&self, environment: &'a Environment) -> Vec<&'a OsStr> {
        let is_hidden = |name: &&OsStr| {
            let name = name.to_string_lossy();
            self.hidden_variables.iter().any(|start| name.starts_with(start))
        };
        environment.variables().map(|(name, _)| name).filter(is_hidden).collect()
    }
}

/// The path of a program on `PATH`.
#[must_use]
pub fn find_program(environment: &Environment, name: &str) -> Option<PathBuf> {
    let name = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
    let path: OsString = environment.var_os("PATH")?.to_owned();
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(&name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    #[cfg(unix)]
    let is_allowed = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let is_allowed = true;
    metadata.is_file() && is_allowed
}

#[cfg(test)]
mod tests {
    use super::{LaunchOptions, find_program};
    use crate::engine::tunnel::provider::{Provider, SshForward};
    use crate::store::Environment;

    fn line(provider: &Provider, options: &LaunchOptions) -> String {
        let command = provider.command(options);
        format!("{} {}", command.program, command.arguments.join(" "))
    }

    fn options() -> LaunchOptions {
        LaunchOptions { port: 8000, host: None, metrics_port: 5555, is_old_agent: false, known_hosts: None }
    }

    #[test]
    fn each_provider_has_its_command_line() {
        let forward = SshForward { destination: "me@host".to_owned(), port: Some(22), remote_port: 9000 };
        let lines = [
            (Provider::Ngrok, "ngrok http 8000 --log stdout --log-format json"),
            (
                Provider::Cloudflared,
                "cloudflared tunnel --config /dev/null --no-autoupdate --metrics 127.0.0.1:5555 --grace-period 2s --url \
                 http://127.0.0.1:8000",
            ),
            (Provider::Tailscale, "tailscale funnel --yes 8000"),
            (Provider::Devtunnel, "devtunnel host -p 8000 --allow-anonymous"),
            (
                Provider::LocalhostRun,
                "ssh -T -o BatchMode=yes -o ExitOnForwardFailure=yes -o ConnectTimeout=10 -o ServerAliveInterval=30 \
                 -R 80:127.0.0.1:8000 nokey@localhost.run -- --output json",
            ),
            (
                Provider::Pinggy,
                "ssh -T -o BatchMode=yes -o ExitOnForwardFailure=yes -o ConnectTimeout=10 -o ServerAliveInterval=30 \
                 -p 443 -R 0:127.0.0.1:8000 free@a.pinggy.io",
            ),
            (
                Provider::Ssh(forward),
                "ssh -v -N -T -o BatchMode=yes -o ExitOnForwardFailure=yes -o ConnectTimeout=10 \
                 -o ServerAliveInterval=15 -o ServerAliveCountMax=2 -p 22 -R 9000:127.0.0.1:8000 -- me@host",
            ),
        ];
        for (provider, expected) in lines {
            assert_eq!(line(&provider, &options()), expected);
        }
    }

    #[test]
    fn the_host_goes_to_ngrok_in_the_form_that_its_version_knows() {
        let options = LaunchOptions { host: Some("a.ngrok-free.dev".to_owned()), ..options() };
        assert!(line(&Provider::Ngrok, &options).ends_with(" --url https://a.ngrok-free.dev"));
        let options = LaunchOptions { is_old_agent: true, ..options };
        assert!(line(&Provider::Ngrok, &options).ends_with(" --domain a.ngrok-free.dev"));
    }

    #[test]
    fn cloudflared_does_not_see_the_users_variables_for_it() {
        let environment = Environment::new([("TUNNEL_TOKEN", "x"), ("NO_AUTOUPDATE", "1"), ("HOME", "/h")], "/");
        let command = Provider::Cloudflared.command(&options());
        assert_eq!(command.hidden(&environment), ["NO_AUTOUPDATE", "TUNNEL_TOKEN"]);
        assert!(Provider::Ngrok.command(&options()).hidden(&environment).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_found_only_where_it_can_be_run() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().unwrap();
        let environment = Environment::new([("PATH", format!("relative:/nowhere:{}", root.path().display()))], "/");
        let file = root.path().join("ngrok");
        std::fs::write(&file, "").unwrap();
        assert_eq!(find_program(&environment, "ngrok"), None);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find_program(&environment, "ngrok"), Some(file));
    }
}
