//! Agents that never come so far, and what they say while they try.

use std::time::Duration;

use mh_hook::engine::tunnel::agent::AgentHost;
use mh_hook::engine::tunnel::open::{OpeningTimes, TunnelRequest, open};
use mh_hook::error::{Error, Exit};
use mh_hook::net::shutdown::Shutdown;
use mh_hook::store::Environment;

use crate::support::Program;
use crate::tunnels::fakes::{World, stay};

/// Opens a tunnel with a program that says this, within a limit that passes, and gives the error.
async fn opening(provider: &str, script: &str) -> Error {
    let world = World::new(Program::new());
    world.fake(provider, script);
    let variables = [
        ("PATH", world.file("bin").to_str().unwrap().to_owned()),
        ("FAKES", world.directory.path().to_str().unwrap().to_owned()),
        ("FRONT", world.front.url.clone()),
    ];
    let host = AgentHost {
        guardian: env!("CARGO_BIN_EXE_mh-hook").into(),
        environment: Environment::new(variables, "/"),
        tasks: Shutdown::new(),
    };
    let request = TunnelRequest {
        choice: provider.parse().unwrap(),
        port: 8000,
        path: "/webhook".to_owned(),
        public_url: None,
        api: Some(([127, 0, 0, 1], 1).into()),
        known_hosts: None,
        times: OpeningTimes { connecting: Duration::from_millis(1500), fresh_name: (Duration::ZERO, Duration::ZERO) },
    };
    let error = match open(&request, &host).await {
        Ok(_) => panic!("it opened"),
        Err(error) => Error::from(error),
    };
    host.tasks.drained().await;
    error
}

#[tokio::test]
async fn an_agent_that_says_nothing_is_waited_for_only_so_long() {
    let error = opening("ngrok", stay()).await;
    assert_eq!(error.exit(), Exit::TimedOut);
    assert_eq!(error.to_string(), "ngrok was not connected within 1 s");
    assert_eq!(error.hint().unwrap(), "does a firewall, a proxy or a VPN stop it?");
}

#[tokio::test]
async fn an_ngrok_that_tries_for_ever_is_quoted_with_its_last_words() {
    let tries = "while :; do printf '{\"lvl\":\"eror\",\"msg\":\"failed to reconnect session\",\"obj\":\"tunnels.session\",\"err\":\"dial \
                 tcp: lookup connect.ngrok-agent.com: i/o timeout\"}\\n{\"lvl\":\"warn\",\"msg\":\"retry\"}\\n'; sleep 0.2; done\n";
    let error = opening("ngrok", tries).await;
    assert_eq!(error.exit(), Exit::TimedOut);
    assert!(error.to_string().contains("lookup connect.ngrok-agent.com: i/o timeout"), "{error}");
}

#[tokio::test]
async fn a_cloudflared_with_a_name_and_no_connection_is_not_open() {
    let named = "printf '%s\\n' '2026-10-01T10:00:00Z INF |  https://four-words-here-now.trycloudflare.com  |' >&2\n";
    let error = opening("cloudflared", &format!("{named}{}", stay())).await;
    assert_eq!(error.exit(), Exit::TimedOut);
    assert!(error.hint().unwrap().contains("port 7844 outwards"), "{:?}", error.hint());
}

#[tokio::test]
async fn a_tailscale_that_waits_for_consent_shows_where_to_give_it() {
    let consent = "cat <<'END'\nFunnel is not enabled on your tailnet.\nTo enable, visit:\n\n         \
                   https://login.tailscale.com/f/funnel?node=n1\nEND\n";
    let error = opening("tailscale", &format!("{consent}{}", stay())).await;
    assert_eq!(error.exit(), Exit::TimedOut);
    assert!(error.to_string().contains("https://login.tailscale.com/f/funnel?node=n1"), "{error}");
    assert!(error.hint().unwrap().contains("open the link above once"), "{:?}", error.hint());
}

#[tokio::test]
async fn words_without_end_and_without_lines_take_no_memory_and_are_cut() {
    // 8 MiB without a line end, then an end with a reason.
    let flood = "i=0; x=xxxxxxxxxxxxxxxx; while [ $i -lt 15 ]; do x=$x$x; i=$((i+1)); done\n\
                 i=0; while [ $i -lt 16 ]; do printf '%s' \"$x\"; i=$((i+1)); done\n\
                 printf '\\nERROR:  ERR_NGROK_4018\\n' >&2\nexit 1\n";
    let error = opening("ngrok", flood).await;
    assert_eq!(error.exit(), Exit::Setup);
    assert!(error.to_string().len() < 2_000, "{} bytes", error.to_string().len());
    assert!(error.hint().unwrap().contains("config add-authtoken"), "{:?}", error.hint());
}
