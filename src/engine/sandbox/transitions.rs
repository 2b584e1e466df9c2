//! Keeps the books: what a creation, a step of a job and an event change in the records.

use jiff::{SignedDuration, Timestamp};

use crate::engine::sandbox::event::JobStep;
use crate::engine::sandbox::links::{Links, documented};
use crate::model::EventType;
use crate::model::contract::event::Phase;
use crate::model::contract::payload::{FieldSet, event_json};
use crate::model::directive::Directives;
use crate::model::job::{IllegalTransition, Job, JobOutcome, Status, Transition};
use crate::store::sandbox::{Deliver, Endpoint, NewDelivery, StateError, StoredJob, Tx};

/// Jobs that take their steps in one transaction: few, so that nobody waits long.
const TURN: u32 = 128;

/// Keeps a new job and charges its estimate.
pub(super) fn create(records: &Tx<'_>, job: &Job, directives: &Directives) -> Result<Result<(), TooDear>, StateError> {
    let (price, credits) = (job.order.estimate, records.credits()?.unwrap_or_default());
    let left = credits.saturating_sub_unsigned(price);
    if price > 0 && left < 0 {
        return Ok(Err(TooDear { price, credits }));
    }
    records.set_credits(left)?;
    records.add_job(job, directives)?;
    Ok(Ok(()))
}

/// Keeps the books of one sandbox.
pub(super) struct Transitions {
    pub(super) workers: u32,
    pub(super) links: Links,
    /// Base of the links in webhooks; none for links as documented.
    pub(super) base: Option<String>,
}

/// Result of a turn.
pub(super) struct Turn {
    pub(super) steps: Vec<JobStep>,
    /// When the next step is due.
    pub(super) next: Option<Timestamp>,
}

/// Why a job was not created: it costs more than the account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooDear {
    pub(super) price: u64,
    pub(super) credits: i64,
}

impl Transitions {
    /// Takes steps that are due, then has free workers start jobs that wait.
    pub(super) fn turn(&self, records: &Tx<'_>, now: Timestamp) -> Result<Turn, StateError> {
        let endpoints = records.endpoints()?;
        let mut steps = Vec::new();
        for mut kept in records.due_jobs(now, TURN)? {
            if let Some(transition) = kept.job.advance(now) {
                steps.push(self.note(records, &endpoints, &kept, &transition)?);
            }
        }
        let free = self.workers.saturating_sub(records.rendering()?).min(TURN);
        for mut kept in records.waiting_jobs(free)? {
            if let Ok(transition) = kept.job.start(now) {
                steps.push(self.note(records, &endpoints, &kept, &transition)?);
            }
        }
        Ok(Turn { steps, next: records.next_job_due()? })
    }

    /// Brings a job to an end now.
    pub(super) fn settle(
        &self,
        records: &Tx<'_>,
        mut kept: StoredJob,
        outcome: &JobOutcome,
        now: Timestamp,
    ) -> Result<Result<Vec<JobStep>, IllegalTransition>, StateError> {
        let endpoints = records.endpoints()?;
        // One after the other, so that each event reports the job as it was then.
        let mut transitions = Vec::with_capacity(2);
        if kept.job.status() == Status::Queued && *outcome != JobOutcome::Canceled {
            match kept.job.start(now) {
                Ok(transition) => transitions.push(self.note(records, &endpoints, &kept, &transition)?),
                Err(illegal) => return Ok(Err(illegal)),
            }
        }
        match kept.job.end(outcome, now) {
            Ok(transition) => transitions.push(self.note(records, &endpoints, &kept, &transition)?),
            Err(illegal) => return Ok(Err(illegal)),
        }
        Ok(Ok(transitions))
    }

    /// Keeps a step: the job, the account, and the deliveries of the event that reports it.
    fn note(
        &self,
        records: &Tx<'_>,
        endpoints: &[Endpoint],
        kept: &StoredJob,
        transition: &Transition,
    ) -> Result<JobStep, StateError> {
        let job = &kept.job;
        records.save_job(job)?;
        if transition.returned != 0 {
            records.set_credits(records.credits()?.unwrap_or_default().saturating_add(transition.returned))?;
        }
        if let Some(event) = transition.event
            && let Some(body) = self.event_body(job, event, transition.at)
        {
            announce(records, endpoints, kept, &Told { event, body, at: transition.at })?;
        }
        match transition.to {
            Status::Canceled => records.drop_unsent(&job.id)?,
            // Where nobody wants the last event, nothing else would release the first.
            to if to.is_final() && kept.directives.reorder => records.release_started(&job.id)?,
            _ => {}
        }
        let error = job.project(Vec::new()).and_then(|project| project.error).map(|error| error.code);
        Ok(JobStep {
            at: transition.at,
            job_id: job.id.clone(),
            tool: job.order.project_type.clone(),
            from: transition.from,
            to: transition.to,
            error,
            credits: job.credits_charged(),
            event: transition.event,
        })
    }

    /// The event as it goes over the wire.
    fn event_body(&self, job: &Job, event: EventType, now: Timestamp) -> Option<Vec<u8>> {
        let downloads = match &self.base {
            Some(base) => self.links.downloads(base, job, now),
            None => documented(job, now),
        };
        let payload = job.project(downloads)?.to_json(FieldSet::Wire);
        Some(event_json(event.as_str(), payload).to_string().into_bytes())
    }
}

/// An event that is to be delivered.
struct Told {
    event: EventType,
    body: Vec<u8>,
    at: Timestamp,
}

/// Adds the deliveries of an event, in the order that the job's directives ask for.
fn announce(records: &Tx<'_>, endpoints: &[Endpoint], kept: &StoredJob, told: &Told) -> Result<(), StateError> {
    let (job_id, directives, event_type) = (kept.job.id.as_str(), &kept.directives, told.event.as_str());
    let (is_first, copies) = (told.event.phase == Phase::Started, if directives.duplicate { 2 } else { 1 });
    let due_at = told.at.saturating_add(directives.late.unwrap_or(SignedDuration::ZERO)).unwrap_or(Timestamp::MAX);
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.wants(event_type)) {
        let mut last = None;
        for _ in 0..copies {
            let deliver = match (directives.reorder, is_first) {
                (false, _) => records.newest_unsent(job_id, endpoint.id)?.map_or(Deliver::WhenDue, Deliver::After),
                (true, true) => Deliver::WhenReleased,
                (true, false) => last.map_or(Deliver::WhenDue, Deliver::After),
            };
            last = Some(records.add_delivery(&NewDelivery {
                endpoint: endpoint.id,
                job_id,
                event_type,
                body: &told.body,
                faults: &directives.faults,
                deliver,
                due_at,
            })?);
        }
        if let Some(last) = last.filter(|_| directives.reorder && !is_first) {
            records.send_after(job_id, endpoint.id, last)?;
        }
    }
    Ok(())
}
