//! The limits of a model that a request names, as the official Rust SDK 0.83.0 documents them; where that has none, as
//! the specification does.

use serde_json::Value;

use crate::model::tools::body::{at, seconds, text_at};
use crate::model::tools::image::MODELS as IMAGE_PRICES;
use crate::model::tools::lengths::{Lengths, listed};
use crate::model::tools::models::{Audio, VideoModel, has_audio, named_model};
use crate::model::tools::tool::Tool;

/// Names that are known, and whose limits are not.
const OTHER_VIDEO_MODELS: [&str; 10] = [
    "default",
    "ltx-2",
    "kling-1.6",
    "kling-2.5",
    "kling-2.5-audio",
    "seedance",
    "veo3.1-audio",
    "gemini-omni",
    "wan-animate",
    "ltx-2.5-fast",
];

const UGC_LTX: Lengths = Lengths::Of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]);
const UGC_VEO: Lengths =
    Lengths::Of(&[4, 6, 8, 15, 22, 29, 36, 43, 50, 57, 64, 71, 78, 85, 92, 99, 106, 113, 120, 127, 134, 141]);

/// The lengths and the characters of a script that a model of ai-ugc-ad takes.
const UGC_LIMITS: [(&str, Lengths, usize); 3] =
    [("kling-3.0", Lengths::Whole(3, 15), 2_304), ("ltx-2.5", UGC_LTX, 1_804), ("veo3.1", UGC_VEO, 2_500)];

/// The longest script of a request that names no model: paid plans take kling-3.0, free ones a model that takes less.
const UGC_DEFAULT: usize = 2_304;

/// The clips and the resolutions of a model of ai-video-editor.
#[rustfmt::skip]
const EDITOR_LIMITS: [(&str, Lengths, &[&str]); 5] = [
    ("gemini-omni",     Lengths::Between(3.0, 10.0), &["720p"]),
    ("gemini-omni-1.1", Lengths::Between(3.0, 10.0), &["720p", "1080p"]),
    ("wan-3.0",         Lengths::Between(2.0, 15.0), &["480p", "720p", "1080p"]),
    ("ltx-2.3",         Lengths::Between(0.5, 45.0), &["480p", "720p", "1080p"]),
    ("ltx-2.5",         Lengths::Between(0.5, 60.0), &["480p", "720p", "1080p"]),
];

/// The clips of a model of character-replace, replaced and animated, and its resolutions.
#[rustfmt::skip]
const CHARACTER_LIMITS: [(&str, Lengths, Lengths, &[&str]); 3] = [
    ("wan-animate", Lengths::Between(0.0, f64::INFINITY), Lengths::Between(0.0, f64::INFINITY), &["480p", "720p"]),
    ("kling-3.0",   Lengths::Between(3.0, 10.0),          Lengths::Between(3.0, 30.0),          &["720p", "1080p"]),
    ("minimax-h3",  Lengths::Between(1.0, 60.0),          Lengths::Between(1.0, 60.0),          &["480p", "720p", "1080p"]),
];

/// The image counts and the resolutions that an image model allows; none are published for the counts of the editor.
#[rustfmt::skip]
const IMAGE_LIMITS: [(&str, &[u32], &[&str]); 16] = [
    ("flux-2-klein",        &[1],           &["640px", "1k", "2k"]),
    ("flux-schnell",        &[1, 2, 3, 4],  &["640px", "1k", "2k"]),
    ("gpt-image-2",         &[1, 2, 3, 4],  &["640px", "1k", "2k", "4k"]),
    ("gpt-image-2.5-flare", &[1, 2, 3, 4],  &["640px", "1k", "2k", "4k"]),
    ("krea-2",              &[1],           &["640px", "1k"]),
    ("nano-banana",         &[1, 2, 3, 4],  &["640px", "1k"]),
    ("nano-banana-2",       &[1, 4, 9, 16], &["640px", "1k", "2k", "4k"]),
    ("nano-banana-2-lite",  &[1, 2, 3, 4],  &["640px", "1k"]),
    ("nano-banana-2.1",     &[1, 4, 9, 16], &["640px", "1k", "2k", "4k"]),
    ("nano-banana-pro",     &[1, 4, 9, 16], &["1k", "2k", "4k"]),
    ("qwen-edit",           &[],            &["640px", "1k", "2k"]),
    ("qwen-image-2.1",      &[1, 2, 3, 4],  &["640px", "1k", "2k"]),
    ("seedream-v4",         &[1, 2, 3, 4],  &["640px", "1k", "2k", "4k"]),
    ("seedream-v4.5",       &[],            &["640px", "1k", "2k", "4k"]),
    ("seedream-v5-pro",     &[1, 2, 3, 4],  &["640px", "1k", "2k"]),
    ("z-image-turbo",       &[1, 2, 3, 4],  &["640px", "1k", "2k"]),
];

impl Tool {
    /// The limit of its model that a request breaks; Magic Hour refuses it with 422.
    pub fn broken_limit(&self, body: &Value) -> Option<String> {
        match self.name() {
            "text-to-video" | "image-to-video" => broken_video_limit(VideoModel::find(named_model(body)?)?, body),
            "ai-image-generator" => broken_count(body).or_else(|| broken_image_resolution(body)),
            "ai-image-editor" => broken_image_resolution(body),
            "ai-ugc-ad" => broken_script(body),
            "ai-video-editor" => {
                let (name, lengths, resolutions) =
                    EDITOR_LIMITS.into_iter().find(|(known, ..)| Some(*known) == named_model(body))?;
                broken_clip(name, lengths, body).or_else(|| broken_resolution(name, resolutions, body))
            }
            "character-replace" => broken_subject(body).or_else(|| {
                let (name, replaced, animated, resolutions) =
                    CHARACTER_LIMITS.into_iter().find(|(known, ..)| Some(*known) == named_model(body))?;
                let lengths = if is_animated(body) { animated } else { replaced };
                broken_clip(name, lengths, body).or_else(|| broken_resolution(name, resolutions, body))
            }),
            "ai-talking-photo" => {
                let most = if text_at(body, "style.generation_mode") == Some("prompted") { 60.0 } else { 300.0 };
                (seconds(body) > most).then(|| format!("the clip must be at most {most} seconds long in this mode"))
            }
            _ => None,
        }
    }

    /// Values that a later release may know and this one does not: a model, a template.
    pub fn unknown_values(&self, body: &Value) -> Vec<String> {
        let is_known = |model: &str| {
            VideoModel::find(model).is_some()
                || OTHER_VIDEO_MODELS.contains(&model)
                || IMAGE_PRICES.iter().any(|(known, _)| *known == model)
        };
        let has_model = self.fields.iter().any(|field| field.path == "model");
        let model = named_model(body).filter(|model| has_model && !is_known(model));
        let model = model.map(|model| format!("model '{model}' is not known to this version"));
        model.into_iter().chain(self.unknown_choices(body)).collect()
    }
}

fn broken_video_limit(model: &VideoModel, body: &Value) -> Option<String> {
    let name = model.name;
    if !model.seconds.contains(seconds(body)) {
        return Some(format!("end_seconds of model {name} must be {}", model.seconds));
    }
    if let Some(broken) = broken_resolution(name, model.resolutions, body) {
        return Some(broken);
    }
    let is_wide_only = matches!(name, "sora-2" | "veo3.1" | "veo3.1-lite" | "gemini-omni-1.1");
    if is_wide_only && text_at(body, "aspect_ratio") == Some("1:1") {
        return Some(format!("aspect_ratio of model {name} must be one of 9:16, 16:9"));
    }
    if at(body, "assets.end_image_file_path").is_some() {
        if name == "wan-2.2" {
            return Some(format!("assets.end_image_file_path is not supported by model {name}"));
        }
        if name.starts_with("veo3.1") && seconds(body) > 8.0 {
            return Some(format!("end_seconds of model {name} must be at most 8 with assets.end_image_file_path"));
        }
    }
    (model.audio == Audio::None && has_audio(body)).then(|| format!("audio is not supported by model {name}"))
}

fn broken_resolution(name: &str, resolutions: &[&str], body: &Value) -> Option<String> {
    let resolution = text_at(body, "resolution")?;
    (!resolutions.contains(&resolution))
        .then(|| format!("resolution of model {name} must be one of {}", resolutions.join(", ")))
}

fn broken_clip(name: &str, lengths: Lengths, body: &Value) -> Option<String> {
    (!lengths.contains(seconds(body))).then(|| format!("the clip of model {name} must be {lengths}"))
}

fn broken_count(body: &Value) -> Option<String> {
    let (name, counts, _) = image_limit(body).filter(|(_, counts, _)| !counts.is_empty())?;
    let count = at(body, "image_count").and_then(Value::as_f64)?;
    let is_allowed = counts.iter().any(|known| f64::from(*known).total_cmp(&count).is_eq());
    (!is_allowed).then(|| format!("image_count of model {name} must be one of {}", listed(counts)))
}

fn broken_image_resolution(body: &Value) -> Option<String> {
    let (name, _, resolutions) = image_limit(body).filter(|_| text_at(body, "resolution") != Some("auto"))?;
    broken_resolution(name, resolutions, body)
}

fn image_limit(body: &Value) -> Option<(&'static str, &'static [u32], &'static [&'static str])> {
    IMAGE_LIMITS.into_iter().find(|(known, ..)| Some(*known) == named_model(body))
}

/// The spoken words count without the blanks around them.
fn broken_script(body: &Value) -> Option<String> {
    let model = named_model(body);
    let limit = UGC_LIMITS.into_iter().find(|(known, ..)| Some(*known) == model);
    if let Some((name, lengths, _)) = limit.filter(|(_, lengths, _)| !lengths.contains(seconds(body))) {
        return Some(format!("end_seconds of model {name} must be {lengths}"));
    }
    let of = model.map(|name| format!(" of model {name}")).unwrap_or_default();
    let most = match (limit, model) {
        (Some((_, _, most)), _) => most,
        (None, Some(_)) => 2_500,
        (None, None) => UGC_DEFAULT,
    };
    let script = text_at(body, "script")?.trim();
    (script.chars().count() > most).then(|| format!("script{of} must be at most {most} characters long"))
}

/// A subject that is chosen by points, where that cannot be.
fn broken_subject(body: &Value) -> Option<String> {
    let has_points = text_at(body, "style.selection_mode") == Some("point");
    let is_kling = named_model(body).is_some_and(|model| model.starts_with("kling-3.0"));
    match (has_points, is_animated(body), is_kling) {
        (true, true, _) => Some("style.selection_mode must be auto when style.mode is animate".to_owned()),
        (true, _, true) => Some("style.points is not supported by model kling-3.0".to_owned()),
        _ => None,
    }
}

fn is_animated(body: &Value) -> bool {
    text_at(body, "style.mode") == Some("animate")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::tools::{Tool, tool_for_path};

    fn tool(name: &str) -> &'static Tool {
        tool_for_path(&format!("/v1/{name}")).unwrap()
    }

    fn broken(name: &str, body: &Value) -> String {
        tool(name).broken_limit(body).unwrap_or_default()
    }

    fn video(model: &str, seconds: u32, resolution: &str) -> Value {
        json!({ "end_seconds": seconds, "model": model, "resolution": resolution, "style": { "prompt": "a" } })
    }

    #[test]
    fn the_limits_of_a_model_are_checked() {
        let text = |model: &str, seconds, resolution: &str| broken("text-to-video", &video(model, seconds, resolution));
        assert_eq!(text("sora-2", 8, "720p"), "");
        assert_eq!(text("kling-2.6", 6, "720p"), "end_seconds of model kling-2.6 must be one of 5, 10");
        assert_eq!(text("kling-4.0", 2, "720p"), "end_seconds of model kling-4.0 must be a whole number from 3 to 30");
        assert_eq!(text("sora-2", 8, "1080p"), "resolution of model sora-2 must be one of 720p");
        assert_eq!(text("unheard-of", 6, "720p"), "");
        let images = json!({ "image_count": 9, "model": "flux-schnell" });
        assert_eq!(
            broken("ai-image-generator", &images),
            "image_count of model flux-schnell must be one of 1, 2, 3, 4"
        );
        let edited = json!({ "model": "krea-2", "resolution": "4k" });
        assert_eq!(broken("ai-image-editor", &edited), "resolution of model krea-2 must be one of 640px, 1k");
        let points = json!({ "end_seconds": 5, "style": { "mode": "animate", "selection_mode": "point" } });
        assert_eq!(
            broken("character-replace", &points),
            "style.selection_mode must be auto when style.mode is animate"
        );
        let long = json!({ "start_seconds": 0, "end_seconds": 61, "style": { "generation_mode": "prompted" } });
        assert_eq!(broken("ai-talking-photo", &long), "the clip must be at most 60 seconds long in this mode");
    }

    #[test]
    fn what_a_newer_release_allows_is_allowed() {
        for (model, seconds, resolution) in [
            ("ltx-2.5", 37, "720p"),
            ("minimax-h3", 11, "480p"),
            ("seedance-2.0", 15, "4k"),
            ("seedance-2.5", 30, "1080p"),
        ] {
            assert_eq!(broken("image-to-video", &video(model, seconds, resolution)), "", "{model}");
        }
    }

    #[test]
    fn the_clip_of_a_model_depends_on_what_is_made_of_it() {
        let replace = |seconds: u32, mode: &str| {
            broken(
                "character-replace",
                &json!({ "end_seconds": seconds, "model": "kling-3.0", "style": { "mode": mode } }),
            )
        };
        assert_eq!(replace(20, "replace"), "the clip of model kling-3.0 must be from 3 to 10 seconds long");
        assert_eq!(replace(20, "animate"), "");
        let edit = json!({ "start_seconds": 1, "end_seconds": 12, "model": "gemini-omni-1.1" });
        assert_eq!(
            broken("ai-video-editor", &edit),
            "the clip of model gemini-omni-1.1 must be from 3 to 10 seconds long"
        );
    }

    #[test]
    fn the_words_of_an_ad_are_limited_by_its_model() {
        let ad = |model: Option<&str>, characters: usize| {
            let script = format!("  {}\n", "ä".repeat(characters));
            broken("ai-ugc-ad", &json!({ "end_seconds": 8, "model": model, "script": script }))
        };
        for (model, most) in [("kling-3.0", 2_304), ("ltx-2.5", 1_804), ("veo3.1", 2_500)] {
            assert_eq!(ad(Some(model), most), "");
            assert_eq!(
                ad(Some(model), most + 1),
                format!("script of model {model} must be at most {most} characters long")
            );
        }
        assert_eq!(ad(None, 2_304), "");
        assert_eq!(ad(None, 2_305), "script must be at most 2304 characters long");
        let long = json!({ "end_seconds": 9, "model": "veo3.1", "script": "a" });
        assert!(broken("ai-ugc-ad", &long).starts_with("end_seconds of model veo3.1 must be one of 4, 6, 8, 15"));
    }

    #[test]
    fn a_value_of_a_later_release_is_named() {
        let unknown = tool("text-to-video").unknown_values(&video("kling-9", 5, "720p"));
        assert_eq!(unknown, ["model 'kling-9' is not known to this version"]);
        let meme = json!({ "style": { "topic": "t", "template": "Absolute Cinema" } });
        assert_eq!(
            tool("ai-meme-generator").unknown_values(&meme),
            ["style.template 'Absolute Cinema' is not known to this version"]
        );
        assert!(tool("text-to-video").unknown_values(&video("kling-3.0", 5, "720p")).is_empty());
        let speech = |voice: &str| json!({ "style": { "prompt": "Hi", "voice_name": voice } });
        let unknown = |voice: &str| tool("ai-voice-generator").unknown_values(&speech(voice));
        assert_eq!(unknown("Yodda"), ["style.voice_name 'Yodda' is not known to this version"]);
        assert!(["Yoda", "Donkey (Shrek)", "Picard"].into_iter().all(|voice| unknown(voice).is_empty()));
    }
}
