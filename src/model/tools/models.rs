//! The models of the tools that let a request choose one: their published prices.
//!
//! Limits are those of the specification, prices those of the documentation's table "Video credit costs"; a few are known
//! from recorded charges alone. A price that nobody has published is none.

use serde_json::Value;

use crate::model::tools::body::{at, seconds, text_at};
use crate::model::tools::image::MODELS as IMAGE_PRICES;
use crate::model::tools::lengths::Lengths;
use crate::model::tools::price::rounded_up;
use crate::model::tools::tool::Tool;

/// A model that makes videos.
pub(super) struct VideoModel {
    pub(super) name: &'static str,
    pub(super) seconds: Lengths,
    pub(super) resolutions: &'static [&'static str],
    /// Credits per second by resolution, as far as they are published.
    rates: &'static [(&'static str, f64)],
    pub(super) audio: Audio,
}

/// The sound of a video.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Audio {
    None,
    /// Sound at these additional credits per second.
    At(f64),
    /// Sound at a price that is not published.
    Unpriced,
}

const LTX: &[(&str, f64)] = &[("480p", 24.0), ("720p", 48.0), ("1080p", 72.0)];
const BY_FIVE_TO_30: Lengths = Lengths::Of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30]);
const VEO: Lengths = Lengths::Of(&[4, 6, 8, 16, 24, 32, 40, 48, 56]);
const WAN_3: Lengths = Lengths::Of(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30]);
const ALL_480: &[&str] = &["480p", "720p", "1080p"];
const LOW: &[&str] = &["480p", "720p"];
const HIGH: &[&str] = &["720p", "1080p"];
const WITH_4K: &[&str] = &["480p", "720p", "1080p", "4k"];
const OMNI: &[&str] = &["360p", "720p", "1080p", "4k"];

#[rustfmt::skip]
const VIDEO_MODELS: [VideoModel; 17] = [
    model("ltx-2.5",           Lengths::Whole(1, 60),                            ALL_480,                  LTX,                                 Audio::At(0.0)),
    model("ltx-2.3",           BY_FIVE_TO_30,                                    ALL_480,                  LTX,                                 Audio::At(0.0)),
    model("wan-2.2",           Lengths::Of(&[3, 4, 5, 6, 7, 8, 9, 10, 15]),      ALL_480,                  &[("480p", 24.0)],                   Audio::None),
    model("wan-3.0",           WAN_3,                                            ALL_480,                  &[],                                 Audio::At(0.0)),
    model("minimax-h3",        Lengths::Whole(1, 30),                            ALL_480,                  &[],                                 Audio::At(0.0)),
    model("kling-2.6",         Lengths::Of(&[5, 10]),                            HIGH,                     &[("720p", 36.0)],                   Audio::None),
    model("kling-3.0",         Lengths::Whole(3, 15),                            &["720p", "1080p", "4k"], &[("720p", 48.0), ("4k", 240.0)],    Audio::Unpriced),
    model("kling-4.0",         Lengths::Whole(3, 30),                            HIGH,                     &[],                                 Audio::At(0.0)),
    model("gemini-omni-1.1",   Lengths::Whole(3, 10),                            OMNI,                     &[],                                 Audio::None),
    model("seedance-1.5",      Lengths::Whole(4, 12),                            ALL_480,                  &[],                                 Audio::Unpriced),
    model("seedance-2.0",      Lengths::Whole(4, 15),                            WITH_4K,                  &[("480p", 144.0), ("720p", 288.0)], Audio::At(0.0)),
    model("seedance-2.0-fast", Lengths::Whole(4, 15),                            LOW,                      &[],                                 Audio::At(0.0)),
    model("seedance-2.0-mini", Lengths::Whole(4, 15),                            LOW,                      &[],                                 Audio::At(0.0)),
    model("seedance-2.5",      Lengths::Whole(4, 30),                            ALL_480,                  &[("480p", 288.0), ("720p", 576.0)], Audio::At(0.0)),
    model("sora-2",            Lengths::Of(&[4, 8, 12, 24, 36, 48, 60]),         &["720p"],                &[("720p", 120.0)],                  Audio::At(0.0)),
    model("veo3.1",            VEO,                                              HIGH,                     &[("720p", 96.0), ("1080p", 120.0)], Audio::At(24.0)),
    model("veo3.1-lite",       VEO,                                              HIGH,                     &[],                                 Audio::Unpriced),
];

/// The model that a paid plan takes when none is named.
const PAID_DEFAULT: &str = "kling-3.0";

/// The dearest published price of a second.
const DEAREST: f64 = 576.0;

const fn model(
    name: &'static str,
    seconds: Lengths,
    resolutions: &'static [&'static str],
    rates: &'static [(&'static str, f64)],
    audio: Audio,
) -> VideoModel {
    VideoModel { name, seconds, resolutions, rates, audio }
}

impl VideoModel {
    pub(super) fn find(name: &str) -> Option<&'static Self> {
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
}

/// Credits per second of a video for a paying account; none if that is not published.
fn paid_rate(body: &Value) -> Option<f64> {
    const PAID_RESOLUTION: &str = "720p";
    let model = VideoModel::find(named_model(body).unwrap_or(PAID_DEFAULT))?;
    model.rate(text_at(body, "resolution").unwrap_or(PAID_RESOLUTION), has_audio(body))
}

/// The model that a request names; `default` is none.
pub(super) fn named_model(body: &Value) -> Option<&str> {
    text_at(body, "model").filter(|model| *model != "default")
}

pub(super) fn has_audio(body: &Value) -> bool {
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
}
