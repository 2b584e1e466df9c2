//! A conformance check that the page starts and watches.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;

use crate::engine::conformance::case::Level;
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::selection::Selection;
use crate::engine::conformance::suite::Suite;
use crate::engine::conformance::timing::SuiteTiming;
use crate::engine::inspector::actions::target;
use crate::engine::inspector::check_run::{CheckFailure, CheckProgress, CheckState};
use crate::engine::inspector::reply::{ApiRefusal, parse, record};
use crate::engine::inspector::state::InspectorState;
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::net::out::post::Remote;

/// Cases at once, and events of a burst: those of `mh-hook check`.
const CONCURRENCY: usize = 4;
const BURST: usize = 200;

/// Answers `GET /api/check`.
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
    let selection = Selection { only: Vec::new(), skip: Vec::new(), level, burst: BURST };
    let cases = selection.cases().map_err(|error| ApiRefusal::bad_request(error.to_string()))?;
    let remote = Remote::new(target, &state.options.tls, state.shutdown.clone());
    let handler = Handler {
        remote: remote.map_err(|error| ApiRefusal::bad_request(error.to_string()))?,
        secret: state.options.secret.current().secret.clone(),
        timeout: ANSWER_TIMEOUT,
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
        timing: SuiteTiming::default(),
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
