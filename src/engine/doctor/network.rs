//! Checks over the network: a handler, Magic Hour's API, clocks and tunnels. None of them changes or spends anything.

use std::time::Duration;

use http::header::{AUTHORIZATION, DATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::Request;
use url::Url;

use crate::engine::doctor::check::DoctorCheck;
use crate::engine::tunnel::agent::AgentHost;
use crate::engine::tunnel::attach::{RunningTunnel, cloudflared_tunnels, ngrok_tunnels};
use crate::engine::tunnel::launch::find_program;
use crate::engine::tunnel::open::is_set_up;
use crate::engine::tunnel::provider::NAMED;
use crate::net::out::api_client::ApiClient;
use crate::net::out::post::{Post, Remote, TimeLimit};
use crate::net::out::post_error::PostError;
use crate::net::out::target::Target;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;
use crate::store::settings::ApiAccess;

/// Time for a server to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most of an answer that is read.
const MOST: usize = 64 << 10;

/// The difference of clocks from which signatures come close to their tolerance of 300 s.
const NOTICEABLE: i64 = 60;

/// Asks a handler for its page, as a browser does; says how it and its clock are.
pub async fn handler(target: &Target, tls: &TlsOptions, tasks: &Shutdown, now: Timestamp) -> Vec<DoctorCheck> {
    const NAME: &str = "handler";
    let remote = match Remote::new(target.clone(), tls, tasks.clone()) {
        Ok(remote) => remote,
        Err(error) => {
            return vec![DoctorCheck::bad(NAME, error.to_string(), "--ca-file FILE names certificates to trust")];
        }
    };
    let request = Post { method: Method::GET, path: None, headers: HeaderMap::new(), body: bytes::Bytes::new() };
    match remote.post(request, TimeLimit::Whole(PATIENCE), MOST).await {
        Ok(answer) => {
            let found = format!("{target} answers ({} to GET, which is no delivery)", answer.status.as_u16());
            let mut checks = vec![if answer.status.is_server_error() {
                DoctorCheck::doubtful(NAME, found, "look at the handler's log")
            } else {
                DoctorCheck::good(NAME, found)
            }];
            checks.extend(clock(&answer.headers, &target.authority, now));
            checks
        }
        Err(error) => {
            let advice = match &error {
                PostError::Connect { .. } => {
                    "start the handler; is it on another port, or on the other of 127.0.0.1 and [::1]?"
                }
                PostError::Dns { .. } => "check the host in --forward",
                PostError::Tls { .. } => "is it https? --ca-file FILE trusts a private authority",
                _ => "does the handler answer at all?",
            };
            vec![DoctorCheck::bad(NAME, error.to_string(), advice)]
        }
    }
}

/// Asks Magic Hour for the account, which costs nothing; says how the key and the clock are.
pub async fn account(access: &ApiAccess, tls: &TlsOptions, now: Timestamp) -> Vec<DoctorCheck> {
    const NAME: &str = "account";
    let url = format!("{}/v1/account", access.base_url.value);
    let Ok(url) = Url::parse(&url) else {
        return vec![DoctorCheck::bad(NAME, format!("{url} is no URL"), "set MAGIC_HOUR_API_BASE_URL")];
    };
    let host = url.authority().to_owned();
    let mut request = Request::new(Method::GET, url);
    let Ok(mut key) = HeaderValue::from_str(&format!("Bearer {}", access.key.value.expose())) else {
        return vec![DoctorCheck::bad(NAME, "the key has characters that no header can hold", "copy the key again")];
    };
    key.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, key);
    let client = ApiClient::new(tls.clone());
    let response = match client.send(request, PATIENCE).await {
        Ok(response) => response,
        Err(error) => {
            return vec![DoctorCheck::bad(
                NAME,
                error.to_string(),
                "is there a network, or a proxy to set (HTTPS_PROXY)?",
            )];
        }
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.whole(MOST, PATIENCE).await.unwrap_or_default();
    let check = match status {
        status if status.is_success() => {
            let account: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
            let credits = account.get("credits").and_then(serde_json::Value::as_i64);
            let credits = credits.map_or_else(String::new, |credits| format!(", {credits} credits"));
            DoctorCheck::good(NAME, format!("{host} takes the key{credits}"))
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => DoctorCheck::bad(
            NAME,
            format!("{host} refuses the key"),
            "make another one at https://magichour.ai/developer",
        ),
        StatusCode::NOT_FOUND => DoctorCheck::doubtful(
            NAME,
            format!("{host} has no account endpoint, so the key cannot be tried"),
            "newer versions of the API have it; `mh-hook e2e` tries the key with a job",
        ),
        status => DoctorCheck::doubtful(NAME, format!("{host} answered {}", status.as_u16()), "try again later"),
    };
    [Some(check), clock(&headers, &host, now)].into_iter().flatten().collect()
}

/// Compares a server's clock with ours; nothing where the server does not say its time.
fn clock(headers: &HeaderMap, server: &str, now: Timestamp) -> Option<DoctorCheck> {
    const NAME: &str = "clock";
    let date = headers.get(DATE)?.to_str().ok()?;
    let theirs = rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    let ahead = now.as_second() - theirs.as_second();
    Some(if ahead.abs() < NOTICEABLE {
        DoctorCheck::good(NAME, format!("agrees with {server}"))
    } else {
        let word = if ahead > 0 { "ahead of" } else { "behind" };
        let found = format!("{} s {word} {server}", ahead.abs());
        DoctorCheck::bad(NAME, found, "set this machine's clock: signatures are valid for 300 s")
    })
}

/// Looks for the programs that open tunnels, and whether they are set up.
pub async fn tunnel_programs(host: &AgentHost) -> DoctorCheck {
    const NAME: &str = "tunnel programs";
    let (mut ready, mut unready) = (Vec::new(), Vec::new());
    for provider in NAMED {
        let facts = provider.facts();
        if facts.program != facts.name || find_program(&host.environment, facts.program).is_none() {
            continue;
        }
        if is_set_up(&provider, host).await { ready.push(facts.name) } else { unready.push(facts.name) }
    }
    let has_ssh = find_program(&host.environment, "ssh").is_some();
    if has_ssh && !ready.is_empty() {
        ready.push("ssh");
    }
    let found = match (ready.as_slice(), unready.as_slice()) {
        ([], []) => {
            let advice = "install ngrok (https://ngrok.com/download) or cloudflared; `listen --from new` needs neither";
            let found = if has_ssh { "ssh only" } else { "none on PATH" };
            return DoctorCheck::absent(NAME, found, advice);
        }
        ([], unready) => {
            let advice = "`mh-hook help tunnels` says how to set them up";
            return DoctorCheck::doubtful(
                NAME,
                format!("not logged in or not allowed: {}", unready.join(", ")),
                advice,
            );
        }
        (ready, []) => ready.join(", "),
        (ready, unready) => format!("{}; not logged in or not allowed: {}", ready.join(", "), unready.join(", ")),
    };
    DoctorCheck::good(NAME, found)
}

/// Asks running agents where they forward to.
pub async fn running_agents(at: Option<std::net::SocketAddr>, port: u16, tasks: &Shutdown) -> DoctorCheck {
    const NAME: &str = "running agents";
    let mut tunnels = ngrok_tunnels(at, tasks).await;
    tunnels.extend(cloudflared_tunnels(at, tasks).await);
    let show = |tunnel: &RunningTunnel| format!("{} {} -> {}", tunnel.provider(), tunnel.url, tunnel.upstream);
    let shown: Vec<String> = tunnels.iter().map(show).collect();
    if tunnels.is_empty() {
        return DoctorCheck::absent(NAME, "none", "`mh-hook listen --tunnel` starts one");
    }
    if tunnels.iter().any(|tunnel| tunnel.leads_to(port)) {
        return DoctorCheck::good(NAME, shown.join("; "));
    }
    let advice = format!("none forwards to port {port}: `mh-hook listen --port PORT` listens where one does");
    DoctorCheck::doubtful(NAME, shown.join("; "), advice)
}

#[cfg(test)]
mod tests {
    use http::header::DATE;
    use http::{HeaderMap, HeaderValue};
    use jiff::Timestamp;

    use super::clock;
    use crate::engine::doctor::check::Health;

    #[test]
    fn a_clock_that_goes_wrong_is_found_by_a_date() {
        let headers = HeaderMap::from_iter([(DATE, HeaderValue::from_static("Thu, 01 Oct 2026 10:00:00 GMT"))]);
        let at = |text: &str| clock(&headers, "host", text.parse::<Timestamp>().unwrap()).unwrap();
        assert_eq!(at("2026-10-01T10:00:59Z").health, Health::Good);
        let ahead = at("2026-10-01T10:05:00Z");
        assert_eq!((ahead.health, ahead.found.as_str()), (Health::Bad, "300 s ahead of host"));
        assert_eq!(at("2026-10-01T09:00:00Z").found, "3600 s behind host");
        assert!(clock(&HeaderMap::new(), "host", Timestamp::UNIX_EPOCH).is_none());
    }
}
