//! Options of the commands that can be reached through a public URL.

use std::net::SocketAddr;

use clap::Args;

use crate::commands::shared::value_parsers;
use crate::engine::tunnel::provider::TunnelChoice;
use crate::store::settings::SetBy;

/// The way from the internet to this machine.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Public URL")]
pub(crate) struct TunnelArgs {
    /// Open a tunnel to this machine: auto, ngrok, cloudflared, tailscale, devtunnel, localhost.run, pinggy,
    /// or `ssh:USER@HOST[:PORT]/REMOTE_PORT`; `mh-hook help tunnels` compares them
    #[arg(long, add = SetBy::User, value_name = "PROVIDER", num_args = 0..=1, default_missing_value = "auto")]
    pub(crate) tunnel: Option<TunnelChoice>,
    /// Public URL that reaches this machine; with --tunnel ngrok its host is asked for
    #[arg(long, add = SetBy::User, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Local API of a tunnel agent that already runs, if it is not at its usual port
    #[arg(long, add = SetBy::User, value_name = "ADDR:PORT", value_parser = value_parsers::socket_address)]
    pub(crate) tunnel_api: Option<SocketAddr>,
}

impl TunnelArgs {
    /// Whether a way from the internet is asked for.
    pub(crate) const fn is_public(&self) -> bool {
        self.tunnel.is_some() || self.public_url.is_some()
    }
}
