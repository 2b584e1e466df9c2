//! The models of the tools that let a request choose one: their limits and their published prices.
//!
//! Limits are those of the specification, prices those of the documentation's table "Video credit costs"; a few are known
//! from recorded charges alone. A price that nobody has published is none.

use serde_json::Value;

use crate::model::tools::body::{at, seconds, text_at};
use crate::model::tools::image::MODELS as IMAGE_PRICES;
use crate::model::tools::price::rounded_up;
use crate::model::tools::tool::Tool;

/// A model that makes videos.
struct VideoModel {
    name: &'static str,
    /// The lengths that it makes, in seconds; any if there is none.
    seconds: &'static [u32],
    resolutions: &'static [&'static str],
    /// Credits per second by resolution, as far as they are published.
    rates: &'static [(&'static str, f64)],
    audio: Audio,
}

/// The sound of a video.
#[derive(Clone, Copy, PartialEq)]
enum Audio {
    None,
    /// Sound at these additional credits per second.
    At(f64),
    /// Sound at a price that is not published.
    Unpriced,
}

const LTX: &[(&str, f64)] = &[("480p", 24.0), ("720p", 48.0), ("1080p", 72.0)];
const LTX_SECONDS: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30];
const UP_TO_15: &[u32] = &[4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const FROM_3: &[u32] = &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const FROM_4_TO_30: &[u32] =
    &[4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30];
const VEO: &[u32] = &[4, 6, 8, 16, 24, 32, 40, 48, 56];
const ALL_480: &[&str] = &["480p", "720p", "1080p"];
const LOW: &[&str] = &["480p", "720p"];
const HIGH: &[&str] = &["720p", "1080p"];

#[rustfmt::skip]
const VIDEO_MODELS: [VideoModel; 13] = [
    model("ltx-2.5",           LTX_SECONDS,                          ALL_480,                     LTX,                                 Audio::At(0.0)),
    model("ltx-2.3",           LTX_SECONDS,                          ALL_480,                     LTX,                                 Audio::At(0.0)),
    model("wan-2.2",           &[3, 4, 5, 6, 7, 8, 9, 10, 15],       ALL_480,                     &[("480p", 24.0)],                   Audio::None),
    model("minimax-h3",        LTX_SECONDS,                          ALL_480,                     &[],                                 Audio::At(0.0)),
    model("kling-2.6",         &[5, 10],                             HIGH,                        &[("720p", 36.0)],                   Audio::None),
    model("kling-3.0",         FROM_3,                               &["720p", "1080p", "4k"],    &[("720p", 48.0), ("4k", 240.0)],    Audio::Unpriced),
    model("seedance-1.5",      &[4, 5, 6, 7, 8, 9, 10, 11, 12],      ALL_480,                     &[],                                 Audio::Unpriced),
    model("seedance-2.0",      UP_TO_15,                             LOW,                         &[("480p", 144.0), ("720p", 288.0)], Audio::At(0.0)),
    model("seedance-2.0-mini", UP_TO_15,                             LOW,                         &[],                                 Audio::At(0.0)),
    model("seedance-2.5",      FROM_4_TO_30,                         LOW,                         &[("480p", 288.0), ("720p", 576.0)], Audio::At(0.0)),
    model("sora-2",            &[4, 8, 12, 24, 36, 48, 60],          &["720p"],                   &[("720p", 120.0)],                  Audio::At(0.0)),
    model("veo3.1",            VEO,                                  HIGH,                        &[("720p", 96.0), ("1080p", 120.0)], Audio::At(24.0)),
    model("veo3.1-lite",       VEO,                                  HIGH,                        &[],                                 Audio::Unpriced),
];

/// Names that are known, and whose limits are not.
const OTHER_VIDEO_MODELS: [&str; 13] = [
    "default",
    "ltx-2",
    "kling-1.6",
    "kling-2.5",
    "kling-2.5-audio",
    "kling-4.0",
    "seedance",
    "seedance-2.0-fast",
    "veo3.1-audio",
    "wan-3.0",
    "gemini-omni",
    "gemini-omni-1.1",
    "ltx-2.5-fast",
];

/// The model that a paid plan takes when none is named.
const PAID_DEFAULT: &str = "kling-3.0";

/// The dearest published price of a second.
const DEAREST: f64 = 576.0;

/// The image counts that a model allows, where that is not 1 to 4; and its resolutions.
#[rustfmt::skip]
const IMAGE_LIMITS: [(&str, &[u32], &[&str]); 10] = [
    ("flux-2-klein",       &[1],           &["640px", "1k", "2k"]),
    ("flux-schnell",       &[1, 2, 3, 4],  &["640px", "1k", "2k"]),
    ("gpt-image-2",        &[1, 2, 3, 4],  &["640px", "1k", "2k", "4k"]),
    ("nano-banana",        &[1, 2, 3, 4],  &["640px", "1k"]),
    ("nano-banana-2",      &[1, 4, 9, 16], &["640px", "1k", "2k", "4k"]),
    ("nano-banana-2-lite", &[1, 2, 3, 4],  &["640px", "1k"]),
    ("nano-banana-pro",    &[1, 4, 9, 16], &["1k", "2k", "4k"]),
    ("seedream-v4",        &[1, 2, 3, 4],  &["640px", "1k", "2k", "4k"]),
    ("seedream-v5-pro",    &[1, 2, 3, 4],  &["640px", "1k", "2k"]),
    ("z-image-turbo",      &[1, 2, 3, 4],  &["640px", "1k", "2k"]),
];

const fn model(
    name: &'static str,
    seconds: &'static [u32],
    resolutions: &'static [&'static str],
    rates: &'static [(&'static str, f64)],
    audio: Audio,
) -> VideoModel {
    VideoModel { name, seconds, resolutions, rates, audio }
}

impl VideoModel {
    fn find(name: &str) -> Option<&'static Self> {
        VIDEO_MODELS.iter().find(|model| model.name == name)
    }

    /// Credits per second; none if that is not published.
    fn rate(&self, resolution: &str, has_audio: bool) -> Option<f64> {
        let (_, rate) = self.rates.iter().find(|(known, _)| *known == resolution)?;
        match (has_audio, self.audio) {
            (true, Audio::At(more)) => Some(rate + more),
            (true, Audio::Unpriced) => None,
            _ => Some(*rate),
        }
    }
}

impl Tool {
    /// Whether a video of this tool is priced by its model.
    fn is_by_video_model(&self) -> bool {
        matches!(self.name(), "text-to-video" | "image-to-video" | "ai-ugc-ad")
    }

    fn is_by_image_model(&self) -> bool {
        matches!(self.name(), "ai-image-generator" | "ai-image-editor")
    }

    /// The credits that a create call is charged in the sandbox.
    pub fn estimate(&self, body: &Value) -> u64 {
        self.by_model(body).unwrap_or_else(|| self.price.estimate(body))
    }

    /// The credits that a job has cost in the sandbox once it is complete.
    pub fn settled(&self, body: &Value) -> u64 {
        self.by_model(body).unwrap_or_else(|| self.price.settled(body))
    }

    /// The published price of a video whose model is named.
    fn by_model(&self, body: &Value) -> Option<u64> {
        let model = VideoModel::find(named_model(body)?).filter(|_| self.is_by_video_model())?;
        let lowest = model.resolutions.first().copied().unwrap_or("480p");
        let rate = model.rate(text_at(body, "resolution").unwrap_or(lowest), has_audio(body))?;
        Some(rounded_up(seconds(body) * rate))
    }

    /// The probable cost of a job for a paying account, rather too high than too low.
    pub fn probable_cost(&self, body: &Value) -> u64 {
        if self.is_by_video_model() {
            const LEAST_SECONDS: f64 = 3.0;
            let named = named_model(body);
            let length = if named.is_some() { seconds(body) } else { seconds(body).max(LEAST_SECONDS) };
            return rounded_up(length * paid_rate(body).unwrap_or(DEAREST));
        }
        if self.fields.iter().any(|field| field.path == "model") && named_model(body).is_none() {
            return self.price.dearest(body);
        }
        self.price.estimate(body)
    }

    /// The choice of a request whose price is not published: `model veo3.1-lite`, `resolution 4k`.
    pub fn unpriced(&self, body: &Value) -> Option<String> {
        let named = named_model(body);
        if self.is_by_video_model() && paid_rate(body).is_none() {
            let model = named.unwrap_or(PAID_DEFAULT);
            let at_resolution = text_at(body, "resolution").map(|resolution| format!(" at {resolution}"));
            let sound = if has_audio(body) { " with audio" } else { "" };
            return Some(format!("model {model}{}{sound}", at_resolution.unwrap_or_default()));
        }
        if self.is_by_image_model() {
            let unknown = named.filter(|model| !IMAGE_PRICES.iter().any(|(known, _)| known == model));
            let large = text_at(body, "resolution").filter(|resolution| matches!(*resolution, "2k" | "4k"));
            return unknown
                .map(|model| format!("model {model}"))
                .or_else(|| large.map(|resolution| format!("resolution {resolution}")));
        }
        match self.name() {
            "ai-video-editor" if named != Some("ltx-2.3") => Some(format!("model {}", named.unwrap_or("gemini-omni"))),
            "ai-video-editor" | "character-replace" if text_at(body, "resolution") == Some("1080p") => {
                Some("resolution 1080p".to_owned())
            }
            "character-replace" => named.map(|model| format!("model {model}")),
            _ => None,
        }
    }

    /// The limit of its model that a request breaks; Magic Hour refuses it with 422.
    pub fn broken_limit(&self, body: &Value) -> Option<String> {
        match self.name() {
            "text-to-video" | "image-to-video" => broken_video_limit(VideoModel::find(named_model(body)?)?, body),
            "ai-image-generator" => broken_image_limit(named_model(body)?, body),
            "character-replace" => {
                let points = text_at(body, "style.selection_mode") == Some("point");
                let animates = text_at(body, "style.mode") == Some("animate");
                let kling = named_model(body).is_some_and(|model| model.starts_with("kling-3.0"));
                match (points, animates, kling) {
                    (true, true, _) => Some("style.selection_mode must be auto when style.mode is animate".to_owned()),
                    (true, _, true) => Some("style.points is not supported by model kling-3.0".to_owned()),
                    _ => None,
                }
            }
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

/// Credits per second of a video for a paying account; none if that is not published.
fn paid_rate(body: &Value) -> Option<f64> {
    const PAID_RESOLUTION: &str = "720p";
    let model = VideoModel::find(named_model(body).unwrap_or(PAID_DEFAULT))?;
    model.rate(text_at(body, "resolution").unwrap_or(PAID_RESOLUTION), has_audio(body))
}

fn broken_video_limit(model: &VideoModel, body: &Value) -> Option<String> {
    let name = model.name;
    let length = seconds(body);
    if !model.seconds.iter().any(|known| f64::from(*known).total_cmp(&length).is_eq()) {
        let all: Vec<String> = model.seconds.iter().map(ToString::to_string).collect();
        return Some(format!("end_seconds of model {name} must be one of {}", all.join(", ")));
    }
    if text_at(body, "resolution").is_some_and(|resolution| !model.resolutions.contains(&resolution)) {
        return Some(format!("resolution of model {name} must be one of {}", model.resolutions.join(", ")));
    }
    let is_wide_only = matches!(name, "sora-2" | "veo3.1" | "veo3.1-lite");
    if is_wide_only && text_at(body, "aspect_ratio") == Some("1:1") {
        return Some(format!("aspect_ratio of model {name} must be one of 9:16, 16:9"));
    }
    (model.audio == Audio::None && has_audio(body)).then(|| format!("audio is not supported by model {name}"))
}

fn broken_image_limit(name: &str, body: &Value) -> Option<String> {
    let (_, counts, resolutions) = IMAGE_LIMITS.into_iter().find(|(known, ..)| *known == name)?;
    let count = at(body, "image_count").and_then(Value::as_f64)?;
    if !counts.iter().any(|known| f64::from(*known).total_cmp(&count).is_eq()) {
        let all: Vec<String> = counts.iter().map(ToString::to_string).collect();
        return Some(format!("image_count of model {name} must be one of {}", all.join(", ")));
    }
    let resolution = text_at(body, "resolution").filter(|resolution| *resolution != "auto")?;
    (!resolutions.contains(&resolution))
        .then(|| format!("resolution of model {name} must be one of {}", resolutions.join(", ")))
}

/// The model that a request names; `default` is none.
fn named_model(body: &Value) -> Option<&str> {
    text_at(body, "model").filter(|model| *model != "default")
}

fn has_audio(body: &Value) -> bool {
    at(body, "audio") == Some(&Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::tools::{Tool, tool_for_path};

    fn tool(name: &str) -> &'static Tool {
        tool_for_path(&format!("/v1/{name}")).unwrap()
    }

    fn video(model: &str, seconds: u32, resolution: &str) -> Value {
        json!({ "end_seconds": seconds, "model": model, "resolution": resolution, "style": { "prompt": "a" } })
    }

    #[test]
    fn videos_cost_what_real_runs_were_charged() {
        let runs = [("seedance-2.5", 4_608), ("sora-2", 960), ("veo3.1", 768), ("kling-3.0", 384), ("ltx-2.5", 384)];
        for (model, credits) in runs {
            let body = video(model, 8, "720p");
            let text = tool("text-to-video");
            assert_eq!((text.settled(&body), text.probable_cost(&body)), (credits, credits), "{model}");
        }
        let mut loud = video("veo3.1", 8, "1080p");
        loud["audio"] = json!(true);
        assert_eq!(tool("text-to-video").settled(&loud), 1_152);
        let replace = json!({ "end_seconds": 5, "resolution": "720p" });
        assert_eq!(tool("character-replace").settled(&replace), 480);
        let edit = json!({ "end_seconds": 5, "resolution": "720p", "model": "ltx-2.3" });
        assert_eq!(tool("ai-video-editor").settled(&edit), 180);
        assert_eq!(tool("video-to-video").settled(&json!({ "start_seconds": 0, "end_seconds": 5 })), 300);
        assert_eq!(tool("ai-talking-photo").settled(&json!({ "start_seconds": 0, "end_seconds": 3.92 })), 190);
        let speech = json!({ "style": { "prompt": "x".repeat(42) } });
        assert_eq!(tool("ai-voice-generator").settled(&speech), 5);
    }

    #[test]
    fn a_price_that_is_not_published_is_named() {
        let unpriced = |name: &str, body: Value| tool(name).unpriced(&body);
        assert_eq!(unpriced("text-to-video", video("veo3.1", 8, "720p")), None);
        assert_eq!(unpriced("text-to-video", json!({ "end_seconds": 5 })), None);
        assert_eq!(
            unpriced("text-to-video", video("veo3.1-lite", 8, "720p")).as_deref(),
            Some("model veo3.1-lite at 720p")
        );
        assert_eq!(
            unpriced("image-to-video", json!({ "end_seconds": 5, "model": "kling-5" })).as_deref(),
            Some("model kling-5")
        );
        assert_eq!(unpriced("ai-image-generator", json!({ "model": "krea-2" })), None);
        assert_eq!(unpriced("ai-image-generator", json!({ "model": "krea-9" })).as_deref(), Some("model krea-9"));
        let large = json!({ "model": "nano-banana-2", "resolution": "4k" });
        assert_eq!(unpriced("ai-image-generator", large).as_deref(), Some("resolution 4k"));
        assert_eq!(unpriced("photo-colorizer", json!({})), None);
    }

    #[test]
    fn the_limits_of_a_model_are_checked() {
        let broken = |name: &str, body: Value| tool(name).broken_limit(&body).unwrap_or_default();
        assert_eq!(broken("text-to-video", video("sora-2", 8, "720p")), "");
        assert_eq!(
            broken("text-to-video", video("kling-2.6", 6, "720p")),
            "end_seconds of model kling-2.6 must be one of 5, 10"
        );
        assert_eq!(
            broken("text-to-video", video("sora-2", 8, "1080p")),
            "resolution of model sora-2 must be one of 720p"
        );
        assert_eq!(broken("text-to-video", video("unheard-of", 6, "720p")), "");
        let images = json!({ "image_count": 9, "model": "flux-schnell" });
        assert_eq!(broken("ai-image-generator", images), "image_count of model flux-schnell must be one of 1, 2, 3, 4");
        let points = json!({ "style": { "mode": "animate", "selection_mode": "point" } });
        assert_eq!(broken("character-replace", points), "style.selection_mode must be auto when style.mode is animate");
        let long = json!({ "start_seconds": 0, "end_seconds": 61, "style": { "generation_mode": "prompted" } });
        assert_eq!(broken("ai-talking-photo", long), "the clip must be at most 60 seconds long in this mode");
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
