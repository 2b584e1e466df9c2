//! Uploads and downloads.

use http::Method;
use mh_hook::model::media::{extension_in, sniff};
use serde_json::{Value, json};

use crate::sandbox::world::{World, options};

/// The path and query of a link to this sandbox.
fn path_of(link: &Value) -> String {
    let link = link.as_str().unwrap();
    format!("/_{}", link.split_once("/_").unwrap().1)
}

#[tokio::test]
async fn a_file_is_uploaded_and_named_in_a_request() {
    let world = World::start(options(|_| {})).await;
    let items = json!({ "items": [{ "type": "image", "extension": "png" }, { "type": "video", "extension": "gif" }] });
    let (status, answer) = world.call(Method::POST, "/v1/files/upload-urls", &items).await;
    assert_eq!(status, 200, "{answer}");
    let item = &answer["items"][0];
    let file_path = item["file_path"].as_str().unwrap();
    assert!(extension_in(file_path) == Some("png") && file_path.starts_with("api-assets/"), "{file_path}");
    assert_eq!(extension_in(answer["items"][1]["file_path"].as_str().unwrap()), Some("gif"));
    let colorize = json!({ "assets": { "image_file_path": file_path } });
    let too_early = format!("assets.image_file_path is '{file_path}': nothing was uploaded to it yet");
    let refused = (400, json!({ "code": "invalid_request", "message": too_early }));
    assert_eq!(world.call(Method::POST, "/v1/photo-colorizer", &colorize).await, refused);

    let put = world.send(Method::PUT, &path_of(&item["upload_url"]), &[], &vec![7; 3 << 20]).await;
    assert_eq!((put.status.as_u16(), put.body.len()), (200, 0));
    world.create("photo-colorizer", &colorize).await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_never_uploaded_is_refused_and_what_lies_in_the_web_is_not_fetched() {
    let world = World::start(options(|_| {})).await;
    let colorize = |path: &str| json!({ "assets": { "image_file_path": path } });
    for path in ["api-assets/made-up.png", "./cat.png", "api-assets/../../etc/passwd", ""] {
        let (status, answer) = world.call(Method::POST, "/v1/photo-colorizer", &colorize(path)).await;
        assert_eq!(status, 400, "{path}");
        assert!(answer["message"].as_str().unwrap().starts_with("assets.image_file_path"), "{answer}");
    }
    world.create("photo-colorizer", &colorize("https://nowhere.invalid/cat.png")).await;
    world.stop().await;
}

#[tokio::test]
async fn a_wrong_extension_is_answered_422_in_the_words_of_the_api() {
    let world = World::start(options(|_| {})).await;
    let items = json!({ "items": [{ "type": "audio", "extension": "mp4" }] });
    let (status, answer) = world.call(Method::POST, "/v1/files/upload-urls", &items).await;
    let message = answer["message"].as_str().unwrap();
    assert_eq!(status, 422);
    assert!(message.starts_with("'mp4' is an invalid audio extension. Possible extensions are 'mp3, "), "{message}");
    world.stop().await;
}

#[tokio::test]
async fn a_link_that_was_changed_opens_nothing() {
    let world = World::start(options(|_| {})).await;
    let items = json!({ "items": [{ "type": "image", "extension": "png" }] });
    let (_, answer) = world.call(Method::POST, "/v1/files/upload-urls", &items).await;
    let path = path_of(&answer["items"][0]["upload_url"]);
    let plain = path.split('?').next().unwrap();
    for wrong in [plain.to_owned(), path.replace("expires=", "expires=9"), path.replace(".png?", ".jpg?")] {
        let put = world.send(Method::PUT, &wrong, &[], b"x").await;
        assert_eq!(put.status, 403, "{wrong}");
    }
    world.stop().await;
}

#[tokio::test]
async fn outputs_are_files_of_their_type_whole_and_in_part_until_the_link_expires() {
    let mut world = World::start(options(|_| {})).await;
    let tools = [
        ("text-to-video", json!({ "end_seconds": 1, "style": { "prompt": "x" } }), "video", "video/mp4"),
        ("ai-gif-generator", json!({ "style": { "prompt": "x" }, "output_format": "webm" }), "image", "video/webm"),
        ("ai-voice-generator", json!({ "style": { "prompt": "x", "voice_name": "Yoda" } }), "audio", "audio/wav"),
        ("ai-image-generator", json!({ "image_count": 4, "style": { "prompt": "x" } }), "image", "image/png"),
    ];
    let mut last = String::new();
    for (tool, body, kind, media_type) in tools {
        let id = world.create(tool, &body).await;
        while world.step().await.to.as_str() != "complete" {}
        let details = world.get(&format!("/v1/{kind}-projects/{id}")).await;
        let downloads = details["downloads"].as_array().unwrap();
        assert_eq!(downloads.len(), if tool == "ai-image-generator" { 4 } else { 1 });
        for download in downloads {
            last = path_of(&download["url"]);
            let whole = world.send(Method::GET, &last, &[], b"").await;
            assert_eq!((whole.status.as_u16(), &whole.headers["content-type"]), (200, &media_type.parse().unwrap()));
            assert_eq!(sniff(&whole.body), Some(media_type));
            let part = world.send(Method::GET, &last, &[("range", "bytes=2-5")], b"").await;
            assert_eq!((part.status.as_u16(), &part.body[..]), (206, &whole.body[2..6]));
            assert_eq!(part.headers["content-range"], format!("bytes 2-5/{}", whole.body.len()));
            let beyond = world.send(Method::GET, &last, &[("range", "bytes=99999999-")], b"").await;
            assert_eq!(beyond.status, 416);
        }
    }
    world.call(Method::POST, "/_sandbox/clock/advance", &json!({ "by": "24h" })).await;
    assert_eq!(world.send(Method::GET, &last, &[], b"").await.status, 403);
    world.stop().await;
}
