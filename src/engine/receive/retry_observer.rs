//! Observer of a provider's retries: gaps and signatures of events whose first attempts were failed on purpose.

use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::engine::receive::received::milliseconds;
use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};

/// Events that are observed at once; more of them are answered as usual.
const MOST_EVENTS: usize = 4096;

/// The attempts of one event that are remembered; more than the documented schedule of a day has.
const MOST_ATTEMPTS: usize = 64;

/// The longest header that is compared whole, and the longest name of a job or a type that is studied.
const LONGEST_HEADER: usize = 128;

/// The resolution of timestamps.
const SECOND: Duration = Duration::from_secs(1);

/// Fails the first attempts of each event, and remembers how they came.
#[derive(Debug)]
pub struct RetryObserver {
    failures: u32,
    events: HashMap<(String, String), ObservedEvent>,
}

#[derive(Debug, Default)]
struct ObservedEvent {
    /// The number of attempts, also of those that are not remembered.
    count: usize,
    attempts: Vec<ObservedAttempt>,
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
    /// Retries whose timestamp differs from that of the attempt before.
    pub timestamps: Freshness,
    /// Retries whose signature differs.
    pub signatures: Freshness,
}

/// The number of retries whose header differed from that of the attempt before, and of those whose did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    pub fresh: usize,
    pub same: usize,
    /// Retries that came so soon that a fresh timestamp, and so the signature, may rightly be the same.
    pub undecided: usize,
}

impl Freshness {
    fn add(&mut self, differs: bool, gap: Duration) {
        match (differs, gap < SECOND) {
            (true, _) => self.fresh += 1,
            (false, true) => self.undecided += 1,
            (false, false) => self.same += 1,
        }
    }

    /// Whether every retry had a fresh one, as far as that can be decided.
    const fn all_fresh(self) -> Option<bool> {
        match (self.fresh, self.same) {
            (0, 0) => None,
            (_, same) => Some(same == 0),
        }
    }
}

impl RetryObserver {
    /// An observer that fails the first attempts of each event.
    pub fn new(failures: u32) -> Self {
        Self { failures, events: HashMap::new() }
    }

    /// Hears of an attempt; says whether it is to be failed.
    pub fn observe(&mut self, job_id: &str, event_type: &str, headers: &HeaderMap) -> bool {
        if self.failures == 0 || job_id.len() > LONGEST_HEADER || event_type.len() > LONGEST_HEADER {
            return false;
        }
        let key = (job_id.to_owned(), event_type.to_owned());
        if self.events.len() >= MOST_EVENTS && !self.events.contains_key(&key) {
            return false;
        }
        let header = |name| {
            let value = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
            value.get(..LONGEST_HEADER).unwrap_or(value).to_vec()
        };
        let event = self.events.entry(key).or_default();
        event.count += 1;
        if event.attempts.len() < MOST_ATTEMPTS {
            event.attempts.push(ObservedAttempt {
                at: Instant::now(),
                timestamp: header(TIMESTAMP_HEADER),
                signature: header(SIGNATURE_HEADER),
            });
        }
        event.count <= self.failures as usize
    }

    /// Retries of each event, in the order of the first attempts.
    pub fn report(&self) -> Vec<Retries> {
        let mut events: Vec<_> = self.events.iter().collect();
        events.sort_by_key(|(_, event)| event.attempts.first().map(|first| first.at));
        events.into_iter().map(|((job_id, event_type), event)| retries(job_id, event_type, event)).collect()
    }
}

fn retries(job_id: &str, event_type: &str, event: &ObservedEvent) -> Retries {
    let seen = &event.attempts;
    let (mut timestamps, mut signatures) = (Freshness::default(), Freshness::default());
    for (a, b) in seen.iter().zip(seen.iter().skip(1)) {
        let gap = b.at.duration_since(a.at);
        timestamps.add(a.timestamp != b.timestamp, gap);
        signatures.add(a.signature != b.signature, gap);
    }
    Retries {
        event_type: event_type.to_owned(),
        job_id: job_id.to_owned(),
        attempts: event.count,
        gaps: seen.iter().zip(seen.iter().skip(1)).map(|(a, b)| b.at.duration_since(a.at)).collect(),
        timestamps,
        signatures,
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
        map.serialize_entry("fresh_timestamps", &self.timestamps.all_fresh())?;
        map.serialize_entry("fresh_signatures", &self.signatures.all_fresh())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue};
    use tokio::time::advance;

    use super::{Freshness, LONGEST_HEADER, MOST_ATTEMPTS, MOST_EVENTS, RetryObserver};
    use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};

    fn headers(timestamp: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TIMESTAMP_HEADER, HeaderValue::from_str(timestamp).unwrap());
        headers.insert(SIGNATURE_HEADER, HeaderValue::from_str(signature).unwrap());
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
        assert_eq!(report[0].timestamps, Freshness { fresh: 2, same: 0, undecided: 0 });
        assert_eq!(report[0].signatures.all_fresh(), Some(false));
        assert_eq!(report[1].timestamps.all_fresh(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_falls_into_one_second_is_not_called_the_same() {
        let mut observer = RetryObserver::new(3);
        for (timestamp, signature) in [("1", "x"), ("1", "x"), ("2", "y")] {
            observer.observe("a", "video.started", &headers(timestamp, signature));
            advance(Duration::from_millis(500)).await;
        }
        let report = observer.report();
        assert_eq!(report[0].timestamps, Freshness { fresh: 1, same: 0, undecided: 1 });
        assert_eq!(report[0].signatures.all_fresh(), Some(true));
    }

    #[test]
    fn memory_stays_bounded_however_often_an_event_comes() {
        let mut observer = RetryObserver::new(1);
        for _ in 0..10 * MOST_ATTEMPTS {
            observer.observe("a", "video.started", &headers("1", "x"));
        }
        let report = observer.report();
        assert_eq!((report[0].attempts, report[0].gaps.len()), (10 * MOST_ATTEMPTS, MOST_ATTEMPTS - 1));
    }

    #[test]
    fn memory_stays_bounded_however_many_events_come() {
        let mut observer = RetryObserver::new(1);
        assert!((0..MOST_EVENTS).all(|number| observer.observe(
            &number.to_string(),
            "video.started",
            &headers("1", "x")
        )));
        assert!(!observer.observe("another", "video.started", &headers("1", "x")), "answered as usual");
        assert!(!observer.observe(&"x".repeat(LONGEST_HEADER + 1), "video.started", &headers("1", "x")));
        assert_eq!(observer.events.len(), MOST_EVENTS);
        let mut observer = RetryObserver::new(1);
        observer.observe("a", "video.started", &headers(&"1".repeat(10_000), &"x".repeat(10_000)));
        let attempt = observer.events.values().next().unwrap().attempts.first().unwrap();
        assert_eq!((attempt.timestamp.len(), attempt.signature.len()), (LONGEST_HEADER, LONGEST_HEADER));
    }
}
