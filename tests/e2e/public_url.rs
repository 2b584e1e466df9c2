//! The probe of the URL that is registered.

use crate::e2e::fake::Fake;
use crate::e2e::relay::Relay;
use crate::e2e::trial::{Api, configured, run, start};
use crate::support::Program;

#[test]
fn a_tunnel_that_leads_here_is_used() {
    let program = Program::with_secret();
    let api = Api::start(&program, &[]);
    let program = api.configured(program);
    let trial = api.run(&program, &["--image", "--prompt", "[duration=0]", "--public-url", &api.relay.url]);
    assert_eq!(trial.code, 0, "{}", trial.err);
    assert!(trial.err.contains(&format!("{} reaches this machine", api.relay.url)), "{}", trial.err);
}

#[test]
fn the_embedded_sandbox_delivers_through_it() {
    let relay = Relay::start();
    let arguments = ["--image", "--port", "0", "--prompt", "[duration=0]", "--public-url", &relay.url];
    let mut running = start(&Program::new(), &arguments);
    relay.lead_to(running.port().unwrap());
    let trial = running.ended();
    assert_eq!((trial.code, trial.of("delivery").len()), (0, 2), "{}", trial.err);
}

/// What stands there instead, and the parts of what is said of it.
#[track_caller]
fn assert_dead(url: &str, said: &[&str]) {
    // Nobody must ask the API for anything but the account, let alone create a job.
    let api = Fake::start(|_| Some(crate::e2e::fake::json("200 OK", r#"{"tier": "free", "credits": 400}"#)));
    let program = configured(Program::with_secret(), &api.url);
    let trial = run(&program, &["--image", "--port", "0", "--public-url", url]);
    assert_eq!(trial.code, 4, "{}", trial.err);
    assert!(trial.err.contains(&format!("{url} ")), "{}", trial.err);
    for part in said {
        assert!(trial.err.contains(part), "{part}: {}", trial.err);
    }
    let asked = api.asked();
    assert!(asked.len() == 1 && asked[0].starts_with("GET /v1/account "), "{asked:?}");
}

#[test]
fn a_tunnel_that_is_down_is_told_from_another_server_and_from_the_tunnels_own_page() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}/webhook", nobody.local_addr().unwrap());
    drop(nobody);
    assert_dead(&dead, &["does not reach this machine: ", "refused the connection", "is the tunnel running?"]);
    assert_dead("http://no-such-host.invalid/", &[]);

    let answer = |status: &'static str, body: &'static str| {
        move |_: &str| {
            let length = body.len();
            Some(format!("HTTP/1.1 {status}\r\nServer: other/1\r\nContent-Length: {length}\r\n\r\n{body}"))
        }
    };
    let other = Fake::start(answer("404 Not Found", "<h1>Nothing\n here</h1>"));
    assert_dead(&other.url, &["does not reach this machine: other/1 answered 404: Nothing here", "is the URL right"]);
    let page = Fake::start(answer("502 Bad Gateway", "<p>The tunnel is up, its target is not</p>"));
    assert_dead(&page.url, &["answered 502", "this is the tunnel's own page"]);
    let plain = Program::with_secret().listen(&["--no-journal"]);
    let url = plain.url.replace("http://", "https://");
    assert_dead(&url, &["cannot speak TLS", "does not speak TLS", "is it https at all?"]);
    let silent = Fake::start(answer("200 OK", ""));
    assert_dead(&silent.url, &["other/1 answered 200"]);
    let moved = Fake::start(answer("308 Permanent Redirect", ""));
    assert_dead(&moved.url, &["answered 308", "a redirect is not followed"]);
}

#[test]
fn a_way_that_changes_what_it_carries_is_found() {
    let program = Program::with_secret();
    let api = Fake::start(|_| Some(crate::e2e::fake::json("200 OK", "{}")));
    let program = configured(program, &api.url);
    let relay = Relay::altering();
    let mut running = start(&program, &["--image", "--port", "0", "--public-url", &relay.url]);
    relay.lead_to(running.port().unwrap());
    let trial = running.ended();
    assert_eq!(trial.code, 4, "{}", trial.err);
    assert!(trial.err.contains("reaches this machine, but changes what it carries"), "{}", trial.err);
}
