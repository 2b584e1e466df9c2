//! Deliveries to keep, and a look at what keeps them.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::model::signing::verdict::VerdictKind;
use crate::store::journal::{
    Committed, Filter, Journal, JournalNotice, JournalOptions, QueryError, Reader, StoredDelivery, VerifiedDelivery,
    WriteFailed,
};

/// A second in which every test begins.
const START: i64 = 1_730_742_038;

pub(in crate::store::journal) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

/// A verified delivery with a body that says what it is.
pub(in crate::store::journal) fn delivery(event_type: &str, job_id: &str, second: i64) -> VerifiedDelivery {
    let mut headers = HeaderMap::new();
    headers.append("content-type", HeaderValue::from_static("application/json"));
    let body = format!(r#"{{"type":"{event_type}","payload":{{"id":"{job_id}","status":"complete","n":{second}}}}}"#);
    VerifiedDelivery {
        received_at: at(second),
        method: "POST".into(),
        path: "/webhook?x=1".to_owned(),
        remote: "127.0.0.1:4711".to_owned(),
        headers,
        body: Bytes::from(body),
        verdict: VerdictKind::Verified,
        reason: None,
        explanation: None,
        problem: None,
        event_type: Some(event_type.to_owned()),
        job_id: Some(job_id.to_owned()),
        status: Some("complete".to_owned()),
        replayed: false,
    }
}

/// A delivery that was refused.
pub(in crate::store::journal) fn refused(second: i64) -> VerifiedDelivery {
    let explanation = Some("both headers are missing".to_owned());
    VerifiedDelivery {
        verdict: VerdictKind::Invalid,
        reason: Some("missing-headers".into()),
        explanation,
        ..delivery("video.completed", "clxforged", second)
    }
}

/// Keeps a delivery with the answer that its verdict brings.
pub(in crate::store::journal) async fn keep(
    journal: &Journal,
    delivery: VerifiedDelivery,
) -> Result<Committed, WriteFailed> {
    let answered = if delivery.verdict == VerdictKind::Invalid { 401 } else { 200 };
    journal.append(Arc::new(delivery), Some(answered)).await
}

pub(in crate::store::journal) fn open(path: &Path) -> (Journal, mpsc::Receiver<JournalNotice>) {
    Journal::open(JournalOptions::new(path)).unwrap()
}

#[track_caller]
pub(in crate::store::journal) fn assert_sound(path: &Path) {
    assert_eq!(integrity(path).unwrap(), "ok");
}

/// The deliveries that match, oldest first.
pub(in crate::store::journal) fn list(reader: &Reader, filter: &Filter) -> Result<Vec<StoredDelivery>, QueryError> {
    let mut list = Vec::new();
    reader.visit(filter, |delivery| {
        list.push(delivery);
        ControlFlow::Continue(())
    })?;
    Ok(list)
}

/// Every delivery that a journal holds, oldest first.
pub(in crate::store::journal) fn kept(path: &Path) -> Vec<StoredDelivery> {
    list(&Reader::open(path).unwrap(), &Filter::default()).unwrap()
}

/// The first thing that SQLite finds wrong with a file; `ok` if there is none.
pub(in crate::store::journal) fn integrity(path: &Path) -> rusqlite::Result<String> {
    Connection::open(path)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))
}
