//! Agents that run already are used as they are.

use crate::e2e::fake::{Fake, json};
use crate::support::Program;
use crate::tunnels::fakes::{World, free_port};

/// Listens with an agent whose local API gives these answers, and returns the first record.
fn listen_with(
    tunnel: &str,
    answers: impl Fn(&str, &str, u16) -> Option<String> + Send + Sync + 'static,
) -> serde_json::Value {
    let world = World::new(Program::with_secret());
    let port = free_port();
    world.front.lead_to(port);
    let public = world.front.url.clone();
    let api = Fake::start(move |line| {
        let path = line.split(' ').nth(1).unwrap();
        let answer = answers(path, &public, port);
        Some(answer.map_or_else(|| json("404 Not Found", "{}"), |body| json("200 OK", &body)))
    });
    let at = api.url.strip_prefix("http://").unwrap();
    let ca = world.front.ca_file.to_str().unwrap();
    let listening = world.listen_at(port, &["--tunnel", tunnel, "--tunnel-api", at, "--ca-file", ca]);
    let ready = listening.ready().clone();
    assert_eq!(ready["public_url"], format!("{}/webhook", world.front.url));
    assert!(world.arguments().is_empty());
    ready
}

#[test]
fn an_ngrok_that_leads_here_is_attached_to_and_none_is_started() {
    // As pyngrok in a notebook leaves it: other tunnels beside ours.
    let answers = |path: &str, public: &str, port: u16| {
        let ours = format!(
            r#"{{"public_url":"{public}","proto":"https","config":{{"addr":"http://localhost:{port}","inspect":true}}}}"#
        );
        let other = r#"{"public_url":"https://other.dev","proto":"https","config":{"addr":"http://localhost:1"}}"#;
        (path == "/api/tunnels").then(|| format!(r#"{{"tunnels":[{other},{ours}],"uri":"/api/tunnels"}}"#))
    };
    for choice in ["ngrok", "auto"] {
        let ready = listen_with(choice, answers);
        let tunnel = &ready["tunnel"];
        assert_eq!((tunnel["provider"].as_str(), tunnel["attached"].as_bool()), (Some("ngrok"), Some(true)));
        assert!(tunnel["pid"].is_null());
    }
}

#[test]
fn an_agent_that_only_knows_endpoints_is_attached_to() {
    let ready = listen_with("ngrok", |path, public, port| {
        let endpoint = format!(r#"{{"name":"a","url":"{public}","upstream":{{"url":"http://localhost:{port}"}}}}"#);
        (path == "/api/endpoints").then(|| format!(r#"{{"endpoints":[{endpoint}],"uri":""}}"#))
    });
    assert_eq!(ready["tunnel"]["attached"], true);
}

#[test]
fn a_named_cloudflared_that_leads_here_is_attached_to() {
    let ready = listen_with("cloudflared", |path, public, port| match path {
        "/quicktunnel" => Some(r#"{"hostname":""}"#.to_owned()),
        "/config" => {
            let host = public.strip_prefix("https://").unwrap();
            let rule = format!(r#"{{"hostname":"{host}","service":"http://localhost:{port}"}}"#);
            Some(format!(r#"{{"version":1,"config":{{"ingress":[{rule},{{"service":"http_status:404"}}]}}}}"#))
        }
        _ => None,
    });
    assert_eq!((&ready["tunnel"]["provider"], &ready["tunnel"]["attached"]), (&"cloudflared".into(), &true.into()));
}
