//! A tool: an operation of the API that starts a job.

use serde_json::Value;

use crate::model::media::MediaFormat;
use crate::model::tools::field::RequestField;
use crate::model::tools::kind::ToolKind;
use crate::model::tools::output::Output;
use crate::model::tools::price::Price;

/// One tool of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Path at which its jobs are created, such as `/v1/text-to-video`.
    pub path: &'static str,
    pub kind: ToolKind,
    /// The `type` of its projects, such as `TEXT_TO_VIDEO`.
    pub project_type: &'static str,
    /// The start of a job's default name; the time of creation follows.
    pub title: &'static str,
    /// The files that it makes, unless a request says otherwise.
    pub format: MediaFormat,
    /// Message of an answer with status 422.
    pub refusal: &'static str,
    /// Seconds that half of the real jobs are done in.
    pub median_seconds: u32,
    /// Price of a job.
    pub price: Price,
    /// The least and the most seconds from `start_seconds` to `end_seconds`, where that is limited.
    pub clip: Option<(f64, f64)>,
    /// Fields of a request; an object comes before its keys.
    pub fields: &'static [RequestField],
}

impl Tool {
    /// The last part of the path, such as `text-to-video`.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// Output of a request.
    pub fn output(&self, body: &Value) -> Output {
        Output::of(self.kind, self.format, body)
    }

    pub(crate) const fn makes(self, format: MediaFormat) -> Self {
        Self { format, ..self }
    }

    pub(crate) const fn refuses(self, refusal: &'static str) -> Self {
        Self { refusal, ..self }
    }

    pub(crate) const fn takes(self, median_seconds: u32) -> Self {
        Self { median_seconds, ..self }
    }

    pub(crate) const fn costs(self, price: Price) -> Self {
        Self { price, ..self }
    }

    pub(crate) const fn clip(self, least: f64, most: f64) -> Self {
        Self { clip: Some((least, most)), ..self }
    }

    pub(crate) const fn fields(self, fields: &'static [RequestField]) -> Self {
        Self { fields, ..self }
    }
}

pub(crate) const fn video(path: &'static str, project_type: &'static str, title: &'static str) -> Tool {
    tool(ToolKind::Video, path, project_type, title).refuses("Unable to create video")
}

pub(crate) const fn image(path: &'static str, project_type: &'static str, title: &'static str) -> Tool {
    tool(ToolKind::Image, path, project_type, title).refuses("Unable to create image")
}

pub(crate) const fn audio(path: &'static str, project_type: &'static str, title: &'static str) -> Tool {
    tool(ToolKind::Audio, path, project_type, title).refuses("Unable to generate speech")
}

pub(crate) const fn tool(kind: ToolKind, path: &'static str, project_type: &'static str, title: &'static str) -> Tool {
    Tool {
        path,
        kind,
        project_type,
        title,
        format: kind.usual_format(),
        refusal: "",
        median_seconds: 0,
        price: Price::FREE,
        clip: None,
        fields: &[],
    }
}
