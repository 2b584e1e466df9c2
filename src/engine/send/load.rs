//! Sends many events: as fast as they are answered, or at a steady rate whatever the answers, and counts what comes back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use hdrhistogram::Histogram;
use http::StatusCode;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use crate::engine::send::composer::EventTemplate;
use crate::engine::send::sender::Sender;
use crate::model::id::job_id;
use crate::net::out::load_client::LoadClient;
use crate::net::out::post_error::PostError;
use crate::net::out::post_failure::PostFailure;
use crate::net::shutdown::Shutdown;

/// The largest latency that is told apart, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// The grain of the runtime's timers. An event is begun up to this much early, so that no timer counts as latency.
const TIMER_GRAIN: Duration = Duration::from_millis(1);

/// The size of a load.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The most events; without a limit, `duration` ends it.
    pub count: Option<u64>,
    /// The longest time.
    pub duration: Option<Duration>,
    /// The moments at which events are begun.
    pub pace: Pace,
}

/// The moments at which events are begun.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// Each when an earlier one was answered, so that this many are under way at once.
    AsAnswered(usize),
    /// Each at its time, however long the answers take.
    Steady {
        /// The number that is begun in a second.
        rate: f64,
        /// The most that are under way at once. Beyond it, events begin late, and their latency says so.
        most: usize,
    },
}

/// The results of a load.
#[derive(Debug)]
pub struct Tally {
    /// Each result by the status, or by the failure's name.
    pub results: BTreeMap<LoadResult, ResultTally>,
    /// The events that were begun, and neither answered nor given up.
    pub unknown: u64,
    /// From the first event to the last answer.
    pub elapsed: Duration,
}

/// A kind of result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoadResult {
    /// An answer with this status.
    Status(u16),
    /// No answer, for the reason with this name.
    Error(PostFailure),
}

/// The events with one kind of result.
#[derive(Debug)]
pub struct ResultTally {
    /// The times to the result, in microseconds. At a rate they count from the moment at which the event was due, so
    /// that a slow handler cannot hide behind the sender's waiting.
    pub latencies: Histogram<u64>,
    /// The next thing to do about a failure.
    pub hint: Option<&'static str>,
}

impl Tally {
    /// The number of events with a result.
    pub fn sent(&self) -> u64 {
        self.results.values().map(|result| result.latencies.len()).sum()
    }

    /// The times of all results together.
    pub fn latencies(&self) -> Histogram<u64> {
        let mut all = histogram();
        for result in self.results.values() {
            // Both have the same bounds.
            let _ = all.add(&result.latencies);
        }
        all
    }
}

/// Counts while the load runs; clones share the counts.
#[derive(Clone, Debug)]
pub struct LoadProgress(Arc<LoadState>);

#[derive(Debug)]
struct LoadState {
    load: Load,
    /// The number of the next event.
    next: AtomicU64,
    begun: AtomicU64,
    ended: AtomicU64,
    failed: AtomicU64,
    start: Instant,
    results: Mutex<BTreeMap<LoadResult, ResultTally>>,
}

/// Events by how far they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadCounts {
    /// The events that were answered or given up.
    pub ended: u64,
    /// Those of them that were not answered with 2xx.
    pub failed: u64,
    /// The events that are under way.
    pub under_way: u64,
}

impl LoadProgress {
    /// The counts now.
    pub fn counts(&self) -> LoadCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (begun, ended) = (load(&self.0.begun), load(&self.0.ended));
        LoadCounts { ended, failed: load(&self.0.failed), under_way: begun.saturating_sub(ended) }
    }

    /// The results so far.
    pub fn take(&self) -> Tally {
        let unknown = self.counts().under_way;
        let mut results = self.0.results.lock().unwrap_or_else(PoisonError::into_inner);
        Tally { results: std::mem::take(&mut *results), unknown, elapsed: self.0.start.elapsed() }
    }

    /// The number of the next event and the moment at which it is due, if there is to be one.
    fn next(&self) -> Option<(u64, Instant)> {
        let LoadState { load, next, start, .. } = &*self.0;
        let number = next.fetch_add(1, Ordering::Relaxed);
        let wait = match load.pace {
            Pace::AsAnswered(_) => Duration::ZERO,
            Pace::Steady { rate, .. } => Duration::try_from_secs_f64(due_after(number, rate)).unwrap_or(Duration::MAX),
        };
        let in_time = load.duration.is_none_or(|most| wait < most && start.elapsed() < most);
        let due = start.checked_add(wait)?;
        (load.count.is_none_or(|most| number < most) && in_time).then_some((number, due))
    }

    fn begin(&self) {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
    }

    fn end(&self, outcome: Result<StatusCode, PostError>, latency: Duration) {
        let (result, hint) = match &outcome {
            Ok(status) => (LoadResult::Status(status.as_u16()), None),
            Err(error) => (LoadResult::Error(error.failure()), Some(error.hint())),
        };
        let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST);
        let mut results = self.0.results.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = results.entry(result).or_insert_with(|| ResultTally { latencies: histogram(), hint });
        tally.latencies.saturating_record(micros);
        drop(results);
        if !outcome.is_ok_and(|status| status.is_success()) {
            self.0.failed.fetch_add(1, Ordering::Relaxed);
        }
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run sends enough events for their number to lose precision")]
fn due_after(number: u64, rate: f64) -> f64 {
    number as f64 / rate
}

#[expect(clippy::expect_used, reason = "the bounds are constants that the histogram accepts")]
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("constant bounds")
}

/// State that all events of a load share.
struct EventSource {
    sender: Arc<Sender>,
    templates: Arc<[EventTemplate]>,
    progress: LoadProgress,
    shutdown: Shutdown,
}

/// Begins to send; the workers are tasks of `shutdown`'s, and end with the load or when it is requested.
pub fn start(sender: &Arc<Sender>, templates: &Arc<[EventTemplate]>, load: Load, shutdown: &Shutdown) -> LoadProgress {
    let zero = || AtomicU64::new(0);
    let (next, begun, ended, failed) = (zero(), zero(), zero(), zero());
    let state = LoadState { load, next, begun, ended, failed, start: Instant::now(), results: Mutex::default() };
    let progress = LoadProgress(Arc::new(state));
    let source = Arc::new(EventSource {
        sender: Arc::clone(sender),
        templates: Arc::clone(templates),
        progress: progress.clone(),
        shutdown: shutdown.clone(),
    });
    match load.pace {
        Pace::AsAnswered(workers) => (0..workers).for_each(|_| {
            shutdown.spawn(Arc::clone(&source).work());
        }),
        Pace::Steady { most, .. } => {
            shutdown.spawn(source.begin_each(most));
        }
    }
    progress
}

impl EventSource {
    /// Sends one event after another.
    async fn work(self: Arc<Self>) {
        let (mut rng, mut client) = (Rng::new(), self.sender.load_client());
        while let Some((number, _)) = self.progress.next() {
            if self.shutdown.is_requested() {
                return;
            }
            self.progress.begin();
            let begun = Instant::now();
            self.send(number, (begun, begun), &mut client, &mut rng).await;
        }
    }

    /// Begins each event at its time, in a task that the answer's time does not hold up.
    async fn begin_each(self: Arc<Self>, most: usize) {
        let room = Arc::new(Semaphore::new(most));
        while let Some((number, due)) = self.progress.next() {
            let begun = async {
                sleep_until(due.checked_sub(TIMER_GRAIN).unwrap_or(due)).await;
                Arc::clone(&room).acquire_owned().await
            };
            let permit = tokio::select! {
                permit = begun => permit,
                () = self.shutdown.requested() => return,
            };
            self.progress.begin();
            let source = Arc::clone(&self);
            self.shutdown.spawn(async move {
                let (begun, mut client) = (Instant::now(), source.sender.load_client());
                source.send(number, (due.min(begun), begun), &mut client, &mut Rng::new()).await;
                drop(permit);
            });
        }
    }

    /// Sends an event that is begun now; its latency counts from the first of the two moments.
    async fn send(&self, number: u64, (from, begun): (Instant, Instant), client: &mut LoadClient<'_>, rng: &mut Rng) {
        let at = usize::try_from(number).unwrap_or_default().checked_rem(self.templates.len()).unwrap_or_default();
        let Some(template) = self.templates.get(at) else { return };
        let outcome = self.sender.post_for_status(client, template.with_id(&job_id(rng)), begun).await;
        self.progress.end(outcome, from.elapsed());
    }
}
