//! The account and its saved items.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::{Refusal, answer};

/// Answers `GET /v1/account`.
pub(super) async fn account(State(app): State<Arc<AppState>>) -> Result<Response, Refusal> {
    let credits = app.run(|records| Ok(records.credits()?.unwrap_or_default())).await?;
    let account = json!({
        "id": "mh-hook-sandbox",
        "email": null,
        "tier": "free",
        "credits": credits,
        "subscription": null,
    });
    Ok(answer(StatusCode::OK, &account))
}

/// `GET /v1/saved-items`: nothing can be saved through the API, so there is nothing.
pub(super) async fn saved_items() -> Response {
    answer(StatusCode::OK, &json!({ "items": [], "next_cursor": null }))
}
