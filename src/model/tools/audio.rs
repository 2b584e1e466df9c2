//! The tools that make sound, and the one that finds faces.

use crate::model::tools::field::ValueShape::{Boolean, File, Listed, Object};
use crate::model::tools::field::{NAME, SOME_TEXT, TEXT, may, need, steps, text, whole};
use crate::model::tools::kind::ToolKind;
use crate::model::tools::price::{Price, Unit, per};
use crate::model::tools::tool::{Tool, audio, tool};

/// The models page says half of this, the specification and the SDKs say this.
const SPEECH: Price = per(Unit::Character, 0.1);

/// Names of the voices in the specification.
const VOICES: &str = include_str!("voices.txt");

pub(crate) static AUDIO_TOOLS: [Tool; 3] = [
    audio("/v1/ai-voice-generator", "VOICE_GENERATOR", "Voice Generator").takes(21).costs(SPEECH).fields(&[
        NAME,
        need("style", Object),
        need("style.prompt", text(1, 1_000)),
        need("style.voice_name", Listed(VOICES)).such_as("Yoda"),
    ]),
    audio("/v1/ai-voice-cloner", "VOICE_CLONER", "Voice Cloner")
        .refuses("Unable to clone voice")
        .takes(21)
        .costs(SPEECH)
        .fields(&[
            NAME,
            need("style", Object),
            need("style.prompt", text(1, 1_000)),
            need("assets", Object),
            need("assets.audio_file_path", File),
        ]),
    // Known from the SDKs alone, which do not name its median time.
    audio("/v1/ai-music-generator", "MUSIC_GENERATOR", "Music Generator")
        .refuses("Unable to generate music")
        .takes(60)
        .costs(per(Unit::Second, 1.0))
        .fields(&[
            NAME,
            need("duration", whole(15.0, 300.0)),
            need("style", Object),
            need("style.prompt", SOME_TEXT),
            may("style.lyrics", TEXT),
            may("style.instrumental", Boolean),
        ]),
];

/// Free for the time being; it starts a task with another form of id, no project, and no webhook.
pub(crate) static FACE_DETECTION: [Tool; 1] =
    [tool(ToolKind::FaceDetection, "/v1/face-detection", "FACE_DETECTION", "Face Detection")
        .refuses("Unable to trigger face detection")
        .takes(3)
        .fields(&[
            may("confidence_score", steps(0.0, 1.0, 0.05)),
            need("assets", Object),
            need("assets.target_file_path", File),
        ])];
