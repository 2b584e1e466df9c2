//! The retry schedule, under a paused clock: gaps and counts, not wall time.

use std::time::Duration;

use mh_hook::engine::sandbox::Attempted;
use mh_hook::store::sandbox::Next;

use crate::sandbox::handler::Handler;
use crate::sandbox::world::{START, World, options, paused, specs};

fn gaps(attempts: &[Attempted]) -> Vec<u64> {
    let at = |attempt: &Attempted| attempt.sent_at;
    attempts
        .windows(2)
        .map(|pair| u64::try_from(at(&pair[1]).duration_since(at(&pair[0])).as_millis()).unwrap())
        .collect()
}

/// Doubling from a second, each timer up to 2 ms late.
#[track_caller]
fn assert_doubling(gaps: &[u64], from_ms: u64) {
    for (number, gap) in gaps.iter().enumerate() {
        let planned = from_ms << number;
        assert!((planned..=planned + 2).contains(gap), "gap {number} is {gap} ms: {gaps:?}");
    }
}

async fn world(url: &str, change: impl FnOnce(&mut mh_hook::SandboxOptions)) -> World {
    World::start(options(|options| {
        paused(options);
        options.endpoints = specs(&[format!("{url}#*.completed")]);
        change(options);
    }))
    .await
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_always_fails_sees_seventeen_attempts_and_then_the_delivery_has_failed() {
    let handler = Handler::answering(|_, _| Some(500)).await;
    let mut world = world(&handler.url, |_| {}).await;
    let id = world.image("x").await;
    let attempts = world.attempts(17).await;
    assert_doubling(&gaps(&attempts), 1_000);
    assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), (1..=17).collect::<Vec<_>>());
    assert!(attempts[..16].iter().all(|attempt| matches!(attempt.next, Next::Retry(_))));
    assert_eq!(attempts[16].next, Next::Failed);
    let deliveries = world.get(&format!("/_sandbox/deliveries?job={id}")).await;
    assert_eq!((&deliveries["deliveries"][0]["state"], handler.got().len()), (&"failed".into(), 17));

    // Each is signed anew at the time at which it goes out, and the body stays the same.
    let got = handler.got();
    let signed = |number: usize| got[number].header("magic-hour-event-timestamp").parse::<i64>().unwrap() - START;
    assert_eq!([signed(0), signed(1), signed(2), signed(16)], [0, 1, 3, 65_535]);
    assert!(got.iter().all(|delivery| !delivery.verdict().is_invalid() && delivery.body == got[0].body));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_recovers_after_the_fifth_gets_the_sixth_and_no_more() {
    let handler = Handler::answering(|number, _| Some(if number <= 5 { 503 } else { 204 })).await;
    let mut world = world(&handler.url, |_| {}).await;
    world.image("x").await;
    let attempts = world.attempts(6).await;
    assert_doubling(&gaps(&attempts), 1_000);
    assert_eq!(attempts[5].next, Next::Delivered);
    tokio::time::sleep(Duration::from_hours(25)).await;
    assert_eq!(handler.got().len(), 6);
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_scale_shortens_the_waits() {
    let handler = Handler::answering(|_, _| Some(500)).await;
    let mut world = world(&handler.url, |options| options.time_scale = 10.0).await;
    world.image("x").await;
    let attempts = world.attempts(17).await;
    assert_doubling(&gaps(&attempts), 100);
    assert_eq!(attempts[16].next, Next::Failed);
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn signatures_can_be_used_again() {
    let handler = Handler::answering(|_, _| Some(500)).await;
    let mut world = world(&handler.url, |options| options.reuse_signatures = true).await;
    world.image("x").await;
    world.attempts(5).await;
    let got = handler.got();
    assert!(got.iter().all(|delivery| delivery.headers == got[0].headers));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_ten_seconds_is_none_and_a_redirect_is_a_failure() {
    let handler = Handler::answering(|number, _| [None, Some(302), Some(200)][number - 1]).await;
    let mut world = world(&handler.url, |_| {}).await;
    world.image("x").await;
    let attempts = world.attempts(3).await;
    assert_eq!(attempts[0].outcome.error().unwrap().split(' ').next_back(), Some("s"));
    assert_eq!(attempts[1].outcome.status().unwrap(), 302);
    // Ten seconds without an answer, then the first wait; then the second.
    let gaps = gaps(&attempts);
    assert!((11_000..11_010).contains(&gaps[0]) && (2_000..2_010).contains(&gaps[1]), "{gaps:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_endpoint_delays_no_other_and_a_retry_holds_nothing_back() {
    let dead = Handler::answering(|_, _| None).await;
    let alive = Handler::accepting().await;
    let mut world = World::start(options(|options| {
        paused(options);
        options.endpoints = specs(&[&dead.url, &alive.url]);
    }))
    .await;
    let first = world.image("x").await;
    let attempts = world.attempts(2).await;
    assert!(attempts.iter().all(|attempt| attempt.url == alive.url && attempt.job_id == first));
    let start = attempts[0].sent_at;
    assert_eq!(alive.types(), ["image.started", "image.completed"]);
    // At the dead one, the completed event goes out when the first attempt at the started one has ended, not later.
    let next = world.attempts(2).await;
    assert_eq!((next[0].event_type.as_str(), next[0].number), ("image.started", 1));
    let waited = next[0].sent_at.duration_since(start).as_secs();
    assert_eq!((waited, &dead.types()[..2]), (0, &["image.started".to_owned(), "image.completed".to_owned()][..]));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn jobs_render_for_as_long_as_the_speed_says_and_wait_for_a_worker() {
    let mut world = World::start(options(|options| {
        paused(options);
        options.speed = "fast".parse().unwrap();
        options.workers = 1;
    }))
    .await;
    let (first, second) = (world.image("a").await, world.image("b").await);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let step = world.step().await;
        let name = if step.job_id == first { "first" } else { "second" };
        assert!(step.job_id == first || step.job_id == second);
        seen.push((name, step.to.as_str(), step.at.as_second() - START));
    }
    let expected =
        [("first", "rendering", 0), ("first", "complete", 1), ("second", "rendering", 1), ("second", "complete", 2)];
    assert_eq!(seen, expected);
    world.stop().await;
}
