//! The job: its state, its transitions, and its project as the API shows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::contract::event::EventType;
use crate::model::contract::project::{Download, Project};
use crate::model::job::failure::failure;
use crate::model::job::script::{JobOutcome, JobScript};
use crate::model::job::spec::JobSpec;
use crate::model::job::status::{IllegalTransition, Status};
use crate::model::tools::{ESTIMATED_FPS, REAL_FPS, ToolKind};

/// A job, from its creation to its end. It can be written to a store and read back at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its id, as given to the caller.
    pub id: String,
    pub order: JobSpec,
    /// Planned course of the job.
    pub plan: JobScript,
    /// When it was created.
    pub created_at: Timestamp,
    /// False once the user deleted it. It goes on all the same.
    pub enabled: bool,
    status: Status,
    /// When it came to its status.
    since: Timestamp,
    error: Option<String>,
}

/// A step that a job took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    pub from: Status,
    pub to: Status,
    /// When it took the step.
    pub at: Timestamp,
    /// The event that reports it, if one does.
    pub event: Option<EventType>,
    /// Credits that go back to the account; negative if the job cost more than was charged.
    pub returned: i64,
}

impl Job {
    /// A job that waits for a worker. Its [estimate](JobSpec::estimate) is to be charged now.
    pub const fn new(id: String, order: JobSpec, plan: JobScript, now: Timestamp) -> Self {
        Self { id, order, plan, created_at: now, enabled: true, status: Status::Queued, since: now, error: None }
    }

    pub const fn status(&self) -> Status {
        self.status
    }

    /// Whether a worker should [start](Self::start) it.
    pub fn wants_worker(&self) -> bool {
        self.status == Status::Queued && self.plan.outcome != JobOutcome::Canceled
    }

    /// When [`advance`](Self::advance) will do something; never, while it waits for a worker and after its end.
    pub fn due(&self) -> Option<Timestamp> {
        let runs = match self.status {
            Status::Queued => !self.wants_worker(),
            Status::Rendering => true,
            Status::Complete | Status::Error | Status::Canceled => false,
        };
        runs.then(|| self.since.saturating_add(self.plan.render).unwrap_or(Timestamp::MAX))
    }

    /// Takes the step that the plan has for now, if one is due.
    pub fn advance(&mut self, now: Timestamp) -> Option<Transition> {
        if self.due()? > now {
            return None;
        }
        let outcome = self.plan.outcome.clone();
        self.end(&outcome, now).ok()
    }

    /// A worker took it.
    pub fn start(&mut self, now: Timestamp) -> Result<Transition, IllegalTransition> {
        self.go(Status::Rendering, now)
    }

    /// It ended, whatever the plan says.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] if it has ended before, or is queued and not canceled.
    pub fn end(&mut self, outcome: &JobOutcome, now: Timestamp) -> Result<Transition, IllegalTransition> {
        let to = match outcome {
            JobOutcome::Complete => Status::Complete,
            JobOutcome::Error(_) => Status::Error,
            JobOutcome::Canceled => Status::Canceled,
        };
        let transition = self.go(to, now)?;
        if let JobOutcome::Error(code) = outcome {
            self.error = Some(code.clone());
        }
        Ok(transition)
    }

    /// Credits that the account has paid by now: the estimate, then the price, or nothing if it made nothing.
    pub const fn credits_charged(&self) -> u64 {
        match self.status {
            Status::Queued | Status::Rendering => self.order.estimate,
            Status::Complete => self.order.price,
            Status::Error | Status::Canceled => 0,
        }
    }

    /// Project that the details endpoint answers and webhooks carry, with links to its files if it is complete; none for a face
    /// detection, which is no project.
    pub fn project(&self, downloads: Vec<Download>) -> Option<Project> {
        let complete = self.status == Status::Complete;
        // As recorded from real runs.
        let is_failed_video = self.status == Status::Error && self.order.kind == ToolKind::Video;
        let default_fps = if complete { REAL_FPS } else { ESTIMATED_FPS };
        Some(Project {
            id: self.id.clone(),
            name: Some(self.order.name.clone()),
            kind: self.order.kind.project()?,
            status: self.status,
            tool: self.order.project_type.clone(),
            created_at: self.created_at,
            width: if is_failed_video { -1 } else { i64::from(self.order.output.width) },
            height: if is_failed_video { -1 } else { i64::from(self.order.output.height) },
            enabled: self.enabled,
            start_seconds: self.order.start_seconds,
            end_seconds: self.order.end_seconds,
            credits_charged: self.credits_charged(),
            fps: self.order.fps.unwrap_or(default_fps),
            image_count: u64::from(self.order.output.count),
            error: self.error.as_deref().map(failure),
            downloads: if complete { downloads } else { Vec::new() },
        })
    }

    fn go(&mut self, to: Status, now: Timestamp) -> Result<Transition, IllegalTransition> {
        let from = self.status;
        if !from.may_become(to) {
            return Err(IllegalTransition { from, to });
        }
        let before = self.credits_charged();
        (self.status, self.since) = (to, now);
        let returned = i64::try_from(i128::from(before) - i128::from(self.credits_charged())).unwrap_or(i64::MAX);
        Ok(Transition { from, to, at: now, event: self.event(), returned })
    }

    /// The event that reports its status.
    fn event(&self) -> Option<EventType> {
        let told = self.plan.has_events && (self.plan.has_started_event || self.status != Status::Rendering);
        let event = EventType::new(self.order.kind.project()?, self.status.phase()?);
        told.then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};

    use super::{Job, Transition};
    use crate::model::contract::event::EventType;
    use crate::model::contract::payload::FieldSet;
    use crate::model::contract::project::Download;
    use crate::model::job::script::tests::completing_after;
    use crate::model::job::{IllegalTransition, JobOutcome, JobScript, JobSpec, Status};
    use crate::model::tools::tool_for_path;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn job(tool: &str, body: &Value, change: impl FnOnce(&mut JobScript)) -> Job {
        let mut plan = completing_after(SECOND * 4);
        change(&mut plan);
        let order = JobSpec::of(tool_for_path(&format!("/v1/{tool}")).unwrap(), body, at(0));
        Job::new("cm1".to_owned(), order, plan, at(0))
    }

    fn lip_sync(change: impl FnOnce(&mut JobScript)) -> Job {
        job("lip-sync", &json!({ "start_seconds": 1, "end_seconds": 16 }), change)
    }

    fn event(transition: &Transition) -> Option<&'static str> {
        transition.event.map(EventType::as_str)
    }

    #[test]
    fn a_job_waits_for_a_worker_renders_and_completes() {
        let mut job = lip_sync(|_| {});
        assert_eq!((job.status(), job.due(), job.wants_worker()), (Status::Queued, None, true));
        assert_eq!(job.advance(at(1_000)), None);

        let started = job.start(at(10)).unwrap();
        assert_eq!((event(&started), started.returned), (Some("video.started"), 0));
        assert_eq!((job.due(), job.wants_worker()), (Some(at(14)), false));
        assert_eq!(job.advance(at(13)), None);

        let completed = job.advance(at(14)).unwrap();
        assert_eq!((completed.from, completed.to, completed.at), (Status::Rendering, Status::Complete, at(14)));
        assert_eq!((event(&completed), completed.returned), (Some("video.completed"), 90));
        assert_eq!((job.due(), job.advance(at(99))), (None, None));
    }

    #[test]
    fn a_failed_job_costs_nothing_and_says_why() {
        let mut job = lip_sync(|plan| plan.outcome = JobOutcome::Error("no_source_face".to_owned()));
        job.start(at(1)).unwrap();
        let failed = job.advance(at(5)).unwrap();
        assert_eq!((event(&failed), failed.returned, job.credits_charged()), (Some("video.errored"), 450, 0));
        let project = job.project(vec![]).unwrap().to_json(FieldSet::Wire);
        assert_eq!(project["error"]["code"], "no_source_face");
        assert_eq!((&project["status"], &project["credits_charged"]), (&json!("error"), &json!(0)));
    }

    #[test]
    fn a_job_that_is_to_be_canceled_never_starts_and_tells_nothing() {
        let mut job = lip_sync(|plan| plan.outcome = JobOutcome::Canceled);
        assert_eq!((job.wants_worker(), job.due()), (false, Some(at(4))));
        let canceled = job.advance(at(4)).unwrap();
        assert_eq!((canceled.to, canceled.event, canceled.returned), (Status::Canceled, None, 450));
        assert_eq!(job.project(vec![]).unwrap().status, Status::Canceled);
    }

    #[test]
    fn what_is_not_to_be_told_is_not() {
        let mut quiet = lip_sync(|plan| plan.has_started_event = false);
        assert_eq!(event(&quiet.start(at(1)).unwrap()), None);
        assert_eq!(event(&quiet.advance(at(9)).unwrap()), Some("video.completed"));
        let mut silent = lip_sync(|plan| plan.has_events = false);
        assert_eq!(event(&silent.start(at(1)).unwrap()), None);
        assert_eq!(event(&silent.end(&JobOutcome::Complete, at(1)).unwrap()), None);
    }

    #[test]
    fn nothing_happens_twice_nor_after_the_end() {
        let mut job = lip_sync(|_| {});
        let too_early = job.end(&JobOutcome::Complete, at(1)).unwrap_err();
        assert_eq!(too_early, IllegalTransition { from: Status::Queued, to: Status::Complete });
        job.start(at(1)).unwrap();
        assert!(job.start(at(1)).is_err());
        job.end(&JobOutcome::Complete, at(2)).unwrap();
        for outcome in [JobOutcome::Complete, JobOutcome::Canceled, JobOutcome::Error("x".to_owned())] {
            let refused = job.end(&outcome, at(3)).unwrap_err().to_string();
            assert!(refused.starts_with("the job is complete and cannot become "), "{refused}");
        }
        assert_eq!(job.project(vec![]).unwrap().error, None);
    }

    #[test]
    fn a_video_shows_estimates_until_it_is_done() {
        let mut job = lip_sync(|_| {});
        let shown = |job: &Job| {
            let download = Download { url: "https://x.example/a.mp4".to_owned(), expires_at: at(9) };
            job.project(vec![download]).unwrap().to_json(FieldSet::Wire)
        };
        let queued = shown(&job);
        assert_eq!((&queued["fps"], &queued["credits_charged"]), (&json!(30), &json!(450)));
        assert_eq!((&queued["downloads"], &queued["download"]), (&json!([]), &Value::Null));
        job.start(at(1)).unwrap();
        job.end(&JobOutcome::Complete, at(1)).unwrap();
        let complete = shown(&job);
        assert_eq!((&complete["fps"], &complete["total_frame_cost"]), (&json!(24), &json!(360)));
        assert_eq!((&complete["start_seconds"], &complete["end_seconds"]), (&json!(1), &json!(16)));
        assert_eq!(complete["download"], complete["downloads"][0]);
    }

    #[test]
    fn an_image_shows_how_many_were_asked_for() {
        let job = job("ai-image-generator", &json!({ "image_count": 4 }), |_| {});
        let project = job.project(vec![]).unwrap().to_json(FieldSet::Wire);
        assert_eq!((&project["image_count"], &project["type"]), (&json!(4), &json!("AI_IMAGE")));
        assert_eq!(project["name"], "Ai Image - 1970-01-01 00:00");
    }

    #[test]
    fn a_face_detection_runs_alike_and_tells_nothing() {
        let mut task = job("face-detection", &json!({}), |_| {});
        assert_eq!(task.start(at(1)).unwrap().event, None);
        assert_eq!(task.advance(at(5)).unwrap().event, None);
        assert_eq!((task.status(), task.project(vec![])), (Status::Complete, None));
    }

    #[test]
    fn a_job_that_was_stored_goes_on_where_it_stood() {
        let mut job = lip_sync(|plan| plan.outcome = JobOutcome::Error("x".to_owned()));
        job.start(at(1)).unwrap();
        let stored = serde_json::to_string(&job).unwrap();
        let mut read: Job = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, job);
        assert_eq!(read.advance(at(5)), job.advance(at(5)));
    }
}
