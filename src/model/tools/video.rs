//! The tools that make videos.
//!
//! Values that only newer SDKs than the published specification know are in the lists, too: text-to-video at 360p,
//! character-replace at 1080p, the talking photo's resolution.

use crate::model::tools::field::ValueShape::{Boolean, File, Object, OneOf, Url};
use crate::model::tools::field::{
    CLIP_END, NAME, OPEN, RequestField, SECONDS, SOME_TEXT, TEXT, ValueShape, from, list, may, need, number, text,
    whole, whole_from,
};
use crate::model::tools::price::{Price, Unit, per};
use crate::model::tools::tool::{Tool, video};

/// Published for audio-to-video; what is known of other tools agrees with it.
const BY_RESOLUTION: Price =
    per(Unit::Second, 24.0).by("resolution", &[("720p", 48.0), ("1080p", 72.0), ("2k", 96.0), ("4k", 144.0)]);

const UP_TO_1080P: ValueShape = OneOf(&["480p", "720p", "1080p"]);
const UP_TO_4K: ValueShape = OneOf(&["360p", "480p", "720p", "1080p", "4k"]);
const VERSION: ValueShape = OneOf(&["v1", "v2", "default"]);

const VIDEO_SOURCE: RequestField = need("assets.video_source", OneOf(&["file", "youtube"]));
const VIDEO_FILE: RequestField = may("assets.video_file_path", File).when("assets.video_source", "file");
const YOUTUBE_URL: RequestField = may("assets.youtube_url", Url).when("assets.video_source", "youtube");

pub(crate) static VIDEO_TOOLS: [Tool; 14] = [
    video("/v1/text-to-video", "TEXT_TO_VIDEO", "Text To Video").takes(51).costs(BY_RESOLUTION).fields(&[
        NAME,
        need("end_seconds", number(1.0, 60.0)),
        may("aspect_ratio", OneOf(&["16:9", "9:16", "1:1"])),
        may("resolution", UP_TO_4K),
        may("model", OPEN),
        may("audio", Boolean),
        need("style", Object),
        need("style.prompt", text(1, 2_000)),
        may("references", list(0, usize::MAX)),
        need("references[].file_path", File),
        need("references[].name", TEXT),
    ]),
    video("/v1/image-to-video", "IMAGE_TO_VIDEO", "Image To Video").takes(74).costs(BY_RESOLUTION).fields(&[
        NAME,
        need("end_seconds", number(1.0, 60.0)),
        may("resolution", UP_TO_4K),
        may("model", OPEN),
        may("audio", Boolean),
        may("style", Object),
        may("style.prompt", TEXT),
        need("assets", Object),
        need("assets.image_file_path", File),
        may("assets.end_image_file_path", File),
    ]),
    video("/v1/audio-to-video", "AUDIO_TO_VIDEO", "Audio To Video").takes(117).costs(BY_RESOLUTION).fields(&[
        NAME,
        may("start_seconds", SECONDS),
        need("end_seconds", CLIP_END),
        may("resolution", UP_TO_1080P),
        may("style", Object),
        may("style.prompt", TEXT),
        need("assets", Object),
        need("assets.audio_file_path", File),
        may("assets.image_file_path", File),
    ]),
    video("/v1/ai-video-editor", "VIDEO_EDITOR", "Video Editor")
        .refuses("Unable to edit video")
        .takes(85)
        .costs(per(Unit::Second, 36.0).by("resolution", &[("1080p", 72.0)]))
        .fields(&[
            NAME,
            may("start_seconds", SECONDS),
            need("end_seconds", CLIP_END),
            may("model", OPEN),
            may("resolution", UP_TO_1080P),
            need("style", Object),
            need("style.prompt", SOME_TEXT),
            need("assets", Object),
            need("assets.video_file_path", File),
        ]),
    video("/v1/animation", "ANIMATION", "Animation").takes(596).costs(per(Unit::Frame, 1.0)).fields(&[
        NAME,
        need("fps", from(1.0)),
        need("end_seconds", CLIP_END),
        need("height", whole_from(64.0)),
        need("width", whole_from(64.0)),
        need("style", Object),
        need("style.art_style", OPEN).such_as("Painterly Illustration"),
        may("style.art_style_custom", TEXT).when("style.art_style", "Custom"),
        need("style.camera_effect", OPEN).such_as("Simple Zoom In"),
        need("style.prompt_type", OneOf(&["ai_choose", "custom", "use_lyrics"])),
        may("style.prompt", TEXT).when("style.prompt_type", "custom"),
        need("style.transition_speed", whole(1.0, 10.0)),
        need("assets", Object),
        need("assets.audio_source", OneOf(&["none", "file", "youtube"])),
        may("assets.audio_file_path", File).when("assets.audio_source", "file"),
        may("assets.youtube_url", Url).when("assets.audio_source", "youtube"),
        may("assets.image_file_path", File),
    ]),
    video("/v1/auto-subtitle-generator", "AUTO_SUBTITLE", "Auto Subtitle")
        .takes(45)
        .costs(per(Unit::Second, 4.8))
        .fields(&[
            NAME,
            need("start_seconds", SECONDS),
            need("end_seconds", CLIP_END),
            need("assets", Object),
            need("assets.video_file_path", File),
            need("style", Object),
            may("style.template", OneOf(&["karaoke", "cinematic", "minimalist", "highlight"]))
                .unless("style.custom_config"),
            may("style.custom_config", Object),
            may("style.custom_config.font", TEXT).unless("style.template"),
            may("style.custom_config.font_size", ANY_NUMBER),
            may("style.custom_config.font_style", TEXT),
            may("style.custom_config.text_color", TEXT).unless("style.template"),
            may("style.custom_config.highlighted_text_color", TEXT),
            may("style.custom_config.stroke_color", TEXT),
            may("style.custom_config.stroke_width", ANY_NUMBER),
            may("style.custom_config.vertical_position", TEXT).unless("style.template"),
            may("style.custom_config.horizontal_position", TEXT).unless("style.template"),
        ]),
    video("/v1/character-replace", "CHARACTER_REPLACE", "Character Replace")
        .takes(446)
        .costs(per(Unit::Second, 48.0).by("resolution", &[("720p", 96.0), ("1080p", 144.0)]))
        .fields(&[
            NAME,
            may("start_seconds", SECONDS),
            need("end_seconds", CLIP_END),
            may("model", OPEN),
            may("resolution", UP_TO_1080P),
            need("assets", Object),
            need("assets.video_file_path", File),
            need("assets.image_file_path", File),
            may("style", Object),
            may("style.mode", OneOf(&["replace", "animate"])),
            may("style.selection_mode", OneOf(&["auto", "point"])),
            may("style.points", list(0, usize::MAX)).when("style.selection_mode", "point"),
            need("style.points[].position_x", whole_from(0.0)),
            need("style.points[].position_y", whole_from(0.0)),
            need("style.points[].time_seconds", SECONDS),
        ]),
    video("/v1/face-swap", "FACE_SWAP", "Face Swap").takes(96).costs(per(Unit::Second, 24.0)).fields(&[
        NAME,
        need("start_seconds", SECONDS),
        need("end_seconds", CLIP_END),
        may("style", Object),
        may("style.version", VERSION),
        need("assets", Object),
        may("assets.face_swap_mode", OneOf(&["all-faces", "individual-faces"])),
        may("assets.image_file_path", File).when_or_absent("assets.face_swap_mode", "all-faces"),
        may("assets.face_mappings", list(0, 5)).when("assets.face_swap_mode", "individual-faces"),
        need("assets.face_mappings[].original_face", TEXT),
        need("assets.face_mappings[].new_face", File),
        VIDEO_SOURCE,
        VIDEO_FILE,
        YOUTUBE_URL,
    ]),
    video("/v1/lip-sync", "LIP_SYNC", "Lip Sync")
        .takes(229)
        .costs(per(Unit::Frame, 1.0).by("style.generation_mode", &[("pro", 2.0)]))
        .fields(&[
            NAME,
            need("start_seconds", SECONDS),
            need("end_seconds", CLIP_END),
            may("max_fps_limit", from(1.0)),
            need("assets", Object),
            need("assets.audio_file_path", File),
            VIDEO_SOURCE,
            VIDEO_FILE,
            YOUTUBE_URL,
            may("style", Object),
            may("style.generation_mode", OneOf(&["lite", "standard", "pro"])),
        ]),
    video("/v1/ai-talking-photo", "TALKING_PHOTO", "Talking Photo")
        .refuses("Unable to create talking photo")
        .takes(174)
        .costs(per(Unit::Second, 48.0).by("style.generation_mode", &[("prompted", 20.0)]))
        .fields(&[
            NAME,
            need("start_seconds", SECONDS),
            need("end_seconds", CLIP_END),
            may("resolution", OneOf(&["480p", "720p"])),
            may("max_resolution", ANY_INTEGER),
            need("assets", Object),
            need("assets.image_file_path", File),
            need("assets.audio_file_path", File),
            may("style", Object),
            may("style.generation_mode", OneOf(&["realistic", "prompted", "pro", "standard", "stable", "expressive"])),
            may("style.prompt", TEXT),
        ]),
    video("/v1/video-to-video", "VIDEO_TO_VIDEO", "Video To Video").takes(772).costs(per(Unit::Second, 60.0)).fields(
        &[
            NAME,
            need("start_seconds", SECONDS),
            need("end_seconds", CLIP_END),
            may("fps_resolution", OneOf(&["FULL", "HALF"])),
            need("style", Object),
            need("style.art_style", OPEN).such_as("Minecraft"),
            may("style.version", VERSION),
            may("style.prompt_type", OneOf(&["default", "custom", "append_default"])),
            may("style.prompt", TEXT),
            may("style.model", OPEN),
            need("assets", Object),
            VIDEO_SOURCE,
            VIDEO_FILE,
            YOUTUBE_URL,
        ],
    ),
    // The last three are known from the SDKs alone, which name neither a median time nor a price.
    video("/v1/ai-video-upscaler", "VIDEO_UPSCALER", "Video Upscaler").takes(120).costs(BY_RESOLUTION).fields(&[
        NAME,
        may("start_seconds", SECONDS),
        need("end_seconds", CLIP_END),
        need("resolution", OneOf(&["720p", "1080p", "2k", "4k"])),
        need("assets", Object),
        need("assets.video_file_path", File),
    ]),
    video("/v1/ai-video-translator", "VIDEO_TRANSLATOR", "Video Translator")
        .takes(120)
        .costs(BY_RESOLUTION)
        .clip(1.0, 30.0)
        .fields(&[
            NAME,
            may("start_seconds", SECONDS),
            need("end_seconds", CLIP_END),
            may("resolution", UP_TO_1080P),
            need("target_language", OPEN).such_as("Spanish"),
            need("assets", Object),
            need("assets.video_file_path", File),
        ]),
    video("/v1/ai-ugc-ad", "UGC_AD", "Ugc Ad").takes(120).costs(BY_RESOLUTION).fields(&[
        need("end_seconds", number(1.0, 141.0)),
        need("script", SOME_TEXT).such_as("Meet your new everyday essential."),
        may("model", OPEN),
        may("resolution", UP_TO_1080P),
        need("assets", Object),
        need("assets.image_file_path", File),
    ]),
];

const ANY_NUMBER: ValueShape = from(f64::NEG_INFINITY);
const ANY_INTEGER: ValueShape = whole_from(f64::NEG_INFINITY);
