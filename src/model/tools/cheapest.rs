//! The cheapest job of each kind and each tool: what a trial of a whole integration orders.
//!
//! Left to itself, Magic Hour takes the best model that the plan allows, which is the dearest too. So model and
//! resolution are pinned wherever a tool has them.

use serde_json::{Value, json};

use crate::model::contract::event::Kind;
use crate::model::tools::lookup::tools;
use crate::model::tools::minimal::put;
use crate::model::tools::tool::Tool;

/// A tool of each kind whose job is cheap, needs no file, and makes what users of that kind expect.
const USUAL: [(Kind, &str); 3] =
    [(Kind::Video, "text-to-video"), (Kind::Image, "ai-image-generator"), (Kind::Audio, "ai-voice-generator")];

/// Values that are set in the smallest body of a tool.
#[rustfmt::skip]
const PINS: [(&str, &str, &str); 16] = [
    ("text-to-video",      "model",        "ltx-2.5"),
    ("text-to-video",      "resolution",   "480p"),
    ("text-to-video",      "style.prompt", "a lighthouse at dawn"),
    ("image-to-video",     "model",        "ltx-2.5"),
    ("image-to-video",     "resolution",   "480p"),
    ("ai-video-editor",    "model",        "ltx-2.3"),
    ("ai-video-editor",    "resolution",   "480p"),
    ("audio-to-video",     "resolution",   "480p"),
    ("character-replace",  "resolution",   "480p"),
    ("ai-ugc-ad",          "model",        "ltx-2.5"),
    ("ai-ugc-ad",          "resolution",   "480p"),
    ("ai-image-generator", "model",        "z-image-turbo"),
    ("ai-image-generator", "resolution",   "640px"),
    ("ai-image-generator", "style.prompt", "a lighthouse at dawn"),
    ("ai-image-editor",    "model",        "qwen-edit"),
    ("ai-image-editor",    "resolution",   "640px"),
];

/// The fields that take what the user calls a prompt; of a tool that has several, the first counts.
const PROMPTS: [&str; 4] = ["style.prompt", "style.topic", "script", "content"];

/// The tool of a kind that is used unless another one is named.
pub fn usual_tool(kind: Kind) -> Option<&'static Tool> {
    let (_, name) = USUAL.into_iter().find(|(known, _)| *known == kind)?;
    tools().find(|tool| tool.name() == name)
}

impl Tool {
    /// The smallest body, with model and resolution pinned to the cheapest.
    pub fn cheapest_body(&self) -> Value {
        let mut body = self.minimal_body();
        for (_, field, value) in PINS.iter().filter(|(name, ..)| *name == self.name()) {
            put(&mut body, field, json!(value));
        }
        body
    }

    /// The field that takes a prompt, if the tool has one.
    pub fn prompt_field(&self) -> Option<&'static str> {
        PROMPTS.into_iter().find(|prompt| self.fields.iter().any(|field| field.path == *prompt))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PINS, usual_tool};
    use crate::model::contract::event::Kind;
    use crate::model::tools::{tool_for_path, tools, validate};

    #[test]
    fn the_cheapest_jobs_of_all_kinds_cost_thirty_credits_together() {
        let costs = Kind::ALL.map(|kind| {
            let tool = usual_tool(kind).unwrap();
            let body = tool.cheapest_body();
            (tool.kind.project().unwrap(), body.to_string(), tool.probable_cost(&body))
        });
        let video =
            r#"{"end_seconds":1,"style":{"prompt":"a lighthouse at dawn"},"model":"ltx-2.5","resolution":"480p"}"#;
        let image = r#"{"image_count":1,"style":{"prompt":"a lighthouse at dawn"},"model":"z-image-turbo","resolution":"640px"}"#;
        let audio = r#"{"style":{"prompt":"Hi","voice_name":"Yoda"}}"#;
        assert_eq!(
            costs,
            [
                (Kind::Video, video.to_owned(), 24),
                (Kind::Image, image.to_owned(), 5),
                (Kind::Audio, audio.to_owned(), 1)
            ]
        );
    }

    #[test]
    fn every_tool_accepts_its_cheapest_body_and_every_pin_has_a_tool() {
        for tool in tools() {
            let body = tool.cheapest_body();
            assert_eq!(validate(tool, &body), Ok(()), "{} {body}", tool.path);
        }
        for (name, field, _) in PINS {
            let tool = tools().find(|tool| tool.name() == name).unwrap_or_else(|| panic!("{name}"));
            assert!(tool.fields.iter().any(|known| known.path == field), "{name} {field}");
        }
    }

    #[test]
    fn what_does_not_name_a_cheap_model_is_reckoned_dear() {
        let tool = tool_for_path("/v1/text-to-video").unwrap();
        let cost = |body| tool.probable_cost(&body);
        assert_eq!(cost(json!({ "end_seconds": 1 })), 144);
        assert_eq!(cost(json!({ "end_seconds": 1, "model": "default" })), 144);
        assert_eq!(cost(json!({ "end_seconds": 3, "model": "kling-3.0" })), 144);
        // What is not published is reckoned at the dearest price.
        assert_eq!(cost(json!({ "end_seconds": 10, "model": "veo3.1", "resolution": "4k" })), 5_760);
        assert_eq!(cost(json!({ "end_seconds": 1, "model": "ltx-2.3", "resolution": "480p" })), 24);
        let images = tool_for_path("/v1/ai-image-generator").unwrap();
        assert_eq!(images.probable_cost(&json!({ "image_count": 2 })), 300);
        assert_eq!(images.probable_cost(&json!({ "image_count": 2, "model": "flux-schnell" })), 10);
        assert_eq!(tool_for_path("/v1/lip-sync").unwrap().probable_cost(&json!({ "end_seconds": 1 })), 30);
    }

    #[test]
    fn a_prompt_goes_where_each_tool_takes_one() {
        let field = |tool: &str| tool_for_path(&format!("/v1/{tool}")).unwrap().prompt_field();
        assert_eq!(field("text-to-video"), Some("style.prompt"));
        assert_eq!(field("ai-meme-generator"), Some("style.topic"));
        assert_eq!(field("ai-qr-code-generator"), Some("content"));
        assert_eq!(field("ai-ugc-ad"), Some("script"));
        assert_eq!(field("photo-colorizer"), None);
    }
}
