//! The collector: asks a capture service again and again, and hands on what is new, the oldest first.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::engine::capture::captured::CapturedRequest;
use crate::engine::capture::fetch::{CaptureClient, CaptureError};
use crate::engine::capture::source::CaptureSource;
use crate::engine::event_channel::EventSender;
use crate::store::captures::CaptureMemory;

/// The wait between two rounds while requests come.
const BUSY: Duration = Duration::from_secs(2);

/// The wait between two rounds otherwise.
const IDLE: Duration = Duration::from_secs(5);

/// Time after a request during which more are expected.
const EXPECTING: Duration = Duration::from_mins(1);

/// The most pages of a round.
const MOST_PAGES: u32 = 10;

/// The most ids that are remembered.
const MOST_SEEN: usize = 1_000;

/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The requests that a source is asked for at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureSince {
    /// Requests from now on; from a source that was read before, those since then.
    Now,
    /// All that it has.
    All,
    /// Requests captured since then.
    Time(Timestamp),
}

/// News of a source.
#[derive(Debug)]
pub enum CaptureEvent {
    /// Asking failed, and is tried again.
    Trouble {
        /// The source.
        source: String,
        /// Why.
        error: CaptureError,
        /// Delay until the next try.
        wait: Duration,
    },
    /// More came at once than is read in a round.
    Skipped {
        /// The source.
        source: String,
    },
}

/// Sink for captured requests.
pub trait CaptureSink: Sync {
    /// Takes a request; it is kept when this ends.
    fn take(&self, captured: CapturedRequest) -> impl Future<Output = ()> + Send;
}

/// Asks one service.
pub struct Collector {
    /// The service's URL.
    pub source: CaptureSource,
    pub client: Arc<CaptureClient>,
    /// Start of the capture.
    pub since: CaptureSince,
    /// Memory of earlier runs, if there is one.
    pub memory: Option<CaptureMemory>,
    /// Hears of trouble.
    pub events: EventSender<CaptureEvent>,
}

/// The ids that were seen, bounded.
#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    fn add(&mut self, id: &str) {
        if self.ids.insert(id.to_owned()) {
            self.order.push_back(id.to_owned());
        }
        while self.order.len() > MOST_SEEN {
            if let Some(oldest) = self.order.pop_front() {
                self.ids.remove(&oldest);
            }
        }
    }
}

impl Collector {
    /// Collects until the service refuses for good; the sink is given each request once.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] that asking again cannot help.
    pub async fn collect(self, sink: &impl CaptureSink) -> Result<(), CaptureError> {
        let key = self.source.to_string();
        let remembered = self.memory.as_ref().and_then(|memory| memory.seen(&key));
        let mut is_first = remembered.is_none();
        let mut seen = Seen::default();
        for id in remembered.unwrap_or_default() {
            seen.add(&id);
        }
        let mut last_came: Option<Instant> = None;
        let mut wait = BUSY;
        loop {
            let fresh = match self.round(&seen, is_first).await {
                Ok(fresh) => fresh,
                Err(error) if error.is_temporary() => {
                    wait = match &error {
                        CaptureError::Throttled(pause) => *pause,
                        _ => (wait * 2).min(LONGEST_WAIT),
                    };
                    let trouble = CaptureEvent::Trouble { source: key.clone(), error, wait };
                    self.events.send(trouble, 0).await;
                    sleep(wait).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            for request in &fresh {
                if !is_first || self.is_wanted(request.captured_at) {
                    last_came = Some(Instant::now());
                    sink.take(request.clone()).await;
                }
                seen.add(&request.id);
            }
            if let Some(memory) = self.memory.as_ref().filter(|_| is_first || !fresh.is_empty()) {
                // What cannot be remembered is read once more in the next run, and is marked as a duplicate there.
                let _ = memory.remember(&key, seen.order.iter());
            }
            is_first = false;
            wait = if last_came.is_some_and(|at| at.elapsed() < EXPECTING) { BUSY } else { IDLE };
            sleep(wait).await;
        }
    }

    fn is_wanted(&self, captured_at: Timestamp) -> bool {
        match self.since {
            CaptureSince::Now => false,
            CaptureSince::All => true,
            CaptureSince::Time(time) => captured_at >= time,
        }
    }

    /// New requests, the oldest first. Pages shift while requests arrive, so that one can occur twice.
    async fn round(&self, seen: &Seen, is_first: bool) -> Result<Vec<CapturedRequest>, CaptureError> {
        let mut fresh: Vec<CapturedRequest> = Vec::new();
        let mut ids = HashSet::new();
        let mut next: Option<String> = None;
        for number in 1..=MOST_PAGES {
            let page = self.client.page(&self.source, number, next.as_deref()).await?;
            let has_old = page.requests.iter().any(|request| seen.ids.contains(&request.id));
            for request in page.requests {
                if !seen.ids.contains(&request.id) && ids.insert(request.id.clone()) {
                    fresh.push(request);
                }
            }
            next = page.next;
            if page.is_last || has_old {
                break;
            }
            if number == MOST_PAGES && !is_first {
                self.events.send(CaptureEvent::Skipped { source: self.source.to_string() }, 0).await;
            }
        }
        fresh.sort_by(|a, b| a.captured_at.cmp(&b.captured_at).then_with(|| a.id.cmp(&b.id)));
        Ok(fresh)
    }
}
