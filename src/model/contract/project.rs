//! A Magic Hour project: the payload of a webhook, and the answer of the details endpoint, which are the same object.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::model::contract::event::{EventType, Kind, Phase};
use crate::model::job::Status;
use crate::model::text::timestamp::rfc3339;

/// Lifetime of a download link, as Magic Hour's documentation says.
pub const DOWNLOAD_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Base of the links to outputs of every kind, as Magic Hour's current examples show.
pub const DOWNLOAD_BASE: &str = "https://videos.magichour.ai";

/// One output of a finished job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// A bearer link: it opens the output without a key.
    pub url: String,
    /// When the link stops working.
    pub expires_at: Timestamp,
}

impl Download {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "url": self.url, "expires_at": rfc3339(self.expires_at) })
    }
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobError {
    /// A stable name such as `no_source_face`; the set is open.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

impl JobError {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "message": self.message, "code": self.code })
    }
}

/// The facts of a project, from which its JSON is written.
///
/// Fields that a kind does not have (an image has no `fps`) are ignored for that kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// A cuid of 25 characters.
    pub id: String,
    /// The name the user gave, or the tool's default.
    pub name: Option<String>,
    /// The sort of job.
    pub kind: Kind,
    pub status: Status,
    /// The tool, such as `TEXT_TO_VIDEO`; the set is open.
    pub tool: String,
    /// When the job was created.
    pub created_at: Timestamp,
    /// Pixels; video only.
    pub width: i64,
    /// Pixels; video only.
    pub height: i64,
    /// False once the project was deleted.
    pub enabled: bool,
    /// Seconds into the source; video only.
    pub start_seconds: f64,
    /// Seconds into the source; video only.
    pub end_seconds: f64,
    /// Credits; an estimate until the job has ended, 0 after a failure.
    pub credits_charged: u64,
    /// Frames per second; an estimate until the job has ended; video only.
    pub fps: f64,
    /// Number of requested images; image only.
    pub image_count: u64,
    /// Set when `status` is `error`.
    pub error: Option<JobError>,
    /// Filled when `status` is `complete`.
    pub downloads: Vec<Download>,
}

impl Project {
    /// A plausible project at the moment of `event`, with an id of the caller's choice.
    pub fn sample(event: EventType, id: &str, now: Timestamp) -> Self {
        let Sample { tool, name, credits, file, seconds, error: (code, message) } = sample_of(event.kind);
        let created_at = now.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
        let expires_at = now.saturating_add(DOWNLOAD_LIFETIME).unwrap_or(now);
        let completed = event.phase == Phase::Completed;
        let errored = event.phase == Phase::Errored;
        Self {
            id: id.to_owned(),
            name: Some(format!("{name} - {}", created_at.strftime("%Y-%m-%d %H:%M"))),
            kind: event.kind,
            status: Status::of(event.phase),
            tool: tool.to_owned(),
            created_at,
            width: 512,
            height: 960,
            enabled: true,
            start_seconds: 0.0,
            end_seconds: 15.0,
            credits_charged: if errored { 0 } else { credits },
            fps: 30.0,
            image_count: 1,
            error: errored.then(|| JobError { code: code.to_owned(), message: message.to_owned() }),
            downloads: if completed {
                vec![Download { url: format!("{DOWNLOAD_BASE}/{id}/{file}"), expires_at }]
            } else {
                Vec::new()
            },
        }
    }
}

struct Sample {
    tool: &'static str,
    name: &'static str,
    credits: u64,
    file: &'static str,
    seconds: i64,
    error: (&'static str, &'static str),
}

const fn sample_of(kind: Kind) -> Sample {
    match kind {
        Kind::Video => Sample {
            tool: "TEXT_TO_VIDEO",
            name: "Text To Video",
            credits: 450,
            file: "output.mp4",
            seconds: 51,
            error: ("processing_timeout", "The video took too long to process"),
        },
        Kind::Image => Sample {
            tool: "AI_IMAGE",
            name: "Ai Image",
            credits: 5,
            file: "output.png",
            seconds: 5,
            error: ("no_source_face", "Please use an image with a detectable face"),
        },
        Kind::Audio => Sample {
            tool: "VOICE_GENERATOR",
            name: "Voice Generator",
            credits: 2,
            file: "output.wav",
            seconds: 21,
            error: ("invalid_voice", "The requested voice is not available"),
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::Project;
    use crate::model::contract::event::EventType;
    use crate::model::contract::payload::FieldSet;

    fn payload(event: &str) -> Value {
        let event: EventType = event.parse().unwrap();
        let now: Timestamp = "2026-11-23T15:04:05.678901Z".parse().unwrap();
        Project::sample(event, "clx7uu86w0a5qp55yxz315r6r", now).to_json(FieldSet::Wire)
    }

    #[test]
    fn a_completed_video_has_sixteen_fields_in_the_order_of_the_specification() {
        let expected = json!({
            "id": "clx7uu86w0a5qp55yxz315r6r",
            "name": "Text To Video - 2026-11-23 15:03",
            "status": "complete",
            "type": "TEXT_TO_VIDEO",
            "created_at": "2026-11-23T15:03:14.678Z",
            "width": 512,
            "height": 960,
            "enabled": true,
            "start_seconds": 0,
            "end_seconds": 15,
            "total_frame_cost": 450,
            "credits_charged": 450,
            "fps": 30,
            "error": null,
            "downloads": [{
                "url": "https://videos.magichour.ai/clx7uu86w0a5qp55yxz315r6r/output.mp4",
                "expires_at": "2026-11-24T15:04:05.678Z"
            }],
            "download": {
                "url": "https://videos.magichour.ai/clx7uu86w0a5qp55yxz315r6r/output.mp4",
                "expires_at": "2026-11-24T15:04:05.678Z"
            }
        });
        assert_eq!(payload("video.completed").to_string(), expected.to_string());
    }

    #[test]
    fn a_failed_job_costs_nothing_and_says_why() {
        for event in ["video.errored", "image.errored", "audio.errored"] {
            let payload = payload(event);
            assert_eq!(payload["credits_charged"], 0, "{event}");
            assert_eq!(payload["downloads"], json!([]), "{event}");
            assert!(payload["error"]["code"].is_string() && payload["error"]["message"].is_string(), "{event}");
        }
    }

    #[test]
    fn a_started_job_has_neither_error_nor_downloads() {
        let payload = payload("video.started");
        assert_eq!(payload["status"], "rendering");
        assert_eq!(payload["error"], Value::Null);
        assert_eq!(payload["downloads"], json!([]));
        assert_eq!(payload["download"], Value::Null);
    }

    #[test]
    fn the_documented_set_leaves_out_what_is_deprecated() {
        let counts = ["video.completed", "image.completed", "audio.completed"].map(|event| {
            let project = Project::sample(event.parse().unwrap(), "c", Timestamp::UNIX_EPOCH);
            [FieldSet::Wire, FieldSet::Documented]
                .map(|set| project.to_json(set).as_object().map_or(0, serde_json::Map::len))
        });
        assert_eq!(counts, [[16, 14], [11, 10], [9, 9]]);
    }
}
