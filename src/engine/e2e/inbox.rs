//! The mailroom: sorts what the receiver tells of by job, and keeps what comes before its job's id is known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::e2e::event::E2eEvent;
use crate::engine::event_channel::EventReceiver;
use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::own_jobs::OwnJobs;
use crate::engine::receive::received::ReceivedDelivery;
use crate::engine::receive::receiver::ReceiverEvent;
use crate::model::Verdict;

/// The most deliveries that a trial keeps. Those beyond are counted and let go; of what anybody can send, because it is
/// neither verified nor known to be ours, only half as much is kept.
const MOST_DELIVERIES: usize = 1_000;

/// The most bytes of their bodies.
const MOST_BYTES: usize = 32 << 20;

/// Something that came for a job.
#[derive(Clone, Debug)]
pub(super) enum Letter {
    /// A delivery came, and the handler has it; it is told of once the handler has answered.
    Arrived(u64),
    Delivery(Arc<ReceivedDelivery>),
    /// What became of passing it on.
    Forwarded(Arc<Forwarded>),
}

/// A letter, and when it came.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) at: Instant,
    pub(super) letter: Letter,
}

/// Sorts mail by job.
#[derive(Debug)]
pub(super) struct Mailroom {
    own_jobs: Arc<OwnJobs>,
    sorted: Mutex<Sorted>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Sorted {
    by_job: HashMap<String, Vec<Mail>>,
    /// Whom each delivery is for that the handler has, by its number.
    in_hand: HashMap<u64, String>,
    /// The id that somebody waits for although it belongs to no job.
    awaited: Option<String>,
    others: u64,
    nameless: u64,
    kept: usize,
    kept_bytes: usize,
}

impl Sorted {
    /// Whether there is room for one more delivery. What is known to be ours has all of it, others half.
    fn has_room(&mut self, received: &ReceivedDelivery, is_ours: bool) -> bool {
        let share = if is_ours || received.verdict == Verdict::Verified { 1 } else { 2 };
        let (kept, bytes) = (self.kept + 1, self.kept_bytes + received.body.len());
        let fits = kept <= MOST_DELIVERIES / share && bytes <= MOST_BYTES / share;
        if fits {
            (self.kept, self.kept_bytes) = (kept, bytes);
        }
        fits
    }
}

impl Mailroom {
    pub(super) fn new(own_jobs: Arc<OwnJobs>) -> Self {
        Self { own_jobs, sorted: Mutex::default(), changed: watch::Sender::default() }
    }

    /// Sorts until the receiver has nothing more to tell; `tell` hears what belongs to no job and should be looked at.
    pub(super) async fn sort(&self, feed: &mut EventReceiver<ReceiverEvent>, tell: impl AsyncFn(E2eEvent)) {
        while let Some(event) = feed.next().await {
            match event {
                ReceiverEvent::Arrived { delivery, job_id } => self.arrived(delivery, job_id),
                ReceiverEvent::Delivery(received) if self.is_nameless(&received) => {
                    self.lock().nameless += 1;
                    tell(E2eEvent::Nameless(received)).await;
                }
                ReceiverEvent::Delivery(received) => self.deliver(received),
                ReceiverEvent::Forwarded(forwarded) => self.forwarded(Arc::new(*forwarded)),
                ReceiverEvent::AcceptFailed(error) => {
                    tell(E2eEvent::Warning(format!("cannot accept a connection: {error}; trying again"))).await;
                }
                ReceiverEvent::Rejected(refused) => {
                    let answered = refused
                        .answered
                        .map_or_else(|| "not answered".to_owned(), |status| format!("answered {}", status.as_u16()));
                    let text = format!("a request was {answered}: {}", refused.why);
                    tell(E2eEvent::Warning(text)).await;
                }
                ReceiverEvent::Retries(_) => {}
            }
        }
    }

    /// What has come for an id since it was last asked.
    pub(super) fn take(&self, id: &str) -> Vec<Mail> {
        self.lock().by_job.remove(id).unwrap_or_default()
    }

    /// Keeps what comes for an id that belongs to no job. What names none may be the same, damaged on its way.
    pub(super) fn await_id(&self, id: &str) {
        self.lock().awaited = Some(id.to_owned());
    }

    /// Nobody waits for it any more.
    pub(super) fn forget(&self) {
        self.lock().awaited = None;
    }

    /// Hears of mail from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// How many deliveries came that are nobody's here.
    pub(super) fn others(&self) -> u64 {
        let sorted = self.lock();
        let unclaimed = sorted.by_job.iter().filter(|(id, _)| self.own_jobs.ownership(Some(id.as_str())) != Some(true));
        let unclaimed = unclaimed.flat_map(|(_, mail)| mail).filter(|mail| matches!(mail.letter, Letter::Delivery(_)));
        sorted.others + unclaimed.count() as u64
    }

    /// How many deliveries came that name no job, so that nobody knows whose they are.
    pub(super) fn nameless(&self) -> u64 {
        self.lock().nameless
    }

    fn is_nameless(&self, received: &ReceivedDelivery) -> bool {
        received.peek.job_id.is_none() && self.lock().awaited.is_none()
    }

    fn arrived(&self, delivery: u64, job_id: String) {
        let mut sorted = self.lock();
        sorted.in_hand.insert(delivery, job_id.clone());
        let mail = Mail { at: Instant::now(), letter: Letter::Arrived(delivery) };
        sorted.by_job.entry(job_id).or_default().push(mail);
        drop(sorted);
        self.changed.send_replace(());
    }

    fn deliver(&self, received: Arc<ReceivedDelivery>) {
        let now = Instant::now();
        // It came before it was answered, which is when we hear of it.
        let at = now.checked_sub(received.elapsed).unwrap_or(now);
        let mut sorted = self.lock();
        let job = received.peek.job_id.clone().or_else(|| sorted.awaited.clone());
        let claimed = self.own_jobs.ownership(job.as_deref());
        let may_be_ours = claimed != Some(false) || job.is_some() && job == sorted.awaited;
        // A forged delivery of our own job is kept like one of a stranger's.
        let is_ours = claimed == Some(true) && !received.verdict.is_invalid();
        match job.filter(|_| may_be_ours && sorted.has_room(&received, is_ours)) {
            Some(job) => sorted.by_job.entry(job).or_default().push(Mail { at, letter: Letter::Delivery(received) }),
            None => sorted.others += 1,
        }
        drop(sorted);
        self.changed.send_replace(());
    }

    fn forwarded(&self, forwarded: Arc<Forwarded>) {
        let mut sorted = self.lock();
        let Some(job) = sorted.in_hand.remove(&forwarded.delivery) else { return };
        let mail = Mail { at: Instant::now(), letter: Letter::Forwarded(forwarded) };
        sorted.by_job.entry(job).or_default().push(mail);
        drop(sorted);
        self.changed.send_replace(());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Sorted> {
        self.sorted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Letter, MOST_DELIVERIES, Mailroom};
    use crate::engine::receive::own_jobs::OwnJobs;
    use crate::engine::receive::received::tests::received;
    use crate::model::Verdict;
    use crate::model::signing::reason::Reason;

    fn taken(mailroom: &Mailroom, id: &str) -> Vec<String> {
        let event = |mail: super::Mail| match mail.letter {
            Letter::Delivery(received) => received.peek.event_type.clone(),
            Letter::Arrived(_) | Letter::Forwarded(_) => None,
        };
        mailroom.take(id).into_iter().filter_map(event).collect()
    }

    #[tokio::test]
    async fn what_comes_before_its_jobs_id_is_known_is_kept_and_the_rest_is_counted() {
        let own_jobs = Arc::new(OwnJobs::default());
        let mailroom = Mailroom::new(Arc::clone(&own_jobs));
        mailroom.deliver(Arc::new(received("image.started", "before")));
        own_jobs.begin_creating(1);
        mailroom.deliver(Arc::new(received("image.started", "ours")));
        mailroom.deliver(Arc::new(received("image.started", "other")));
        own_jobs.insert("ours");
        own_jobs.finish_creating();
        mailroom.deliver(Arc::new(received("image.completed", "ours")));
        mailroom.deliver(Arc::new(received("image.completed", "other")));
        assert_eq!(taken(&mailroom, "ours"), ["image.started", "image.completed"]);
        assert!(taken(&mailroom, "ours").is_empty());
        assert_eq!(mailroom.others(), 3);
    }

    #[tokio::test]
    async fn an_id_that_is_no_job_can_be_waited_for() {
        let mailroom = Mailroom::new(Arc::default());
        mailroom.await_id("nonce");
        mailroom.deliver(Arc::new(received("mh-hook.probe", "nonce")));
        assert_eq!((taken(&mailroom, "nonce").len(), mailroom.others()), (1, 0));
    }

    #[tokio::test]
    async fn a_flood_is_counted_and_not_kept_and_cannot_crowd_out_what_is_verified() {
        let own_jobs = Arc::new(OwnJobs::default());
        own_jobs.insert("ours");
        let mailroom = Mailroom::new(own_jobs);
        let mut forged = received("image.completed", "ours");
        forged.verdict = Verdict::Invalid(Reason::DigestDiffers);
        let forged = Arc::new(forged);
        for _ in 0..2 * MOST_DELIVERIES {
            mailroom.deliver(Arc::clone(&forged));
        }
        mailroom.deliver(Arc::new(received("image.completed", "ours")));
        assert_eq!(taken(&mailroom, "ours").len(), MOST_DELIVERIES / 2 + 1);
        assert_eq!(mailroom.others(), 3 * MOST_DELIVERIES as u64 / 2);
    }
}
