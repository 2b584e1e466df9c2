//! The sandbox's clock, which can be moved ahead of the real one.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::engine::sandbox::app_state::Desk;
use crate::engine::sandbox::json::{Refusal, answer, body};
use crate::model::contract::project::rfc3339;
use crate::model::text;

/// `GET /_sandbox/clock`
pub(super) async fn show(State(desk): State<Arc<Desk>>) -> Response {
    reading(&desk)
}

/// `POST /_sandbox/clock/advance` with `{"by": "1h"}`: what waits until then becomes due. Signatures keep the real time.
pub(super) async fn advance(State(desk): State<Arc<Desk>>, bytes: Bytes) -> Result<Response, Refusal> {
    let body = body(&bytes)?;
    let by = body.get("by").and_then(duration);
    let by = by.ok_or_else(|| Refusal::bad_request("by must be a duration such as \"90s\" or \"1h\", or seconds"))?;
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    let ahead = desk.run(move |records| {
        let ahead = records.ahead()?.saturating_add(micros);
        records.set_ahead(ahead)?;
        Ok(ahead)
    });
    desk.ahead.store(ahead.await?, Ordering::Relaxed);
    desk.stir();
    Ok(reading(&desk))
}

fn reading(desk: &Desk) -> Response {
    let ahead = SignedDuration::from_micros(desk.ahead.load(Ordering::Relaxed));
    let (now, real) = (rfc3339(desk.now()), rfc3339(desk.clock.now()));
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
