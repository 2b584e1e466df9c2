//! The keeper of a public URL: what it looks at while nothing else happens, and what it reports.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mh_hook::engine::clock::{Clock, SharedClock, SystemClock};
use mh_hook::engine::event_channel::{EventReceiver, event_channel};
use mh_hook::engine::receive::public_access::PublicAccess;
use mh_hook::engine::tunnel::attach::AgentApi;
use mh_hook::engine::tunnel::event::TunnelEvent;
use mh_hook::engine::tunnel::keeper::{Keeper, KeepingTimes, Way};
use mh_hook::engine::tunnel::open::{OpenTunnel, OpeningTimes, TunnelRequest};
use mh_hook::engine::tunnel::proof::Prover;
use mh_hook::engine::tunnel::provider::{Provider, TunnelChoice};
use mh_hook::model::Secret;
use mh_hook::net::out::target::Target;
use mh_hook::net::out::tls::TlsOptions;
use mh_hook::net::shutdown::Shutdown;
use mh_hook::store::Environment;

use crate::e2e::fake::{Fake, json};
use crate::support::SECRET;
use crate::tunnels::resolving::receiving;

const NEVER: Duration = Duration::from_hours(1);

const OFTEN: Duration = Duration::from_millis(10);

/// Looks at everything all the time.
const EAGER: KeepingTimes = KeepingTimes { tick: OFTEN, look: OFTEN, look_again: OFTEN, proof: OFTEN };

/// Keeps a way until an event came, and gives that.
async fn first_event(
    way: Way,
    access: Arc<PublicAccess>,
    (times, clock, tasks): (KeepingTimes, SharedClock, &Shutdown),
    meanwhile: impl Future<Output = ()>,
) -> TunnelEvent {
    let prover = Prover { access, tls: TlsOptions::default(), clock, tasks: tasks.clone(), resolver: None };
    let (events, mut heard): (_, EventReceiver<TunnelEvent>) = event_channel();
    let keeper = Keeper { way, prover, is_proven: false, times, events };
    let stop = Shutdown::new();
    let waiting = async {
        meanwhile.await;
        heard.next().await.unwrap()
    };
    tokio::select! {
        () = keeper.keep(&stop) => panic!("it stopped"),
        event = waiting => event,
    }
}

#[tokio::test]
async fn a_url_that_leads_elsewhere_is_reported_and_what_it_means() {
    let elsewhere = Fake::start(|_| Some(json("403 Forbidden", "{}")));
    let way = Way::Own(elsewhere.url.parse().unwrap());
    let tasks = Shutdown::new();
    let access = PublicAccess::new(Secret::new(SECRET));
    let times = (EAGER, Arc::new(SystemClock) as SharedClock, &tasks);
    let event = first_event(way, access, times, async {}).await;
    let TunnelEvent::Broken { provider: None, problem, restarts: false } = event else { panic!("{event:?}") };
    assert!(problem.contains("answered 403"), "{problem}");
    // One failure does not decide it.
    assert!(elsewhere.asked().len() >= 3, "{:?}", elsewhere.asked());
}

#[tokio::test]
async fn a_cloudflared_that_lives_and_is_not_connected_is_reported() {
    let metrics = Fake::start(|line| {
        assert!(line.starts_with("GET /ready "), "{line}");
        Some(json("503 Service Unavailable", r#"{"status":503,"readyConnections":0}"#))
    });
    let at = metrics.url.strip_prefix("http://").unwrap().parse().unwrap();
    let url: Target = "https://four-words.trycloudflare.invalid/webhook".parse().unwrap();
    let tunnel = OpenTunnel { provider: Provider::Cloudflared, url, agent: None, api: Some(AgentApi::Cloudflared(at)) };
    let request = TunnelRequest {
        choice: TunnelChoice::Provider(Provider::Cloudflared),
        port: 8000,
        path: "/webhook".to_owned(),
        public_url: None,
        api: None,
        known_hosts: None,
        times: OpeningTimes::default(),
    };
    let tasks = Shutdown::new();
    let host = mh_hook::engine::tunnel::agent::AgentHost {
        guardian: env!("CARGO_BIN_EXE_mh-hook").into(),
        environment: Environment::new([("PATH", "/nowhere")], "/"),
        tasks: tasks.clone(),
    };
    let way = Way::Tunnel(Box::new(tunnel), Box::new((request, host)));
    let access = PublicAccess::new(Secret::new(SECRET));
    let times = KeepingTimes { proof: NEVER, ..EAGER };
    let event = first_event(way, access, (times, Arc::new(SystemClock), &tasks), async {}).await;
    let TunnelEvent::Broken { provider: Some(Provider::Cloudflared), problem, restarts: false } = event else {
        panic!("{event:?}")
    };
    assert_eq!(problem, "cloudflared has lost its connection");
    assert!(metrics.asked().len() >= 3, "{:?}", metrics.asked());
}

/// A clock that is set by hand.
#[derive(Debug)]
struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn after_the_machine_slept_the_url_is_proven_at_once() {
    let tasks = Shutdown::new();
    let clock = Arc::new(HandClock(Mutex::new("2026-10-01T10:00:00Z".parse().unwrap())));
    let (access, port, _events) = receiving(Arc::clone(&clock) as SharedClock, &tasks).await;
    let way = Way::Own(format!("http://127.0.0.1:{port}/webhook").parse().unwrap());
    let times = KeepingTimes { tick: OFTEN, look: NEVER, look_again: NEVER, proof: NEVER };
    let sleep = async {
        tokio::task::yield_now().await;
        *clock.0.lock().unwrap() += SignedDuration::from_mins(10);
    };
    let event = first_event(way, access, (times, Arc::clone(&clock) as SharedClock, &tasks), sleep).await;
    assert!(matches!(event, TunnelEvent::Proven(_)), "{event:?}");
    tasks.drained().await;
}
