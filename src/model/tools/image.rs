//! The tools that make images.

use crate::model::media::MediaFormat;
use crate::model::tools::field::ValueShape::{Boolean, File, Known, NumberOf, Object, OneOf};
use crate::model::tools::field::{
    NAME, OPEN, RequestField, SOME_TEXT, TEXT, ValueShape, list, may, need, steps, text, whole, whole_from,
};
use crate::model::tools::price::{Unit, per};
use crate::model::tools::tool::{Tool, image};

const RESOLUTION: ValueShape = OneOf(&["auto", "640px", "1k", "2k", "4k"]);
const SLIDER: ValueShape = steps(-100.0, 100.0, 5.0);
const IMAGE_FILE: RequestField = need("assets.image_file_path", File);

/// The cheapest that each model makes; a model of a later release costs what the default does.
pub(super) const MODELS: &[(&str, f64)] = &[
    ("flux-2-klein", 5.0),
    ("flux-schnell", 5.0),
    ("z-image-turbo", 5.0),
    ("krea-2", 10.0),
    ("qwen-edit", 10.0),
    ("qwen-image-2.1", 10.0),
    ("seedream", 40.0),
    ("seedream-v4", 40.0),
    ("gpt-image-2", 50.0),
    ("nano-banana", 50.0),
    ("nano-banana-2-lite", 50.0),
    ("nano-banana-2.1", 50.0),
    ("seedream-v4.5", 50.0),
    ("seedream-v5-pro", 75.0),
    ("gpt-image-2.5-flare", 100.0),
    ("nano-banana-2", 100.0),
    ("nano-banana-pro", 150.0),
];

/// Those of the specification; later releases have scores of others.
const MEMES: ValueShape = Known(&[
    "Random",
    "Drake Hotline Bling",
    "Galaxy Brain",
    "Two Buttons",
    "Gru's Plan",
    "Tuxedo Winnie The Pooh",
    "Is This a Pigeon",
    "Panik Kalm Panik",
    "Disappointed Guy",
    "Waiting Skeleton",
    "Bike Fall",
    "Change My Mind",
    "Side Eyeing Chloe",
]);

pub(crate) static IMAGE_TOOLS: [Tool; 14] =
    [
        image("/v1/ai-image-generator", "AI_IMAGE", "Ai Image")
            .takes(5)
            .costs(per(Unit::Image, 5.0).by("model", MODELS))
            .fields(&[
                NAME,
                need("image_count", whole(1.0, 16.0)),
                may("model", OPEN),
                may("aspect_ratio", OneOf(&["1:1", "16:9", "9:16"])),
                may("resolution", RESOLUTION),
                need("style", Object),
                need("style.prompt", SOME_TEXT),
                may("style.tool", OPEN),
            ]),
        image("/v1/ai-qr-code-generator", "QR_CODE", "Qr Code").takes(7).fields(&[
            NAME,
            need("content", TEXT).such_as("https://magichour.ai"),
            need("style", Object),
            need("style.art_style", OPEN).such_as("Watercolor"),
        ]),
        image("/v1/ai-meme-generator", "AI_MEME", "Ai Meme")
            .refuses("Unable to create meme")
            .takes(9)
            .costs(per(Unit::Job, 10.0))
            .fields(&[
                NAME,
                need("style", Object),
                need("style.topic", text(1, 200)).such_as("When the code finally works"),
                need("style.template", MEMES),
                may("style.searchWeb", Boolean),
            ]),
        image("/v1/ai-gif-generator", "AI_GIF", "Ai Gif")
            .refuses("Unable to create GIF")
            .makes(MediaFormat::Gif)
            .takes(23)
            .costs(per(Unit::Job, 50.0))
            .fields(&[
                NAME,
                need("style", Object),
                need("style.prompt", text(1, 500)),
                may("output_format", OneOf(&["gif", "mp4", "webm"])),
            ]),
        image("/v1/ai-image-editor", "AI_IMAGE_EDITOR", "Ai Image Editor")
            .refuses("Unable to edit image")
            .takes(9)
            .costs(per(Unit::Image, 50.0).by("model", MODELS))
            .fields(&[
                NAME,
                may("image_count", NumberOf(&[1, 4, 9, 16])),
                may("model", OPEN),
                may("aspect_ratio", OneOf(&["auto", "16:9", "9:16", "4:3", "3:2", "1:1", "4:5", "2:3"])),
                may("resolution", RESOLUTION),
                need("style", Object),
                need("style.prompt", text(1, 15_000)),
                need("assets", Object),
                may("assets.image_file_paths", list(0, 10)),
                need("assets.image_file_paths[]", File),
                // The older name, which SDKs still send.
                may("assets.image_file_path", File),
            ]),
        image("/v1/ai-headshot-generator", "AI_HEADSHOT", "Ai Headshot")
            .takes(14)
            .costs(per(Unit::Job, 50.0))
            .fields(&[NAME, need("assets", Object), IMAGE_FILE, may("style", Object), may("style.prompt", TEXT)]),
        image("/v1/ai-image-upscaler", "IMAGE_UPSCALER", "Image Upscaler")
            .takes(22)
            .costs(per(Unit::Job, 50.0).by("style.mode", &[("preserve", 25.0), ("pro", 25.0)]).times(
                "scale_factor",
                "4",
                4.0,
            ))
            .fields(&[
                NAME,
                need("scale_factor", NumberOf(&[2, 4])),
                need("assets", Object),
                IMAGE_FILE,
                may("style", Object),
                may("style.mode", OneOf(&["pro", "preserve", "balanced", "creative"])),
                may("style.prompt", TEXT),
            ]),
        image("/v1/ai-clothes-changer", "CLOTHES_CHANGER", "Clothes Changer")
            .takes(13)
            .costs(per(Unit::Job, 25.0))
            .fields(&[
                NAME,
                need("assets", Object),
                need("assets.person_file_path", File),
                need("assets.garment_file_path", File),
                may("assets.garment_type", OneOf(&["entire_outfit", "upper_body", "lower_body", "dresses"])),
            ]),
        image("/v1/ai-face-editor", "FACE_EDITOR", "Face Editor").takes(3).costs(per(Unit::Job, 1.0)).fields(&[
            NAME,
            need("assets", Object),
            IMAGE_FILE,
            need("style", Object),
            may("style.enhance_face", Boolean),
            may("style.eyebrow_direction", SLIDER),
            may("style.eye_gaze_horizontal", SLIDER),
            may("style.eye_gaze_vertical", SLIDER),
            may("style.eye_open_ratio", SLIDER),
            may("style.lip_open_ratio", SLIDER),
            may("style.head_pitch", SLIDER),
            may("style.head_roll", SLIDER),
            may("style.head_yaw", SLIDER),
            may("style.mouth_grim", SLIDER),
            may("style.mouth_pout", SLIDER),
            may("style.mouth_purse", SLIDER),
            may("style.mouth_smile", SLIDER),
            may("style.mouth_position_horizontal", SLIDER),
            may("style.mouth_position_vertical", SLIDER),
        ]),
        image("/v1/body-swap", "BODY_SWAP", "Body Swap")
            .takes(38)
            .costs(per(Unit::Job, 50.0).by("resolution", &[("2k", 100.0), ("4k", 100.0)]))
            .fields(&[
                NAME,
                need("resolution", OneOf(&["640px", "1k", "2k", "4k"])),
                need("assets", Object),
                need("assets.person_file_path", File),
                need("assets.scene_file_path", File),
            ]),
        image("/v1/face-swap-photo", "FACE_SWAP", "Face Swap").takes(4).costs(per(Unit::Job, 10.0)).fields(&[
            NAME,
            need("assets", Object),
            may("assets.face_swap_mode", OneOf(&["all-faces", "individual-faces"])),
            may("assets.source_file_path", File).when_or_absent("assets.face_swap_mode", "all-faces"),
            may("assets.face_mappings", list(0, 5)).when("assets.face_swap_mode", "individual-faces"),
            need("assets.face_mappings[].original_face", TEXT),
            need("assets.face_mappings[].new_face", File),
            need("assets.target_file_path", File),
        ]),
        image("/v1/head-swap", "HEAD_SWAP", "Head Swap").takes(18).costs(per(Unit::Job, 10.0)).fields(&[
            NAME,
            may("max_resolution", whole_from(f64::NEG_INFINITY)),
            need("assets", Object),
            need("assets.body_file_path", File),
            need("assets.head_file_path", File),
        ]),
        image("/v1/image-background-remover", "BACKGROUND_REMOVER", "Background Remover")
            .takes(4)
            .costs(per(Unit::Job, 5.0))
            .fields(&[NAME, need("assets", Object), IMAGE_FILE, may("assets.background_image_file_path", File)]),
        image("/v1/photo-colorizer", "PHOTO_COLORIZER", "Photo Colorizer")
            .takes(9)
            .costs(per(Unit::Job, 10.0))
            .fields(&[NAME, need("assets", Object), IMAGE_FILE]),
    ];
