//! The index behind the commits: who enters, prunes or breaks off changes nothing that is seen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::store::journal::batch::{Entry, OpenJournal};
use crate::store::journal::delivery::Committed;
use crate::store::journal::index::{BATCH, enter_next, enter_rest, last_entered};
use crate::store::journal::prune::delete;
use crate::store::journal::schema::{MIGRATIONS, migrate};
use crate::store::journal::tests::sample::{assert_sound, at, delivery, keep, kept, list, open, refused};
use crate::store::journal::{Filter, JournalOptions, PruneScope, Pruner, Reader, VerifiedDelivery};
use crate::store::sqlite::connect;

/// Deliveries in a group.
const GROUP: usize = 512;

fn connection(path: &Path) -> Connection {
    connect(path, Duration::from_secs(5)).unwrap()
}

fn of_job(path: &Path, job: &str) -> Vec<u64> {
    let filter = Filter { job: Some(job.to_owned()), ..Filter::default() };
    list(&Reader::open(path).unwrap(), &filter).unwrap().iter().map(|delivery| delivery.id).collect()
}

/// The deliveries that the index and the table have, which must be the same ones up to the last in the index.
#[track_caller]
fn assert_whole(path: &Path) {
    let connection = connection(path);
    let entered = last_entered(&connection).unwrap();
    let tables = [
        format!("SELECT id, job_id FROM deliveries WHERE id <= {entered}"),
        "SELECT id, job_id FROM delivery_index".to_owned(),
        format!("SELECT id, job_id FROM job_index WHERE id <= {entered}"),
    ];
    let differences = |one: &str, other: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM ({one} EXCEPT {other})");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let wrong: i64 = tables.iter().flat_map(|one| tables.iter().map(|other| differences(one, other))).sum();
    assert_eq!(wrong, 0);
    assert_sound(path);
}

fn write(open: &mut OpenJournal, deliveries: Vec<VerifiedDelivery>) -> Vec<Committed> {
    let entries: Vec<_> = deliveries
        .into_iter()
        .map(|delivery| Entry::Delivery { delivery: Arc::new(delivery), answered: Some(200) })
        .collect();
    let mut kept = Vec::new();
    open.write(entries.iter(), &mut kept).unwrap();
    kept
}

#[tokio::test]
async fn a_repeat_is_counted_wherever_the_one_before_it_is() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (one, other) = (open(&path).0, open(&path).0);
    let event = || delivery("video.completed", "clx1", 0);
    for (journal, at) in [&one, &one, &other, &other, &one, &other].into_iter().zip(1..) {
        assert_eq!(keep(journal, event()).await.unwrap().repeat, at);
        if at % 2 == 1 {
            enter_rest(&mut connection(&path)).unwrap();
        }
        assert_eq!(keep(journal, refused(1)).await.unwrap().repeat, 0);
    }
    one.close().await;
    other.close().await;
    assert_eq!(of_job(&path, "clx1").len(), 6);
    assert_whole(&path);
}

#[tokio::test]
async fn a_group_that_failed_counts_nothing() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let options = JournalOptions { patience: Duration::ZERO, ..JournalOptions::new(&path) };
    let mut open = OpenJournal::open(&options).unwrap();
    let event = || delivery("video.completed", "clx1", 0);
    assert_eq!(write(&mut open, vec![event()])[0].repeat, 1);
    open.connection.execute_batch("CREATE TEMP TRIGGER no BEFORE INSERT ON deliveries WHEN new.job_id = 'bad' BEGIN SELECT raise(ABORT, 'no'); END").unwrap();
    let group = [event(), delivery("video.completed", "bad", 0)];
    let entries = group.map(|delivery| Entry::Delivery { delivery: Arc::new(delivery), answered: Some(200) });
    open.write(entries.iter(), &mut Vec::new()).unwrap_err();
    assert_eq!(write(&mut open, vec![event()])[0], Committed { id: 2, repeat: 2 });
}

/// A journal with a batch to enter, in which each event came twice.
fn with_a_batch(path: &Path) -> OpenJournal {
    let mut open = OpenJournal::open(&JournalOptions::new(path)).unwrap();
    for first in (0..BATCH).step_by(GROUP) {
        // Jobs whose order is not that of their deliveries.
        let job = |number: usize| format!("clx{:04}", (number / 2 * 2_011) % (BATCH / 2));
        write(&mut open, (first..first + GROUP).map(|number| delivery("a", &job(number), 0)).collect());
    }
    open
}

#[test]
fn a_batch_is_entered_in_slices_and_nothing_is_seen_of_that() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let mut open = with_a_batch(&path);
    assert_eq!(last_entered(&connection(&path)).unwrap(), 0);
    let mut slices = 0;
    while open.enter_slice() {
        slices += 1;
        if slices % 32 == 0 {
            assert_eq!(of_job(&path, "clx0000"), [1, 2], "after {slices} slices");
            assert_whole(&path);
        }
    }
    assert!(slices > BATCH / 64, "{slices} slices are short");
    assert_eq!(last_entered(&connection(&path)).unwrap(), i64::try_from(BATCH).unwrap());
    assert_eq!(of_job(&path, "clx0000"), [1, 2]);
    assert_eq!(write(&mut open, vec![delivery("a", "clx0000", 0)])[0].repeat, 3);
    drop(open);
    assert_whole(&path);
}

#[test]
fn a_repeat_is_counted_while_its_event_is_being_entered() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let mut open = with_a_batch(&path);
    let (mut repeat, mut slices) = (2, 0);
    while open.enter_slice() {
        slices += 1;
        if slices % 16 == 1 {
            repeat += 1;
            assert_eq!(write(&mut open, vec![delivery("a", "clx0000", 0)])[0].repeat, repeat);
        }
    }
    assert!(repeat > 4);
    assert_eq!(of_job(&path, "clx0000").len(), usize::try_from(repeat).unwrap());
}

#[test]
fn a_crash_between_two_slices_leaves_nothing_to_repair() {
    for slices in [2, BATCH / 128, BATCH / 64 + 3] {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.db");
        let mut open_file = with_a_batch(&path);
        assert!((0..slices).all(|_| open_file.enter_slice()));
        drop(open_file);
        assert_eq!(of_job(&path, "clx0000"), [1, 2], "after {slices} slices");
        drop(OpenJournal::open(&JournalOptions::new(&path)).unwrap());
        assert_eq!(last_entered(&connection(&path)).unwrap(), i64::try_from(BATCH).unwrap());
        assert_eq!(of_job(&path, "clx0000"), [1, 2]);
        assert_whole(&path);
    }
}

#[tokio::test]
async fn pruning_between_two_slices_leaves_nothing_of_what_it_deleted() {
    for slices in [2, BATCH / 128, BATCH / 64 + 3] {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.db");
        let mut open = with_a_batch(&path);
        assert!((0..slices).all(|_| open.enter_slice()));
        // As a listener with a limit does, which enters nothing before.
        let mut other = connection(&path);
        let transaction = other.transaction().unwrap();
        let doomed: Vec<i64> = (1..=i64::try_from(BATCH / 2).unwrap()).collect();
        delete(&transaction, &doomed).unwrap();
        transaction.commit().unwrap();
        while open.enter_slice() {}
        open.enter_all();
        assert!(of_job(&path, "clx0000").is_empty());
        assert_whole(&path);
        Pruner::open(&path).unwrap().prune(PruneScope::AllBut(2)).await.unwrap();
        let jobs: i64 = connection(&path).query_row("SELECT count(*) FROM job_index", [], |row| row.get(0)).unwrap();
        assert_eq!(jobs, 2, "after {slices} slices");
    }
}

#[test]
fn when_another_enters_first_the_writer_goes_on_with_the_rest() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let mut open = with_a_batch(&path);
    assert!((0..10).all(|_| open.enter_slice()));
    enter_rest(&mut connection(&path)).unwrap();
    assert!(!open.enter_slice(), "a batch that is in the index is not entered again");
    assert_eq!(write(&mut open, vec![delivery("a", "clx0000", 0)])[0].repeat, 3);
    open.enter_all();
    assert_eq!(of_job(&path, "clx0000"), [1, 2, i64::try_from(BATCH + 1).unwrap().cast_unsigned()]);
    assert_whole(&path);
}

#[test]
fn deliveries_of_two_writers_are_entered_whole() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let mut other = OpenJournal::open(&JournalOptions::new(&path)).unwrap();
    let mut open = OpenJournal::open(&JournalOptions::new(&path)).unwrap();
    let group = |job: &str| (0..GROUP).map(|_| delivery("a", job, 0)).collect();
    for _ in (0..BATCH).step_by(GROUP) {
        write(&mut open, group("clx1"));
        write(&mut other, group("clx2"));
    }
    while open.enter_slice() {}
    assert_eq!(last_entered(&connection(&path)).unwrap(), i64::try_from(2 * BATCH).unwrap());
    assert_eq!((of_job(&path, "clx1").len(), of_job(&path, "clx2").len()), (BATCH, BATCH));
    assert_whole(&path);
}

#[tokio::test]
async fn at_the_end_of_a_load_all_of_it_is_entered() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journal = Arc::new(open(&path).0);
    let mut waiting = JoinSet::new();
    for number in 0..2 * GROUP {
        let journal = Arc::clone(&journal);
        waiting.spawn(async move { keep(&journal, delivery("a", &format!("clx{}", number / 2), 0)).await.unwrap() });
    }
    let repeats: u32 = waiting.join_all().await.iter().map(|kept| kept.repeat).sum();
    assert_eq!(usize::try_from(repeats).unwrap(), 3 * GROUP, "each event came twice");
    assert_eq!(keep(&journal, delivery("a", "clx0", 0)).await.unwrap().repeat, 3);
    journal.close().await;
    assert_eq!(last_entered(&connection(&path)).unwrap(), i64::try_from(2 * GROUP + 1).unwrap());
    assert_eq!(of_job(&path, "clx0").len(), 3);
    assert_whole(&path);
}

#[tokio::test]
async fn what_a_crash_left_is_found_and_entered_by_the_next_writer() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let mut open_file = OpenJournal::open(&JournalOptions::new(&path)).unwrap();
    write(&mut open_file, vec![delivery("a", "clx1", 0), delivery("a", "clx2", 1), delivery("a", "clx1", 2)]);
    drop(open_file);
    assert_eq!(last_entered(&connection(&path)).unwrap(), 0);
    assert_eq!(of_job(&path, "clx1"), [1, 3]);
    let (journal, _notices) = open(&path);
    assert_eq!(last_entered(&connection(&path)).unwrap(), 3);
    assert_eq!(keep(&journal, delivery("a", "clx1", 3)).await.unwrap(), Committed { id: 4, repeat: 3 });
    assert_eq!(of_job(&path, "clx1"), [1, 3, 4]);
    assert_whole(&path);
}

#[tokio::test]
async fn pruning_takes_from_the_index_and_from_the_rest() {
    for entered in [0, 3, 6] {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.db");
        let (journal, _notices) = open(&path);
        for second in 0..6 {
            keep(&journal, delivery("a", "clx1", second)).await.unwrap();
        }
        enter_next(&mut connection(&path), entered).unwrap();
        Pruner::open(&path).unwrap().prune(PruneScope::AllBut(2)).await.unwrap();
        assert_eq!(of_job(&path, "clx1"), [5, 6]);
        keep(&journal, delivery("a", "clx1", 6)).await.unwrap();
        Pruner::open(&path).unwrap().prune(PruneScope::Before(at(6))).await.unwrap();
        assert_eq!(of_job(&path, "clx1"), [7]);
        journal.close().await;
        assert_whole(&path);
    }
}

#[test]
fn a_journal_of_the_format_before_is_read_and_written_on() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let mut old = Connection::open(&path).unwrap();
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
    migrate(&mut old, &path, &MIGRATIONS[..2]).unwrap();
    old.execute_batch(
        "INSERT INTO deliveries (received_at, event_type, job_id, repeat, verdict, method, path, remote, headers, body) \
         VALUES (1, 'a', 'clx1', 1, 'verified', 'POST', '/', 'r', x'', x''), \
                (2, 'a', 'clx1', 2, 'verified', 'POST', '/', 'r', x'', x''), \
                (3, NULL, 'clx2', 1, 'unverified', 'POST', '/', 'r', x'', x'')",
    )
    .unwrap();
    drop(old);
    assert_eq!((of_job(&path, "clx1"), of_job(&path, "clx2")), (vec![1, 2], vec![3]));
    let mut open = OpenJournal::open(&JournalOptions::new(&path)).unwrap();
    assert_eq!(write(&mut open, vec![delivery("a", "clx1", 0)]), [Committed { id: 4, repeat: 3 }]);
    drop(open);
    assert_eq!(kept(&path).len(), 4);
    assert_whole(&path);
}
