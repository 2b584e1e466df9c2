//! The list, one delivery, its answers and its body.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::Uri;
use serde::Serialize;

use crate::engine::inspector::query::ListQuery;
use crate::engine::inspector::records::{AttemptRecord, DetailRecord, RowRecord};
use crate::engine::inspector::reply::{ApiRefusal, attachment, record};
use crate::engine::inspector::state::InspectorState;
use crate::store::journal::{DeliverySummary, Filter, Page, QueryError, Reader, StoredDelivery};

/// The most rows that a list counts: browsers limit the height of a page.
const MOST_COUNTED: u64 = 250_000;

/// Other deliveries of a job that are named at most.
const MOST_SIBLINGS: usize = 200;

#[derive(Serialize)]
struct ListRecord {
    deliveries: Vec<RowRecord>,
    /// Cursor of the next page; nothing at the end.
    next: Option<String>,
    /// Whether there are more.
    more: bool,
    /// Length of the list from this page on, counted up to [`MOST_COUNTED`]; only when asked for, and only where bodies
    /// need not be read for it.
    total: Option<u64>,
    /// Whether the list goes on after `total`.
    beyond: bool,
}

/// `GET /api/deliveries`: a page of the list, newest first.
pub(super) async fn list(State(state): State<Arc<InspectorState>>, uri: Uri) -> Result<Response, ApiRefusal> {
    let ListQuery { filter, limit, counts } = ListQuery::read(&uri, state.options.time, state.options.clock.now())?;
    let read = move |reader: &Reader| {
        let page = reader.page(&filter, limit)?;
        let total = if counts { length(reader, filter, &page)? } else { None };
        Ok::<_, QueryError>(Some(answer(page, total)))
    };
    let found = state.journal.read(read).await?;
    Ok(found.unwrap_or_else(|| answer(Page::default(), counts.then_some(0))))
}

fn answer(page: Page, total: Option<u64>) -> Response {
    let Page { deliveries, next } = page;
    let list = ListRecord {
        deliveries: deliveries.into_iter().map(RowRecord::from).collect(),
        more: next.is_some(),
        beyond: total.is_some_and(|total| total > MOST_COUNTED),
        total: total.map(|total| total.min(MOST_COUNTED)),
        next: next.map(|cursor| cursor.to_string()),
    };
    record("deliveries", &list)
}

/// Length of a list that begins with a page, if it can be counted. What arrives meanwhile is not counted.
fn length(reader: &Reader, filter: Filter, page: &Page) -> Result<Option<u64>, QueryError> {
    if page.next.is_none() {
        return Ok(Some(page.deliveries.len() as u64));
    }
    let older = Filter { before: page.deliveries.first().map(DeliverySummary::cursor), ..filter };
    let total = reader.count_of_list(&older, MOST_COUNTED)?;
    Ok(total.map(|total| total + u64::from(older.before.is_some())))
}

/// `GET /api/deliveries/{id}`: everything that does not change.
pub(super) async fn show(
    State(state): State<Arc<InspectorState>>,
    Path(id): Path<u64>,
) -> Result<Response, ApiRefusal> {
    let shared = Arc::clone(&state);
    // A large body is judged where it was read: the only thread of the runtime is the receiver's.
    let found = state.journal.read(move |reader| {
        let Some(delivery) = reader.get(id)? else { return Ok::<_, QueryError>(None) };
        let siblings = siblings(reader, &delivery)?;
        let place = siblings.iter().position(|sibling| sibling.id == id);
        let previous = place.and_then(|place| siblings.get(place + 1)).map(|sibling| sibling.id);
        Ok(Some(record("delivery", &DetailRecord::new(delivery, previous, &shared.options))))
    });
    found.await?.ok_or_else(|| missing(id))
}

#[derive(Serialize)]
struct AnswersRecord {
    answered: Option<u16>,
    attempts: Vec<AttemptRecord>,
    siblings: Vec<SiblingRecord>,
}

#[derive(Serialize)]
struct SiblingRecord {
    id: u64,
    #[serde(rename = "type")]
    event_type: Option<String>,
    attempt: u32,
}

/// `GET /api/deliveries/{id}/answers`: what may still change, and the other deliveries of the job.
pub(super) async fn answers(
    State(state): State<Arc<InspectorState>>,
    Path(id): Path<u64>,
) -> Result<Response, ApiRefusal> {
    let found = state.journal.read(move |reader| {
        let Some(delivery) = reader.get(id)? else { return Ok::<_, QueryError>(None) };
        let attempts = reader.attempts_of(id)?.into_iter().map(AttemptRecord::from).collect();
        let siblings = siblings(reader, &delivery)?;
        let sibling =
            |row: DeliverySummary| SiblingRecord { id: row.id, event_type: row.event_type, attempt: row.repeat };
        let siblings = siblings.into_iter().map(sibling).collect();
        Ok(Some(AnswersRecord { answered: delivery.answered, attempts, siblings }))
    });
    Ok(record("answers", &found.await?.ok_or_else(|| missing(id))?))
}

/// `GET /api/deliveries/{id}/body`: the exact bytes, to be saved.
pub(super) async fn body(
    State(state): State<Arc<InspectorState>>,
    Path(id): Path<u64>,
) -> Result<Response, ApiRefusal> {
    let delivery = find(&state, id).await?;
    Ok(attachment(id, delivery.delivery.body))
}

pub(super) async fn find(state: &InspectorState, id: u64) -> Result<StoredDelivery, ApiRefusal> {
    state.journal.read(move |reader| reader.get(id)).await?.ok_or_else(|| missing(id))
}

/// The deliveries of the same job, newest first, itself among them.
fn siblings(reader: &Reader, delivery: &StoredDelivery) -> Result<Vec<DeliverySummary>, QueryError> {
    let Some(job) = delivery.job_id.clone().filter(|job| !job.is_empty()) else { return Ok(Vec::new()) };
    let filter = Filter { job: Some(job), ..Filter::default() };
    Ok(reader.page(&filter, MOST_SIBLINGS)?.deliveries)
}

fn missing(id: u64) -> ApiRefusal {
    ApiRefusal::not_found(format!("the journal has no delivery {id}")).hint("it may have been pruned")
}
