//! Writing: acknowledged deliveries are exact and durable.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tokio::task::JoinSet;

use crate::model::signing::verdict::VerdictKind;
use crate::store::journal::tests::sample::{assert_sound, at, delivery, keep, kept, open, refused};
use crate::store::journal::{
    AttemptError, AttemptOrigin, EXCERPT_LIMIT, Journal, JournalOptions, NewAttempt, Reader, VerifiedDelivery,
};

fn attempt(id: Option<u64>, second: i64) -> NewAttempt {
    NewAttempt {
        delivery: id,
        origin: AttemptOrigin::Forward,
        target: "http://localhost:3000/hook".to_owned(),
        started_at: at(second),
        latency: Duration::from_micros(38_250),
        status: Some(500),
        excerpt: Bytes::from(vec![b'x'; EXCERPT_LIMIT + 1]),
        error: None,
    }
}

#[tokio::test]
async fn a_delivery_comes_back_as_it_was_received() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    let mut odd = refused(7);
    odd.headers.append("x-odd", HeaderValue::from_bytes(b"\xff\xfe\t caf\xc3\xa9").unwrap());
    odd.headers.append("x-odd", HeaderValue::from_static(""));
    odd.headers.append("content-type", HeaderValue::from_static("again"));
    odd.body = Bytes::from((0..=255).collect::<Vec<u8>>());
    (odd.event_type, odd.job_id, odd.status, odd.problem) = (None, None, None, Some("invalid-json".into()));
    odd.received_at = "2026-07-01T12:00:00.123456Z".parse().unwrap();
    let kept = keep(&journal, odd.clone()).await.unwrap();
    assert_eq!((kept.id, kept.repeat), (1, 0), "what was refused does not count");
    let back = Reader::open(&path).unwrap().get(1).unwrap().unwrap();
    assert_eq!((back.id, back.repeat, back.received_at), (1, 0, odd.received_at));
    assert_eq!((&back.method, &back.path, &back.remote), (&odd.method, &odd.path, &odd.remote));
    assert_eq!((&back.body, &back.headers), (&odd.body, &odd.headers));
    assert!(back.headers.iter().eq(&odd.headers), "in the same order");
    assert_eq!((back.verdict, &back.reason, back.answered), (odd.verdict, &odd.reason, Some(401)));
    assert_eq!((&back.explanation, &back.problem), (&odd.explanation, &odd.problem));
    assert_eq!((&back.event_type, &back.job_id, &back.status), (&None, &None, &None));
}

#[tokio::test]
async fn everyone_who_waits_is_told_and_finds_it_written() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journal = Arc::new(open(&path).0);
    let mut waiting = JoinSet::new();
    for number in 0..1_000 {
        let (journal, path) = (Arc::clone(&journal), path.clone());
        waiting.spawn(async move {
            let body = Bytes::from(format!("body {number}"));
            let new =
                VerifiedDelivery { body: body.clone(), ..delivery("video.completed", &format!("clx{number}"), 0) };
            let kept = keep(&journal, new).await.unwrap();
            // Another connection sees only what is committed.
            let back = (number % 50 == 0).then(|| Reader::open(&path).unwrap().get(kept.id).unwrap().unwrap());
            assert!(back.is_none_or(|back| back.body == body));
            kept
        });
    }
    let kept = waiting.join_all().await;
    let ids: BTreeSet<_> = kept.iter().map(|kept| kept.id).collect();
    assert_eq!(ids, (1..=1_000).collect());
    assert!(kept.iter().all(|kept| kept.repeat == 1));
    assert_sound(&path);
}

#[tokio::test]
async fn a_repeat_is_counted_by_job_and_type() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    let mut repeats = Vec::new();
    for (event_type, job) in [("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("a", "1")] {
        repeats.push(keep(&journal, delivery(event_type, job, 0)).await.unwrap().repeat);
    }
    assert_eq!(repeats, [1, 2, 1, 1, 3]);
    let nameless = VerifiedDelivery { job_id: None, ..delivery("a", "", 0) };
    assert_eq!(keep(&journal, nameless.clone()).await.unwrap().repeat, 1);
    assert_eq!(keep(&journal, nameless).await.unwrap().repeat, 1, "what has no id repeats nothing");
    drop(journal);
    let (journal, _notices) = open(&path);
    assert_eq!(keep(&journal, delivery("a", "1", 9)).await.unwrap().repeat, 4, "also after a restart");
}

#[tokio::test]
async fn a_forgery_does_not_make_the_genuine_event_a_duplicate() {
    let root = tempfile::tempdir().unwrap();
    let (journal, _notices) = open(&root.path().join("j.db"));
    assert_eq!(keep(&journal, refused(0)).await.unwrap().repeat, 0);
    let genuine = || delivery("video.completed", "clxforged", 1);
    assert_eq!(keep(&journal, genuine()).await.unwrap().repeat, 1);
    assert_eq!(keep(&journal, refused(2)).await.unwrap().repeat, 0);
    assert_eq!(keep(&journal, genuine()).await.unwrap().repeat, 2);
    // Behind a public URL what cannot be verified is refused; elsewhere it is accepted.
    let unverified = Arc::new(VerifiedDelivery { verdict: VerdictKind::Unverified, ..genuine() });
    assert_eq!(journal.append(Arc::clone(&unverified), Some(401)).await.unwrap().repeat, 0);
    assert_eq!(journal.append(unverified, Some(200)).await.unwrap().repeat, 3);
}

#[tokio::test]
async fn a_name_of_any_length_is_cut_in_the_index_and_whole_in_the_body() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    let name = "é".repeat(10_000);
    keep(&journal, delivery(&name, &name, 0)).await.unwrap();
    let back = Reader::open(&path).unwrap().get(1).unwrap().unwrap();
    assert_eq!(back.job_id.as_deref(), Some("é".repeat(128).as_str()));
    assert_eq!(back.event_type, back.job_id);
    assert!(str::from_utf8(&back.body).unwrap().contains(&name));
}

#[tokio::test]
async fn answers_and_attempts_are_kept_with_their_delivery() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    let kept = journal.append(Arc::new(delivery("a", "1", 0)), None).await.unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.get(kept.id).unwrap().unwrap().answered, None);
    let failed = AttemptError { code: "refused".to_owned(), text: "connection refused".to_owned() };
    let error = Some(failed.clone());
    let later = NewAttempt { status: None, error, excerpt: Bytes::new(), ..attempt(Some(kept.id), 2) };
    // The receipt of the first is not awaited: order alone says that it is written with the second.
    drop(journal.attempt(later).await);
    drop(journal.answered(kept.id, 502).await);
    journal.attempt(attempt(Some(kept.id), 1)).await.await.unwrap();
    journal.attempt(attempt(None, 1)).await.await.unwrap();
    assert_eq!(reader.get(kept.id).unwrap().unwrap().answered, Some(502));
    let attempts = reader.attempts_of(kept.id).unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.started_at).collect::<Vec<_>>(), [at(1), at(2)]);
    assert_eq!((attempts[0].status, attempts[0].latency), (Some(500), Duration::from_micros(38_250)));
    assert_eq!((attempts[0].excerpt.len(), attempts[0].origin.as_str()), (EXCERPT_LIMIT, "forward"));
    assert_eq!((attempts[1].status, attempts[1].error.as_ref()), (None, Some(&failed)));
}

#[tokio::test]
async fn closing_writes_what_waits_and_leaves_one_file() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    for second in 0..100 {
        drop(journal.attempt(attempt(Some(1), second)).await);
    }
    journal.close().await;
    let failed = keep(&journal, delivery("a", "1", 0)).await.unwrap_err();
    assert_eq!(failed.to_string(), format!("cannot write the journal {}: it is closed", path.display()));
    assert!(journal.answered(1, 200).await.await.is_err());
    journal.close().await;
    let left: Vec<_> = root.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["j.db"]);
    assert_eq!(Reader::open(&path).unwrap().attempts_of(1).unwrap().len(), 100);
}

#[tokio::test]
async fn a_journal_is_gone_on_with_after_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    for round in 1..=3 {
        let (journal, _notices) = open(&path);
        assert_eq!(keep(&journal, delivery("a", "1", 0)).await.unwrap().id, round);
    }
    assert_eq!(kept(&path).len(), 3);
    assert_sound(&path);
}

#[tokio::test]
async fn two_journals_share_one_file() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journals = [Arc::new(open(&path).0), Arc::new(open(&path).0)];
    let mut waiting = JoinSet::new();
    for number in 0..400 {
        let journal = Arc::clone(&journals[number % 2]);
        waiting.spawn(async move { keep(&journal, delivery("a", "same", 0)).await.unwrap() });
    }
    let kept = waiting.join_all().await;
    assert_eq!(kept.iter().map(|kept| kept.id).collect::<BTreeSet<_>>(), (1..=400).collect());
    assert_eq!(kept.iter().map(|kept| kept.repeat).collect::<BTreeSet<_>>(), (1..=400).collect());
    drop(journals);
    assert_sound(&path);
}

#[test]
fn those_who_race_to_make_a_journal_all_get_it() {
    for _ in 0..10 {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.db");
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    drop(Journal::open(JournalOptions::new(&path)).unwrap());
                });
            }
        });
        assert_sound(&path);
    }
}

#[tokio::test]
#[cfg(unix)]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let root = tempfile::tempdir().unwrap();
    let (journal, _notices) = open(&root.path().join("j.db"));
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    let entries = root.path().read_dir().unwrap().map(Result::unwrap);
    let modes: Vec<_> = entries.map(|entry| entry.metadata().unwrap().permissions().mode() & 0o777).collect();
    assert_eq!(modes, [0o600; 3], "the file, its log and the log's index");
}
