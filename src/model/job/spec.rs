//! Contents of a create call, read from its body once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::tools::{Guess, Output, Tool, ToolKind};

/// Contents of a create call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// Kind of output.
    pub kind: ToolKind,
    /// The `type` of the project.
    pub project_type: String,
    /// The name that was given, or the tool's default.
    pub name: String,
    /// The files to be made.
    pub output: Output,
    /// Start of the clip, in seconds.
    pub start_seconds: f64,
    /// End of the clip, in seconds.
    pub end_seconds: f64,
    /// Frames per second, if the request says how many.
    pub fps: Option<f64>,
    /// Credits to be charged now.
    pub estimate: u64,
    /// Credits that the job has cost in the end, if it completes.
    pub price: u64,
}

impl JobSpec {
    /// The order that a valid body places with a tool.
    pub fn of(tool: &Tool, body: &Value, now: Timestamp) -> Self {
        Self {
            kind: tool.kind,
            project_type: tool.project_type.to_owned(),
            name: name(body, tool.title, now),
            output: tool.output(body),
            start_seconds: seconds(body, "start_seconds").unwrap_or(0.0),
            end_seconds: seconds(body, "end_seconds").unwrap_or(LEAST_END),
            fps: body.get("fps").and_then(Value::as_f64).filter(|fps| *fps > 0.0),
            estimate: tool.estimate(body),
            price: tool.settled(body),
        }
    }

    /// The order that any body places with a tool that the catalogue does not know. It is free, and shaped after a body
    /// of the likeliest form.
    pub fn guessed(guess: &Guess, body: &Value, now: Timestamp) -> Self {
        let kind = ToolKind::from(guess.kind);
        Self {
            kind,
            project_type: guess.project_type.clone(),
            name: name(body, &guess.title, now),
            output: Output::of(kind, kind.usual_format(), body),
            start_seconds: seconds(body, "start_seconds").unwrap_or(0.0),
            end_seconds: seconds(body, "end_seconds").unwrap_or(LEAST_END),
            fps: body.get("fps").and_then(Value::as_f64).filter(|fps| *fps > 0.0),
            estimate: 0,
            price: 0,
        }
    }
}

/// The least that the details of a video may show.
const LEAST_END: f64 = 0.1;

fn name(body: &Value, title: &str, now: Timestamp) -> String {
    let given = body.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    given.map_or_else(|| format!("{title} - {}", now.strftime("%Y-%m-%d %H:%M")), str::to_owned)
}

fn seconds(body: &Value, key: &str) -> Option<f64> {
    body.get(key).and_then(Value::as_f64).filter(|seconds| *seconds >= 0.0)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::JobSpec;
    use crate::model::media::MediaFormat;
    use crate::model::tools::{ToolKind, guess, tool_for_path};

    #[test]
    fn an_order_is_read_from_the_body() {
        let tool = tool_for_path("/v1/text-to-video").unwrap();
        let order = JobSpec::of(tool, &json!({ "name": "My cat", "end_seconds": 5.0 }), Timestamp::UNIX_EPOCH);
        assert_eq!((order.name.as_str(), order.estimate, order.price), ("My cat", 120, 120));
        assert_eq!((order.output.format, order.output.width), (MediaFormat::Mp4, 854));
        let order = JobSpec::of(tool, &json!({ "name": "" }), Timestamp::UNIX_EPOCH);
        assert_eq!(order.name, "Text To Video - 1970-01-01 00:00");
    }

    #[test]
    fn an_unknown_tool_takes_any_body() {
        let guess = guess("/v1/ai-sound-maker").unwrap();
        let order = JobSpec::guessed(&guess, &json!(["anything"]), Timestamp::UNIX_EPOCH);
        assert_eq!((order.kind, order.project_type.as_str()), (ToolKind::Audio, "SOUND_MAKER"));
        assert_eq!((order.output.format, order.estimate), (MediaFormat::Wav, 0));
    }
}
