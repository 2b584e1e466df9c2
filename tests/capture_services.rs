//! The services that keep requests, as their documentation and sources describe them: pages that shift, odd values, refusals.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mh_hook::engine::capture::captured::CapturedRequest;
use mh_hook::engine::capture::collector::{CaptureEvent, CaptureSince, CaptureSink, Collector};
use mh_hook::engine::capture::fetch::{CaptureClient, CaptureError, CaptureHosts};
use mh_hook::engine::capture::source::CaptureSource;
use mh_hook::engine::event_channel::event_channel;
use mh_hook::model::Secret;
use mh_hook::net::out::api_client::ApiClient;
use mh_hook::net::out::tls::TlsOptions;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::e2e::fake::{self, Fake};
use crate::support::Program;

const ID: &str = "0a1b2c3d-0000-4000-8000-00000000000f";

fn client(service: &Fake, key: Option<&str>) -> CaptureClient {
    let hosts = CaptureHosts { webhook_site: service.url.clone(), svix_play: service.url.clone() };
    CaptureClient { api: ApiClient::new(TlsOptions::default()), hosts, key: key.map(Secret::new) }
}

fn site() -> CaptureSource {
    CaptureSource::WebhookSite(ID.to_owned())
}

/// An element of webhook.site.
fn element(id: usize) -> Value {
    let content = format!("{{\"n\":{id}}}");
    json!({
        "uuid": format!("u{id}"), "type": "web", "method": "POST", "url": "https://webhook.site/x", "ip": "1.2.3.4",
        "headers": {"content-length": [content.len().to_string()]}, "content": content, "query": null, "request": [],
        "files": [], "created_at": format!("2026-10-01 15:04:{:02}", id), "sorting": 1_790_000_000_000_000_u64 + id as u64,
    })
}

fn page(elements: &[Value], is_last: bool) -> String {
    fake::json("200 OK", &json!({"data": elements, "total": 3, "is_last_page": is_last}).to_string())
}

/// A sink that says when it has so many requests.
struct Kept {
    ids: Mutex<Vec<String>>,
    count: watch::Sender<usize>,
}

impl CaptureSink for Kept {
    async fn take(&self, captured: CapturedRequest) {
        self.ids.lock().unwrap().push(captured.id);
        self.count.send_modify(|count| *count += 1);
    }
}

/// Collects from a service until so many requests came, and gives their ids.
async fn collect(service: &Fake, wanted: usize) -> Vec<String> {
    let (events, _troubles) = event_channel();
    let collector = Collector {
        source: site(),
        client: Arc::new(client(service, None)),
        since: CaptureSince::All,
        memory: None,
        events,
    };
    let kept = Kept { ids: Mutex::default(), count: watch::Sender::new(0) };
    let mut count = kept.count.subscribe();
    tokio::select! {
        ended = collector.collect(&kept) => panic!("{ended:?}"),
        _ = count.wait_for(|count| *count == wanted) => {}
    }
    kept.ids.into_inner().unwrap()
}

#[tokio::test]
async fn requests_that_arrive_while_pages_are_read_come_once_and_the_oldest_first() {
    let asked = AtomicUsize::new(0);
    let service = Fake::start(move |line| {
        assert!(line.starts_with(&format!("GET /token/{ID}/requests?sorting=newest&")), "{line}");
        // The newest first. Between the two pages of a round another request came, so that they overlap.
        Some(match asked.fetch_add(1, Ordering::SeqCst) {
            0 => page(&[element(3), element(2)], false),
            1 => page(&[element(2), element(1)], true),
            _ => page(&[element(4), element(3), element(2)], false),
        })
    });
    assert_eq!(collect(&service, 4).await, ["u1", "u2", "u3", "u4"]);
}

#[tokio::test]
async fn odd_values_and_what_is_no_request_are_passed_over() {
    let mut email = element(5);
    email["type"] = json!("email");
    let mut hostile = element(2);
    hostile["url"] = json!("\u{1b}]0;owned\u{7}/x");
    hostile["ip"] = json!("not an address");
    hostile["headers"] = json!({"x": ["a\r\nb"], "bad name": ["1"], "odd": {}, "none": null});
    let service = Fake::start(move |_| {
        Some(page(&[json!(null), json!([]), json!({"uuid": 7}), email.clone(), hostile.clone(), element(1)], true))
    });
    assert_eq!(collect(&service, 2).await, ["u1", "u2"]);
    for answer in [r#"{"data":null}"#, r#"{"data":{}}"#, "[]", "{}"] {
        let service = Fake::start(move |_| Some(fake::json("200 OK", answer)));
        assert!(client(&service, None).page(&site(), 1, None).await.unwrap().requests.is_empty(), "{answer}");
    }
    let service = Fake::start(|_| Some(fake::json("200 OK", "<html>")));
    assert!(matches!(client(&service, None).page(&site(), 1, None).await, Err(CaptureError::Odd(_))));
}

#[tokio::test]
async fn a_body_of_another_length_is_asked_for_again_and_one_that_was_not_kept_is_marked() {
    let mut cut = element(1);
    cut["headers"] = json!({"content-length": ["9"]});
    for (raw, is_whole) in [("{\"n\":\"1\"}", true), ("{}", false)] {
        let cut = cut.clone();
        let service = Fake::start(move |line| {
            Some(if line.contains("/request/u1/raw") {
                fake::json("200 OK", raw)
            } else {
                page(std::slice::from_ref(&cut), true)
            })
        });
        let page = client(&service, None).page(&site(), 1, None).await.unwrap();
        assert_eq!((page.requests.len(), page.requests[0].is_whole), (1, is_whole), "{raw}");
    }
}

#[tokio::test]
async fn the_key_of_an_account_goes_to_webhook_site_alone() {
    let service = Fake::start(|_| Some(page(&[], true)));
    let client = client(&service, Some("k3y"));
    client.page(&site(), 1, None).await.unwrap();
    let other = Fake::start(|_| Some(fake::json("200 OK", "[]")));
    client.page(&CaptureSource::WebhookTester(other.url.clone(), ID.to_owned()), 1, None).await.unwrap();
    assert!(service.asked()[0].to_ascii_lowercase().contains("api-key: k3y"), "{:?}", service.asked());
    assert!(!other.asked()[0].contains("k3y"), "{:?}", other.asked());
}

/// The first trouble with a service that answers so.
async fn trouble(answer: String) -> (CaptureError, Duration) {
    let service = Fake::start(move |_| Some(answer.clone()));
    let (events, mut troubles) = event_channel();
    let collector = Collector {
        source: site(),
        client: Arc::new(client(&service, None)),
        since: CaptureSince::All,
        memory: None,
        events,
    };
    let kept = Kept { ids: Mutex::default(), count: watch::Sender::new(0) };
    tokio::select! {
        ended = collector.collect(&kept) => panic!("{ended:?}"),
        event = troubles.next() => match event {
            Some(CaptureEvent::Trouble { error, wait, .. }) => (error, wait),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_service_that_is_asked_too_often_is_given_the_pause_that_it_asks_for_or_half_a_minute() {
    let throttled = fake::json("429 Too Many Requests", "{}");
    for (header, seconds) in
        [("", 30), ("Retry-After: 7\r\n", 7), ("Retry-After: soon\r\n", 30), ("Retry-After: 0\r\n", 1)]
    {
        let (error, wait) = trouble(throttled.replacen("\r\n", &format!("\r\n{header}"), 1)).await;
        assert!(matches!(error, CaptureError::Throttled(_)), "{error}");
        assert_eq!(wait, Duration::from_secs(seconds), "{header}");
    }
}

#[tokio::test]
async fn a_url_that_is_full_and_a_service_that_is_not_well_are_asked_again() {
    for (answer, hint) in [("410 Gone", "--from new"), ("500 Internal Server Error", "is the service well?")] {
        let (error, _) = trouble(fake::json(answer, "{}")).await;
        assert!(error.is_temporary() && error.hint().contains(hint), "{error}: {}", error.hint());
    }
}

#[tokio::test]
async fn svix_play_is_read_on_from_where_it_says() {
    let service = Fake::start(|line| {
        let element = |id: &str| {
            json!({"id": id, "created_at": "2026-10-01T15:04:05.123Z", "method": "POST", "url": "/in/e_1/", "body": "e30=",
                "headers": {"content-length": "2"}, "response": null, "ip": ""})
        };
        let (data, iterator) = if line.contains("iterator=next-1") {
            (vec![element("k2")], json!(null))
        } else {
            (vec![element("k1")], json!("next-1"))
        };
        Some(fake::json("200 OK", &json!({"iterator": iterator, "data": data}).to_string()))
    });
    let (client, play) = (client(&service, None), CaptureSource::SvixPlay("e_1".to_owned()));
    let first = client.page(&play, 1, None).await.unwrap();
    assert_eq!((first.is_last, first.next.as_deref(), first.requests[0].id.as_str()), (false, Some("next-1"), "k1"));
    let second = client.page(&play, 2, first.next.as_deref()).await.unwrap();
    assert_eq!((second.is_last, second.requests[0].id.as_str()), (true, "k2"));
}

#[test]
fn each_refusal_of_a_service_has_its_exit_code_and_its_hint() {
    let rows =
        [("401 Unauthorized", 3, "set WEBHOOK_SITE_API_KEY"), ("404 Not Found", 3, "free URLs end after 7 days")];
    for (answer, code, hint) in rows {
        let service = Fake::start(move |_| Some(fake::json(answer, "{}")));
        let from = format!("{}/s/{ID}", service.url);
        let ended = Program::with_secret().run(&["listen", "--from", &from]);
        assert_eq!(ended.code, code, "{answer}: {}", ended.err);
        assert!(ended.err.contains(hint), "{answer}: {}", ended.err);
    }
    // The others are warnings: what comes later is still taken.
    for (answer, said) in [("410 Gone", "takes no more requests"), ("429 Too Many Requests", "a pause of 30 s")] {
        let service = Fake::start(move |_| Some(fake::json(answer, "{}")));
        let from = format!("{}/s/{ID}", service.url);
        let ended = Program::with_secret().run(&["listen", "--from", &from, "--timeout", "1s"]);
        assert_eq!(ended.code, 0, "{answer}: {}", ended.err);
        assert!(ended.err.contains("warning: ") && ended.err.contains(said), "{answer}: {}", ended.err);
    }
}

#[test]
fn what_a_service_did_not_keep_is_unverifiable_and_not_called_forged() {
    let element = json!({
        "uuid": "a", "client_address": "1.2.3.4", "method": "POST", "url": "http://host/x", "request_payload_base64": "!",
        "headers": [
            {"name": "magic-hour-event-signature", "value": "0".repeat(64)},
            {"name": "magic-hour-event-timestamp", "value": "1790000000"},
            {"name": "content-length", "value": "70"},
        ],
        "captured_at_unix_milli": 1_790_000_000_123_i64,
    });
    let service = Fake::start(move |_| Some(fake::json("200 OK", &json!([element]).to_string())));
    let from = format!("{}/s/{ID}", service.url);
    let arguments = ["listen", "--format", "json", "--from", &from, "--since", "all", "--exit-after", "1"];
    let ended = Program::with_secret().run(&arguments);
    let records = ended.records();
    let delivery = records.iter().find(|record| record["record"] == "delivery").expect(&ended.err);
    assert_eq!((&delivery["verdict"], &delivery["reason"]), (&json!("unverified"), &json!("body-not-kept")));
}

#[test]
fn the_key_of_webhook_site_is_a_secret_of_the_users_own_places() {
    let key = "0123456789-of-webhook-site-abcdef";
    let program = Program::new().variable("WEBHOOK_SITE_API_KEY", key);
    let listed = program.run(&["config", "list"]);
    assert!(listed.out.contains("webhook-site-api-key") && !listed.out.contains(key), "{}", listed.out);
    let program = Program::new();
    std::fs::create_dir_all(program.home.path().join(".config/mh-hook")).unwrap();
    program.write(".config/mh-hook/config.toml", format!("webhook-site-api-key = '{key}'\n"));
    let listed = program.run(&["config", "list"]);
    assert!(listed.out.contains("webhook-site-api-key") && !listed.out.contains(key), "{}", listed.out);
    let program = Program::new();
    program.write("mh-hook.toml", format!("webhook-site-api-key = '{key}'\n"));
    let refused = program.run(&["config", "list"]);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(
        refused.err.contains("not accepted from a project's file") && !refused.err.contains(key),
        "{}",
        refused.err
    );
}
