//! Syncs of what is committed: who hears of them when, and what comes after one that failed.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::store::journal::batch::{Entry, OpenJournal};
use crate::store::journal::checkpointer::checkpoint;
use crate::store::journal::file::LogSync;
use crate::store::journal::reply::{GroupReply, Outcome};
use crate::store::journal::syncer::{CommittedGroup, Syncer};
use crate::store::journal::tests::sample::{assert_sound, delivery, keep, kept};
use crate::store::journal::write_state::WriteState;
use crate::store::journal::{Committed, Journal, JournalNotice, JournalOptions, SyncMode};

/// A journal whose log the disk does not take.
fn on_a_broken_disk(options: JournalOptions) -> (Journal, mpsc::Receiver<JournalNotice>) {
    let mut open = OpenJournal::open(&options).unwrap();
    open.sync = Some(Box::new(|| Err(io::Error::other("the disk is broken"))));
    Journal::start(options, open).unwrap()
}

fn given(notices: &mut mpsc::Receiver<JournalNotice>) -> Vec<JournalNotice> {
    std::iter::from_fn(|| notices.try_recv().ok()).collect()
}

/// Time after which a test that waits has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The other side of a sync that ends only when it is released.
struct HeldSync {
    begins: std_mpsc::Receiver<()>,
    release: std_mpsc::Sender<()>,
}

impl HeldSync {
    fn new() -> (Self, LogSync) {
        let ((begun, begins), (release, released)) = (std_mpsc::channel(), std_mpsc::channel());
        let sync = move || {
            begun.send(()).map_err(io::Error::other)?;
            released.recv_timeout(PATIENCE).map_err(io::Error::other)
        };
        (Self { begins, release }, Box::new(sync))
    }

    #[track_caller]
    fn await_begin(&self) {
        self.begins.recv_timeout(PATIENCE).unwrap();
    }

    fn release(&self) {
        self.release.send(()).unwrap();
    }
}

/// A group of this many deliveries.
fn group(size: u64) -> (CommittedGroup, Vec<oneshot::Receiver<GroupReply>>) {
    let (replies, waiting): (Vec<_>, Vec<_>) = (0..size).map(|_| oneshot::channel()).unzip();
    let senders = replies.into_iter().zip(1..).map(|(reply, id)| (reply, Committed { id, repeat: 1 })).collect();
    (CommittedGroup { senders, others: Vec::new() }, waiting)
}

/// The bytes of a log's head that are others each time it begins anew.
fn salt(path: &Path) -> Vec<u8> {
    fs::read(path.with_extension("db-wal")).unwrap()[16..24].to_vec()
}

#[tokio::test]
async fn a_failed_sync_fails_the_group_and_the_next_one_is_kept() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, mut notices) = on_a_broken_disk(JournalOptions::new(&path));
    let failed = keep(&journal, delivery("a", "1", 0)).await.unwrap_err();
    assert_eq!(&*failed.cause, "the disk reports an error");
    assert_eq!(keep(&journal, delivery("a", "2", 1)).await.unwrap().repeat, 1);
    journal.close().await;
    let cause = "the disk reports an error".to_owned();
    assert_eq!(given(&mut notices), [JournalNotice::Failed { cause }, JournalNotice::Recovered { anew: false }]);
    assert_eq!(kept(&path).last().unwrap().job_id.as_deref(), Some("2"));
    assert_sound(&path);
}

#[tokio::test]
async fn nothing_is_acknowledged_while_a_log_is_in_use_that_a_sync_failed_for() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let options = JournalOptions { patience: Duration::ZERO, ..JournalOptions::new(&path) };
    let (journal, _notices) = on_a_broken_disk(options);
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM deliveries").unwrap();
    assert_eq!(&*keep(&journal, delivery("a", "1", 0)).await.unwrap_err().cause, "the disk reports an error");
    let doubtful = salt(&path);
    for second in 1..4 {
        let failed = keep(&journal, delivery("a", "2", second)).await.unwrap_err();
        assert_eq!(&*failed.cause, "another process holds it locked");
    }
    reader.execute_batch("COMMIT").unwrap();
    keep(&journal, delivery("a", "2", 4)).await.unwrap();
    assert_ne!(salt(&path), doubtful, "what a failed sync left is not written on");
    journal.close().await;
    assert_sound(&path);
}

#[tokio::test]
async fn normal_durability_asks_nothing_of_the_disk() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let options = JournalOptions { sync: SyncMode::Normal, ..JournalOptions::new(&path) };
    assert!(OpenJournal::open(&options).unwrap().sync.is_none());
    assert!(OpenJournal::open(&JournalOptions::new(&path)).unwrap().sync.is_some());
}

/// The outcome of a delivery, when something happens to the files between its commit and its sync.
async fn kept_in_spite_of(happening: impl FnOnce(&Path)) -> Outcome {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let mut open = OpenJournal::open(&JournalOptions::new(&path)).unwrap();
    let entry = Entry::Delivery { delivery: Arc::new(delivery("a", "1", 0)), answered: Some(200) };
    let mut committed = Vec::new();
    open.write([&entry].into_iter(), &mut committed).unwrap();
    happening(&path);
    let state = Arc::new(WriteState::new(Arc::from(path.as_path()), mpsc::channel(1).0));
    let syncer = Syncer::start(open.sync.take(), Arc::clone(&open.files), Arc::clone(&state), || {}).unwrap();
    let (reply, waiting) = oneshot::channel();
    syncer.submit(CommittedGroup { senders: vec![(reply, committed[0])], others: Vec::new() });
    let outcome = waiting.await.unwrap().outcome();
    assert_eq!(state.last(), outcome.as_ref().map_or(0, |committed| committed.id));
    assert_eq!(syncer.failure().is_some(), outcome.is_err());
    drop(syncer);
    outcome
}

#[tokio::test]
async fn a_log_that_was_moved_to_the_file_between_commit_and_sync_loses_nothing() {
    for mode in ["TRUNCATE", "RESTART", "PASSIVE"] {
        let moved = |path: &Path| assert!(checkpoint(&Connection::open(path).unwrap(), mode).is_some());
        assert_eq!(kept_in_spite_of(moved).await.unwrap(), Committed { id: 1, repeat: 1 }, "{mode}");
    }
    let begun_anew = |path: &Path| {
        let other = Connection::open(path).unwrap();
        checkpoint(&other, "RESTART").unwrap();
        other.execute_batch("UPDATE deliveries SET answered = 201").unwrap();
    };
    kept_in_spite_of(begun_anew).await.unwrap();
}

#[tokio::test]
async fn files_that_are_lost_between_commit_and_sync_fail_the_group() {
    let log = |path: &Path| path.with_extension("db-wal");
    let failed = |outcome: Outcome| outcome.unwrap_err().cause.to_string();
    let emptied = kept_in_spite_of(|path| fs::write(log(path), "").unwrap()).await;
    assert_eq!(failed(emptied), "its write-ahead log was emptied");
    let deleted = kept_in_spite_of(|path| fs::remove_file(log(path)).unwrap()).await;
    assert_eq!(failed(deleted), "its write-ahead log was deleted or replaced");
    let gone = kept_in_spite_of(|path| fs::remove_file(path).unwrap()).await;
    assert_eq!(failed(gone), "the file was deleted or moved");
}

#[tokio::test]
async fn a_group_that_is_small_beside_those_of_a_sync_waits_for_its_end_and_hears_of_it() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let open = OpenJournal::open(&JournalOptions::new(&path)).unwrap();
    let state = Arc::new(WriteState::new(Arc::from(path.as_path()), mpsc::channel(1).0));
    let ((held, sync), (end, ended)) = (HeldSync::new(), std_mpsc::channel());
    let syncer = Syncer::start(Some(sync), Arc::clone(&open.files), state, move || end.send(()).unwrap()).unwrap();
    for is_awaited in [true, false] {
        let (group, mut waiting) = group(8);
        syncer.submit(group);
        held.await_begin();
        assert!(syncer.is_next(2), "a quarter is enough");
        assert!(!is_awaited || !syncer.is_next(1));
        assert!(waiting[0].try_recv().is_err(), "nobody hears of it before its end");
        held.release();
        let outcomes: JoinSet<_> = waiting.into_iter().map(|reply| async { reply.await.unwrap().outcome() }).collect();
        assert!(outcomes.join_all().await.iter().all(Result::is_ok));
        assert_eq!(ended.try_recv().is_ok(), is_awaited);
        assert!(syncer.is_next(1));
    }
}

#[tokio::test]
async fn a_small_entry_that_waits_for_a_sync_under_way_is_written_when_that_ends() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let options = JournalOptions::new(&path);
    let mut open = OpenJournal::open(&options).unwrap();
    let entry = Entry::Delivery { delivery: Arc::new(delivery("a", "1", 0)), answered: Some(200) };
    open.write([&entry].into_iter(), &mut Vec::new()).unwrap();
    let (held, sync) = HeldSync::new();
    open.sync = Some(sync);
    let (journal, _notices) = Journal::start(options, open).unwrap();
    let mut receipts = vec![journal.answered(1, 200).await];
    held.await_begin();
    // While that sync is under way many come, which one sync is enough for.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for status in 201..=216 {
        receipts.push(journal.answered(1, status).await);
    }
    other.execute_batch("COMMIT").unwrap();
    let answered = || other.query_row("SELECT answered FROM deliveries", [], |row| row.get::<_, u16>(0)).unwrap();
    while answered() != 216 {
        tokio::task::yield_now().await;
    }
    held.release();
    held.await_begin();
    receipts.push(journal.answered(1, 500).await);
    while !journal.is_idle() {
        tokio::task::yield_now().await;
    }
    // This sync, that of the last entry, and one more if the many needed two.
    (0..3).for_each(|_| held.release());
    for receipt in receipts {
        timeout(PATIENCE, receipt).await.unwrap().unwrap();
    }
    assert_eq!(answered(), 500);
    journal.close().await;
}
