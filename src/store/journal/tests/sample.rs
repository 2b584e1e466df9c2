//! Deliveries to keep, and a look at what keeps them.

use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::store::journal::{Journal, JournalNotice, JournalOptions, NewDelivery, Reader};

/// A second in which every test begins.
const START: i64 = 1_730_742_038;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

/// A verified delivery with a body that says what it is.
pub(super) fn delivery(event_type: &str, job_id: &str, second: i64) -> NewDelivery {
    let mut headers = HeaderMap::new();
    headers.append("content-type", HeaderValue::from_static("application/json"));
    let body = format!(r#"{{"type":"{event_type}","payload":{{"id":"{job_id}","status":"complete","n":{second}}}}}"#);
    NewDelivery {
        received_at: at(second),
        method: "POST".to_owned(),
        path: "/webhook?x=1".to_owned(),
        remote: "127.0.0.1:4711".to_owned(),
        headers,
        body: Bytes::from(body),
        verdict: "verified",
        reason: None,
        explanation: None,
        problem: None,
        event_type: Some(event_type.to_owned()),
        job_id: Some(job_id.to_owned()),
        status: Some("complete".to_owned()),
        answered: Some(200),
    }
}

/// A delivery that was refused.
pub(super) fn refused(second: i64) -> NewDelivery {
    let explanation = Some("both headers are missing".to_owned());
    NewDelivery {
        verdict: "invalid",
        reason: Some("missing-headers"),
        explanation,
        answered: Some(401),
        ..delivery("video.completed", "clxforged", second)
    }
}

pub(super) fn open(path: &Path) -> (Journal, mpsc::Receiver<JournalNotice>) {
    Journal::open(JournalOptions::new(path)).unwrap()
}

#[track_caller]
pub(super) fn assert_sound(path: &Path) {
    assert_eq!(Reader::open(path).unwrap().faults().unwrap(), Vec::<String>::new());
}
