//! Which request does what.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, patch, post};
use http::{StatusCode, Uri};
use serde_json::json;
use url::form_urlencoded::parse;

use crate::engine::sandbox::app_state::Desk;
use crate::engine::sandbox::control::{clock, deliveries, endpoints, jobs};
use crate::engine::sandbox::json::{Refusal, answer};

/// Where the control API is.
pub(in crate::engine::sandbox) const BASE: &str = "/_sandbox";

/// How many of a list are shown, unless `limit` says otherwise, and at most.
const SHOWN: u32 = 100;
const MOST_SHOWN: u32 = 10_000;

pub(in crate::engine::sandbox) fn router() -> Router<Arc<Desk>> {
    let routes = Router::new()
        .route("/endpoints", get(endpoints::list).post(endpoints::add))
        .route("/endpoints/{id}", patch(endpoints::change).delete(endpoints::delete))
        .route("/endpoints/{id}/enable", post(endpoints::enable))
        .route("/endpoints/{id}/disable", post(endpoints::disable))
        .route("/endpoints/{id}/rotate-secret", post(endpoints::rotate_secret))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{id}", get(jobs::show))
        .route("/jobs/{id}/finish", post(jobs::finish))
        .route("/jobs/{id}/fail", post(jobs::fail))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries/{id}", get(deliveries::show))
        .route("/deliveries/{id}/redeliver", post(deliveries::redeliver))
        .route("/clock", get(clock::show))
        .route("/clock/advance", post(clock::advance))
        .route("/reset", post(reset));
    Router::new().nest(BASE, routes)
}

/// `POST /_sandbox/reset`: forgets all but the endpoints.
async fn reset(State(desk): State<Arc<Desk>>) -> Result<Response, Refusal> {
    let credits = desk.options.credits;
    desk.run(move |records| records.reset(i64::from(credits))).await?;
    desk.ahead.store(0, std::sync::atomic::Ordering::Relaxed);
    desk.stir();
    Ok(answer(StatusCode::OK, &json!({ "credits": credits })))
}

/// A value of the query.
pub(super) fn value(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// How many are asked for.
pub(super) fn limit(uri: &Uri) -> Result<u32, Refusal> {
    let Some(text) = value(uri, "limit") else { return Ok(SHOWN) };
    let number = text.parse().ok().filter(|number| (1..=MOST_SHOWN).contains(number));
    number.ok_or_else(|| Refusal::bad_request(format!("limit must be a whole number from 1 to {MOST_SHOWN}")))
}
