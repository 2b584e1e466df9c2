//! Observer of a provider's retries: gaps and signatures of events whose first attempts were failed on purpose.

use std::collections::HashMap;
use std::time::Duration;

use http::HeaderMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::engine::receive::received::milliseconds;
use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};

/// Events that are observed at once; more of them are answered as usual.
const MOST_EVENTS: usize = 4096;

/// Fails the first attempts of each event, and remembers how they came.
#[derive(Debug)]
pub struct RetryObserver {
    failures: u32,
    events: HashMap<(String, String), Vec<ObservedAttempt>>,
}

#[derive(Debug)]
struct ObservedAttempt {
    at: Instant,
    timestamp: Vec<u8>,
    signature: Vec<u8>,
}

/// Retries of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Retries {
    pub event_type: String,
    pub job_id: String,
    /// Number of attempts that arrived.
    pub attempts: usize,
    /// The times between them.
    pub gaps: Vec<Duration>,
    /// Whether each came with a timestamp of its own; `None` if there was only one.
    pub fresh_timestamps: Option<bool>,
    /// Whether each came with a signature of its own.
    pub fresh_signatures: Option<bool>,
}

impl RetryObserver {
    /// An observer that fails so many attempts of each event.
    pub fn new(failures: u32) -> Self {
        Self { failures, events: HashMap::new() }
    }

    /// Hears of an attempt; says whether it is to be failed.
    pub fn observe(&mut self, job_id: &str, event_type: &str, headers: &HeaderMap) -> bool {
        if self.failures == 0 {
            return false;
        }
        let key = (job_id.to_owned(), event_type.to_owned());
        if self.events.len() >= MOST_EVENTS && !self.events.contains_key(&key) {
            return false;
        }
        let header = |name| headers.get(name).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        let seen = self.events.entry(key).or_default();
        seen.push(ObservedAttempt {
            at: Instant::now(),
            timestamp: header(TIMESTAMP_HEADER),
            signature: header(SIGNATURE_HEADER),
        });
        seen.len() <= self.failures as usize
    }

    /// Retries of each event, in the order of the first attempts.
    pub fn report(&self) -> Vec<Retries> {
        let mut events: Vec<_> = self.events.iter().collect();
        events.sort_by_key(|(_, seen)| seen.first().map(|first| first.at));
        events.into_iter().map(|((job_id, event_type), seen)| retries(job_id, event_type, seen)).collect()
    }
}

fn retries(job_id: &str, event_type: &str, seen: &[ObservedAttempt]) -> Retries {
    let pairs = || seen.iter().zip(seen.iter().skip(1));
    let fresh =
        |part: fn(&ObservedAttempt) -> &[u8]| (seen.len() > 1).then(|| pairs().all(|(a, b)| part(a) != part(b)));
    Retries {
        event_type: event_type.to_owned(),
        job_id: job_id.to_owned(),
        attempts: seen.len(),
        gaps: pairs().map(|(a, b)| b.at.duration_since(a.at)).collect(),
        fresh_timestamps: fresh(|seen| &seen.timestamp),
        fresh_signatures: fresh(|seen| &seen.signature),
    }
}

impl Serialize for Retries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let gaps: Vec<f64> = self.gaps.iter().copied().map(milliseconds).collect();
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("type", &self.event_type)?;
        map.serialize_entry("job_id", &self.job_id)?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("gaps_ms", &gaps)?;
        map.serialize_entry("fresh_timestamps", &self.fresh_timestamps)?;
        map.serialize_entry("fresh_signatures", &self.fresh_signatures)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue};
    use tokio::time::advance;

    use super::RetryObserver;
    use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};

    fn headers(timestamp: &'static str, signature: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TIMESTAMP_HEADER, HeaderValue::from_static(timestamp));
        headers.insert(SIGNATURE_HEADER, HeaderValue::from_static(signature));
        headers
    }

    #[tokio::test(start_paused = true)]
    async fn gaps_and_freshness_are_told_for_each_event() {
        let mut observer = RetryObserver::new(2);
        assert!(observer.observe("a", "video.started", &headers("1", "x")));
        advance(Duration::from_secs(1)).await;
        assert!(observer.observe("a", "video.started", &headers("2", "x")));
        assert!(observer.observe("b", "video.started", &headers("2", "z")));
        advance(Duration::from_secs(2)).await;
        assert!(!observer.observe("a", "video.started", &headers("4", "x")));
        let report = observer.report();
        assert_eq!((report[0].attempts, report[1].attempts), (3, 1));
        assert_eq!(report[0].gaps, [Duration::from_secs(1), Duration::from_secs(2)]);
        assert_eq!((report[0].fresh_timestamps, report[0].fresh_signatures), (Some(true), Some(false)));
        assert_eq!(report[1].fresh_timestamps, None);
    }
}
