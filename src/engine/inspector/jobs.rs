//! A job: its deliveries with every answer, its steps, and what the sandbox knows of it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::inspector::records::{AttemptRecord, JobDeliveryRecord, created_at};
use crate::engine::inspector::reply::{ApiRefusal, record};
use crate::engine::inspector::run_log::text;
use crate::engine::inspector::sandbox;
use crate::engine::inspector::state::InspectorState;
use crate::store::journal::{Filter, QueryError};

/// Deliveries of a timeline at most.
const MOST: usize = 500;

#[derive(Serialize)]
struct JobRecord {
    job_id: String,
    deliveries: Vec<JobDeliveryRecord>,
    steps: Vec<Value>,
    sandbox: Option<Value>,
    sent: Vec<Value>,
}

/// Answers `GET /api/jobs/{id}`.
pub(super) async fn show(
    State(state): State<Arc<InspectorState>>,
    Path(job_id): Path<String>,
) -> Result<Response, ApiRefusal> {
    let wanted = job_id.clone();
    let found = state.journal.read(move |reader| {
        let filter = Filter { job: Some(wanted.clone()), ..Filter::default() };
        let mut deliveries = Vec::new();
        for row in reader.page(&filter, MOST)?.deliveries {
            // The beginning of an id finds a job, too; a timeline is of one job exactly.
            let Some(delivery) = reader.get(row.id)?.filter(|found| found.job_id.as_deref() == Some(&wanted)) else {
                continue;
            };
            let attempts = reader.attempts_of(row.id)?.into_iter().map(AttemptRecord::from).collect();
            deliveries.push(JobDeliveryRecord { delivery, attempts });
        }
        Ok::<_, QueryError>(deliveries)
    });
    let deliveries = found.await?;
    let (sandbox, sent) = sandbox::job(&state, &job_id).await;
    let mut steps = Vec::new();
    let created = deliveries.iter().find_map(|found| created_at(&found.delivery.body));
    let created = sandbox.as_ref().and_then(|job| text(job, "created_at").map(str::to_owned)).or(created);
    steps.extend(created.map(|at| json!({ "at": at, "to": "accepted" })));
    let is_step = |step: &Value| text(step, "record") == Some("job") && text(step, "job_id") == Some(&job_id);
    if let Some(sandbox) = &state.options.sandbox {
        steps.extend(sandbox.steps.records(is_step));
    }
    steps.extend(state.e2e.log().records(|step| is_step(step) && text(step, "from").is_some()));
    Ok(record("job", &JobRecord { job_id, deliveries, steps, sandbox, sent }))
}
