//! The kinds of tools.

use serde::{Deserialize, Serialize};

use crate::model::contract::event::Kind;
use crate::model::media::MediaFormat;

/// The kind of output that a tool makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolKind {
    Video,
    Image,
    Audio,
    /// A list of faces: a separate task, with neither a project nor webhooks.
    FaceDetection,
}

impl ToolKind {
    /// The kind of the project and of its events; a face detection has neither.
    pub const fn project(self) -> Option<Kind> {
        match self {
            Self::Video => Some(Kind::Video),
            Self::Image => Some(Kind::Image),
            Self::Audio => Some(Kind::Audio),
            Self::FaceDetection => None,
        }
    }

    /// The files that tools of this kind make, but for a few.
    pub const fn usual_format(self) -> MediaFormat {
        match self {
            Self::Video => MediaFormat::Mp4,
            Self::Image | Self::FaceDetection => MediaFormat::Png,
            Self::Audio => MediaFormat::Wav,
        }
    }
}

impl From<Kind> for ToolKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Video => Self::Video,
            Kind::Image => Self::Image,
            Kind::Audio => Self::Audio,
        }
    }
}
