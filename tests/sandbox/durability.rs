//! A sandbox that is killed goes on from its state file.

use std::process::Command;
use std::sync::Arc;

use http::Method;
use mh_hook::store::sandbox::StatePlace;
use serde_json::{Value, json};

use crate::sandbox::handler::Handler;
use crate::sandbox::world::{World, options, specs};
use crate::support::{Listening, Program, request, status};

/// Posts JSON, and gives the JSON that is answered.
#[track_caller]
fn post(sandbox: &Listening, path: &str, body: &Value) -> Value {
    let answer = sandbox.exchange(&request(path, &[("Authorization", b"Bearer any")], body.to_string().as_bytes()));
    assert_eq!(status(&answer), 200, "{path}: {answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn next(sandbox: &mut Listening, record: &str) -> Value {
    loop {
        let found = sandbox.record();
        if found["record"] == record {
            return found;
        }
    }
}

#[test]
fn killed_between_two_retries_it_makes_the_remaining_ones() {
    let program = Program::with_secret();
    let handler = program.listen(&["--fail-first", "3"]);
    let webhook = format!("{}#*.completed", handler.url);
    // The waits are so long that only the clock of the control API ends them.
    let arguments = ["sandbox", "--port", "0", "--format", "json", "--state", "s.db", "--speed", "instant"];
    let arguments: Vec<&str> = arguments.into_iter().chain(["--time-scale", "0.001", "--webhook", &webhook]).collect();
    let start = || Listening::start(program.command(&arguments), Arc::clone(&program.home));
    let advance = |sandbox: &Listening, by: &str| post(sandbox, "/_sandbox/clock/advance", &json!({ "by": by }));

    let mut sandbox = start();
    post(&sandbox, "/v1/ai-image-generator", &json!({ "image_count": 1, "style": { "prompt": "x" } }));
    assert_eq!(next(&mut sandbox, "attempt")["attempt"], 1);
    advance(&sandbox, "1000s");
    assert_eq!(next(&mut sandbox, "attempt")["attempt"], 2);
    assert!(Command::new("kill").args(["-KILL", &sandbox.pid().to_string()]).status().unwrap().success());
    drop(sandbox);

    let mut sandbox = start();
    let last = [(3, json!(500), "pending"), (4, json!(200), "delivered")];
    for (number, answered, state) in last {
        advance(&sandbox, "4000s");
        let attempt = next(&mut sandbox, "attempt");
        assert_eq!((&attempt["attempt"], &attempt["answered"]), (&json!(number), &answered));
        assert_eq!(attempt["state"], state);
    }
    assert_eq!(sandbox.stop().code, 0);
    let ended = handler.stop();
    let answers: Vec<Value> = ended
        .records()
        .iter()
        .filter(|record| record["record"] == "delivery")
        .map(|record| record["answered"].clone())
        .collect();
    assert_eq!(answers, [500, 500, 500, 200]);
}

#[tokio::test]
async fn jobs_files_endpoints_and_credits_outlive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let handler = Handler::accepting().await;
    let behave = || {
        options(|options| {
            options.place = StatePlace::File(directory.path().join("state.db"));
            options.seed = Some(7);
        })
    };
    let world = World::start(behave()).await;
    let endpoint = json!({ "url": handler.url, "events": ["*.completed"] });
    world.call(Method::POST, "/_sandbox/endpoints", &endpoint).await;
    let items = json!({ "items": [{ "type": "image", "extension": "png" }] });
    let (_, upload) = world.call(Method::POST, "/v1/files/upload-urls", &items).await;
    let link = upload["items"][0]["upload_url"].as_str().unwrap().split_once("/_").unwrap().1.to_owned();
    world.send(Method::PUT, &format!("/_{link}"), &[], b"png").await;
    let first = world.image("[duration=1h]").await;
    let credits = world.get("/v1/account").await["credits"].clone();
    world.stop().await;

    let mut world = World::start(behave()).await;
    assert_eq!(world.get("/v1/account").await["credits"], credits);
    let colorize = json!({ "assets": { "image_file_path": upload["items"][0]["file_path"] } });
    let second = world.create("photo-colorizer", &colorize).await;
    assert_ne!(first, second, "a seed does not give the same ids twice in one state");
    assert_eq!(world.attempt().await.job_id, second);
    world.call(Method::POST, "/_sandbox/clock/advance", &json!({ "by": "1h" })).await;
    assert_eq!(world.attempt().await.job_id, first);
    world.stop().await;
}

#[tokio::test]
async fn what_was_interrupted_by_a_stop_is_sent_after_the_restart() {
    let directory = tempfile::tempdir().unwrap();
    let handler = Handler::answering(|number, _| if number == 1 { None } else { Some(200) }).await;
    let behave = || {
        options(|options| {
            options.place = StatePlace::File(directory.path().join("state.db"));
            options.endpoints = specs(&[format!("{}#*.completed", handler.url)]);
        })
    };
    let world = World::start(behave()).await;
    let job = world.image("x").await;
    while handler.got().is_empty() {
        tokio::task::yield_now().await;
    }
    world.stop().await;
    let mut world = World::start(behave()).await;
    assert_eq!(world.attempt().await.number, 1);
    // The port can be one that a sandbox of another test still delivers to.
    assert_eq!(handler.got().iter().filter(|got| got.event()["payload"]["id"] == job.as_str()).count(), 2);
    world.stop().await;
}
