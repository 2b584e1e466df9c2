//! Pruning: only on request, the right deliveries first, and the space is given back.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::model::signing::verdict::VerdictKind;
use crate::store::journal::tests::sample::{assert_sound, at, delivery, keep, kept, open, refused};
use crate::store::journal::{
    AttemptOrigin, Journal, JournalNotice, JournalOptions, NewAttempt, PruneScope, Pruned, Pruner, Reader,
    VerifiedDelivery,
};

fn large(second: i64) -> VerifiedDelivery {
    VerifiedDelivery { body: Bytes::from(vec![b'x'; 10_000]), ..delivery("video.completed", "1", second) }
}

fn ids(path: &Path) -> Vec<u64> {
    kept(path).iter().map(|delivery| delivery.id).collect()
}

#[tokio::test]
async fn pruning_keeps_the_newest_and_gives_the_space_back() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    let attempt = |delivery, second| NewAttempt {
        delivery,
        origin: AttemptOrigin::Replay,
        target: "http://localhost:8000/webhook".to_owned(),
        started_at: at(second),
        latency: std::time::Duration::ZERO,
        status: Some(200),
        excerpt: Bytes::new(),
        error: None,
    };
    for second in 0..600 {
        let kept = keep(&journal, large(second)).await.unwrap();
        drop(journal.attempt(attempt(Some(kept.id), second)).await);
        drop(journal.attempt(attempt(None, second)).await);
    }
    journal.close().await;
    let before = fs::metadata(&path).unwrap().len();
    let mut pruner = Pruner::open(&path).unwrap();
    let done = pruner.prune(PruneScope::AllBut(10)).await.unwrap();
    assert_eq!(done.deliveries, 590);
    assert_eq!(done.bytes, before - fs::metadata(&path).unwrap().len());
    assert!(done.bytes > before / 10 * 9, "{done:?} of {before}");
    assert_eq!(ids(&path), (591..=600).collect::<Vec<_>>());
    assert!(Reader::open(&path).unwrap().attempts_of(590).unwrap().is_empty());
    assert_eq!(Reader::open(&path).unwrap().attempts_of(591).unwrap().len(), 1);
    assert_eq!(pruner.prune(PruneScope::Before(at(595))).await.unwrap().deliveries, 5);
    assert_eq!(pruner.prune(PruneScope::AllBut(100)).await.unwrap(), Pruned::default());
    assert_eq!(pruner.prune(PruneScope::AllBut(0)).await.unwrap().deliveries, 5);
    drop(pruner);
    let (journal, _notices) = open(&path);
    assert_eq!(keep(&journal, large(0)).await.unwrap().id, 601, "no number is given twice");
    assert_sound(&path);
}

#[tokio::test]
async fn pruning_disturbs_no_listener() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journal = Arc::new(open(&path).0);
    let mut filling = JoinSet::new();
    for second in 0..3_000 {
        let journal = Arc::clone(&journal);
        filling.spawn(async move { keep(&journal, delivery("a", "1", second)).await.unwrap() });
    }
    filling.join_all().await;
    let done = Arc::new(AtomicBool::new(false));
    let mut listener = JoinSet::new();
    let (writing, stop) = (Arc::clone(&journal), Arc::clone(&done));
    listener.spawn(async move {
        let mut written = 0;
        while !stop.load(Ordering::Relaxed) {
            keep(&writing, delivery("a", "1", 10_000)).await.unwrap();
            written += 1;
        }
        written
    });
    let pruned = Pruner::open(&path).unwrap().prune(PruneScope::Before(at(5_000))).await.unwrap();
    done.store(true, Ordering::Relaxed);
    let written: usize = listener.join_all().await.into_iter().sum();
    assert_eq!(pruned.deliveries, 3_000);
    journal.close().await;
    assert_eq!(ids(&path).len(), written);
    assert_sound(&path);
}

#[tokio::test]
async fn a_limit_lets_the_refused_go_and_then_the_oldest() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let limit = 4 << 20;
    let options = JournalOptions { max_size: Some(limit), ..JournalOptions::new(&path) };
    let (journal, mut notices) = Journal::open(options).unwrap();
    for second in 0..100 {
        keep(&journal, large(second)).await.unwrap();
        keep(&journal, VerifiedDelivery { body: Bytes::from(vec![b'x'; 10_000]), ..refused(second) }).await.unwrap();
    }
    assert_eq!(ids(&path).len(), 200, "nothing goes as long as there is room");
    for second in 100..350 {
        keep(&journal, large(second)).await.unwrap();
    }
    let kept = kept(&path);
    assert!(kept.iter().all(|delivery| delivery.verdict == VerdictKind::Verified));
    assert_eq!(kept.first().unwrap().id, 1, "the refused were enough");
    for second in 350..1_000 {
        keep(&journal, large(second)).await.unwrap();
    }
    journal.close().await;
    let kept = ids(&path);
    assert!(kept.len() > 200 && kept.last() == Some(&1_100), "{} kept", kept.len());
    assert_eq!(kept, (kept[0]..=1_100).collect::<Vec<_>>(), "the oldest went");
    let size = fs::metadata(&path).unwrap().len();
    assert!(size < limit + (2 << 20), "{size}");
    assert_eq!(notices.recv().await, Some(JournalNotice::LettingGo { limit }));
    let deliveries = 1_100 - u64::try_from(kept.len()).unwrap();
    assert_eq!(notices.recv().await, Some(JournalNotice::LetGo { deliveries }));
    assert_eq!(notices.recv().await, None);
    assert_sound(&path);
}

#[tokio::test]
async fn what_was_refused_is_bounded_by_itself_and_the_genuine_ones_stay() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let options = JournalOptions { max_refused: 500_000, ..JournalOptions::new(&path) };
    let (journal, mut notices) = Journal::open(options).unwrap();
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    for second in 1..400 {
        keep(&journal, VerifiedDelivery { body: Bytes::from(vec![b'x'; 10_000]), ..refused(second) }).await.unwrap();
    }
    let kept = kept(&path);
    assert_eq!(kept.first().unwrap().id, 1, "the genuine one stays, although it is the oldest");
    assert!(kept.len() < 200, "{}", kept.len());
    assert_eq!(kept.last().unwrap().id, 400, "the newest of the refused stay");
    assert_eq!(notices.try_recv(), Ok(JournalNotice::LettingRefusedGo { limit: 500_000 }));
}

#[tokio::test]
async fn the_newest_stay_although_the_clock_went_back() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    for second in [100, 200, 10, 20] {
        keep(&journal, delivery("a", "1", second)).await.unwrap();
    }
    journal.close().await;
    Pruner::open(&path).unwrap().prune(PruneScope::AllBut(2)).await.unwrap();
    let kept = kept(&path);
    assert_eq!(kept.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [3, 4]);
}
