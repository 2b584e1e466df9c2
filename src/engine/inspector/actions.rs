//! Sending from the page: a delivery again, as it was, signed anew, edited or with a fault; or a sample event.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};

use crate::engine::inspector::deliveries;
use crate::engine::inspector::records::AttemptRecord;
use crate::engine::inspector::reply::{ApiRefusal, parse, record};
use crate::engine::inspector::state::InspectorState;
use crate::engine::send::attempt::{ANSWER_LIMIT, Attempt, AttemptLimits};
use crate::engine::send::composer::{Composed, Composer};
use crate::engine::send::sender::{DeliveryBuilder, SentEvent, Signing};
use crate::model::contract::event::EventType;
use crate::model::signing::fault::{self, Fault};
use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::model::{Delivery, Signer};
use crate::net::out::end_to_end::end_to_end;
use crate::net::out::post::{Post, Remote, TimeLimit};
use crate::net::out::target::Target;
use crate::store::journal::AttemptOrigin;

/// The time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A delivery to send again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayRequest {
    to: String,
    /// Whether it is signed anew; otherwise its headers say what they said.
    #[serde(default)]
    sign: bool,
    /// Its body, where that was edited.
    body: Option<String>,
    /// Its headers, where those were edited.
    headers: Option<Vec<(String, String)>>,
    #[serde(default)]
    faults: Vec<String>,
}

#[derive(Serialize)]
struct MadeRecord {
    attempt: Option<AttemptRecord>,
}

/// Answers `POST /api/deliveries/{id}/replay`.
pub(super) async fn replay(
    State(state): State<Arc<InspectorState>>,
    Path(id): Path<u64>,
    body: Bytes,
) -> Result<Response, ApiRefusal> {
    let request: ReplayRequest = parse(&body)?;
    let target = target(&state, &request.to)?;
    let faults = faults(&request.faults)?;
    let kept = deliveries::find(&state, id).await?;
    let given = match &request.headers {
        Some(pairs) => headers(pairs)?,
        None => end_to_end(&kept.headers),
    };
    let event = Composed::of(request.body.map_or(kept.delivery.body, Bytes::from));
    let delivery = if request.sign || !faults.is_empty() {
        signed(&state, &event, &given, faults)
    } else {
        Delivery { headers: given, body: event.body.clone() }
    };
    let attempt = post(&state, target, event, delivery).await?.attempt;
    let started_at = attempt.sent_at.as_microsecond();
    state.journal.attempted(attempt.entry(id, AttemptOrigin::Replay)).await?;
    let attempts = state.journal.read(move |reader| reader.attempts_of(id)).await?;
    let made = attempts.into_iter().rev().find(|attempt| attempt.started_at.as_microsecond() == started_at);
    Ok(record("replay", &MadeRecord { attempt: made.map(AttemptRecord::from) }))
}

/// A sample event to send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleRequest {
    to: String,
    #[serde(rename = "type")]
    event_type: String,
}

/// Answers `POST /api/send`.
pub(super) async fn send(State(state): State<Arc<InspectorState>>, body: Bytes) -> Result<Response, ApiRefusal> {
    let request: SampleRequest = parse(&body)?;
    let target = target(&state, &request.to)?;
    let event: EventType = request.event_type.parse().map_err(|error| unreadable(&error))?;
    let now = state.options.clock.now();
    let composed = Composer::default().compose(&[event], now, &mut Rng::new()).map_err(|error| unreadable(&error))?;
    let Some(event) = composed.into_iter().next() else { return Err(ApiRefusal::not_found("there is no such event")) };
    let delivery = signed(&state, &event, &HeaderMap::new(), Vec::new());
    Ok(record("attempt", &post(&state, target, event, delivery).await?))
}

fn unreadable(error: &dyn std::error::Error) -> ApiRefusal {
    ApiRefusal::bad_request(error.to_string())
}

/// A target that was configured, or one on this machine.
pub(super) fn target(state: &InspectorState, url: &str) -> Result<Target, ApiRefusal> {
    let target: Target = url.parse().map_err(|error| unreadable(&error))?;
    let is_configured = state.options.targets.iter().any(|known| known.url == url);
    if is_configured || target.is_loopback() {
        return Ok(target);
    }
    let refusal = ApiRefusal::bad_request(format!("{url} is on another machine"));
    Err(refusal.hint("start with --forward URL to send there; a URL that is typed in must be on this machine"))
}

fn faults(names: &[String]) -> Result<Vec<&'static Fault>, ApiRefusal> {
    names.iter().map(|name| fault::find(name).map_err(|error| unreadable(&error))).collect()
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, ApiRefusal> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let wrong = || ApiRefusal::bad_request(format!("no header can be '{name}: {value}'"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        headers.append(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(end_to_end(&headers))
}

/// Signs an event. Given headers are added to those of the signature; what a fault changes, stays changed.
fn signed(state: &InspectorState, event: &Composed, given: &HeaderMap, faults: Vec<&'static Fault>) -> Delivery {
    let current = state.options.secret.current();
    let secret = &current.secret;
    let is_faulty = !faults.is_empty();
    let signing = if is_faulty { Signing::Faulty(secret.clone(), faults) } else { Signing::Right(Signer::new(secret)) };
    let mut delivery =
        DeliveryBuilder { signing, headers: HeaderMap::new() }.build(event.body.clone(), state.options.clock.now());
    for name in given.keys().filter(|name| *name != SIGNATURE_HEADER && *name != TIMESTAMP_HEADER) {
        if is_faulty && delivery.headers.contains_key(name) {
            continue;
        }
        delivery.headers.remove(name);
        for value in given.get_all(name) {
            delivery.headers.append(name.clone(), value.clone());
        }
    }
    delivery
}

async fn post(
    state: &InspectorState,
    target: Target,
    event: Composed,
    delivery: Delivery,
) -> Result<SentEvent, ApiRefusal> {
    let remote = Remote::new(target, &state.options.tls, state.shutdown.clone()).map_err(|error| unreadable(&error))?;
    let post =
        Post { method: Method::POST, path: None, headers: delivery.headers.clone(), body: delivery.body.clone() };
    let limits = AttemptLimits { time: TimeLimit::Whole(PATIENCE), answer: ANSWER_LIMIT };
    let attempt = Attempt::make(&remote, post, limits, state.options.clock.now()).await;
    Ok(SentEvent { event, delivery, number: 1, attempt })
}
