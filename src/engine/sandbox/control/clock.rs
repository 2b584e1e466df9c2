//! The sandbox's clock, which can be moved ahead of the real one.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::{Refusal, answer, body};
use crate::model::text;
use crate::model::text::timestamp::rfc3339;

/// Answers `GET /_sandbox/clock`.
pub(super) async fn show(State(app): State<Arc<AppState>>) -> Response {
    reading(&app)
}

/// `POST /_sandbox/clock/advance` with `{"by": "1h"}`: what waits until then becomes due. Signatures keep the real time.
pub(super) async fn advance(State(app): State<Arc<AppState>>, bytes: Bytes) -> Result<Response, Refusal> {
    let body = body(&bytes)?;
    let by = body.get("by").and_then(duration);
    let by = by.ok_or_else(|| Refusal::bad_request("by must be a duration such as \"90s\" or \"1h\", or seconds"))?;
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    let ahead = app.run(move |records| {
        let ahead = records.ahead()?.saturating_add(micros);
        records.set_ahead(ahead)?;
        Ok(ahead)
    });
    app.ahead.store(ahead.await?, Ordering::Relaxed);
    app.stir();
    Ok(reading(&app))
}

fn reading(app: &AppState) -> Response {
    let ahead = SignedDuration::from_micros(app.ahead.load(Ordering::Relaxed));
    let (now, real) = (rfc3339(app.now()), rfc3339(app.clock.now()));
    answer(StatusCode::OK, &json!({ "now": now, "real": real, "ahead_seconds": ahead.as_secs_f64() }))
}

fn duration(value: &Value) -> Option<SignedDuration> {
    let duration = match value {
        Value::Number(seconds) => text::duration::parse(&seconds.to_string()),
        Value::String(text) => text::duration::parse(text),
        _ => return None,
    };
    SignedDuration::try_from(duration.ok()?).ok()
}
