//! The runner of one job: submits it, waits for its webhooks while asking the details endpoint, fetches its outputs,
//! and has all of it judged.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::engine::clock::SharedClock;
use crate::engine::e2e::assertion::Check;
use crate::engine::e2e::event::{Direction, E2eEvent, JobEvent, Transfer};
use crate::engine::e2e::inbox::Inbox;
use crate::engine::e2e::job_result::{JobResult, SubmitError};
use crate::engine::e2e::job_trace::JobTrace;
use crate::engine::e2e::judge::{JudgeContext, judge, refuse, settled};
use crate::engine::e2e::observed::{Recorded, StatusChange};
use crate::engine::e2e::outputs::{JobOutput, expected_media, links};
use crate::engine::e2e::poller::{NEVER, Poller, later};
use crate::engine::e2e::report::JobReport;
use crate::engine::e2e::request::JobRequest;
use crate::engine::event_channel::EventSender;
use crate::engine::magic_hour::{Accepted, Api, ApiError, FetchError, Save};
use crate::engine::receive::own_jobs::OwnJobs;
use crate::model::Phase;
use crate::model::job::{ReportedStatus, Status};
use crate::net::shutdown::Shutdown;

/// Time to wait for a pending creation after a stop was requested.
const CREATE_GRACE: Duration = Duration::from_secs(10);

/// Time limit of fetching all outputs.
const FETCH_LIMIT: Duration = Duration::from_mins(10);

/// The most outputs that are fetched; a job makes 16 at most.
const MAX_OUTPUTS: usize = 64;

/// After how many failures in a row to ask the details endpoint the user hears of it.
const FAILURES_BEFORE_WARNING: u32 = 3;

/// State that the job runners of a run share.
#[derive(Debug)]
pub(super) struct RunnerContext {
    pub(super) api: Api,
    pub(super) own_jobs: Arc<OwnJobs>,
    pub(super) inbox: Inbox,
    pub(super) events: EventSender<E2eEvent>,
    pub(super) clock: SharedClock,
    /// Interval of polling the details endpoint.
    pub(super) poll_every: Duration,
    /// Time to wait for a webhook after its job ended.
    pub(super) grace: Duration,
    /// Masked secret that verifies deliveries, for people; nothing if signatures are not checked.
    pub(super) secret: Option<String>,
    /// The handler that deliveries are passed on to.
    pub(super) handler: Option<String>,
    /// Folder for outputs.
    pub(super) download: Option<PathBuf>,
}

/// Attends to one job.
#[derive(Debug)]
pub(super) struct JobRunner {
    pub(super) context: Arc<RunnerContext>,
    pub(super) job: usize,
    pub(super) request: JobRequest,
    /// When the trial began.
    pub(super) began: Instant,
    /// Given when the user does not want to wait any more.
    pub(super) stop: Shutdown,
}

impl JobRunner {
    /// Submits the job, sees it through, and reports.
    pub(super) async fn run(mut self) -> Arc<JobReport> {
        let mut trace = JobTrace::new(self.request.kind, self.context.secret.is_none(), self.began);
        let submitted = self.submit(&mut trace).await;
        let outputs = match trace.id().map(str::to_owned) {
            Some(id) => self.see_through(&mut trace, &id).await,
            None => Vec::new(),
        };
        let report = Arc::new(self.report(trace, outputs, submitted));
        self.send(JobEvent::Ended(Arc::clone(&report))).await;
        report
    }

    /// Uploads what the job needs, and creates it. Nothing is begun after a stop; but a creation that was asked for by
    /// then is waited for a while, since its answer says which job goes on.
    async fn submit(&mut self, trace: &mut JobTrace) -> Result<(), SubmitError> {
        let stop = self.stop.clone();
        tokio::select! {
            uploaded = self.upload() => uploaded?,
            () = stop.requested() => return Ok(()),
        }
        let mut tries = 1;
        loop {
            let Some(created) = self.create(trace).await else { return Ok(()) };
            match created {
                Ok(accepted) => {
                    let (id, charged) = (accepted.id.clone(), accepted.credits_charged);
                    trace.accepted = Some((self.began.elapsed(), accepted));
                    self.step(trace, &id, &json!({ "status": Status::Queued, "credits_charged": charged })).await;
                    return Ok(());
                }
                Err(error) if error.is_one_too_many() => {
                    trace.create_requested = false;
                    let Some(pause) = error.pause(tries) else { return Err(error.into()) };
                    tokio::select! {
                        () = sleep(pause) => tries += 1,
                        () = stop.requested() => return Ok(()),
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Asks for the job once; nothing if nobody wanted to wait for the answer.
    async fn create(&self, trace: &mut JobTrace) -> Option<Result<Accepted, ApiError>> {
        trace.create_requested = true;
        self.context.own_jobs.begin_creating(1);
        let mut creating = pin!(self.context.api.create(self.request.tool, &self.request.body));
        let created = tokio::select! {
            created = &mut creating => Some(created),
            () = self.stop.requested() => timeout(CREATE_GRACE, creating).await.ok(),
        };
        if let Some(Ok(accepted)) = &created {
            self.context.own_jobs.insert(&accepted.id);
        }
        self.context.own_jobs.finish_creating();
        created
    }

    async fn upload(&mut self) -> Result<(), SubmitError> {
        for upload in self.request.uploads.clone() {
            let name = upload.file.file_name().unwrap_or(upload.file.as_os_str()).to_string_lossy().into_owned();
            let total = tokio::fs::metadata(&upload.file).await.ok().map(|metadata| metadata.len());
            let moved = |moved| self.transferred(Direction::Up, &name, moved, total);
            let asset = (upload.kind, upload.extension.as_str());
            let file_path = self.context.api.upload(&upload.file, asset, &moved).await?;
            // The field was found to be a place in the body when the request was made.
            let _ = upload.field.set_new(&mut self.request.body, json!(file_path));
        }
        Ok(())
    }

    async fn see_through(&self, trace: &mut JobTrace, id: &str) -> Vec<JobOutput> {
        self.watch(trace, id).await;
        if trace.finished().is_some() && trace.ended.is_none() && !self.stop.is_requested() {
            // The webhook came in the last moment: the other witness has a word, too.
            let _ = self.ask(trace, id).await;
        }
        let outputs = self.fetch(trace, id).await;
        // What came while outputs were fetched belongs to the picture.
        self.collect(trace, id).await;
        outputs
    }

    fn report(&self, trace: JobTrace, outputs: Vec<JobOutput>, submitted: Result<(), SubmitError>) -> JobReport {
        let context = self.judge_context();
        let judgements = submitted.as_ref().err().map_or_else(|| judge(&trace, &outputs, context), refuse);
        let result = match submitted {
            _ if self.stop.is_requested() => JobResult::Interrupted,
            Err(error) => JobResult::Refused(error),
            Ok(()) => JobResult::of(&trace, &judgements),
        };
        JobReport {
            kind: self.request.kind,
            tool: self.request.tool.name(),
            estimate: self.request.estimate,
            trace,
            outputs,
            judgements,
            result,
            elapsed: self.began.elapsed(),
        }
    }

    fn judge_context(&self) -> JudgeContext<'_> {
        JudgeContext {
            estimate: self.request.estimate,
            secret: self.context.secret.as_deref(),
            handler: self.context.handler.as_deref(),
            media: expected_media(&self.request),
            interrupted: self.stop.is_requested(),
        }
    }

    /// Sends the checks that pass by now and were not sent before.
    async fn settle(&self, trace: &JobTrace, sent: &mut Vec<Check>) {
        for judgement in settled(trace, self.judge_context()) {
            if !sent.contains(&judgement.check) {
                sent.push(judgement.check);
                self.send(JobEvent::Settled(judgement)).await;
            }
        }
    }

    /// Collects arrivals and polls the details endpoint until nothing is left to wait for.
    async fn watch(&self, trace: &mut JobTrace, id: &str) {
        let mut arrivals = self.context.inbox.subscribe();
        let mut poller = Poller::new(self.context.poll_every);
        let mut has_finished = false;
        let mut settled = Vec::new();
        loop {
            self.collect(trace, id).await;
            self.settle(trace, &mut settled).await;
            let deadline = trace.deadline(self.request.timeout, self.context.grace, self.context.handler.is_some());
            if trace.after(Instant::now()) >= deadline || self.stop.is_requested() {
                return;
            }
            if trace.finished().is_some() && !std::mem::replace(&mut has_finished, true) {
                // The webhook says that the job has ended: the details endpoint is asked at once.
                poller.hurry();
            }
            tokio::select! {
                () = sleep_until(poller.next()), if trace.ended.is_none() => self.poll(trace, id, &mut poller).await,
                _ = arrivals.changed() => {}
                () = sleep_until(self.began + deadline.min(NEVER)) => {}
                () = self.stop.requested() => return,
            }
        }
    }

    /// Polls once, and warns after several failures in a row.
    async fn poll(&self, trace: &mut JobTrace, id: &str, poller: &mut Poller) {
        match self.ask(trace, id).await {
            Ok(()) => poller.succeeded(),
            Err(wait) => {
                if poller.failed(wait.unwrap_or_default()) == FAILURES_BEFORE_WARNING {
                    self.warn_unreachable(trace).await;
                }
            }
        }
    }

    /// Says that the details endpoint is silent: a wait of minutes needs an explanation.
    async fn warn_unreachable(&self, trace: &JobTrace) {
        if let Some(error) = &trace.poll_error {
            let text = format!("cannot get the status of the {} job ({error}); still trying", self.request.kind);
            self.context.events.send(E2eEvent::Warning(text), 0).await;
        }
    }

    /// Asks once for the job's status. After a failure, returns the pause that the API asked for.
    async fn ask(&self, trace: &mut JobTrace, id: &str) -> Result<(), Option<Duration>> {
        let answered = tokio::select! {
            answered = self.context.api.details(self.request.kind, id) => answered,
            () = self.stop.requested() => return Ok(()),
        };
        match answered {
            Ok(details) => {
                trace.poll_error = None;
                self.step(trace, id, &details).await;
                trace.details = Some(details);
                if trace.final_phase().is_some() || trace.is_canceled() {
                    trace.ended.get_or_insert(self.began.elapsed());
                }
                Ok(())
            }
            Err(error) => {
                let wait = error.retry_after();
                trace.poll_error = Some(error);
                Err(wait)
            }
        }
    }

    /// Tells of the status that an answer gives, if it is another one than before.
    async fn step(&self, trace: &mut JobTrace, id: &str, details: &Value) {
        let to = ReportedStatus::of(details.get("status").and_then(Value::as_str).unwrap_or("unknown"));
        let from = trace.steps.last().map(|step| step.to.clone());
        if from.as_ref() == Some(&to) {
            return;
        }
        let step = StatusChange {
            at: self.context.clock.now(),
            after: self.began.elapsed(),
            job_id: id.to_owned(),
            kind: self.request.kind,
            tool: self.request.tool.name(),
            from,
            to,
            error: details.pointer("/error/code").and_then(Value::as_str).map(str::to_owned),
            credits_charged: details.get("credits_charged").and_then(Value::as_u64),
        };
        trace.steps.push(step.clone());
        self.send(JobEvent::StatusChanged(step)).await;
    }

    /// Takes what came for the job.
    async fn collect(&self, trace: &mut JobTrace, id: &str) {
        for arrival in self.context.inbox.take(id) {
            match trace.record(arrival) {
                Some(Recorded::Delivered(delivered)) => self.send(JobEvent::Delivered(delivered)).await,
                Some(Recorded::PassedOn(passed)) => self.send(JobEvent::PassedOn(passed)).await,
                None => {}
            }
        }
    }

    /// Fetches the outputs of a complete job.
    async fn fetch(&self, trace: &mut JobTrace, id: &str) -> Vec<JobOutput> {
        let is_complete = match trace.final_phase() {
            Some(phase) => phase == Phase::Completed,
            None => trace.finished().is_some_and(|delivered| !delivered.received.peek.downloads.is_empty()),
        };
        let mut outputs = Vec::new();
        if !is_complete {
            return outputs;
        }
        let deadline = later(FETCH_LIMIT);
        for (at, link) in links(trace).into_iter().take(MAX_OUTPUTS).enumerate() {
            let number = at + 1;
            let save = self.context.download.as_deref();
            let save = save.map(|directory| Save { directory, stem: format!("mh-{id}-{number}") });
            let name = format!("output {number}");
            let moved = |moved, total| self.transferred(Direction::Down, &name, moved, total);
            let fetching = timeout_at(deadline, self.context.api.fetch(&link, save, &moved));
            let fetched = tokio::select! {
                fetched = fetching => fetched,
                () = self.stop.requested() => return outputs,
            };
            let result = fetched.unwrap_or(Err(FetchError::TooSlow(FETCH_LIMIT)));
            outputs.push(JobOutput { link, result });
        }
        outputs
    }

    fn transferred(&self, direction: Direction, name: &str, moved: u64, total: Option<u64>) {
        let transfer = Transfer { direction, name: name.to_owned(), moved, total };
        let event = JobEvent::Transferred(transfer);
        let _ = self.context.events.try_send(E2eEvent::Job { job: self.job, event }, 0);
    }

    async fn send(&self, event: JobEvent) {
        self.context.events.send(E2eEvent::Job { job: self.job, event }, 0).await;
    }
}
