//! Failed writes: they are not acknowledged, and writing resumes when it can.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::Connection;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::store::journal::batch::OpenJournal;
use crate::store::journal::tests::sample::{assert_sound, delivery, integrity, keep, kept, list, open};
use crate::store::journal::{
    Filter, Journal, JournalError, JournalNotice, JournalOptions, PruneScope, Pruner, Reader, VerifiedDelivery,
    WriteFailed,
};

/// Options that wait for nobody.
fn impatient(path: &Path) -> JournalOptions {
    JournalOptions { patience: Duration::ZERO, ..JournalOptions::new(path) }
}

#[track_caller]
fn refusal(path: &Path) -> JournalError {
    let error = Journal::open(impatient(path)).map(drop).unwrap_err();
    assert!(error.hint().unwrap().contains("--no-journal"), "{error}");
    assert!(error.to_string().starts_with(&format!("cannot use the journal {}: ", path.display())), "{error}");
    error
}

#[track_caller]
fn assert_failed(written: Result<impl std::fmt::Debug, WriteFailed>, cause: &str) {
    assert_eq!(&*written.unwrap_err().cause, cause);
}

/// The notices that have been given so far.
fn given(notices: &mut mpsc::Receiver<JournalNotice>) -> Vec<JournalNotice> {
    std::iter::from_fn(|| notices.try_recv().ok()).collect()
}

fn failed(cause: &str) -> JournalNotice {
    JournalNotice::Failed { cause: cause.to_owned() }
}

#[test]
fn a_file_of_another_kind_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let text = root.path().join("notes.txt");
    let content = "no database at all, but long enough to be taken for one. ".repeat(100);
    fs::write(&text, &content).unwrap();
    assert!(matches!(refusal(&text), JournalError::Foreign { .. }));
    assert_eq!(fs::read_to_string(&text).unwrap(), content);
    let other = root.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    let before = fs::read(&other).unwrap();
    assert!(matches!(refusal(&other), JournalError::Foreign { .. }));
    assert!(matches!(Reader::open(&other), Err(JournalError::Foreign { .. })));
    assert_eq!(fs::read(&other).unwrap(), before);
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    drop(open(&path));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(refusal(&path), JournalError::Newer { found: 99, .. }));
    assert!(matches!(Reader::open(&path), Err(JournalError::Newer { .. })));
}

#[test]
fn a_damaged_journal_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    drop(open(&path));
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..300].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    assert!(matches!(refusal(&path), JournalError::Corrupt { .. }));
}

#[tokio::test]
async fn damage_inside_is_found_by_reading_the_whole_file() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    for second in 0..200 {
        keep(&journal, delivery("a", "1", second)).await.unwrap();
    }
    journal.close().await;
    assert_sound(&path);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 64].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    assert_ne!(integrity(&path).unwrap_or_else(|error| error.to_string()), "ok");
}

#[test]
fn a_place_that_cannot_be_used_is_named() {
    let root = tempfile::tempdir().unwrap();
    assert!(refusal(&root.path().join("no/such/directory/j.db")).to_string().ends_with("no such file or directory"));
    assert!(refusal(root.path()).to_string().ends_with("it is not a file"));
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(refusal(&file.join("j.db")).to_string().ends_with("not a directory"));
}

#[test]
fn there_must_be_a_journal_to_read() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let error = Reader::open(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read the journal {}: there is none yet", path.display()));
    assert!(!path.exists() && matches!(Pruner::open(&path), Err(JournalError::Missing { .. })));
    fs::write(&path, "").unwrap();
    assert!(matches!(Reader::open(&path), Err(JournalError::Missing { .. })), "an empty file is none either");
    drop(open(&path));
    assert!(Reader::open(&path).is_ok());
}

#[tokio::test]
async fn a_journal_that_another_process_holds_is_waited_for_and_then_refused() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, mut notices) = Journal::open(impatient(&path)).unwrap();
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(refusal(&path), JournalError::Locked { .. }));
    assert_failed(keep(&journal, delivery("a", "1", 1)).await, "another process holds it locked");
    assert_failed(keep(&journal, delivery("a", "1", 2)).await, "another process holds it locked");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(keep(&journal, delivery("a", "1", 3)).await.unwrap().id, 2);
    journal.close().await;
    let recovered = JournalNotice::Recovered { anew: false };
    assert_eq!(given(&mut notices), [failed("another process holds it locked"), recovered], "each said once");
}

#[test]
fn the_lock_of_a_directory_that_is_held_for_ever_is_named_instead_of_waited_for() {
    let root = tempfile::tempdir().unwrap();
    // Anyone who may read the directory can do this.
    let held = fs::File::open(root.path()).unwrap();
    held.lock().unwrap();
    let path = root.path().join("j.db");
    let error = Journal::open(impatient(&path)).map(drop).unwrap_err();
    assert_eq!(error, JournalError::Locked { path: root.path().to_owned() });
    assert!(error.hint().unwrap().contains("--no-journal"));
    drop(held);
    assert!(Journal::open(impatient(&path)).is_ok());
    assert!(JournalOptions::new(&path).patience <= Duration::from_secs(10), "the patience of the program has an end");
}

#[tokio::test]
async fn a_deleted_journal_fails_the_group_and_is_begun_anew() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("data");
    fs::create_dir(&directory).unwrap();
    let path = directory.join("j.db");
    let (journal, mut notices) = open(&path);
    assert_eq!(keep(&journal, delivery("a", "1", 0)).await.unwrap().id, 1);
    fs::remove_dir_all(&directory).unwrap();
    assert_failed(keep(&journal, delivery("a", "1", 1)).await, "the file was deleted or moved");
    let committed = keep(&journal, delivery("a", "1", 2)).await.unwrap();
    assert_eq!((committed.id, committed.repeat), (2, 1), "no number is given twice");
    journal.close().await;
    assert_eq!(given(&mut notices), [failed("the file was deleted or moved"), JournalNotice::Recovered { anew: true }]);
    assert_eq!(kept(&path).len(), 1);
    assert_sound(&path);
}

#[tokio::test]
async fn everyone_in_a_group_that_fails_is_told() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journal = Arc::new(open(&path).0);
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    fs::remove_file(&path).unwrap();
    let mut waiting = JoinSet::new();
    for number in 0..100 {
        let journal = Arc::clone(&journal);
        waiting.spawn(async move { keep(&journal, delivery("a", "1", number)).await });
    }
    let written: Vec<_> = waiting.join_all().await.into_iter().filter_map(Result::ok).collect();
    let there = if path.exists() { kept(&path).len() } else { 0 };
    assert!(written.len() < 100);
    assert_eq!(written.len(), there, "exactly what was acknowledged is there");
}

#[tokio::test]
async fn a_replaced_journal_fails_the_group_and_the_new_one_is_gone_on_with() {
    let root = tempfile::tempdir().unwrap();
    let (path, other) = (root.path().join("j.db"), root.path().join("other.db"));
    let (journal, mut notices) = open(&other);
    keep(&journal, delivery("b", "2", 0)).await.unwrap();
    journal.close().await;
    assert!(given(&mut notices).is_empty());
    let (journal, _notices) = open(&path);
    for second in 0..5 {
        keep(&journal, delivery("a", "1", second)).await.unwrap();
    }
    fs::rename(&other, &path).unwrap();
    assert_failed(keep(&journal, delivery("a", "1", 5)).await, "the file was replaced");
    assert_eq!(keep(&journal, delivery("a", "1", 6)).await.unwrap().id, 6);
    journal.close().await;
    let list = kept(&path);
    assert_eq!(list.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [1, 6]);
    assert_sound(&path);
}

#[tokio::test]
async fn a_log_that_was_left_behind_does_not_get_into_the_next_journal() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    let left = fs::read(root.path().join("j.db-wal")).unwrap();
    journal.close().await;
    fs::remove_file(&path).unwrap();
    fs::write(root.path().join("j.db-wal"), &left).unwrap();
    let (journal, mut notices) = open(&path);
    assert_eq!(kept(&path).len(), 0);
    assert_eq!(keep(&journal, delivery("a", "1", 0)).await.unwrap().repeat, 1);
    assert_sound(&path);
    // It is not lost either: its journal was possibly moved without it.
    let log = root.path().join("j.db-wal.kept-1");
    assert_eq!(fs::read(&log).unwrap(), left);
    assert_eq!(given(&mut notices), [JournalNotice::LogKept { log }]);
}

#[tokio::test]
async fn a_journal_replaced_by_something_else_fails_until_that_is_gone() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_failed(keep(&journal, delivery("a", "1", 0)).await, "the file was replaced");
    assert_failed(keep(&journal, delivery("a", "1", 1)).await, "it is not a file");
    fs::remove_dir(&path).unwrap();
    keep(&journal, delivery("a", "1", 2)).await.unwrap();
}

#[tokio::test]
async fn a_journal_that_is_moved_takes_everything_with_it_that_was_acknowledged() {
    let root = tempfile::tempdir().unwrap();
    let (path, moved) = (root.path().join("j.db"), root.path().join("moved.db"));
    let (journal, mut notices) = open(&path);
    for second in 0..20 {
        keep(&journal, delivery("a", "1", second)).await.unwrap();
    }
    fs::rename(&path, &moved).unwrap();
    assert_failed(keep(&journal, delivery("a", "1", 20)).await, "the file was deleted or moved");
    assert_eq!(keep(&journal, delivery("a", "1", 21)).await.unwrap().id, 21);
    journal.close().await;
    assert!(kept(&moved).len() >= 20);
    assert_eq!(kept(&path).len(), 1);
    assert_eq!(given(&mut notices).last(), Some(&JournalNotice::Recovered { anew: true }));
    assert_sound(&moved);
    assert_sound(&path);
}

#[tokio::test]
async fn what_a_moved_journal_cannot_be_given_of_its_log_is_kept_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let (path, moved) = (root.path().join("j.db"), root.path().join("moved.db"));
    let (journal, mut notices) = Journal::open(impatient(&path)).unwrap();
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    // What comes after this look cannot be moved to the file, as on a disk that is full.
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM deliveries").unwrap();
    for second in 1..20 {
        keep(&journal, delivery("a", "1", second)).await.unwrap();
    }
    fs::rename(&path, &moved).unwrap();
    assert_failed(keep(&journal, delivery("a", "1", 20)).await, "the file was deleted or moved");
    assert_eq!(keep(&journal, delivery("a", "1", 21)).await.unwrap().id, 21);
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    journal.close().await;
    assert_eq!(kept(&path).len(), 1);
    let log = root.path().join("j.db-wal.kept-1");
    let recovered = JournalNotice::Recovered { anew: true };
    let gone = failed("the file was deleted or moved");
    assert_eq!(given(&mut notices), [gone, JournalNotice::LogKept { log: log.clone() }, recovered]);
    assert!(kept(&moved).len() < 20, "some are in the log only");
    fs::rename(&log, root.path().join("moved.db-wal")).unwrap();
    assert!(kept(&moved).len() >= 20, "all that were acknowledged: {}", kept(&moved).len());
    assert_sound(&moved);
    assert_sound(&path);
}

#[tokio::test]
async fn an_emptied_log_fails_the_group_and_spoils_nothing() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    fs::write(root.path().join("j.db-wal"), "").unwrap();
    assert_failed(keep(&journal, delivery("a", "2", 1)).await, "its write-ahead log was emptied");
    assert_eq!(keep(&journal, delivery("a", "3", 2)).await.unwrap().id, 2, "no number is given twice");
    journal.close().await;
    let list = kept(&path);
    assert_eq!(list.last().unwrap().job_id.as_deref(), Some("3"));
    assert_sound(&path);
}

#[tokio::test]
async fn a_deleted_log_fails_the_group_and_loses_nothing() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, mut notices) = open(&path);
    keep(&journal, delivery("a", "1", 0)).await.unwrap();
    fs::remove_file(root.path().join("j.db-wal")).unwrap();
    assert_failed(keep(&journal, delivery("a", "2", 1)).await, "its write-ahead log was deleted or replaced");
    keep(&journal, delivery("a", "3", 2)).await.unwrap();
    journal.close().await;
    let list = kept(&path);
    let jobs: Vec<_> = list.iter().filter_map(|delivery| delivery.job_id.as_deref()).collect();
    assert!(jobs.contains(&"1") && jobs.contains(&"3"), "{jobs:?}");
    assert_eq!(given(&mut notices).last(), Some(&JournalNotice::Recovered { anew: false }));
    assert_sound(&path);
}

#[tokio::test]
async fn a_full_disk_fails_until_there_is_room_again() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let options = JournalOptions::new(&path);
    let open = OpenJournal::open(&options).unwrap();
    // To SQLite, a file that may not grow is a disk that is full.
    open.connection.pragma_update(None, "max_page_count", 200).unwrap();
    let (journal, mut notices) = Journal::start(options, open).unwrap();
    let large = |second| VerifiedDelivery { body: Bytes::from(vec![b'x'; 50_000]), ..delivery("a", "1", second) };
    let mut acknowledged = 0;
    let failure = loop {
        match keep(&journal, large(acknowledged)).await {
            Ok(_) => acknowledged += 1,
            Err(failure) => break failure,
        }
    };
    assert_eq!(&*failure.cause, "the disk is full");
    assert_failed(keep(&journal, large(acknowledged)).await, "the disk is full");
    let reader = Reader::open(&path).unwrap();
    let count = || i64::try_from(list(&reader, &Filter::default()).unwrap().len()).unwrap();
    assert_eq!(count(), acknowledged);
    Pruner::open(&path).unwrap().prune(PruneScope::AllBut(1)).await.unwrap();
    keep(&journal, large(acknowledged)).await.unwrap();
    assert_eq!(count(), 2);
    journal.close().await;
    assert_eq!(given(&mut notices), [failed("the disk is full"), JournalNotice::Recovered { anew: false }]);
    assert_sound(&path);
}
