//! The control API: what it does, and whom it answers.

use http::Method;
use mh_hook::engine::sandbox::AttemptOutcome;
use serde_json::{Value, json};

use crate::sandbox::handler::Handler;
use crate::sandbox::world::{World, options};

async fn post(world: &World, path: &str, body: Value) -> (u16, Value) {
    world.call(Method::POST, &format!("/_sandbox{path}"), &body).await
}

#[tokio::test]
async fn an_endpoint_is_added_changed_and_deleted_and_its_secret_is_shown_once() {
    let (first, second) = (Handler::accepting().await, Handler::accepting().await);
    let mut world = World::start(options(|_| {})).await;
    let (status, added) = post(&world, "/endpoints", json!({ "url": first.url, "events": ["*.completed"] })).await;
    let secret = added["secret"].as_str().unwrap();
    assert_eq!((status, secret.len(), added["id"].as_i64()), (201, 41, Some(1)));
    world.image("x").await;
    assert_eq!(world.attempt().await.endpoint, 1);
    assert_eq!(first.types(), ["image.completed"]);

    let listed = world.get("/_sandbox/endpoints").await;
    assert!(!listed.to_string().contains(secret), "{listed}");
    let rotated = post(&world, "/endpoints/1/rotate-secret", Value::Null).await.1;
    assert!(rotated["secret"].as_str().unwrap().starts_with("mhw_test_") && rotated["secret"] != secret);

    let moved = world.call(Method::PATCH, "/_sandbox/endpoints/1", &json!({ "url": second.url })).await;
    assert_eq!((moved.0, &moved.1["events"]), (200, &json!(["*.completed"])));
    world.image("x").await;
    world.attempt().await;
    assert_eq!((first.got().len(), second.types()), (1, vec!["image.completed".to_owned()]));

    assert_eq!(world.call(Method::DELETE, "/_sandbox/endpoints/1", &Value::Null).await.0, 204);
    assert_eq!(world.call(Method::DELETE, "/_sandbox/endpoints/1", &Value::Null).await.0, 404);
    assert_eq!(world.get("/_sandbox/endpoints").await, json!({ "endpoints": [] }));
    world.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_said() {
    let world = World::start(options(|_| {})).await;
    let message = async |body: Value| {
        let (status, answer) = post(&world, "/endpoints", body).await;
        assert_eq!(status, 400);
        answer["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(message(json!({})).await, "url is required: where events are posted to");
    assert!(message(json!({ "url": "localhost:8000" })).await.contains("it has no http:// or https://"));
    let unknown = message(json!({ "url": "http://a", "events": ["vidoe.completed"] })).await;
    assert_eq!(unknown, "no event is called 'vidoe.completed'");
    assert!(message(json!({ "url": "http://a", "colour": "red" })).await.contains("unknown field `colour`"));
    world.stop().await;
}

#[tokio::test]
async fn a_disabled_endpoint_is_skipped_and_gets_what_is_left_once_it_is_enabled() {
    let handler = Handler::accepting().await;
    let mut world = World::delivering(&[format!("{}#*.completed", handler.url)]).await;
    post(&world, "/endpoints/1/disable", Value::Null).await;
    world.image("x").await;
    let skipped = world.attempt().await;
    assert!(matches!(skipped.outcome, AttemptOutcome::Skipped));
    assert!(handler.got().is_empty());
    post(&world, "/endpoints/1/enable", Value::Null).await;
    post(&world, "/clock/advance", json!({ "by": 1 })).await;
    assert_eq!(world.attempt().await.number, 2);
    assert_eq!(handler.types(), ["image.completed"]);
    world.stop().await;
}

#[tokio::test]
async fn a_job_is_finished_failed_or_canceled_at_once() {
    let handler = Handler::accepting().await;
    let mut world = World::delivering(&[&handler.url]).await;
    let ends = [("finish", "complete"), ("fail", "error"), ("cancel", "canceled")];
    for (verb, status) in ends {
        let id = world.image("[duration=1h]").await;
        world.attempt().await;
        let body = if verb == "fail" { json!({ "code": "file_too_large" }) } else { Value::Null };
        let (answered, job) = post(&world, &format!("/jobs/{id}/{verb}"), body).await;
        assert_eq!((answered, &job["status"]), (200, &json!(status)));
        if verb != "cancel" {
            world.attempt().await;
        }
        let (answered, refused) = post(&world, &format!("/jobs/{id}/cancel"), Value::Null).await;
        assert_eq!(answered, 409);
        assert_eq!(refused["message"], json!(format!("the job is {status} and cannot become canceled")));
        assert_eq!(world.get(&format!("/_sandbox/jobs/{id}")).await["status"], status);
    }
    let expected = ["image.started", "image.completed", "image.started", "image.errored", "image.started"];
    assert_eq!(handler.types(), expected);
    assert_eq!(handler.got()[3].event()["payload"]["error"]["code"], "file_too_large");
    assert_eq!(world.get("/_sandbox/jobs?status=error").await["jobs"].as_array().unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn advancing_the_clock_makes_retries_due_and_leaves_the_time_of_signing_alone() {
    let handler = Handler::answering(|number, _| Some(if number < 3 { 500 } else { 200 })).await;
    let mut world = World::delivering(&[format!("{}#*.completed", handler.url)]).await;
    let id = world.image("x").await;
    world.attempt().await;
    for _ in 0..2 {
        let (_, clock) = post(&world, "/clock/advance", json!({ "by": "2h" })).await;
        assert!(clock["ahead_seconds"].as_f64().unwrap() >= 7_200.0, "{clock}");
        world.attempt().await;
    }
    let stamp = |number: usize| handler.got()[number].header("magic-hour-event-timestamp").parse::<i64>().unwrap();
    assert!(stamp(2) - stamp(0) < 600, "the signature is as old as the attempt");
    let listed = world.get(&format!("/_sandbox/deliveries?job={id}&state=delivered")).await;
    let number = &listed["deliveries"][0]["id"];
    let shown = world.get(&format!("/_sandbox/deliveries/{number}")).await;
    let answers: Vec<&Value> =
        shown["attempted"].as_array().unwrap().iter().map(|attempt| &attempt["answered"]).collect();
    assert_eq!(answers, [&json!(500), &json!(500), &json!(200)]);

    let (status, again) = post(&world, &format!("/deliveries/{number}/redeliver"), Value::Null).await;
    assert_eq!((status, &again["attempts"]), (201, &json!(0)));
    world.attempt().await;
    assert_eq!(handler.got()[3].body, handler.got()[0].body);
    world.stop().await;
}

#[tokio::test]
async fn a_reset_forgets_all_but_the_endpoints() {
    let handler = Handler::accepting().await;
    let mut world = World::delivering(&[&handler.url]).await;
    let id = world.image("x").await;
    world.attempts(2).await;
    post(&world, "/clock/advance", json!({ "by": "1h" })).await;
    assert_eq!(post(&world, "/reset", Value::Null).await, (200, json!({ "credits": 1_000_000 })));
    assert_eq!(world.call(Method::GET, &format!("/v1/image-projects/{id}"), &Value::Null).await.0, 404);
    assert_eq!(world.get("/_sandbox/deliveries").await, json!({ "deliveries": [] }));
    assert_eq!(world.get("/_sandbox/clock").await["ahead_seconds"], 0.0);
    world.image("x").await;
    assert_eq!(world.attempts(2).await[0].endpoint, 1);
    world.stop().await;
}

#[tokio::test]
async fn the_control_api_answers_no_foreign_page_and_sends_no_cors_headers() {
    let world = World::start(options(|_| {})).await;
    let path = "/_sandbox/endpoints";
    for headers in [[("origin", "https://evil.example")], [("origin", "null")]] {
        let answer = world.send(Method::GET, path, &headers, b"").await;
        assert_eq!(answer.status, 403);
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")));
    }
    world.stop().await;
}

#[tokio::test]
async fn on_an_address_that_others_can_reach_there_is_no_control_api() {
    let world = World::start(options(|options| options.bind = Some([0, 0, 0, 0].into()))).await;
    assert!(world.sandbox.is_exposed());
    assert_eq!(world.call(Method::GET, "/_sandbox/endpoints", &Value::Null).await.0, 404);
    assert_eq!(world.call(Method::GET, "/v1/account", &Value::Null).await.0, 200);
    world.stop().await;
}
