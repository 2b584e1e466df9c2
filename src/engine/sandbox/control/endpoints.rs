//! Endpoints: what the Developer Hub does for an account, by hand.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::dispatcher::Dispatcher;
use crate::engine::sandbox::json::{Refusal, answer, body};
use crate::engine::sandbox::options::EndpointSpec;
use crate::model::Secret;
use crate::store::sandbox::{Endpoint, EndpointChange, EndpointSecret, NewEndpoint};
use crate::store::secrets::development_secret::generate;

/// Fields of a request about an endpoint.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointRequest {
    url: Option<String>,
    events: Option<Vec<String>>,
    enabled: Option<bool>,
    secret: Option<String>,
}

/// Answers `GET /_sandbox/endpoints`.
pub(super) async fn list(State(app): State<Arc<AppState>>) -> Result<Response, Refusal> {
    let endpoints = app.run(|records| Ok(records.endpoints()?.iter().map(shown).collect::<Vec<Value>>())).await?;
    Ok(answer(StatusCode::OK, &json!({ "endpoints": endpoints })))
}

/// `POST /_sandbox/endpoints` with `{"url": ..., "events"?: [...], "enabled"?: true, "secret"?: ...}`
pub(super) async fn add(State(app): State<Arc<AppState>>, bytes: Bytes) -> Result<Response, Refusal> {
    let said = said(&bytes)?;
    let Some(url) = said.url else { return Err(Refusal::bad_request("url is required: where events are posted to")) };
    let spec = EndpointSpec::checked(&url, said.events.unwrap_or_default()).map_err(|error| wrong(&error))?;
    let (secret, made) = if let Some(given) = said.secret {
        (EndpointSecret::Given(Secret::new(given)), None)
    } else {
        let made = fresh()?;
        (EndpointSecret::Made(made.clone()), Some(made))
    };
    let new = NewEndpoint { url: spec.url, events: spec.events, secret, enabled: said.enabled.unwrap_or(true) };
    let added = app.run(move |records| {
        let id = records.add_endpoint(&new)?;
        records.endpoint(id)
    });
    let endpoint = added.await?.ok_or_else(Refusal::not_found)?;
    Dispatcher::start(&app, endpoint.id);
    let mut body = shown(&endpoint);
    if let Some(made) = made {
        reveal(&mut body, &made);
    }
    Ok(answer(StatusCode::CREATED, &body))
}

/// `PATCH /_sandbox/endpoints/{id}` with any of `url`, `events`, `enabled`, `secret`
pub(super) async fn change(
    State(app): State<Arc<AppState>>,
    Path(id): Path<i64>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let said = said(&bytes)?;
    let probe = said.url.as_deref().unwrap_or("http://localhost/");
    EndpointSpec::checked(probe, said.events.clone().unwrap_or_default()).map_err(|error| wrong(&error))?;
    let secret = said.secret.map(|given| EndpointSecret::Given(Secret::new(given)));
    let change = EndpointChange { url: said.url, events: said.events, secret, enabled: said.enabled };
    changed(&app, id, change).await.map(|endpoint| answer(StatusCode::OK, &shown(&endpoint)))
}

/// Answers `POST /_sandbox/endpoints/{id}/enable`.
pub(super) async fn enable(State(app): State<Arc<AppState>>, Path(id): Path<i64>) -> Result<Response, Refusal> {
    switch(&app, id, true).await
}

/// Answers `POST /_sandbox/endpoints/{id}/disable`.
pub(super) async fn disable(State(app): State<Arc<AppState>>, Path(id): Path<i64>) -> Result<Response, Refusal> {
    switch(&app, id, false).await
}

/// `POST /_sandbox/endpoints/{id}/rotate-secret`: the answer is the only one that has the new secret.
pub(super) async fn rotate_secret(State(app): State<Arc<AppState>>, Path(id): Path<i64>) -> Result<Response, Refusal> {
    let secret = fresh()?;
    let change = EndpointChange { secret: Some(EndpointSecret::Made(secret.clone())), ..EndpointChange::default() };
    let mut body = shown(&changed(&app, id, change).await?);
    reveal(&mut body, &secret);
    Ok(answer(StatusCode::OK, &body))
}

/// `DELETE /_sandbox/endpoints/{id}`: what is pending for it is given up.
pub(super) async fn delete(State(app): State<Arc<AppState>>, Path(id): Path<i64>) -> Result<Response, Refusal> {
    if !app.run(move |records| records.delete_endpoint(id)).await? {
        return Err(Refusal::not_found());
    }
    app.stir();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

async fn switch(app: &Arc<AppState>, id: i64, enabled: bool) -> Result<Response, Refusal> {
    let change = EndpointChange { enabled: Some(enabled), ..EndpointChange::default() };
    changed(app, id, change).await.map(|endpoint| answer(StatusCode::OK, &shown(&endpoint)))
}

async fn changed(app: &Arc<AppState>, id: i64, change: EndpointChange) -> Result<Endpoint, Refusal> {
    let changed = app.run(move |records| records.change_endpoint(id, &change)).await?;
    app.stir();
    changed.ok_or_else(Refusal::not_found)
}

fn said(bytes: &Bytes) -> Result<EndpointRequest, Refusal> {
    let said: EndpointRequest = serde_json::from_value(body(bytes)?).map_err(|error| wrong(&error))?;
    if said.secret.as_deref() == Some("") {
        return Err(Refusal::bad_request("secret must not be empty"));
    }
    Ok(said)
}

fn wrong(error: &dyn std::error::Error) -> Refusal {
    Refusal::bad_request(error.to_string())
}

fn fresh() -> Result<Secret, Refusal> {
    generate().map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

fn shown(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "enabled": endpoint.enabled,
        "secret": endpoint.secret.masked(),
    })
}

fn reveal(body: &mut Value, secret: &Secret) {
    if let Some(body) = body.as_object_mut() {
        body.insert("secret".to_owned(), json!(secret.expose()));
    }
}
