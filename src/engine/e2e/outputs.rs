//! The outputs of a job: where they are, what they should be, and what they are.

use serde_json::Value;

use crate::engine::e2e::job_trace::JobTrace;
use crate::engine::e2e::request::JobRequest;
use crate::engine::magic_hour::{FetchError, Fetched};

/// An output, and what came of fetching it.
#[derive(Debug)]
pub struct JobOutput {
    /// Its link, which opens it: not to be shown whole.
    pub link: String,
    pub result: Result<Fetched, FetchError>,
}

/// The links to the outputs of a complete job: those of the webhook, which is what an application has; else those of the
/// details endpoint.
pub(super) fn links(trace: &JobTrace) -> Vec<String> {
    let of_webhook = trace.finished().map(|delivered| {
        delivered.received.peek.downloads.iter().map(|download| download.url.clone()).collect::<Vec<_>>()
    });
    of_webhook.filter(|links| !links.is_empty()).unwrap_or_else(|| of_details(trace))
}

fn of_details(trace: &JobTrace) -> Vec<String> {
    let downloads = trace.details.as_ref().and_then(|details| details.get("downloads")?.as_array());
    let url = |download: &Value| download.get("url").and_then(Value::as_str).map(str::to_owned);
    downloads.into_iter().flatten().filter_map(url).collect()
}

/// Expected media of a job's outputs: `video`, `image` or `audio`. A GIF tool can be asked for a video.
pub(super) fn expected_media(request: &JobRequest) -> &'static str {
    family(request.tool.output(&request.body).format.media_type())
}

/// The part of a media type before the slash.
pub(super) fn family(media_type: &str) -> &str {
    media_type.split('/').next().unwrap_or(media_type)
}
