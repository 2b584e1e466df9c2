//! The end-to-end run that this process makes: its jobs, its questions, and what is known so far.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use crate::engine::e2e::Check;
use crate::engine::inspector::reply::{ApiRefusal, record};
use crate::engine::inspector::run_log::text;
use crate::engine::inspector::state::InspectorState;

#[derive(Serialize)]
struct RunRecord {
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
pub(super) async fn show(State(state): State<Arc<InspectorState>>) -> Result<Response, ApiRefusal> {
    let log = state.options.e2e.as_ref().ok_or_else(|| ApiRefusal::not_found("this is no end-to-end run"))?;
    let jobs = log.records(|entry| text(entry, "record") == Some("request"));
    let entries = log.records(|entry| text(entry, "record") != Some("request"));
    let summary = entries.iter().any(|entry| text(entry, "record") == Some("summary"));
    let question = |check: Check| QuestionRecord { question: check.as_str(), rule: check.rule() };
    let questions = Check::all().map(question).collect();
    Ok(record("e2e", &RunRecord { jobs, questions, entries, summary }))
}
