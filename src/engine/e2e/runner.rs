//! The runner: runs the trial of several jobs at once.

use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::clock::SharedClock;
use crate::engine::e2e::event::E2eEvent;
use crate::engine::e2e::inbox::{Inbox, Stray};
use crate::engine::e2e::job_runner::{JobRunner, RunnerContext};
use crate::engine::e2e::report::E2eReport;
use crate::engine::e2e::request::JobRequest;
use crate::engine::event_channel::{EventReceiver, event_channel};
use crate::engine::magic_hour::{Account, Api, ApiError};
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::own_jobs::OwnJobs;
use crate::net::shutdown::Shutdown;

/// Options of a run.
#[derive(Debug)]
pub struct RunnerOptions {
    /// API that accepts jobs.
    pub api: Api,
    /// Tells the receiver which deliveries concern its handler.
    pub own_jobs: Arc<OwnJobs>,
    /// Interval of polling the details endpoint.
    pub poll_every: Duration,
    /// Time to wait for a webhook after its job ended.
    pub grace: Duration,
    /// The handler that the receiver passes deliveries on to.
    pub handler: Option<String>,
    /// The directory in which outputs are kept.
    pub download: Option<PathBuf>,
    /// The time of day.
    pub clock: SharedClock,
}

#[derive(Debug)]
pub struct Runner {
    context: RunnerContext,
    feed: EventReceiver<ReceiverEvent>,
}

impl Runner {
    /// A runner with a receiver, and its events while it works.
    pub fn new(options: RunnerOptions, receiver: EventReceiver<ReceiverEvent>) -> (Self, EventReceiver<E2eEvent>) {
        let (events, listener) = event_channel();
        let context = RunnerContext {
            inbox: Inbox::new(Arc::clone(&options.own_jobs)),
            api: options.api,
            own_jobs: options.own_jobs,
            events,
            clock: options.clock,
            poll_every: options.poll_every,
            grace: options.grace,
            secret: None,
            handler: options.handler,
            download: options.download,
        };
        (Self { context, feed: receiver }, listener)
    }

    /// Looks at the account, which shows whether the key is valid.
    pub async fn account(&self) -> Result<Account, ApiError> {
        self.context.api.account().await
    }

    /// Routes arrivals until the work is done: the receiver's events have to be taken all the time.
    pub async fn while_routing<T>(&mut self, work: impl Future<Output = T>) -> T {
        let Self { context, feed } = self;
        route_during(context, feed, work).await
    }

    /// Submits all jobs and sees them through. When `stop` is requested, what was seen by then is judged.
    ///
    /// `secret` is the masked secret of the receiver, for people; nothing if signatures are not checked.
    pub async fn run(
        self,
        requests: Vec<JobRequest>,
        secret: Option<String>,
        stop: &Shutdown,
        tasks: &Shutdown,
    ) -> E2eReport {
        let began = Instant::now();
        let Self { context, mut feed } = self;
        let context = Arc::new(RunnerContext { secret, ..context });
        let attended: Vec<_> = requests
            .into_iter()
            .enumerate()
            .map(|(job, request)| JobRunner { context: Arc::clone(&context), job, request, began, stop: stop.clone() })
            .map(|job_runner| tasks.spawn(job_runner.run()))
            .collect();
        let jobs = async {
            let mut reports = Vec::with_capacity(attended.len());
            for report in attended {
                // A task ends early only if it panics, and then there is nothing of it to report.
                reports.extend(report.await.ok());
            }
            reports
        };
        let jobs = route_during(&context, &mut feed, jobs).await;
        E2eReport { jobs, others: context.inbox.others(), nameless: context.inbox.nameless(), elapsed: began.elapsed() }
    }
}

/// Routes arrivals until the work is done.
async fn route_during<T>(
    context: &RunnerContext,
    feed: &mut EventReceiver<ReceiverEvent>,
    work: impl Future<Output = T>,
) -> T {
    let RunnerContext { events, .. } = context;
    let report = async |stray| {
        let event = match stray {
            Stray::Nameless(received) => E2eEvent::Nameless(received),
            Stray::Warning(text) => E2eEvent::Warning(text),
        };
        events.send(event, 0).await;
    };
    let routing = async {
        context.inbox.route(feed, report).await;
        pending().await
    };
    tokio::select! {
        done = work => done,
        never = routing => never,
    }
}
