//! Pages of browsers, proxies and other names: who may call the sandbox.

use http::Method;
use mh_hook::engine::sandbox::SandboxEvent;
use serde_json::{Value, json};

use crate::sandbox::world::{World, options};

const KEY: (&str, &str) = ("authorization", "Bearer any");

#[tokio::test]
async fn a_page_of_this_machine_may_call_the_api_and_one_of_another_site_may_not() {
    let world = World::start(options(|_| {})).await;
    let account = async |headers: &[(&str, &str)]| world.send(Method::GET, "/v1/account", headers, b"").await;
    let local = account(&[KEY, ("origin", "http://localhost:3000")]).await;
    assert_eq!(local.status, 200);
    assert_eq!(local.headers["access-control-allow-origin"], "http://localhost:3000");
    let foreign = account(&[KEY, ("origin", "http://evil.example")]).await;
    assert_eq!(foreign.status, 403);
    assert!(!foreign.headers.contains_key("access-control-allow-origin"));
    let rebound = account(&[KEY, ("host", "evil.example:8787")]).await;
    assert_eq!(rebound.status, 403);
    world.stop().await;
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_key_and_never_by_the_control_api() {
    let world = World::start(options(|_| {})).await;
    let ask = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = world.send(Method::OPTIONS, "/v1/text-to-video", &ask, b"").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["access-control-allow-headers"], "authorization");
    assert!(answer.headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    let control = world.send(Method::OPTIONS, "/_sandbox/endpoints", &ask, b"").await;
    assert!(control.status.is_client_error() && !control.headers.contains_key("access-control-allow-origin"));
    world.stop().await;
}

#[tokio::test]
async fn the_control_api_refuses_other_sites_and_what_was_passed_on() {
    let world = World::start(options(|_| {})).await;
    let status = async |header: (&str, &str)| world.send(Method::GET, "/_sandbox/jobs", &[header], b"").await.status;
    assert_eq!(status(("sec-fetch-site", "none")).await, 200);
    assert_eq!(status(("sec-fetch-site", "same-origin")).await, 200);
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("x-forwarded-for", "1.2.3.4"),
        ("forwarded", "for=1.2.3.4"),
    ] {
        assert_eq!(status(header).await, 403, "{header:?}");
    }
    let listed = world.get("/_sandbox").await;
    let paths: Vec<&str> = listed["requests"].as_array().unwrap().iter().map(|r| r["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"/_sandbox/clock/advance"), "{paths:?}");
    let greeting = world.send(Method::GET, "/", &[], b"").await;
    assert!(greeting.status == 200 && greeting.body.starts_with(b"mh-hook sandbox: "));
    world.stop().await;
}

#[tokio::test]
async fn limits_of_models_are_kept_and_unknown_names_are_refused_when_strict() {
    let video = |model: &str, seconds: u32| json!({ "end_seconds": seconds, "model": model, "resolution": "720p", "style": { "prompt": "a cat" } });
    let world = World::start(options(|_| {})).await;
    let (status, answer) = world.call(Method::POST, "/v1/text-to-video", &video("kling-2.6", 6)).await;
    assert_eq!((status, &answer["code"]), (422, &json!("unprocessable_entity")), "{answer}");
    assert_eq!(world.call(Method::POST, "/v1/text-to-video", &video("kling-9", 6)).await.0, 200);
    world.stop().await;
    let strict = World::start(options(|options| options.strict = true)).await;
    let (status, answer) = strict.call(Method::POST, "/v1/text-to-video", &video("kling-9", 6)).await;
    assert_eq!((status, &answer["message"]), (422, &json!("model 'kling-9' is not known to this version")));
    strict.stop().await;
}

#[tokio::test]
async fn a_saved_item_is_a_file_and_any_path_is_one_on_request() {
    let colorize = |path: &str| json!({ "assets": { "image_file_path": path } });
    let world = World::start(options(|_| {})).await;
    world.create("photo-colorizer", &colorize("saved-items/image/1.png")).await;
    assert_eq!(world.call(Method::POST, "/v1/photo-colorizer", &colorize("api-assets/id/1234.png")).await.0, 400);
    world.stop().await;
    let world = World::start(options(|options| options.any_file = true)).await;
    world.create("photo-colorizer", &colorize("api-assets/id/1234.png")).await;
    world.stop().await;
}

#[tokio::test]
async fn a_failed_video_has_no_size_and_no_cost() {
    let mut world = World::start(options(|_| {})).await;
    let body = json!({ "end_seconds": 1, "style": { "prompt": "[error=nsfw] [duration=0]" } });
    let id = world.create("text-to-video", &body).await;
    while world.step().await.to.as_str() != "error" {}
    let failed = world.get(&format!("/v1/video-projects/{id}")).await;
    let size = (&failed["width"], &failed["height"], &failed["credits_charged"], &failed["error"]["code"]);
    assert_eq!(size, (&json!(-1), &json!(-1), &json!(0), &json!("nsfw")));
    world.stop().await;
}

#[tokio::test]
async fn a_job_that_is_asked_for_under_another_kind_is_not_found_and_the_log_says_where_it_is() {
    let mut world = World::start(options(|_| {})).await;
    let speech = json!({ "style": { "prompt": "hello", "voice_name": "Elon Musk" } });
    let id = world.create("ai-voice-generator", &speech).await;
    let (status, refusal) = world.call(Method::GET, &format!("/v1/image-projects/{id}"), &Value::Null).await;
    assert_eq!((status, &refusal["code"]), (404, &json!("not_found")));
    let expected =
        format!("job {id} is at /v1/audio-projects/{id}; generate() of the Node SDK's audio tools asks for it here");
    loop {
        let SandboxEvent::Call(call) = world.events.next().await.expect("the sandbox has stopped") else { continue };
        if call.answered == 404 {
            assert_eq!(call.remark.as_deref(), Some(expected.as_str()));
            break;
        }
    }
    world.stop().await;
}
