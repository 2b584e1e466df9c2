//! Routes of the control API.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, patch, post};
use http::StatusCode;
use serde_json::json;

use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::control::{clock, deliveries, endpoints, jobs};
use crate::engine::sandbox::json::{Refusal, answer};

/// Base path of the control API.
pub(in crate::engine::sandbox) const BASE: &str = "/_sandbox";

pub(in crate::engine::sandbox) fn router() -> Router<Arc<AppState>> {
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
    Router::new().route(BASE, get(index)).nest(BASE, routes)
}

/// Every request that the control API takes.
#[rustfmt::skip]
const REQUESTS: [(&str, &str, &str); 19] = [
    ("GET",    "/endpoints",                    "list the endpoints"),
    ("POST",   "/endpoints",                    "add an endpoint: {\"url\": ..., \"events\"?: [...], \"enabled\"?: true, \"secret\"?: ...}"),
    ("PATCH",  "/endpoints/{id}",               "change url, events, enabled or secret"),
    ("DELETE", "/endpoints/{id}",               "remove an endpoint"),
    ("POST",   "/endpoints/{id}/enable",        "deliver to it again"),
    ("POST",   "/endpoints/{id}/disable",       "stop delivering to it"),
    ("POST",   "/endpoints/{id}/rotate-secret", "give it a new secret, shown this once"),
    ("GET",    "/jobs",                         "list the newest jobs: ?status=, ?limit="),
    ("GET",    "/jobs/{id}",                    "show a job"),
    ("POST",   "/jobs/{id}/finish",             "complete a job now"),
    ("POST",   "/jobs/{id}/fail",               "fail a job now: {\"code\"?: ...}"),
    ("POST",   "/jobs/{id}/cancel",             "cancel a job now"),
    ("GET",    "/deliveries",                   "list the newest deliveries: ?job=, ?endpoint=, ?state=, ?limit="),
    ("GET",    "/deliveries/{id}",              "show a delivery with its body and attempts"),
    ("POST",   "/deliveries/{id}/redeliver",    "deliver the same bytes once more"),
    ("GET",    "/clock",                        "show the sandbox's clock"),
    ("POST",   "/clock/advance",                "move it: {\"by\": \"1h\"}"),
    ("POST",   "/reset",                        "forget everything but the endpoints"),
    ("GET",    "",                              "show this list"),
];

/// Answers `GET /_sandbox`: the list of requests.
async fn index() -> Response {
    let row = |(method, path, does): &(&str, &str, &str)| json!({ "method": method, "path": format!("{BASE}{path}"), "does": does });
    let requests: Vec<_> = REQUESTS.iter().map(row).collect();
    answer(StatusCode::OK, &json!({ "requests": requests, "help": "mh-hook help sandbox" }))
}

/// `POST /_sandbox/reset`: forgets all but the endpoints.
async fn reset(State(app): State<Arc<AppState>>) -> Result<Response, Refusal> {
    let credits = app.options.credits;
    app.run(move |records| records.reset(i64::from(credits))).await?;
    app.ahead.store(0, std::sync::atomic::Ordering::Relaxed);
    app.stir();
    Ok(answer(StatusCode::OK, &json!({ "credits": credits })))
}
