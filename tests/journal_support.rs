//! What the tests of the journal's commands share: deliveries that were received at a time of their choice.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use mh_hook::model::signing::verdict::VerdictKind;
use mh_hook::model::{Delivery, Secret, Signer};
use mh_hook::store::journal::{Filter, Journal, JournalOptions, NewAttempt, Reader, StoredDelivery, VerifiedDelivery};
use rusqlite::Connection;

use crate::support::{Program, SECRET};

#[expect(clippy::disallowed_methods, reason = "the program under test has the real clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A verified delivery that was received so long ago, signed then with the tests' secret.
pub(crate) fn received(event_type: &str, job_id: &str, ago: Duration) -> VerifiedDelivery {
    let body = format!(r#"{{"type":"{event_type}","payload":{{"id":"{job_id}","status":"complete","name":"a"}}}}"#);
    let received_at = now().checked_sub(ago).unwrap();
    let signed = Delivery::signed(&Signer::new(&Secret::new(SECRET)), Bytes::from(body), received_at);
    let mut headers: HeaderMap = signed.headers;
    for value in ["one", "two"] {
        headers.append("x-twice", HeaderValue::from_static(value));
    }
    headers.insert("host", HeaderValue::from_static("old.example"));
    VerifiedDelivery {
        received_at,
        method: "POST".into(),
        path: "/webhook".to_owned(),
        remote: "127.0.0.1:4711".to_owned(),
        headers,
        body: signed.body,
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

/// Where a program keeps its journal, in a directory that is there.
pub(crate) fn journal_of(program: &Program) -> PathBuf {
    let directory = program.home.path().join(".local/share/mh-hook");
    std::fs::create_dir_all(&directory).unwrap();
    directory.join("journal.db")
}

/// Keeps deliveries, each with the answer that its verdict brings, and attempts, in a program's journal.
pub(crate) fn keep(program: &Program, deliveries: Vec<VerifiedDelivery>, attempts: Vec<NewAttempt>) {
    let answered = |delivery: VerifiedDelivery| {
        let status = if delivery.verdict == VerdictKind::Invalid { 401 } else { 200 };
        (delivery, Some(status))
    };
    keep_answered(program, deliveries.into_iter().map(answered).collect(), attempts);
}

/// Keeps deliveries with the statuses of their answers, and attempts, in a program's journal.
pub(crate) fn keep_answered(
    program: &Program,
    deliveries: Vec<(VerifiedDelivery, Option<u16>)>,
    attempts: Vec<NewAttempt>,
) {
    let (journal, _notices) = Journal::open(JournalOptions::new(journal_of(program))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for (delivery, answered) in deliveries {
            journal.append(Arc::new(delivery), answered).await.unwrap();
        }
        for attempt in attempts {
            journal.attempt(attempt).await.await.unwrap();
        }
        journal.close().await;
    });
}

/// Every delivery that a program's journal holds, oldest first.
pub(crate) fn kept(program: &Program) -> Vec<StoredDelivery> {
    let mut kept = Vec::new();
    let visited = Reader::open(program.journal()).unwrap().visit(&Filter::default(), |delivery| {
        kept.push(delivery);
        ControlFlow::Continue(())
    });
    visited.unwrap();
    kept
}

/// Asserts that SQLite finds nothing wrong with a program's journal.
#[track_caller]
pub(crate) fn assert_sound(program: &Program) {
    let journal = Connection::open(program.journal()).unwrap();
    let found: String = journal.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}
