//! The dispatcher of one endpoint: makes the attempts that are due, and so never waits for another endpoint.
//!
//! It has only those deliveries in memory that it is about to send; all others lie in the state until they are due.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::engine::sandbox::app_state::{AppState, STATE_PAUSE};
use crate::engine::sandbox::event::{AttemptOutcome, Attempted, SandboxEvent};
use crate::engine::send::attempt::ANSWER_LIMIT;
use crate::model::schedule::{ANSWER_TIMEOUT, wait_after};
use crate::model::signing::fault;
use crate::model::signing::fault::Fault;
use crate::model::{Delivery, Signer};
use crate::net::out::post::{Post, Remote, TimeLimit};
use crate::net::out::post_error::PostError;
use crate::net::out::target::Target;
use crate::store::sandbox::{DueDelivery, Ended, Endpoint, Next, StateError};

/// Attempts in flight at once, per endpoint.
const MOST_UNDER_WAY: usize = 128;

/// Free places at which more is loaded, when more waits: loading one at a time would cost more than
/// sending it.
const ROOM: usize = 32;

/// Sends to one endpoint.
pub(super) struct Dispatcher {
    app: Arc<AppState>,
    endpoint: i64,
    /// The numbers of the deliveries that are being attempted.
    under_way: Arc<Mutex<HashSet<i64>>>,
    /// Says that an attempt has ended.
    ended: Arc<Notify>,
    stirred: watch::Receiver<()>,
    line: Option<Arc<EndpointClient>>,
}

/// The way to an endpoint's URL.
struct EndpointClient {
    url: String,
    /// Client, or the reason why there is none.
    remote: Result<Remote, String>,
}

/// Work that was found.
struct DispatchRound {
    endpoint: Endpoint,
    due: Vec<DueDelivery>,
    /// Whether more than was loaded is possibly due.
    more: bool,
    /// When the next delivery is due.
    next: Option<Timestamp>,
}

impl Dispatcher {
    /// Has a dispatcher work for an endpoint until that is deleted or the shutdown is requested.
    pub(super) fn start(app: &Arc<AppState>, endpoint: i64) {
        let dispatcher = Self {
            app: Arc::clone(app),
            endpoint,
            under_way: Arc::default(),
            ended: Arc::default(),
            stirred: app.deliveries.subscribe(),
            line: None,
        };
        app.shutdown.spawn(dispatcher.run());
    }

    async fn run(mut self) {
        loop {
            self.stirred.mark_unchanged();
            let loaded = self.load().await;
            if self.app.shutdown.is_requested() {
                return;
            }
            let round = match loaded {
                Ok(Some(round)) => round,
                Ok(None) => return,
                Err(_) => {
                    sleep(STATE_PAUSE).await;
                    continue;
                }
            };
            let line = self.line(&round.endpoint.url);
            for due in round.due {
                self.begin(&round.endpoint, &line, due);
            }
            if !self.rest(round.more, round.next).await {
                return;
            }
        }
    }

    /// Waits until there is something to do: room for more, or else something new, something due, or something that
    /// may follow what has ended. False when there never will be.
    async fn rest(&mut self, more: bool, next: Option<Timestamp>) -> bool {
        let (app, ended) = (Arc::clone(&self.app), Arc::clone(&self.ended));
        if more {
            return tokio::select! {
                () = self.room() => true,
                () = app.shutdown.requested() => false,
            };
        }
        tokio::select! {
            () = app.until(next) => true,
            () = ended.notified() => true,
            changed = self.stirred.changed() => changed.is_ok(),
            () = app.shutdown.requested() => false,
        }
    }

    /// Looks up the endpoint and what is due for it; nothing if it was deleted.
    async fn load(&self) -> Result<Option<DispatchRound>, StateError> {
        // Taken before the look: what ends meanwhile is left out once more, and found by the next look.
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let most = u32::try_from(MOST_UNDER_WAY).unwrap_or(u32::MAX);
        let (id, now) = (self.endpoint, self.app.now());
        let round = move |endpoint, mut due: Vec<DueDelivery>, next| {
            let more = due.len() >= MOST_UNDER_WAY;
            due.retain(|delivery| !under_way.contains(&delivery.id));
            DispatchRound { endpoint, due, more, next }
        };
        self.app
            .run(move |records| {
                let Some(endpoint) = records.endpoint(id)? else { return Ok(None) };
                let due = records.due_deliveries(id, now, most)?;
                Ok(Some(round(endpoint, due, records.next_delivery_due(id, now)?)))
            })
            .await
    }

    /// Waits until there is room for more.
    async fn room(&self) {
        loop {
            let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).len();
            if under_way + ROOM <= MOST_UNDER_WAY {
                return;
            }
            self.ended.notified().await;
        }
    }

    /// The line to a URL: the one that there is, unless the endpoint has moved.
    fn line(&mut self, url: &str) -> Arc<EndpointClient> {
        if let Some(line) = self.line.as_ref().filter(|line| line.url == url) {
            return Arc::clone(line);
        }
        let line = Arc::new(EndpointClient { url: url.to_owned(), remote: connected(&self.app, url) });
        self.line = Some(Arc::clone(&line));
        line
    }

    /// Makes an attempt, in a separate task.
    fn begin(&self, endpoint: &Endpoint, line: &Arc<EndpointClient>, due: DueDelivery) {
        let (app, under_way, ended) = (Arc::clone(&self.app), Arc::clone(&self.under_way), Arc::clone(&self.ended));
        let (endpoint, line, id) = (endpoint.clone(), Arc::clone(line), due.id);
        under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.app.shutdown.spawn(async move {
            attempt(&app, &endpoint, &line, due).await;
            under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            ended.notify_one();
        });
    }
}

fn connected(app: &AppState, url: &str) -> Result<Remote, String> {
    let target = url.parse::<Target>().map_err(|error| error.to_string())?;
    Remote::new(target, &app.options.tls, app.shutdown.clone()).map_err(|error| error.to_string())
}

/// Makes an attempt, keeps how it ended, and reports it. One that a shutdown interrupts was not made: it will be again.
async fn attempt(app: &AppState, endpoint: &Endpoint, line: &EndpointClient, due: DueDelivery) {
    let number = due.attempts.saturating_add(1);
    let (sent_at, now) = (app.now(), app.clock.now());
    let signed_at = due.signed_at.filter(|_| app.options.reuse_signatures).unwrap_or(now);
    let delivery = signed(endpoint, &due, signed_at);
    let started = Instant::now();
    let outcome = tokio::select! {
        outcome = post(endpoint, line, &delivery) => outcome,
        () = app.shutdown.requested() => return,
    };
    let elapsed = started.elapsed();
    let next = next(app, &outcome, number);
    let ended = Ended {
        delivery: due.id,
        number,
        sent_at,
        signed_at,
        elapsed,
        status: outcome.status().map(|status| status.as_u16()),
        error: outcome.error(),
        next,
    };
    if app.run(move |records| records.note_attempt(&ended)).await.is_err() {
        // It is due still, and will be made again: not at once, since the state needs time.
        sleep(STATE_PAUSE).await;
        return;
    }
    let attempted = Attempted {
        delivery: due.id,
        endpoint: endpoint.id,
        url: endpoint.url.clone(),
        event_type: due.event_type,
        job_id: due.job_id,
        number,
        sent_at,
        headers: delivery.headers,
        body: delivery.body,
        faults: due.faults,
        elapsed,
        outcome,
        next,
    };
    let size = attempted.body.len();
    app.events.send(SandboxEvent::Attempt(Box::new(attempted)), size).await;
}

async fn post(endpoint: &Endpoint, line: &EndpointClient, delivery: &Delivery) -> AttemptOutcome {
    if !endpoint.enabled {
        return AttemptOutcome::Skipped;
    }
    let remote = match &line.remote {
        Ok(remote) => remote,
        Err(problem) => {
            return AttemptOutcome::Unanswered(PostError::Setup { target: line.url.clone(), problem: problem.clone() });
        }
    };
    let (headers, body): (HeaderMap, Bytes) = (delivery.headers.clone(), delivery.body.clone());
    let post = Post { method: Method::POST, path: None, headers, body };
    match remote.post(post, TimeLimit::Whole(ANSWER_TIMEOUT), ANSWER_LIMIT).await {
        Ok(answer) => AttemptOutcome::Answered(answer),
        Err(error) => AttemptOutcome::Unanswered(error),
    }
}

/// The delivery as it goes out, with the faults that the job's directives ask for.
fn signed(endpoint: &Endpoint, due: &DueDelivery, at: Timestamp) -> Delivery {
    let faults: Vec<&Fault> = due.faults.iter().filter_map(|name| fault::find(name).ok()).collect();
    let body = Bytes::copy_from_slice(&due.body);
    if faults.is_empty() {
        Delivery::signed(&Signer::new(&endpoint.secret), body, at)
    } else {
        Delivery::faulty(&endpoint.secret, body, at, &faults)
    }
}

/// Any 2xx is a success; everything else, a redirect too, is tried again for as long as the schedule goes on.
fn next(app: &AppState, outcome: &AttemptOutcome, number: u32) -> Next {
    if outcome.status().is_some_and(|status| status.is_success()) {
        return Next::Delivered;
    }
    match wait_after(number, app.options.time_scale) {
        Some(wait) => {
            debug!(target: "retry", attempt = number, ?wait, "scheduled");
            Next::Retry(after(app.now(), wait))
        }
        None => Next::Failed,
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
