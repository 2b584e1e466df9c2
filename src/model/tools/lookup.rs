//! Finds tools by their path, and guesses what an unknown one makes.

use crate::model::contract::event::Kind;
use crate::model::nearest;
use crate::model::tools::audio::{AUDIO_TOOLS, FACE_DETECTION};
use crate::model::tools::image::IMAGE_TOOLS;
use crate::model::tools::tool::Tool;
use crate::model::tools::video::VIDEO_TOOLS;

/// Every tool, grouped by what it makes.
pub fn tools() -> impl Iterator<Item = &'static Tool> {
    VIDEO_TOOLS.iter().chain(&IMAGE_TOOLS).chain(&AUDIO_TOOLS).chain(&FACE_DETECTION)
}

/// The tools whose jobs send webhooks, and what they make.
pub fn job_tools() -> impl Iterator<Item = (Kind, &'static Tool)> {
    tools().filter_map(|tool| Some((tool.kind.project()?, tool)))
}

/// The tool whose jobs are created at this path, such as `/v1/text-to-video`.
#[cfg(test)]
pub(crate) fn tool_for_path(path: &str) -> Option<&'static Tool> {
    tools().find(|tool| tool.path == path)
}

/// The tool that an unknown path or name most likely means.
pub fn nearest_tool(path_or_name: &str) -> Option<&'static Tool> {
    let name = nearest(last_part(path_or_name), tools().map(Tool::name))?;
    tools().find(|tool| tool.name() == name)
}

/// Guess about a tool that the catalogue does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Kind that it probably makes.
    pub kind: Kind,
    /// The `type` of its projects, after the manner of the known ones.
    pub project_type: String,
    /// The start of a job's default name.
    pub title: String,
}

/// Guesses what `/v1/<tool>` makes; no other path can be a tool.
pub fn guess(path: &str) -> Option<Guess> {
    let name = path.strip_prefix("/v1/").filter(|name| is_tool_name(name))?;
    let plain = name.strip_prefix("ai-").filter(|plain| !plain.is_empty()).unwrap_or(name);
    let title = plain.split(['-', '_']).map(capitalised).collect::<Vec<_>>().join(" ");
    Some(Guess { kind: guess_kind(path), project_type: plain.to_uppercase().replace('-', "_"), title })
}

/// The kind that the words of a path suggest, the last word first: `audio-to-video` makes videos.
pub fn guess_kind(path: &str) -> Kind {
    const VIDEO: [&str; 10] =
        ["video", "videos", "animation", "animator", "avatar", "movie", "film", "clip", "lip", "subtitle"];
    const AUDIO: [&str; 8] = ["audio", "voice", "music", "speech", "sound", "song", "tts", "podcast"];
    const IMAGE: [&str; 6] = ["image", "images", "photo", "picture", "gif", "headshot"];
    let kind_of = |word: &str| {
        let known = [(Kind::Video, &VIDEO[..]), (Kind::Audio, &AUDIO[..]), (Kind::Image, &IMAGE[..])];
        known.into_iter().find(|(_, words)| words.contains(&word)).map(|(kind, _)| kind)
    };
    last_part(path).rsplit(['-', '_']).find_map(kind_of).unwrap_or(Kind::Image)
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

fn is_tool_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(good)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{Tool, guess, guess_kind, nearest_tool, tool_for_path, tools};
    use crate::model::contract::event::Kind;

    #[test]
    fn tools_are_found_by_their_path_and_by_a_slip_of_it() {
        assert_eq!(tool_for_path("/v1/text-to-video").unwrap().project_type, "TEXT_TO_VIDEO");
        assert!(tool_for_path("/v1/text-to-vidoe").is_none());
        assert_eq!(nearest_tool("/v1/text-to-vidoe").unwrap().name(), "text-to-video");
        assert!(nearest_tool("/v1/zzz").is_none());
    }

    #[test]
    fn an_unknown_tool_is_taken_for_what_its_name_says() {
        let guesses = ["video-watermark-remover", "video-to-audio", "audio-to-video", "music-video", "voice-changer"];
        let kinds = guesses.map(|name| guess_kind(&format!("/v1/{name}")));
        assert_eq!(kinds, [Kind::Video, Kind::Audio, Kind::Video, Kind::Video, Kind::Audio]);
        assert_eq!(guess_kind("/v1/generative-fill"), Kind::Image);
    }

    #[test]
    fn the_names_of_known_tools_would_be_guessed_right() {
        let wrong: Vec<_> = tools()
            .filter(|tool| tool.kind.project().is_some_and(|kind| kind != guess_kind(tool.path)))
            .map(Tool::name)
            .collect();
        assert_eq!(wrong, ["character-replace", "face-swap", "ai-talking-photo", "ai-ugc-ad"]);
    }

    #[test]
    fn only_one_part_below_v1_can_be_a_tool() {
        let guessed = guess("/v1/ai-image-color-grader").unwrap();
        assert_eq!(
            (guessed.project_type.as_str(), guessed.title.as_str()),
            ("IMAGE_COLOR_GRADER", "Image Color Grader")
        );
        assert!(["/v1/", "/v2/x", "/v1/a/b", "/v1/a%20b", "/x"].iter().all(|path| guess(path).is_none()));
    }
}
