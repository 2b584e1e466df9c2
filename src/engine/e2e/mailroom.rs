//! The mailroom: sorts what the receiver tells of by job, and keeps what comes before its job's id is known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::claims::Claims;
use crate::engine::feed::Listener;
use crate::engine::forwarder::Forwarded;
use crate::engine::received::Received;
use crate::engine::receiver::ReceiverEvent;

/// The most deliveries that are kept until it is known whose they are.
const MOST_EARLY: usize = 1_000;

/// Something that came for a job.
#[derive(Clone, Debug)]
pub(super) enum Letter {
    /// A delivery.
    Delivery(Arc<Received>),
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
    claims: Arc<Claims>,
    sorted: Mutex<Sorted>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Sorted {
    by_job: HashMap<String, Vec<Mail>>,
    /// Whom each delivery was for that may still be passed on, by its number.
    job_of: HashMap<u64, String>,
    /// The id that somebody waits for although it belongs to no job.
    awaited: Option<String>,
    others: u64,
}

impl Mailroom {
    pub(super) fn new(claims: Arc<Claims>) -> Self {
        Self { claims, sorted: Mutex::default(), changed: watch::Sender::default() }
    }

    /// Sorts until the receiver has nothing more to tell; `warn` hears what the user should look at.
    pub(super) async fn sort(&self, feed: &mut Listener<ReceiverEvent>, warn: impl AsyncFn(String)) {
        while let Some(event) = feed.next().await {
            match event {
                ReceiverEvent::Delivery(received) => self.deliver(received),
                ReceiverEvent::Forwarded(forwarded) => self.forwarded(Arc::new(*forwarded)),
                ReceiverEvent::AcceptFailed(error) => {
                    warn(format!("cannot accept a connection: {error}; trying again")).await;
                }
                ReceiverEvent::Refused(refused) => {
                    warn(format!("a request was answered {}: {}", refused.answered.as_u16(), refused.why)).await;
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
        let unclaimed = sorted.by_job.iter().filter(|(id, _)| self.claims.holds(Some(id.as_str())) != Some(true));
        let unclaimed = unclaimed.flat_map(|(_, mail)| mail).filter(|mail| matches!(mail.letter, Letter::Delivery(_)));
        sorted.others + unclaimed.count() as u64
    }

    fn deliver(&self, received: Arc<Received>) {
        let now = Instant::now();
        // It came before it was answered, which is when we hear of it.
        let at = now.checked_sub(received.elapsed).unwrap_or(now);
        let mut sorted = self.lock();
        let job = received.peek.job_id.clone().or_else(|| sorted.awaited.clone());
        let kept = match (job.as_deref(), self.claims.holds(job.as_deref())) {
            (Some(_), Some(false)) => job == sorted.awaited,
            (Some(_), Some(true)) => true,
            (Some(_), None) => sorted.by_job.len() < MOST_EARLY,
            (None, _) => false,
        };
        match job.filter(|_| kept) {
            Some(job) => {
                sorted.job_of.insert(received.id, job.clone());
                sorted.by_job.entry(job).or_default().push(Mail { at, letter: Letter::Delivery(received) });
            }
            None => sorted.others += 1,
        }
        drop(sorted);
        self.changed.send_replace(());
    }

    fn forwarded(&self, forwarded: Arc<Forwarded>) {
        let mut sorted = self.lock();
        let Some(job) = sorted.job_of.remove(&forwarded.delivery) else { return };
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

    use super::{Letter, Mailroom};
    use crate::engine::claims::Claims;
    use crate::engine::received::tests::received;

    fn taken(mailroom: &Mailroom, id: &str) -> Vec<String> {
        let event = |mail: super::Mail| match mail.letter {
            Letter::Delivery(received) => received.peek.event_type.clone(),
            Letter::Forwarded(_) => None,
        };
        mailroom.take(id).into_iter().filter_map(event).collect()
    }

    #[tokio::test]
    async fn what_comes_before_its_jobs_id_is_known_is_kept_and_the_rest_is_counted() {
        let claims = Arc::new(Claims::default());
        let mailroom = Mailroom::new(Arc::clone(&claims));
        mailroom.deliver(Arc::new(received("image.started", "before")));
        claims.expect(1);
        mailroom.deliver(Arc::new(received("image.started", "ours")));
        mailroom.deliver(Arc::new(received("image.started", "other")));
        claims.add("ours");
        claims.settle();
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
}
