//! Price of a job, as far as Magic Hour publishes it.
//!
//! Tools that are billed by the frame are charged an estimate at 30 frames per second and settled when the job is done;
//! all others are charged once. Where only a lowest price is published, that one is used.

use serde_json::Value;

use crate::model::tools::body::{at, characters, is, number_at, seconds};

/// Frames per second that an estimate assumes.
pub const ESTIMATED_FPS: f64 = 30.0;

/// Frames per second of what the sandbox makes, unless the request says another number.
pub const REAL_FPS: f64 = 24.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The job as a whole.
    Job,
    /// Each image of `image_count`.
    Image,
    /// Each second of the clip.
    Second,
    /// Each frame of the clip.
    Frame,
    /// Each character of `style.prompt`.
    Character,
}

/// A price: credits per unit, which a field of the request may change.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    pub unit: Unit,
    /// Credits per unit.
    pub credits: f64,
    /// Field that changes the price, with the credits for each of its values.
    pub by: Option<(&'static str, &'static [(&'static str, f64)])>,
    /// Field that multiplies the price, with the value and the factor.
    pub times: Option<(&'static str, &'static str, f64)>,
}

impl Price {
    pub const FREE: Self = per(Unit::Job, 0.0);

    pub(crate) const fn by(self, field: &'static str, credits: &'static [(&'static str, f64)]) -> Self {
        Self { by: Some((field, credits)), ..self }
    }

    pub(crate) const fn times(self, field: &'static str, value: &'static str, factor: f64) -> Self {
        Self { times: Some((field, value, factor)), ..self }
    }

    /// The credits that are charged at creation.
    pub fn estimate(&self, body: &Value) -> u64 {
        self.at_fps(body, ESTIMATED_FPS)
    }

    /// The credits that the job has cost once it is complete.
    pub fn settled(&self, body: &Value) -> u64 {
        self.at_fps(body, REAL_FPS)
    }

    /// The field of a request that makes its price unknown: what is counted is not there, or of another type.
    pub fn unknown_by(&self, body: &Value) -> Option<&'static str> {
        let counted: &[&str] = match self.unit {
            Unit::Job | Unit::Character => &[],
            Unit::Image => &["image_count"],
            Unit::Second | Unit::Frame => &["start_seconds", "end_seconds", "duration", "fps"],
        };
        let is_wrong = |field: &&&str| at(body, field).is_some_and(|value| !value.is_number());
        let is_clip = matches!(self.unit, Unit::Second | Unit::Frame);
        let is_endless = is_clip && at(body, "end_seconds").or_else(|| at(body, "duration")).is_none();
        let is_mute = self.unit == Unit::Character && at(body, "style.prompt").and_then(Value::as_str).is_none();
        let wrong = counted.iter().find(is_wrong).copied();
        wrong.or(is_endless.then_some("end_seconds")).or(is_mute.then_some("style.prompt"))
    }

    /// The credits that would be charged at creation if the field that changes the price had its dearest value.
    pub fn dearest(&self, body: &Value) -> u64 {
        let credits = self.by.into_iter().flat_map(|(_, credits)| credits).map(|(_, credits)| *credits);
        rounded_up(self.units(body, ESTIMATED_FPS) * credits.fold(self.credits, f64::max) * self.factor(body))
    }

    fn at_fps(&self, body: &Value, fps: f64) -> u64 {
        rounded_up(self.units(body, fps) * self.rate(body) * self.factor(body))
    }

    fn units(&self, body: &Value, fps: f64) -> f64 {
        match self.unit {
            Unit::Job => 1.0,
            Unit::Image => number_at(body, "image_count").unwrap_or(1.0),
            Unit::Second => whole_frames(seconds(body)),
            Unit::Frame => seconds(body) * number_at(body, "fps").unwrap_or(fps),
            Unit::Character => characters(body),
        }
    }

    fn rate(&self, body: &Value) -> f64 {
        let chosen = self.by.and_then(|(field, credits)| {
            let value = at(body, field)?;
            credits.iter().find(|(name, _)| is(value, name))
        });
        chosen.map_or(self.credits, |(_, credits)| *credits)
    }

    fn factor(&self, body: &Value) -> f64 {
        let applies = |(field, value, _): &(&str, &str, f64)| at(body, field).is_some_and(|found| is(found, value));
        self.times.filter(applies).map_or(1.0, |(_, _, factor)| factor)
    }
}

/// Seconds rounded up to whole frames of real videos, as real charges are.
fn whole_frames(seconds: f64) -> f64 {
    const HAIR: f64 = 1e-9;
    (seconds * REAL_FPS - HAIR).ceil().max(0.0) / REAL_FPS
}

pub(crate) const fn per(unit: Unit, credits: f64) -> Price {
    Price { unit, credits, by: None, times: None }
}

/// Up to the next whole credit; what floating point adds to a whole number does not count.
pub(crate) fn rounded_up(credits: f64) -> u64 {
    const NOISE: f64 = 1e-9;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and not negative; `as` saturates"
    )]
    let whole = (credits - NOISE).ceil().max(0.0) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::tools::tool_for_path;

    #[track_caller]
    fn assert_price(tool: &str, body: &serde_json::Value, estimate: u64, settled: u64) {
        let price = tool_for_path(&format!("/v1/{tool}")).unwrap().price;
        assert_eq!((price.estimate(body), price.settled(body)), (estimate, settled), "{tool} {body}");
    }

    #[test]
    fn speech_costs_a_tenth_per_character_rounded_up() {
        assert_price("ai-voice-generator", &json!({ "style": { "prompt": "Hi" } }), 1, 1);
        assert_price("ai-voice-generator", &json!({ "style": { "prompt": "x".repeat(30) } }), 3, 3);
        assert_price("ai-voice-cloner", &json!({ "style": { "prompt": "é".repeat(31) } }), 4, 4);
    }

    #[test]
    fn images_cost_by_model_and_number() {
        assert_price("ai-image-generator", &json!({ "image_count": 1 }), 5, 5);
        assert_price("ai-image-generator", &json!({ "image_count": 4.0, "model": "nano-banana-2" }), 400, 400);
        assert_price("ai-qr-code-generator", &json!({}), 0, 0);
        assert_price("ai-image-upscaler", &json!({ "scale_factor": 2 }), 50, 50);
        assert_price("ai-image-upscaler", &json!({ "scale_factor": 4.0, "style": { "mode": "preserve" } }), 100, 100);
    }

    #[test]
    fn video_costs_by_the_second_and_resolution() {
        assert_price("text-to-video", &json!({ "end_seconds": 1 }), 24, 24);
        assert_price(
            "audio-to-video",
            &json!({ "start_seconds": 1, "end_seconds": 3.5, "resolution": "1080p" }),
            180,
            180,
        );
        assert_price("auto-subtitle-generator", &json!({ "end_seconds": 1.0 }), 5, 5);
        assert_price("ai-music-generator", &json!({ "duration": 15 }), 15, 15);
    }

    #[test]
    fn what_is_billed_by_the_frame_is_settled_at_the_real_rate() {
        assert_price("lip-sync", &json!({ "end_seconds": 15 }), 450, 360);
        assert_price("lip-sync", &json!({ "end_seconds": 1, "style": { "generation_mode": "pro" } }), 60, 48);
        assert_price("animation", &json!({ "end_seconds": 5, "fps": 12 }), 60, 60);
    }

    #[test]
    fn what_cannot_be_counted_is_named() {
        let unknown = |tool: &str, body| tool_for_path(&format!("/v1/{tool}")).unwrap().price.unknown_by(&body);
        assert_eq!(unknown("text-to-video", json!({ "end_seconds": "60" })), Some("end_seconds"));
        assert_eq!(unknown("text-to-video", json!({})), Some("end_seconds"));
        assert_eq!(unknown("text-to-video", json!({ "end_seconds": 5 })), None);
        assert_eq!(unknown("ai-image-generator", json!({ "image_count": [4] })), Some("image_count"));
        assert_eq!(unknown("ai-voice-generator", json!({ "style": {} })), Some("style.prompt"));
        assert_eq!(unknown("photo-colorizer", json!({})), None);
    }

    #[test]
    fn nonsense_costs_nothing() {
        assert_price("text-to-video", &json!({ "start_seconds": 5, "end_seconds": 1 }), 0, 0);
        assert_price("text-to-video", &json!({ "end_seconds": "x" }), 0, 0);
    }
}
