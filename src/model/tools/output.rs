//! Output of a job, as far as the request says: number of files, type, size and length.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::media::MediaFormat;
use crate::model::tools::body::{characters, number_at, seconds, text_at, whole_at};
use crate::model::tools::kind::ToolKind;

/// The files that a job makes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    pub format: MediaFormat,
    /// Number of files.
    pub count: u32,
    /// Pixels from side to side; 0 for sound.
    pub width: u32,
    /// Pixels from top to bottom; 0 for sound.
    pub height: u32,
    /// Seconds of play; 0 for images.
    pub seconds: f64,
}

/// Nobody needs a sandbox to draw more pixels than this along one side.
const LARGEST_SIDE: u32 = 4_096;

impl Output {
    /// Output that a request asks for. Gaps are filled with what a free account gets, in the tool's usual format.
    pub fn of(kind: ToolKind, usual: MediaFormat, body: &Value) -> Self {
        let (width, height) = match kind {
            ToolKind::Video => video_size(body),
            ToolKind::Image | ToolKind::FaceDetection => image_size(body),
            ToolKind::Audio => (0, 0),
        };
        let format = text_at(body, "output_format").and_then(MediaFormat::by_extension).unwrap_or(usual);
        let seconds = match kind {
            ToolKind::Video => seconds(body),
            ToolKind::Audio => sound_seconds(body),
            ToolKind::Image | ToolKind::FaceDetection => 0.0,
        };
        let count = if kind == ToolKind::Image { whole_at(body, "image_count").unwrap_or(1).clamp(1, 16) } else { 1 };
        Self { format, count, width, height, seconds }
    }
}

fn video_size(body: &Value) -> (u32, u32) {
    let asked = (whole_at(body, "width"), whole_at(body, "height"));
    if let (Some(width), Some(height)) = asked {
        return (width, height);
    }
    let short = match text_at(body, "resolution") {
        Some("360p") => 360,
        Some("720p") => 720,
        Some("1080p") => 1_080,
        Some("2k") => 1_152,
        Some("4k") => 2_160,
        _ => 480,
    };
    match ratio(body) {
        Some((wide, high)) if wide == high => (short, short),
        Some((wide, high)) if wide < high => (short, even(short * 16 / 9)),
        _ => (even(short * 16 / 9), short),
    }
}

fn image_size(body: &Value) -> (u32, u32) {
    let side = match text_at(body, "resolution") {
        Some("640px") => 640,
        Some("2k") => 2_048,
        Some("4k") => LARGEST_SIDE,
        _ => 1_024 * whole_at(body, "scale_factor").unwrap_or(1).clamp(1, 4),
    };
    let side = whole_at(body, "max_resolution").unwrap_or(side).clamp(16, LARGEST_SIDE);
    match ratio(body) {
        Some((wide, high)) if wide > high => (side, (side * high / wide).max(1)),
        Some((wide, high)) => ((side * wide / high).max(1), side),
        None => (side, side),
    }
}

/// The two sides of `16:9`, small enough to be multiplied with a number of pixels; or of the older `orientation`.
fn ratio(body: &Value) -> Option<(u32, u32)> {
    match text_at(body, "orientation") {
        Some("landscape") => return Some((16, 9)),
        Some("portrait") => return Some((9, 16)),
        Some("square") => return Some((1, 1)),
        _ => {}
    }
    let (wide, high) = text_at(body, "aspect_ratio")?.split_once(':')?;
    let side = |text: &str| text.parse::<u16>().ok().filter(|side| *side > 0).map(u32::from);
    Some((side(wide)?, side(high)?))
}

/// Speech is taken to run at fifteen characters a second.
fn sound_seconds(body: &Value) -> f64 {
    const CHARACTERS_PER_SECOND: f64 = 15.0;
    const LONGEST: f64 = 300.0;
    number_at(body, "duration").unwrap_or_else(|| characters(body) / CHARACTERS_PER_SECOND).clamp(1.0, LONGEST)
}

/// Encoders want even sides, so real videos have them.
const fn even(pixels: u32) -> u32 {
    pixels.next_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Output;
    use crate::model::media::MediaFormat;
    use crate::model::tools::{ToolKind, tool_for_path};

    fn size(kind: ToolKind, body: &Value) -> (u32, u32) {
        let output = Output::of(kind, MediaFormat::Png, body);
        (output.width, output.height)
    }

    #[test]
    fn videos_have_the_size_that_was_asked_for() {
        let video = |body: Value| size(ToolKind::Video, &body);
        assert_eq!(video(json!({})), (854, 480));
        assert_eq!(video(json!({ "resolution": "1080p", "aspect_ratio": "9:16" })), (1_080, 1_920));
        assert_eq!(video(json!({ "width": 512, "height": 960.0 })), (512, 960));
    }

    #[test]
    fn images_have_the_size_and_number_that_were_asked_for() {
        let image = |body: Value| size(ToolKind::Image, &body);
        assert_eq!(image(json!({ "resolution": "640px" })), (640, 640));
        assert_eq!(image(json!({ "resolution": "2k", "aspect_ratio": "16:9" })), (2_048, 1_152));
        assert_eq!(image(json!({ "aspect_ratio": "4:5" })), (819, 1_024));
        assert_eq!(image(json!({ "scale_factor": 4 })), (4_096, 4_096));
        assert_eq!(image(json!({ "resolution": "640px", "orientation": "portrait" })), (360, 640));
        assert_eq!(Output::of(ToolKind::Image, MediaFormat::Png, &json!({ "image_count": 4.0 })).count, 4);
    }

    #[test]
    fn nonsense_still_gives_files_that_can_be_made() {
        let image = |body: Value| size(ToolKind::Image, &body);
        assert_eq!(image(json!({ "max_resolution": 1e30, "aspect_ratio": "0:0" })), (4_096, 4_096));
        assert_eq!(
            Output::of(ToolKind::Audio, MediaFormat::Wav, &json!({ "duration": 1e9 })).seconds.to_string(),
            "300"
        );
    }

    #[test]
    fn the_gif_tool_makes_what_it_was_told_and_else_a_gif() {
        let tool = tool_for_path("/v1/ai-gif-generator").unwrap();
        let format = |body: Value| tool.output(&body).format;
        assert_eq!(format(json!({ "output_format": "webm" })), MediaFormat::Webm);
        assert_eq!(format(json!({})), MediaFormat::Gif);
    }
}
