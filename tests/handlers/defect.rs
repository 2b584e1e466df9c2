//! The mistakes that handlers in circulation make, each as a small change to a good one.

use std::collections::HashSet;
use std::future::pending;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use mh_hook::model::Signer;
use mh_hook::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use serde_json::{Value, json};

/// A mistake of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    NoVerification,
    SkipsMissingHeaders,
    NoTimestampCheck,
    OneSidedWindow,
    SignsParsedBody,
    FailsOnGarbage,
    OkOnFailure,
    StrictEventList,
    StrictSchema,
    WorksBeforeAnswering,
    SmallBodies,
    OtherHeaderNames,
    CaseSensitiveHeaders,
    SignsBodyOnly,
    RefusesRepeats,
    UnknownJobs,
    OtherSecret,
    Redirects,
    NoRoute,
    /// Crashes where it should refuse.
    FailsAtForged,
    /// Gives no answer where it should refuse.
    HangsAtForged,
    /// Gives no answer at all.
    Hangs,
    /// Answers what FastAPI makes of a tuple.
    AnswersTuple,
    /// Has a clock that is ten minutes behind.
    SlowClock,
    /// Takes the timestamp for milliseconds.
    Milliseconds,
    /// Allows 300 ms where 300 s are meant.
    ShortWindow,
    /// Holds the secret with a line break after it.
    NewlineSecret,
    /// Verifies what PHP's `json_encode` writes.
    SignsAsPhp,
    /// Verifies an empty body, since it was read before.
    SignsEmptyBody,
    /// Verifies text that was decoded as Latin-1.
    SignsLatin1,
}

/// The job that a handler with [`Defect::UnknownJobs`] knows.
pub(crate) const KNOWN_JOB: &str = "cmknownjob000000000000000";

/// An answer: the status, and JSON.
pub(crate) type Reply = (StatusCode, Value);

const TOLERANCE: i64 = 300;

fn refused(status: StatusCode, why: &str) -> Reply {
    (status, json!({ "message": why }))
}

/// Answers one delivery. `titled` says that header names came with capitals.
pub(crate) async fn answer(
    defect: Defect,
    headers: &HeaderMap,
    body: &Bytes,
    titled: bool,
    seen: &std::sync::Mutex<HashSet<String>>,
) -> Reply {
    match defect {
        Defect::Redirects => return refused(StatusCode::PERMANENT_REDIRECT, "elsewhere"),
        Defect::Hangs => pending().await,
        Defect::NoRoute => return refused(StatusCode::NOT_FOUND, "no such route"),
        Defect::SmallBodies if body.len() > 100_000 => return refused(StatusCode::PAYLOAD_TOO_LARGE, "too large"),
        Defect::CaseSensitiveHeaders if titled => return refused(StatusCode::UNAUTHORIZED, "not signed"),
        _ => {}
    }
    let reply = match verified(defect, headers, body) {
        Ok(()) => handled(defect, body, seen).await,
        Err(_) if defect == Defect::HangsAtForged => pending().await,
        Err(why) if defect == Defect::FailsAtForged => refused(StatusCode::INTERNAL_SERVER_ERROR, why),
        Err(why) => refused(StatusCode::UNAUTHORIZED, why),
    };
    match reply {
        (status, _) if defect == Defect::OkOnFailure && !status.is_success() => {
            (StatusCode::OK, json!({ "error": "could not be processed" }))
        }
        (StatusCode::OK, _) if defect == Defect::AnswersTuple => {
            (StatusCode::OK, json!([{ "error": "Internal error" }, 500]))
        }
        reply => reply,
    }
}

fn verified(defect: Defect, headers: &HeaderMap, body: &Bytes) -> Result<(), &'static str> {
    let names = match defect {
        Defect::OtherHeaderNames => ["x-magic-hour-signature", "x-magic-hour-timestamp"],
        _ => [SIGNATURE_HEADER, TIMESTAMP_HEADER],
    };
    let [signature, timestamp] = names.map(|name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).map(http::HeaderValue::as_bytes)
    });
    let (signature, timestamp) = match (signature, timestamp) {
        _ if defect == Defect::NoVerification => return Ok(()),
        (Some(signature), Some(timestamp)) => (signature, timestamp),
        _ if defect == Defect::SkipsMissingHeaders => return Ok(()),
        _ => return Err("not signed"),
    };
    if !is_timely(defect, timestamp) {
        return Err("too old or too far in the future");
    }
    let newline = format!("{}\n", super::server::SECRET);
    let secret = match defect {
        Defect::OtherSecret => "another one",
        Defect::NewlineSecret => &newline,
        _ => super::server::SECRET,
    };
    let signer = Signer::from_bytes(secret.as_bytes());
    let expected = match defect {
        Defect::SignsBodyOnly => signer.sign_parts(&[body]),
        Defect::SignsParsedBody => {
            let parsed: Value = serde_json::from_slice(body).map_err(|_| "no JSON")?;
            signer.sign_parts(&[timestamp, b".", parsed.to_string().as_bytes()])
        }
        Defect::SignsAsPhp => {
            let parsed: Value = serde_json::from_slice(body).map_err(|_| "no JSON")?;
            signer.sign_parts(&[timestamp, b".", parsed.to_string().replace('/', "\\/").as_bytes()])
        }
        Defect::SignsEmptyBody => signer.sign_parts(&[timestamp, b"."]),
        Defect::SignsLatin1 => {
            let decoded: String = body.iter().map(|byte| char::from(*byte)).collect();
            signer.sign_parts(&[timestamp, b".", decoded.as_bytes()])
        }
        _ => signer.sign_parts(&[timestamp, b".", body]),
    };
    if expected.to_string().as_bytes() == signature { Ok(()) } else { Err("wrong signature") }
}

fn is_timely(defect: Defect, timestamp: &[u8]) -> bool {
    let seconds = str::from_utf8(timestamp).ok().and_then(|text| text.parse::<i64>().ok());
    let age = seconds.map(|seconds| super::server::now() - seconds);
    let milliseconds = super::server::now_in_milliseconds();
    match defect {
        Defect::SlowClock => age.is_some_and(|age| (age - 600).abs() <= TOLERANCE),
        Defect::Milliseconds => seconds.is_some_and(|given| (milliseconds - given).abs() <= TOLERANCE * 1_000),
        Defect::ShortWindow => {
            seconds.is_some_and(|given| milliseconds.abs_diff(given.saturating_mul(1_000)) <= TOLERANCE.unsigned_abs())
        }
        Defect::NoTimestampCheck | Defect::SignsBodyOnly => true,
        Defect::OneSidedWindow => age.is_some_and(|age| age <= TOLERANCE),
        _ => age.is_some_and(|age| age.abs() <= TOLERANCE),
    }
}

async fn handled(defect: Defect, body: &Bytes, seen: &std::sync::Mutex<HashSet<String>>) -> Reply {
    const MISTAKEN: StatusCode = StatusCode::BAD_REQUEST;
    let mistaken = if defect == Defect::FailsOnGarbage { StatusCode::INTERNAL_SERVER_ERROR } else { MISTAKEN };
    let Ok(event) = serde_json::from_slice::<Value>(body) else { return refused(mistaken, "no JSON") };
    let (Some(name), Some(id)) = (event["type"].as_str(), event["payload"]["id"].as_str()) else {
        return refused(mistaken, "no event");
    };
    match defect {
        Defect::StrictEventList if !["video", "image"].iter().any(|kind| name.starts_with(kind)) => {
            return refused(MISTAKEN, "no such event");
        }
        Defect::StrictEventList if name == "video.archived" => return refused(MISTAKEN, "no such event"),
        Defect::StrictSchema if !is_documented(&event) => return refused(MISTAKEN, "unknown field"),
        Defect::WorksBeforeAnswering if name.ends_with(".completed") => pending().await,
        Defect::UnknownJobs if id != KNOWN_JOB => return refused(StatusCode::NOT_FOUND, "no such job"),
        Defect::RefusesRepeats if !seen.lock().unwrap().insert(format!("{id}:{name}")) => {
            return refused(StatusCode::CONFLICT, "seen before");
        }
        _ => {}
    }
    (StatusCode::OK, json!({ "success": true }))
}

/// Whether an event has no field that the documentation does not list.
fn is_documented(event: &Value) -> bool {
    const FIELDS: [&str; 15] = [
        "id",
        "name",
        "status",
        "type",
        "created_at",
        "width",
        "height",
        "enabled",
        "start_seconds",
        "end_seconds",
        "credits_charged",
        "fps",
        "error",
        "downloads",
        "image_count",
    ];
    let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    keys(event).iter().all(|key| key == "type" || key == "payload")
        && keys(&event["payload"]).iter().all(|key| FIELDS.contains(&key.as_str()))
}
