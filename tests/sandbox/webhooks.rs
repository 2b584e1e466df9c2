//! What handlers receive, and what directives make of it.

use mh_hook::model::Verdict;
use mh_hook::model::contract::fields::fields;
use mh_hook::model::signing::reason::Reason;
use serde_json::{Value, json};

use crate::sandbox::handler::Handler;
use crate::sandbox::world::{World, options, specs};

#[tokio::test]
async fn a_job_tells_of_its_start_and_its_end_in_order_signed_and_complete() {
    let handler = Handler::accepting().await;
    let mut world = World::delivering(&[&handler.url]).await;
    let id = world.create("text-to-video", &json!({ "end_seconds": 1, "style": { "prompt": "x" } })).await;
    world.attempts(2).await;
    let got = handler.got();
    assert_eq!(handler.types(), ["video.started", "video.completed"]);
    for delivery in &got {
        assert_eq!(delivery.verdict(), Verdict::Verified);
        assert_eq!(delivery.header("content-type"), "application/json");
        let event = delivery.event();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&event), ["type", "payload"]);
        let names: Vec<&str> = fields(mh_hook::model::Kind::Video).iter().map(|field| field.name).collect();
        assert_eq!(keys(&event["payload"]), names);
        assert_eq!(event["payload"]["id"], json!(id));
    }
    let [started, completed] = [&got[0], &got[1]].map(|delivery| delivery.event()["payload"].clone());
    assert_eq!(
        (&started["status"], &started["downloads"], &started["download"]),
        (&json!("rendering"), &json!([]), &Value::Null)
    );
    assert_eq!((&completed["status"], &completed["download"]), (&json!("complete"), &completed["downloads"][0]));
    // The payload is the details, but for links made at another moment.
    let mut details = world.get(&format!("/v1/video-projects/{id}")).await;
    let mut completed = completed;
    for value in [&mut details, &mut completed] {
        value["downloads"] = json!([]);
        value["download"] = Value::Null;
    }
    assert_eq!(details, completed);
    world.stop().await;
}

#[tokio::test]
async fn endpoints_get_the_events_that_they_want() {
    let (some, all) = (Handler::accepting().await, Handler::accepting().await);
    let mut world = World::delivering(&[format!("{}#video.*,image.completed", some.url), all.url.clone()]).await;
    world.image("x").await;
    world.attempts(3).await;
    world.create("ai-voice-generator", &json!({ "style": { "prompt": "x", "voice_name": "Yoda" } })).await;
    world.attempts(2).await;
    assert_eq!(some.types(), ["image.completed"]);
    assert_eq!(all.types(), ["image.started", "image.completed", "audio.started", "audio.completed"]);
    world.stop().await;
}

/// The types that a handler gets of an image job of this name, after so many attempts.
async fn types(name: &str, attempts: usize) -> Vec<String> {
    let handler = Handler::accepting().await;
    let mut world = World::delivering(&[&handler.url]).await;
    world.image(name).await;
    world.attempts(attempts).await;
    // Whatever else was to come would come before what this job brings.
    world.image("the end").await;
    world.attempts(2).await;
    world.stop().await;
    let mut types = handler.types();
    types.truncate(types.len() - 2);
    types
}

#[tokio::test]
async fn directives_script_what_is_told() {
    assert_eq!(types("[error=no_source_face]", 2).await, ["image.started", "image.errored"]);
    assert_eq!(types("[no-started]", 1).await, ["image.completed"]);
    assert_eq!(types("[no-webhook]", 0).await, [""; 0]);
    assert_eq!(types("[cancel]", 0).await, [""; 0]);
    assert_eq!(types("[reorder]", 2).await, ["image.completed", "image.started"]);
    let twice = ["image.started", "image.started", "image.completed", "image.completed"];
    assert_eq!(types("[duplicate]", 4).await, twice);
}

#[tokio::test]
async fn an_error_is_told_with_its_code_and_the_refund() {
    let handler = Handler::accepting().await;
    let mut world = World::delivering(&[&handler.url]).await;
    let id = world.image("[error=no_source_face]").await;
    world.attempts(2).await;
    let payload = handler.got()[1].event()["payload"].clone();
    let error = json!({ "message": "Please use an image with a detectable face", "code": "no_source_face" });
    assert_eq!((&payload["error"], &payload["credits_charged"]), (&error, &json!(0)));
    assert_eq!(world.get(&format!("/v1/image-projects/{id}")).await, payload);
    world.stop().await;
}

#[tokio::test]
async fn a_directive_breaks_the_deliveries_with_any_fault_of_the_catalogue() {
    let handler = Handler::accepting().await;
    let mut world = World::delivering(&[format!("{}#*.completed", handler.url)]).await;
    world.image("[fault=wrong-secret]").await;
    world.attempt().await;
    world.image("[fault=invalid-json]").await;
    let attempt = world.attempt().await;
    assert_eq!(attempt.faults, ["invalid-json"]);
    let got = handler.got();
    assert_eq!(got[0].verdict().reason().map(Reason::code), Some("digest-differs"));
    assert_eq!(got[1].verdict(), Verdict::Verified);
    assert!(serde_json::from_slice::<Value>(&got[1].body).is_err());
    world.stop().await;
}

#[tokio::test]
async fn a_directive_answers_the_call_itself() {
    let world = World::start(options(|_| {})).await;
    let call = async |status: &str| {
        let body = json!({ "image_count": 1, "style": { "prompt": format!("[status={status}]") } });
        let headers = [("authorization", "Bearer x")];
        world.send(http::Method::POST, "/v1/ai-image-generator", &headers, body.to_string().as_bytes()).await
    };
    let limited = call("429").await;
    assert_eq!((limited.status.as_u16(), &limited.headers["retry-after"]), (429, &"1".parse().unwrap()));
    let expected = [
        ("401", r#"{"code":"unauthorized","message":"Unauthorized"}"#),
        ("402", r#"{"code":"insufficient_credits","message":"Payment required"}"#),
        ("404", r#"{"code":"not_found","message":"Not Found"}"#),
        ("422", r#"{"code":"unprocessable_entity","message":"Unable to create image"}"#),
        ("503", r#"{"code":"service_unavailable","message":"Service Unavailable"}"#),
    ];
    for (status, body) in expected {
        let answer = call(status).await;
        assert_eq!((answer.status.as_str(), &answer.body[..]), (status, body.as_bytes()));
    }
    for code in ["subscription_required", "plan_upgrade_required"] {
        let answer = call(code).await;
        let body = format!(r#"{{"code":"{code}","message":"Payment required"}}"#);
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (402, body.as_bytes()));
    }
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_directive_lets_jobs_last_and_events_be_late() {
    let handler = Handler::accepting().await;
    let mut world = World::start(options(|options| {
        crate::sandbox::world::paused(options);
        options.endpoints = specs(&[format!("{}#*.completed", handler.url)]);
    }))
    .await;
    world.image("[duration=3s] [late=5s]").await;
    let attempt = world.attempt().await;
    let created = attempt.sent_at.as_second() - crate::sandbox::world::START;
    assert_eq!(created, 8);
    world.stop().await;
}

#[tokio::test]
async fn links_can_start_elsewhere_or_be_as_documented() {
    let url = async |change: fn(&mut mh_hook::SandboxOptions)| {
        let handler = Handler::accepting().await;
        let mut world = World::start(options(|options| {
            options.endpoints = specs(&[format!("{}#*.completed", handler.url)]);
            change(options);
        }))
        .await;
        let id = world.image("x").await;
        world.attempt().await;
        let base = world.sandbox.base_url().to_owned();
        world.stop().await;
        let url = handler.got()[0].event()["payload"]["downloads"][0]["url"].as_str().unwrap().to_owned();
        (url, id, base)
    };
    let (link, id, base) = url(|_| {}).await;
    assert!(link.starts_with(&format!("{base}/_files/{id}/{id}-0.png?expires=")), "{link}");
    let (link, id, _) = url(|options| options.public_base = Some("https://tunnel.example".to_owned())).await;
    assert!(link.starts_with(&format!("https://tunnel.example/_files/{id}/")), "{link}");
    let (link, id, _) = url(|options| options.documented_links = true).await;
    assert_eq!(link, format!("https://videos.magichour.ai/{id}/output.png"));
}
