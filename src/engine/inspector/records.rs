//! Records of the API: the fields of `--format json`, and more that the page needs.

use bytes::Bytes;
use serde::Serialize;
use serde::ser::SerializeMap;
use url::Url;

use crate::engine::inspector::options::InspectorOptions;
use crate::engine::inspector::schema_report::SchemaReport;
use crate::engine::receive::received::{HeaderPairs, milliseconds};
use crate::model::contract::event::EventType;
use crate::model::contract::peek::Peek;
use crate::model::json::view::JsonView;
use crate::model::media;
use crate::model::signing::verdict::VerdictKind;
use crate::model::signing::verdict_report::{JudgedDelivery, VerdictReport};
use crate::model::text::timestamp::rfc3339;
use crate::store::journal::{DeliverySummary, StoredAttempt, StoredDelivery};

/// The hosts of Magic Hour's files.
const MAGIC_HOUR: &str = "magichour.ai";

/// A line of the list.
#[derive(Serialize)]
pub(super) struct RowRecord {
    id: u64,
    pub(super) cursor: String,
    received_at: String,
    #[serde(rename = "type")]
    event_type: Option<String>,
    job_id: Option<String>,
    status: Option<String>,
    verdict: VerdictKind,
    reason: Option<String>,
    explanation: Option<String>,
    problem: Option<String>,
    duplicate: bool,
    attempt: u32,
    size: u64,
    answered: Option<u16>,
    handler: Option<HandlerRecord>,
}

/// The newest answer of a handler.
#[derive(Serialize)]
struct HandlerRecord {
    answered: Option<u16>,
    elapsed_ms: f64,
    error: Option<String>,
}

impl From<DeliverySummary> for RowRecord {
    fn from(row: DeliverySummary) -> Self {
        Self {
            id: row.id,
            cursor: row.cursor().to_string(),
            received_at: rfc3339(row.received_at),
            event_type: row.event_type,
            job_id: row.job_id,
            status: row.status,
            verdict: row.verdict,
            reason: row.reason,
            explanation: row.explanation,
            problem: row.problem,
            duplicate: row.repeat > 1,
            attempt: row.repeat.max(1),
            size: row.size,
            answered: row.answered,
            handler: row.latest.map(|latest| HandlerRecord {
                answered: latest.status,
                elapsed_ms: milliseconds(latest.latency),
                error: latest.error,
            }),
        }
    }
}

/// An attempt with its number.
#[derive(Serialize)]
pub(super) struct AttemptRecord {
    id: u64,
    #[serde(flatten)]
    attempt: StoredAttempt,
}

impl From<StoredAttempt> for AttemptRecord {
    fn from(attempt: StoredAttempt) -> Self {
        Self { id: attempt.id, attempt }
    }
}

/// Everything that is known of a delivery and does not change.
#[derive(Serialize)]
pub(super) struct DetailRecord {
    #[serde(flatten, with = "stored")]
    delivery: StoredDelivery,
    size: usize,
    kind: Option<&'static str>,
    judgement: VerdictReport,
    schema: SchemaReport,
    media: Vec<MediaRecord>,
    previous: Option<u64>,
}

mod stored {
    use serde::{Serialize, Serializer};

    use crate::engine::receive::delivery_record::DeliveryRecord;
    use crate::store::journal::StoredDelivery;

    /// Writes a delivery as every other record has it.
    pub(super) fn serialize<S: Serializer>(delivery: &StoredDelivery, serializer: S) -> Result<S::Ok, S::Error> {
        DeliveryRecord::of_stored(delivery).serialize(serializer)
    }
}

/// A file that an event names.
#[derive(Serialize)]
struct MediaRecord {
    number: usize,
    url: String,
    expires_at: String,
    host: String,
    media_type: Option<&'static str>,
    /// Whether the page may show it: it is Magic Hour's or this run's sandbox's.
    shown: bool,
}

impl DetailRecord {
    pub(super) fn new(delivery: StoredDelivery, previous: Option<u64>, options: &InspectorOptions) -> Self {
        let judged = JudgedDelivery { headers: &delivery.headers, body: &delivery.body, at: delivery.received_at };
        let secret = options.secret.current();
        let judgement = VerdictReport::of(judged, &secret.verifier(), &secret.origin);
        let schema = SchemaReport::of(&delivery.body);
        let event = delivery.event_type.as_deref().and_then(|name| name.parse::<EventType>().ok());
        let downloads = Peek::at(&delivery.body).downloads;
        let file = |(at, download): (usize, crate::model::contract::project::Download)| MediaRecord {
            number: at + 1,
            host: host(&download.url).unwrap_or_default(),
            media_type: media::extension_in(&download.url).and_then(media::by_extension),
            shown: is_shown(&download.url, options),
            expires_at: rfc3339(download.expires_at),
            url: download.url,
        };
        let media = downloads.into_iter().enumerate().map(file).collect();
        let kind = event.map(|event| event.kind.as_str());
        Self { size: delivery.body.len(), kind, judgement, schema, media, previous, delivery }
    }
}

/// The host that a browser would ask.
fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Whether the page may show a file: over https from Magic Hour, or from this run's sandbox.
fn is_shown(url: &str, options: &InspectorOptions) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let sandbox = options.sandbox.as_ref().and_then(|sandbox| Url::parse(&sandbox.base_url).ok());
    let is_own = sandbox.is_some_and(|sandbox| sandbox.origin() == url.origin());
    is_own || is_of_magic_hour(&url)
}

fn is_of_magic_hour(url: &Url) -> bool {
    let of_magic_hour = |host: &str| host == MAGIC_HOUR || host.ends_with(&format!(".{MAGIC_HOUR}"));
    url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(of_magic_hour)
}

/// A delivery as the timeline of its job needs it: without its body.
pub(super) struct JobDeliveryRecord {
    pub(super) delivery: StoredDelivery,
    pub(super) attempts: Vec<AttemptRecord>,
}

impl Serialize for JobDeliveryRecord {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let delivery = &self.delivery;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &delivery.id)?;
        map.serialize_entry("received_at", &rfc3339(delivery.received_at))?;
        map.serialize_entry("type", &delivery.event_type)?;
        map.serialize_entry("verdict", &delivery.verdict)?;
        map.serialize_entry("attempt", &delivery.repeat.max(1))?;
        map.serialize_entry("answered", &delivery.answered)?;
        map.serialize_entry("headers", &HeaderPairs(&delivery.headers))?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.end()
    }
}

/// Creation time of the job, as the event gives it.
pub(super) fn created_at(body: &Bytes) -> Option<String> {
    let text = JsonView::read(body).ok()?.get("payload")?.get("created_at")?.string()?;
    text.parse().ok().map(rfc3339)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{host, is_of_magic_hour};

    #[test]
    fn the_host_of_a_link_is_what_the_browser_would_ask() {
        assert_eq!(host("https://videos.magichour.ai/id/output.mp4?sig=1").as_deref(), Some("videos.magichour.ai"));
        assert_eq!(host("https://videos.magichour.ai@evil.example/x").as_deref(), Some("evil.example"));
        assert_eq!(host("javascript:alert(1)"), None);
    }

    #[test]
    fn only_https_links_of_magic_hour_are_its_own() {
        let own = |url| is_of_magic_hour(&Url::parse(url).unwrap());
        assert!(own("https://videos.magichour.ai/x") && own("https://magichour.ai/x"));
        for other in ["http://videos.magichour.ai/x", "https://magichour.ai.evil.example/", "https://notmagichour.ai/"]
        {
            assert!(!own(other), "{other}");
        }
        assert!(!own("https://videos.magichour.ai:8443/x") && !own("data:image/png;base64,AA"));
    }
}
