//! A conformance check that the page starts and watches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::conformance::case::{Case, Level};
use crate::engine::conformance::finding::Finding;
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::observation::Observation;
use crate::engine::conformance::selection::Selection;
use crate::engine::conformance::suite::Suite;
use crate::engine::conformance::timing::Timing;
use crate::engine::inspector::actions::target;
use crate::engine::inspector::reply::{ApiRefusal, parse, record};
use crate::engine::inspector::state::InspectorState;
use crate::net::out::post::Remote;

/// The time that an answer may take, the cases at once, and the events of a burst: those of `mh-hook check`.
const PATIENCE: Duration = Duration::from_secs(10);
const CONCURRENCY: usize = 4;
const BURST: usize = 200;

/// The check of this run, if one was started.
#[derive(Default)]
pub(super) struct CheckRun {
    progress: Mutex<CheckProgress>,
    version: AtomicU64,
}

/// Progress of a check.
#[derive(Clone, Default, Serialize)]
struct CheckProgress {
    state: CheckState,
    url: String,
    total: usize,
    done: usize,
    findings: Vec<Value>,
    error: Option<CheckFailure>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum CheckState {
    #[default]
    Idle,
    Running,
    Done,
}

#[derive(Clone, Serialize)]
struct CheckFailure {
    message: String,
    hint: &'static str,
}

impl CheckRun {
    /// A number that rises as it goes on.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, CheckProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut CheckProgress)) {
        change(&mut self.lock());
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes a case that is done. What it means is known in the end, when causes are told from their consequences.
    fn case_done(&self, case: &'static Case, observation: Option<&Observation>) {
        let finding = observation.map(|seen| Finding::of(case, Some(seen.clone())));
        self.change(|progress| {
            progress.done += 1;
            progress.findings.extend(finding.and_then(|finding| serde_json::to_value(finding).ok()));
        });
    }
}

/// `GET /api/check`
pub(super) async fn show(State(state): State<Arc<InspectorState>>) -> Response {
    let progress = state.check.lock().clone();
    record("check", &progress)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckRequest {
    url: String,
    level: LevelName,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum LevelName {
    Must,
    Should,
    May,
}

/// `POST /api/check`: starts a check, unless one is under way.
pub(super) async fn start(State(state): State<Arc<InspectorState>>, body: Bytes) -> Result<Response, ApiRefusal> {
    let request: CheckRequest = parse(&body)?;
    let target = target(&state, &request.url)?;
    let level = match request.level {
        LevelName::Must => Level::Must,
        LevelName::Should => Level::Should,
        LevelName::May => Level::May,
    };
    let selection = Selection { only: Vec::new(), skip: Vec::new(), level, burst: BURST, side_effects: false };
    let cases = selection.cases().map_err(|error| ApiRefusal::bad_request(error.to_string()))?;
    let remote = Remote::new(target, &state.options.tls, state.shutdown.clone());
    let handler = Handler {
        remote: remote.map_err(|error| ApiRefusal::bad_request(error.to_string()))?,
        secret: state.options.secret.secret.clone(),
        timeout: PATIENCE,
        clock: state.options.clock.clone(),
        job_id: None,
    };
    let begun =
        CheckProgress { state: CheckState::Running, url: request.url, total: cases.len(), ..CheckProgress::default() };
    {
        let mut progress = state.check.lock();
        if progress.state == CheckState::Running {
            return Err(ApiRefusal::new(StatusCode::CONFLICT, "a check is under way"));
        }
        *progress = begun.clone();
    }
    let suite = Suite {
        handler: Arc::new(handler),
        cases,
        concurrency: CONCURRENCY,
        burst: BURST,
        side_effects: None,
        timing: Timing::default(),
    };
    state.shutdown.spawn(run(Arc::clone(&state), suite));
    Ok(record("check", &begun))
}

async fn run(state: Arc<InspectorState>, suite: Suite) {
    let check = &state.check;
    let report = suite.run(&state.shutdown, |case, observation| check.case_done(case, observation)).await;
    check.change(|progress| {
        progress.state = CheckState::Done;
        match report {
            Ok(report) => {
                progress.done = progress.total;
                let findings = report.findings.iter().filter_map(|finding| serde_json::to_value(finding).ok());
                progress.findings = findings.collect();
            }
            Err(error) => {
                let hint = "is your handler running, and on this port?";
                progress.error = Some(CheckFailure { message: error.to_string(), hint });
            }
        }
    });
}
