//! Sends many events: as fast as they are answered, or at a steady rate, and counts what comes back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use hdrhistogram::Histogram;
use http::StatusCode;
use tokio::time::{Instant, sleep_until};

use crate::engine::send::composer::EventTemplate;
use crate::engine::send::sender::Sender;
use crate::model::id::job_id;
use crate::net::shutdown::Shutdown;

/// The largest latency that is told apart, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// Amount and rate of a load.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The most events; without a limit, `duration` ends it.
    pub count: Option<u64>,
    pub duration: Option<Duration>,
    /// Events in flight at once.
    pub concurrency: usize,
    /// Events that are started each second; as many as are answered if there is no rate.
    pub rate: Option<f64>,
}

#[derive(Debug)]
pub struct Tally {
    /// Number of answers, by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Number of failures, by name.
    pub errors: BTreeMap<&'static str, u64>,
    /// The times to the answers, in microseconds. At a rate they count from when the event was due, so that a slow
    /// handler cannot hide behind the sender's waiting.
    pub latencies: Histogram<u64>,
    /// From the first event to the last answer.
    pub elapsed: Duration,
}

/// Counts while the load runs; clones share the counts.
#[derive(Clone, Debug)]
pub struct LoadProgress(Arc<LoadState>);

#[derive(Debug)]
struct LoadState {
    load: Load,
    begun: AtomicU64,
    ended: AtomicU64,
    start: Instant,
    tally: Mutex<Tally>,
}

impl LoadProgress {
    /// Number of events that were answered or given up.
    pub fn ended(&self) -> u64 {
        self.0.ended.load(Ordering::Relaxed)
    }

    /// The counts so far.
    ///
    /// # Panics
    ///
    /// Never: the bounds of the histogram are constants that it accepts.
    pub fn take(&self) -> Tally {
        let mut tally = self.0.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = std::mem::replace(&mut *tally, empty());
        taken.elapsed = self.0.start.elapsed();
        taken
    }

    /// The number of the next event and when it is due, if there is to be one.
    fn next(&self) -> Option<(u64, Instant)> {
        let LoadState { load, begun, start, .. } = &*self.0;
        let number = begun.fetch_add(1, Ordering::Relaxed);
        let wait = load.rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(begun_at(number, rate)));
        let due = *start + wait;
        let in_time = load.duration.is_none_or(|most| wait < most && start.elapsed() < most);
        (load.count.is_none_or(|most| number < most) && in_time).then_some((number, due))
    }

    fn note(&self, outcome: Result<StatusCode, &'static str>, latency: Duration) {
        let mut tally = self.0.tally.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(status) => *tally.statuses.entry(status.as_u16()).or_default() += 1,
            Err(code) => *tally.errors.entry(code).or_default() += 1,
        }
        let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST);
        tally.latencies.saturating_record(micros);
        drop(tally);
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run sends so many events that their number loses precision")]
fn begun_at(number: u64, rate: f64) -> f64 {
    number as f64 / rate
}

#[expect(clippy::expect_used, reason = "the bounds are constants that the histogram accepts")]
fn empty() -> Tally {
    let latencies = Histogram::new_with_bounds(1, LONGEST, 3).expect("constant bounds");
    Tally { statuses: BTreeMap::new(), errors: BTreeMap::new(), latencies, elapsed: Duration::ZERO }
}

/// Begins to send; the workers are tasks of `shutdown`'s, and end with the load or when it is requested.
pub fn start(sender: &Arc<Sender>, templates: &Arc<[EventTemplate]>, load: Load, shutdown: &Shutdown) -> LoadProgress {
    let shared =
        LoadState { load, begun: 0.into(), ended: 0.into(), start: Instant::now(), tally: Mutex::new(empty()) };
    let progress = LoadProgress(Arc::new(shared));
    for _ in 0..load.concurrency {
        let (sender, templates) = (Arc::clone(sender), Arc::clone(templates));
        let worker = work(sender, templates, progress.clone(), shutdown.clone());
        shutdown.spawn(worker);
    }
    progress
}

async fn work(sender: Arc<Sender>, templates: Arc<[EventTemplate]>, progress: LoadProgress, shutdown: Shutdown) {
    let mut rng = Rng::new();
    while let Some((number, due)) = progress.next() {
        if shutdown.is_requested() {
            return;
        }
        if progress.0.load.rate.is_some() {
            sleep_until(due).await;
        }
        let from = if progress.0.load.rate.is_some() { due } else { Instant::now() };
        let at = usize::try_from(number).unwrap_or_default().checked_rem(templates.len()).unwrap_or_default();
        let Some(template) = templates.get(at) else { return };
        let outcome = sender.post_for_status(template.with_id(&job_id(&mut rng))).await;
        progress.note(outcome, from.elapsed());
    }
}
