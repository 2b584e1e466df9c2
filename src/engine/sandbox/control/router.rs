//! Which request does what.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, patch, post};
use http::StatusCode;
use serde_json::json;

use crate::engine::sandbox::app_state::Desk;
use crate::engine::sandbox::control::{clock, deliveries, endpoints, jobs};
use crate::engine::sandbox::json::{Refusal, answer};

/// Where the control API is.
pub(in crate::engine::sandbox) const BASE: &str = "/_sandbox";

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
