//! End-to-end runs: the one that this process makes or the page starts, its questions, and what is known so far.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::e2e::{Check, JobRequest};
use crate::engine::inspector::actions::target;
use crate::engine::inspector::e2e_log::{RunPhase, phase};
use crate::engine::inspector::e2e_run::E2ePlan;
use crate::engine::inspector::reply::{ApiRefusal, parse, record};
use crate::engine::inspector::run_log::text;
use crate::engine::inspector::state::InspectorState;
use crate::model::tools::job_tools;
use crate::net::out::post::Remote;

/// Time limit of a job that the page starts.
const TIME_LIMIT: Duration = Duration::from_mins(3);

#[derive(Serialize)]
struct RunRecord {
    state: &'static str,
    jobs: Vec<Value>,
    questions: Vec<QuestionRecord>,
    entries: Vec<Value>,
    summary: bool,
}

#[derive(Serialize)]
struct QuestionRecord {
    question: &'static str,
    rule: &'static str,
}

/// Answers `GET /api/e2e`.
pub(super) async fn show(State(state): State<Arc<InspectorState>>) -> Response {
    let log = state.e2e.log();
    let jobs = log.records(|entry| text(entry, "record") == Some("request"));
    let entries = log.records(|entry| text(entry, "record") != Some("request"));
    let phase = phase(log);
    let name = match phase {
        RunPhase::Idle => "idle",
        RunPhase::Running => "running",
        RunPhase::Done => "done",
    };
    let question = |check: Check| QuestionRecord { question: check.as_str(), rule: check.rule() };
    let questions = Check::all().map(question).collect();
    record("e2e", &RunRecord { state: name, jobs, questions, entries, summary: phase == RunPhase::Done })
}

/// A run to start.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunRequest {
    tool: String,
    /// URL of a handler to forward deliveries to.
    forward: Option<String>,
    /// Whether its deliveries are kept in the journal.
    #[serde(default)]
    keep: bool,
}

/// `POST /api/e2e`: starts a run in the embedded sandbox, unless one is under way.
pub(super) async fn start(State(state): State<Arc<InspectorState>>, body: Bytes) -> Result<Response, ApiRefusal> {
    let asked: RunRequest = parse(&body)?;
    let found = job_tools().find(|(_, tool)| tool.name() == asked.tool);
    let (kind, tool) = found.ok_or_else(|| ApiRefusal::not_found(format!("no tool is called '{}'", asked.tool)))?;
    let options = &state.options;
    let handler = match asked.forward {
        None => None,
        Some(url) => {
            let remote = Remote::new(target(&state, &url)?, &options.tls, state.shutdown.clone());
            Some((remote.map_err(|error| ApiRefusal::bad_request(error.to_string()))?, url))
        }
    };
    let body = tool.cheapest_body();
    let (estimate, least) = (tool.probable_cost(&body), tool.price.estimate(&body));
    let request = JobRequest { kind, tool, body, uploads: Vec::new(), estimate, least, timeout: TIME_LIMIT };
    let Some((log, stop)) = state.e2e.begin(&request) else {
        return Err(ApiRefusal::new(StatusCode::CONFLICT, "an end-to-end run is under way"));
    };
    let forward = handler.as_ref().map(|(_, url)| url.clone());
    log.note(&json!({ "forward": forward, "kept": asked.keep }));
    let plan = E2ePlan {
        request,
        handler,
        journal: asked.keep.then(|| options.journal.clone()),
        secret: options.secret.current(),
        tls: options.tls.clone(),
        clock: options.clock.clone(),
    };
    let closing = state.shutdown.clone();
    state.shutdown.spawn_blocking(move || plan.run(&log, stop, closing));
    Ok(show(State(state)).await)
}

/// `POST /api/e2e/stop`: ends the run that the page started; what was seen by then is judged.
pub(super) async fn stop(State(state): State<Arc<InspectorState>>) -> Response {
    state.e2e.stop();
    show(State(state)).await
}
