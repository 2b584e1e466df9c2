//! Deliveries and the attempts at them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{StatusCode, Uri};
use serde_json::{Value, json};

use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::control::query::Query;
use crate::engine::sandbox::json::{Refusal, answer};
use crate::model::text::timestamp::rfc3339;
use crate::store::sandbox::{AttemptRow, Deliver, DeliveryFilter, DeliveryState, NewDelivery, SandboxDelivery};

/// Answers `GET /_sandbox/deliveries?job=&endpoint=&state=&limit=`.
pub(super) async fn list(State(app): State<Arc<AppState>>, uri: Uri) -> Result<Response, Refusal> {
    let query = Query::of(&uri, &["job", "endpoint", "state"])?;
    let filter = DeliveryFilter {
        job_id: query.value("job").map(str::to_owned),
        endpoint: query.number("endpoint")?,
        state: query.one_of("state", &DeliveryState::ALL.map(DeliveryState::as_str))?,
    };
    let most = query.limit()?;
    let rows = app.run(move |records| records.newest_deliveries(&filter, most)).await?;
    let rows: Vec<Value> = rows.iter().map(shown).collect();
    Ok(answer(StatusCode::OK, &json!({ "deliveries": rows })))
}

/// `GET /_sandbox/deliveries/{id}`: with its body and the attempts.
pub(super) async fn show(State(app): State<Arc<AppState>>, Path(id): Path<i64>) -> Result<Response, Refusal> {
    let found = app.run(move |records| Ok((records.delivery(id)?, records.attempts(id)?)));
    let (row, attempts) = found.await?;
    let row = row.ok_or_else(Refusal::not_found)?;
    let mut delivery = shown(&row);
    if let Some(delivery) = delivery.as_object_mut() {
        delivery.insert("faults".to_owned(), json!(row.faults));
        delivery.insert("body".to_owned(), json!(String::from_utf8_lossy(&row.body)));
        delivery.insert("attempted".to_owned(), attempts.iter().map(attempted).collect());
    }
    Ok(answer(StatusCode::OK, &delivery))
}

/// `POST /_sandbox/deliveries/{id}/redeliver`: a new delivery of the same bytes, with a new schedule.
pub(super) async fn redeliver(State(app): State<Arc<AppState>>, Path(id): Path<i64>) -> Result<Response, Refusal> {
    let now = app.now();
    let added = app.run(move |records| {
        let Some(row) = records.delivery(id)? else { return Ok(None) };
        if records.endpoint(row.endpoint)?.is_none() {
            return Ok(None);
        }
        let new = records.add_delivery(&NewDelivery {
            endpoint: row.endpoint,
            job_id: &row.job_id,
            event_type: &row.event_type,
            body: &row.body,
            faults: &row.faults,
            deliver: Deliver::WhenDue,
            due_at: now,
        })?;
        records.delivery(new)
    });
    let row = added.await?.ok_or_else(Refusal::not_found)?;
    app.stir();
    Ok(answer(StatusCode::CREATED, &shown(&row)))
}

fn shown(row: &SandboxDelivery) -> Value {
    let next = (row.state == DeliveryState::Pending).then(|| rfc3339(row.due_at));
    json!({
        "id": row.id,
        "endpoint": row.endpoint,
        "type": row.event_type,
        "job_id": row.job_id,
        "state": row.state.as_str(),
        "attempts": row.attempts,
        "next_at": next,
    })
}

fn attempted(row: &AttemptRow) -> Value {
    json!({
        "attempt": row.number,
        "sent_at": rfc3339(row.sent_at),
        "elapsed_ms": row.elapsed.as_secs_f64() * 1e3,
        "answered": row.status,
        "error": row.error,
    })
}
