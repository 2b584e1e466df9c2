//! `mh-hook doctor`: what is wrong with an installation, and what to do.

use std::collections::HashMap;

use serde_json::Value;

use crate::e2e::fake::{Fake, json};
use crate::support::{Ended, Program};

/// The checks of a run by name.
fn checks(ended: &Ended) -> HashMap<String, Value> {
    let of_check = |record: &Value| record["record"] == "doctor";
    let named = |record: Value| (record["name"].as_str().unwrap().to_owned(), record);
    ended.records().into_iter().filter(of_check).map(named).collect()
}

fn doctor(program: &Program, more: &[&str]) -> Ended {
    // Nobody listens at that address, so agents of the machine's own are not asked.
    let all: Vec<&str> = ["doctor", "--format", "json", "--port", "0", "--tunnel-api", "127.0.0.1:1"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    program.run(&all)
}

#[test]
fn a_fresh_machine_is_well_and_nothing_is_made_on_it() {
    let program = Program::new();
    let ended = doctor(&program, &[]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let checks = checks(&ended);
    for (name, health) in
        [("secret", "absent"), ("API key", "absent"), ("data", "good"), ("journal", "absent"), ("port", "good")]
    {
        assert_eq!(checks[name]["health"], health, "{}", checks[name]);
    }
    assert!(checks.values().all(|check| check["health"] == "good" || check["advice"].is_string()));
    assert_eq!(std::fs::read_dir(program.home.path()).unwrap().count(), 0);
}

#[test]
fn a_journal_is_described_by_its_size_its_format_and_its_newest_delivery() {
    let program = Program::with_secret();
    let mut listening = program.listen(&[]);
    listening.post_signed(&[], br#"{"type":"image.completed","payload":{"id":"clx1"}}"#);
    listening.record();
    listening.stop();
    let checks = checks(&doctor(&program, &[]));
    let found = checks["journal"]["found"].as_str().unwrap();
    assert!(found.contains(", format ") && found.ends_with("newest delivery 1"), "{found}");
    let data = checks["data"]["found"].as_str().unwrap();
    assert!(data.contains(" KB, ") || data.contains(" MB, "), "{data}");
}

#[test]
fn a_password_in_a_url_and_the_key_of_webhook_site_are_not_shown() {
    let program = Program::new()
        .variable("MAGIC_HOUR_BASE_URL", "https://me:hunter2@proxy.example/v1")
        .variable("WEBHOOK_SITE_API_KEY", "0123456789-of-webhook-site");
    let ended = doctor(&program, &[]);
    assert!(!ended.out.contains("hunter2") && !ended.out.contains("0123456789-of"), "{}", ended.out);
    let checks = checks(&ended);
    assert_eq!(checks["SDK variables"]["found"], "MAGIC_HOUR_BASE_URL=https://proxy.example/v1");
    assert_eq!(checks["webhook.site"]["health"], "good");
}

#[test]
fn secrets_are_named_by_their_origin_and_masked() {
    let program = Program::with_secret().variable("MAGIC_HOUR_API_KEY", "mhk_live_0123456789abcdefghijABCDEFGHIJ");
    let ended = doctor(&program, &[]);
    let checks = checks(&ended);
    assert_eq!(checks["secret"]["found"], "mhw_test_…GHIJ from MAGIC_HOUR_WEBHOOK_SECRET");
    assert_eq!(checks["API key"]["found"], "mhk_live_…GHIJ from MAGIC_HOUR_API_KEY");
    assert!(!ended.out.contains("0123456789abcdef"), "{}", ended.out);
}

#[test]
fn a_handler_that_is_not_there_and_a_clock_that_is_wrong_are_bad() {
    let program = Program::new();
    let nobody = doctor(&program, &["--forward", "http://127.0.0.1:1/"]);
    assert_eq!(nobody.code, 1);
    assert_eq!(checks(&nobody)["handler"]["health"], "bad");
    let slow = Fake::start(|_| {
        Some("HTTP/1.1 405 No\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n".to_owned())
    });
    let ended = doctor(&program, &["--forward", &slow.url]);
    let checks = checks(&ended);
    assert_eq!((checks["handler"]["health"].as_str(), checks["clock"]["health"].as_str()), (Some("good"), Some("bad")));
    assert!(slow.asked().iter().all(|head| head.starts_with("GET ")), "{:?}", slow.asked());
}

#[test]
fn live_asks_for_the_account_and_for_nothing_else() {
    let api = Fake::start(|line| {
        assert!(line.starts_with("GET /v1/account "), "{line}");
        Some(json("200 OK", r#"{"tier":"free","credits":400}"#))
    });
    let program = Program::new().variable("MAGIC_HOUR_API_KEY", "k").variable("MAGIC_HOUR_API_BASE_URL", &api.url);
    let account = &checks(&doctor(&program, &["--live"]))["account"];
    assert_eq!(account["health"], "good", "{account}");
    assert!(account["found"].as_str().unwrap().contains("400 credits"), "{account}");
    let refusing = Fake::start(|_| Some(json("401 Unauthorized", "{}")));
    let program = program.variable("MAGIC_HOUR_API_BASE_URL", &refusing.url);
    let ended = doctor(&program, &["--live"]);
    assert_eq!((ended.code, &checks(&ended)["account"]["health"]), (1, &Value::from("bad")));
}

#[test]
fn a_port_that_is_taken_and_agents_that_lead_elsewhere_are_named() {
    let program = Program::with_secret();
    let listening = program.listen(&[]);
    let port = listening.port().to_string();
    let api = Fake::start(|line| {
        let tunnel = r#"{"public_url":"https://a.dev","proto":"https","config":{"addr":"http://localhost:1"}}"#;
        line.contains("/api/tunnels").then(|| json("200 OK", &format!("{{\"tunnels\":[{tunnel}]}}")))
    });
    let at = api.url.strip_prefix("http://").unwrap();
    let ended = program.run(&["doctor", "--format", "json", "--port", &port, "--tunnel-api", at]);
    let checks = checks(&ended);
    assert_eq!(checks["port"]["health"], "doubtful");
    assert_eq!(checks["running agents"]["found"], "ngrok https://a.dev -> http://localhost:1");
    assert_eq!(checks["journal"]["health"], "good", "{}", checks["journal"]);
}

#[test]
fn a_public_url_that_leads_elsewhere_is_bad() {
    let other = Fake::start(|_| Some(json("200 OK", "{}")));
    let ended = doctor(&Program::new(), &["--public-url", &other.url]);
    assert_eq!((ended.code, &checks(&ended)["public URL"]["health"]), (1, &Value::from("bad")));
}

#[test]
fn people_get_a_line_for_each_check_and_what_to_do_beneath() {
    let ended = Program::new().run(&["doctor", "--port", "0", "--tunnel-api", "127.0.0.1:1"]);
    assert!(ended.out.lines().any(|line| line.starts_with("ok    data ")), "{}", ended.out);
    assert!(ended.out.lines().any(|line| line.starts_with("-     secret ")), "{}", ended.out);
    assert!(ended.out.ends_with(" bad\n"), "{}", ended.out);
}
