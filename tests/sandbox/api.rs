//! Every operation of the API, called as the SDKs call it.

use http::Method;
use mh_hook::model::contract::fields::fields;
use mh_hook::model::tools::{OperationAction, ToolKind, operations, tools};
use serde_json::{Value, json};

use crate::sandbox::world::{World, options};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn every_tool_starts_a_job_that_completes_and_has_the_details_of_its_kind() {
    let mut world = World::start(options(|_| {})).await;
    for tool in tools() {
        let (status, answer) = world.call(Method::POST, tool.path, &tool.minimal_body()).await;
        assert_eq!(status, 200, "{} {answer}", tool.path);
        let expected: &[&str] = match tool.kind {
            ToolKind::Video => &["id", "estimated_frame_cost", "credits_charged"],
            ToolKind::Image => &["id", "frame_cost", "credits_charged"],
            ToolKind::Audio | ToolKind::FaceDetection => &["id", "credits_charged"],
        };
        assert_eq!(keys(&answer), expected, "{}", tool.path);
        assert!(answer["credits_charged"].is_u64());
        assert_eq!(world.step().await.to.as_str(), "rendering");
        assert_eq!(world.step().await.to.as_str(), "complete");
        let id = answer["id"].as_str().unwrap();
        let Some(kind) = tool.kind.project() else { continue };
        let details = world.get(&format!("/v1/{kind}-projects/{id}")).await;
        let names: Vec<&str> = fields(kind).iter().map(|field| field.name).collect();
        assert_eq!(keys(&details), names, "{}", tool.path);
        assert_eq!((&details["type"], &details["status"]), (&json!(tool.project_type), &json!("complete")));
        assert!(!details["downloads"].as_array().unwrap().is_empty());
    }
    world.stop().await;
}

#[tokio::test]
async fn every_operation_answers_a_caller_with_a_key_and_refuses_one_without() {
    let mut world = World::start(options(|_| {})).await;
    let image = world.image("x").await;
    let video = world.create("text-to-video", &json!({ "end_seconds": 1, "style": { "prompt": "x" } })).await;
    let audio = world.create("ai-voice-generator", &json!({ "style": { "prompt": "x", "voice_name": "Yoda" } })).await;
    let faces = json!({ "assets": { "target_file_path": "https://example.com/a.png" } });
    let faces = world.create("face-detection", &faces).await;
    for _ in 0..8 {
        world.step().await;
    }
    for operation in operations() {
        let (id, body) = match operation.action {
            OperationAction::Create(tool) => ("", tool.minimal_body()),
            OperationAction::UploadUrls => ("", json!({ "items": [{ "type": "audio", "extension": "mp3" }] })),
            OperationAction::Faces => (faces.as_str(), Value::Null),
            OperationAction::Details(kind) | OperationAction::Delete(kind) => match kind.as_str() {
                "video" => (video.as_str(), Value::Null),
                "image" => (image.as_str(), Value::Null),
                _ => (audio.as_str(), Value::Null),
            },
            OperationAction::Account | OperationAction::SavedItems => ("", Value::Null),
        };
        let path = operation.path.replace("{id}", id);
        let deletes = matches!(operation.action, OperationAction::Delete(_));
        let expected = if deletes { 204 } else { 200 };
        let answer = world.send(operation.method.clone(), &path, &[], body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.body, r#"{"code":"unauthorized","message":"Unauthorized"}"#);
        let headers = [("authorization", "Bearer any")];
        let answer = world.send(operation.method, &path, &headers, body.to_string().as_bytes()).await;
        assert_eq!(answer.status, expected, "{path}");
        if deletes {
            assert!(answer.body.is_empty() && !answer.headers.contains_key("content-type"));
        } else {
            assert_eq!(answer.headers["content-type"], "application/json", "{path}");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn errors_have_the_texts_of_the_api() {
    let world = World::start(options(|_| {})).await;
    let post = async |path: &str, body: &Value| world.call(Method::POST, path, body).await;
    let refusal = |code: &str, text: &str| json!({ "code": code, "message": text });
    let message = |text: &str| refusal("invalid_request", text);
    let image = "/v1/ai-image-generator";
    assert_eq!(post(image, &Value::Null).await, (400, message("Missing request body")));
    let count = message("image_count must be a whole number from 1 to 16");
    assert_eq!(post(image, &json!({ "image_count": 99, "style": { "prompt": "x" } })).await, (400, count));
    assert_eq!(post("/v1/unheard-of", &json!({})).await, (404, refusal("not_found", "Not Found")));
    assert_eq!(
        world.call(Method::GET, "/v1/image-projects/x", &Value::Null).await,
        (404, refusal("not_found", "Not Found"))
    );
    assert_eq!(
        world.call(Method::GET, image, &Value::Null).await,
        (405, refusal("method_not_allowed", "Method Not Allowed"))
    );
    let id = world.image("x").await;
    assert_eq!(world.call(Method::GET, &format!("/v1/video-projects/{id}"), &Value::Null).await.0, 404);
    let answer = world.send(Method::POST, image, &[("authorization", "Bearer x")], b"{\"image_count\"").await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.body.starts_with(b"{\"code\":\"invalid_request\",\"message\":\"the body is not JSON: "),
        "{:?}",
        answer.body
    );
    // What the framework refuses by itself has the same form.
    for path in ["/v1/image-projects/%ff", "/_sandbox/endpoints/x/enable"] {
        let method = if path.starts_with("/v1") { Method::GET } else { Method::POST };
        let answer = world.send(method, path, &[("authorization", "Bearer x")], b"").await;
        assert_eq!(answer.headers["content-type"], "application/json", "{path}");
        assert!(answer.body.starts_with(b"{\"code\":\"invalid_request\",\"message\":"), "{path} {:?}", answer.body);
    }
    for header in ["Bearer", "Bearer ", "Basic any", "any"] {
        let answer = world.send(Method::GET, "/v1/account", &[("authorization", header)], b"").await;
        assert_eq!(answer.status, 401, "{header}");
    }
    world.stop().await;
}

#[tokio::test]
async fn credits_are_charged_settled_returned_and_run_out() {
    let mut world = World::start(options(|options| options.credits = 460)).await;
    let credits = async |world: &World| world.get("/v1/account").await["credits"].clone();
    let lip_sync = |name: &str| {
        let assets = json!({ "audio_file_path": "https://a.example/a.mp3", "video_source": "file",
                             "video_file_path": "https://a.example/a.mp4" });
        json!({ "name": name, "start_seconds": 0, "end_seconds": 15, "assets": assets })
    };
    // Charged at 30 frames a second, settled at 24.
    let id = world.create("lip-sync", &lip_sync("[duration=1h]")).await;
    assert_eq!(world.step().await.to.as_str(), "rendering");
    assert_eq!(credits(&world).await, 10);
    assert_eq!(world.get(&format!("/v1/video-projects/{id}")).await["credits_charged"], 450);
    let refused = world.call(Method::POST, "/v1/lip-sync", &lip_sync("")).await;
    assert_eq!(refused, (402, json!({ "code": "insufficient_credits", "message": "Payment required" })));
    world.call(Method::POST, &format!("/_sandbox/jobs/{id}/finish"), &Value::Null).await;
    assert_eq!(world.step().await.credits, 360);
    assert_eq!(credits(&world).await, 100);
    // A failure costs nothing.
    let failed = world.image("[error]").await;
    while world.step().await.to.as_str() != "error" {}
    assert_eq!(world.get(&format!("/v1/image-projects/{failed}")).await["credits_charged"], 0);
    assert_eq!(credits(&world).await, 100);
    world.stop().await;
}

#[tokio::test]
async fn a_deleted_project_can_be_looked_up_and_its_files_are_gone() {
    let mut world = World::start(options(|_| {})).await;
    let id = world.image("x").await;
    while world.step().await.to.as_str() != "complete" {}
    let path = format!("/v1/image-projects/{id}");
    let link = world.get(&path).await["downloads"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(world.call(Method::DELETE, &path, &Value::Null).await, (204, Value::Null));
    let details = world.get(&path).await;
    assert_eq!((&details["enabled"], &details["downloads"]), (&json!(false), &json!([])));
    let link = link.split_once("/_files").unwrap().1;
    assert_eq!(world.send(Method::GET, &format!("/_files{link}"), &[], b"").await.status, 404);
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn faces_appear_one_after_the_other_and_can_be_named_later() {
    let mut world = World::start(options(|options| {
        crate::sandbox::world::paused(options);
        options.speed = "fast".parse().unwrap();
    }))
    .await;
    let target = json!({ "assets": { "target_file_path": "https://a.example/a.png" } });
    let id = world.create("face-detection", &target).await;
    assert_eq!(id.len(), 36);
    let path = format!("/v1/face-detection/{id}");
    assert_eq!(world.step().await.to.as_str(), "rendering");
    let count = |details: &Value| details["faces"].as_array().unwrap().len();
    assert_eq!(count(&world.get(&path).await), 0);
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let details = world.get(&path).await;
    assert_eq!((count(&details), &details["status"]), (1, &json!("rendering")));
    assert_eq!(world.step().await.event, None);
    let details = world.get(&path).await;
    assert_eq!((count(&details), &details["status"]), (2, &json!("complete")));
    let face = &details["faces"][1];
    let swap = json!({ "assets": { "target_file_path": face["path"], "source_file_path": "https://a.example/b.png" } });
    world.create("face-swap-photo", &swap).await;
    let link = face["url"].as_str().unwrap().split_once("/_files").unwrap().1;
    let picture = world.send(Method::GET, &format!("/_files{link}"), &[], b"").await;
    assert_eq!((picture.status.as_u16(), &picture.headers["content-type"]), (200, &"image/png".parse().unwrap()));
    world.stop().await;
}
