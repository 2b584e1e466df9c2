//! The inbox: sorts what the receiver reports by job, and keeps what comes before its job's id is known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::e2e::observed::{Arrival, Arrived};
use crate::engine::event_channel::EventReceiver;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::own_jobs::{OwnJobs, Ownership};
use crate::engine::receive::received::ReceivedDelivery;
use crate::model::Verdict;
use crate::model::text::io_message::reason;

/// The most deliveries that a trial keeps. Those beyond are counted and let go; of what anybody can send, because it is
/// neither verified nor known to be ours, only half as much is kept.
const MAX_DELIVERIES: usize = 1_000;

/// The most bytes of their bodies.
const MAX_BYTES: usize = 32 << 20;

/// Something that belongs to no job.
#[derive(Debug)]
pub(super) enum Stray {
    /// A delivery that names no job.
    Nameless(Arc<ReceivedDelivery>),
    /// A warning of the receiver.
    Warning(String),
}

/// Routes arrivals to their jobs.
#[derive(Debug)]
pub(super) struct Inbox {
    own_jobs: Arc<OwnJobs>,
    routed: Mutex<Routed>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Routed {
    by_job: HashMap<String, Vec<Arrival>>,
    /// Job id of each delivery that the handler is working on, by the delivery's number.
    awaiting_handler: HashMap<u64, String>,
    others: u64,
    nameless: u64,
    kept: usize,
    kept_bytes: usize,
}

impl Routed {
    /// Whether there is room for one more delivery. What is known to be ours has all of it, others half.
    fn has_room(&mut self, received: &ReceivedDelivery, is_ours: bool) -> bool {
        let share = if is_ours || received.verdict == Verdict::Verified { 1 } else { 2 };
        let (kept, bytes) = (self.kept + 1, self.kept_bytes + received.body.len());
        let fits = kept <= MAX_DELIVERIES / share && bytes <= MAX_BYTES / share;
        if fits {
            (self.kept, self.kept_bytes) = (kept, bytes);
        }
        fits
    }
}

impl Inbox {
    pub(super) fn new(own_jobs: Arc<OwnJobs>) -> Self {
        Self { own_jobs, routed: Mutex::default(), changed: watch::Sender::default() }
    }

    /// Sorts until the receiver has nothing more to report; `report` gets what belongs to no job and should be looked at.
    pub(super) async fn route(&self, feed: &mut EventReceiver<ReceiverEvent>, report: impl AsyncFn(Stray)) {
        while let Some(event) = feed.next().await {
            match event {
                ReceiverEvent::Arrived { delivery, job_id } => self.arrived(delivery, job_id),
                ReceiverEvent::Delivery(received) if received.peek.job_id.is_none() => {
                    self.lock().nameless += 1;
                    report(Stray::Nameless(received)).await;
                }
                ReceiverEvent::Delivery(received) => self.deliver(received),
                ReceiverEvent::Forwarded(forwarded) => self.forwarded(Arc::new(*forwarded)),
                ReceiverEvent::AcceptFailed(error) => {
                    report(Stray::Warning(format!("cannot accept a connection: {}; trying again", reason(&error))))
                        .await;
                }
                ReceiverEvent::Rejected(refused) => {
                    let answered = refused
                        .answered
                        .map_or_else(|| "not answered".to_owned(), |status| format!("answered {}", status.as_u16()));
                    let text = format!("a request was {answered}: {}", refused.why);
                    report(Stray::Warning(text)).await;
                }
                ReceiverEvent::Retries(_) | ReceiverEvent::Skipped(_) => {}
            }
        }
    }

    /// Arrivals for an id since the last call.
    pub(super) fn take(&self, id: &str) -> Vec<Arrival> {
        self.lock().by_job.remove(id).unwrap_or_default()
    }

    /// Hears of arrival from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Number of deliveries for other jobs.
    pub(super) fn others(&self) -> u64 {
        let routed = self.lock();
        let unclaimed =
            routed.by_job.iter().filter(|(id, _)| self.own_jobs.ownership(Some(id.as_str())) != Ownership::Ours);
        let unclaimed =
            unclaimed.flat_map(|(_, arrival)| arrival).filter(|arrival| matches!(arrival.what, Arrived::Delivery(_)));
        routed.others + unclaimed.count() as u64
    }

    /// Number of deliveries that name no job.
    pub(super) fn nameless(&self) -> u64 {
        self.lock().nameless
    }

    fn arrived(&self, delivery: u64, job_id: String) {
        let mut routed = self.lock();
        routed.awaiting_handler.insert(delivery, job_id.clone());
        let arrival = Arrival { at: Instant::now(), what: Arrived::AwaitingHandler(delivery) };
        routed.by_job.entry(job_id).or_default().push(arrival);
        drop(routed);
        self.changed.send_replace(());
    }

    fn deliver(&self, received: Arc<ReceivedDelivery>) {
        let now = Instant::now();
        // It came before it was answered, which is when we hear of it.
        let at = now.checked_sub(received.elapsed).unwrap_or(now);
        let mut routed = self.lock();
        let job = received.peek.job_id.clone();
        let claimed = self.own_jobs.ownership(job.as_deref());
        let may_be_ours = claimed != Ownership::Theirs;
        // A forged delivery of our own job is kept like one of a stranger's.
        let is_ours = claimed == Ownership::Ours && !received.verdict.is_invalid();
        match job.filter(|_| may_be_ours && routed.has_room(&received, is_ours)) {
            Some(job) => routed.by_job.entry(job).or_default().push(Arrival { at, what: Arrived::Delivery(received) }),
            None => routed.others += 1,
        }
        drop(routed);
        self.changed.send_replace(());
    }

    fn forwarded(&self, forwarded: Arc<Forwarded>) {
        let mut routed = self.lock();
        let Some(job) = routed.awaiting_handler.remove(&forwarded.delivery) else { return };
        let arrival = Arrival { at: Instant::now(), what: Arrived::Forwarded(forwarded) };
        routed.by_job.entry(job).or_default().push(arrival);
        drop(routed);
        self.changed.send_replace(());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Routed> {
        self.routed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Arrived, Inbox, MAX_DELIVERIES};
    use crate::engine::receive::own_jobs::OwnJobs;
    use crate::engine::receive::received::tests::received;
    use crate::model::Verdict;
    use crate::model::signing::reason::Reason;

    fn taken(inbox: &Inbox, id: &str) -> Vec<String> {
        let event = |arrival: super::Arrival| match arrival.what {
            Arrived::Delivery(received) => received.peek.event_type.clone(),
            Arrived::AwaitingHandler(_) | Arrived::Forwarded(_) => None,
        };
        inbox.take(id).into_iter().filter_map(event).collect()
    }

    #[tokio::test]
    async fn what_comes_before_its_jobs_id_is_known_is_kept_and_the_rest_is_counted() {
        let own_jobs = Arc::new(OwnJobs::default());
        let inbox = Inbox::new(Arc::clone(&own_jobs));
        inbox.deliver(Arc::new(received("image.started", "before")));
        own_jobs.begin_creating(1);
        inbox.deliver(Arc::new(received("image.started", "ours")));
        inbox.deliver(Arc::new(received("image.started", "other")));
        own_jobs.insert("ours");
        own_jobs.finish_creating();
        inbox.deliver(Arc::new(received("image.completed", "ours")));
        inbox.deliver(Arc::new(received("image.completed", "other")));
        assert_eq!(taken(&inbox, "ours"), ["image.started", "image.completed"]);
        assert!(taken(&inbox, "ours").is_empty());
        assert_eq!(inbox.others(), 3);
    }

    #[tokio::test]
    async fn a_flood_is_counted_and_not_kept_and_cannot_crowd_out_what_is_verified() {
        let own_jobs = Arc::new(OwnJobs::default());
        own_jobs.insert("ours");
        let inbox = Inbox::new(own_jobs);
        let mut forged = received("image.completed", "ours");
        forged.verdict = Verdict::Invalid(Reason::DigestDiffers);
        let forged = Arc::new(forged);
        for _ in 0..2 * MAX_DELIVERIES {
            inbox.deliver(Arc::clone(&forged));
        }
        inbox.deliver(Arc::new(received("image.completed", "ours")));
        assert_eq!(taken(&inbox, "ours").len(), MAX_DELIVERIES / 2 + 1);
        assert_eq!(inbox.others(), 3 * MAX_DELIVERIES as u64 / 2);
    }
}
