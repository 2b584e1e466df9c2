//! What can be configured: keys, limits, chance and leniency.

use http::Method;
use mh_hook::SandboxOptions;
use serde_json::{Value, json};

use crate::sandbox::handler::Handler;
use crate::sandbox::world::{World, options, paused, specs};

#[tokio::test]
async fn only_the_keys_that_were_named_are_valid() {
    let world = World::start(options(|options| options.api_keys = ["mhk_live_a".to_owned()].into())).await;
    let status =
        async |key: &str| world.send(Method::GET, "/v1/account", &[("authorization", key)], b"").await.status.as_u16();
    assert_eq!([status("Bearer mhk_live_a").await, status("bearer mhk_live_a").await], [200, 200]);
    assert_eq!(status("Bearer mhk_live_b").await, 401);
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_limit_are_told_when_to_come_again() {
    let world = World::start(options(|options| {
        paused(options);
        options.rate_limit = Some("2/s".parse().unwrap());
    }))
    .await;
    let call = async || world.send(Method::GET, "/v1/account", &[("authorization", "Bearer x")], b"").await;
    assert_eq!([call().await.status.as_u16(), call().await.status.as_u16()], [200, 200]);
    let refused = call().await;
    assert_eq!((refused.status.as_u16(), &refused.headers["retry-after"]), (429, &"1".parse().unwrap()));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(call().await.status, 200);
    world.stop().await;
}

/// Ids and outcomes of twenty jobs.
async fn outcomes(change: fn(&mut SandboxOptions)) -> Vec<(String, String)> {
    let mut world = World::start(options(change)).await;
    let mut outcomes = Vec::new();
    for _ in 0..20 {
        let id = world.image("x").await;
        let end = loop {
            let step = world.step().await;
            if step.to.is_final() {
                break step;
            }
        };
        outcomes.push((id, end.error.unwrap_or_else(|| end.to.to_string())));
    }
    world.stop().await;
    outcomes
}

#[tokio::test]
async fn a_seed_gives_the_same_ids_and_the_same_chance_again() {
    let seeded = |options: &mut SandboxOptions| {
        options.seed = Some(7);
        options.error_rate = 0.5;
    };
    let (first, second) = (outcomes(seeded).await, outcomes(seeded).await);
    assert_eq!(first, second);
    let failed = first.iter().filter(|(_, outcome)| outcome != "complete").count();
    assert!((3..=17).contains(&failed), "{failed}");
    assert!(outcomes(|options| options.error_rate = 1.0).await.iter().all(|(_, outcome)| outcome != "complete"));
}

#[tokio::test]
async fn events_are_sent_twice_at_a_rate() {
    let handler = Handler::accepting().await;
    let mut world = World::start(options(|options| {
        options.duplicate_rate = 1.0;
        options.endpoints = specs(&[format!("{}#*.completed", handler.url)]);
    }))
    .await;
    world.image("x").await;
    world.attempts(2).await;
    let got = handler.got();
    assert_eq!(got[0].body, got[1].body);
    world.stop().await;
}

#[tokio::test]
async fn a_lenient_sandbox_takes_tools_that_it_does_not_know() {
    let handler = Handler::accepting().await;
    let mut world = World::start(options(|options| {
        options.lenient = true;
        options.endpoints = specs(&[format!("{}#*.completed", handler.url)]);
    }))
    .await;
    let id = world.create("video-watermark-remover", &json!({ "anything": [1] })).await;
    assert_eq!(world.attempt().await.event_type, "video.completed");
    assert_eq!(world.get(&format!("/v1/video-projects/{id}")).await["type"], "VIDEO_WATERMARK_REMOVER");
    assert_eq!(world.call(Method::POST, "/v1/a/b", &json!({})).await.0, 404);
    assert_eq!(world.call(Method::GET, "/v1/anything", &Value::Null).await.0, 404);
    world.stop().await;
}
