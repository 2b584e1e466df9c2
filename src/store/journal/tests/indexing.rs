//! The index behind the commits: it changes nothing that is seen, whoever enters, prunes or breaks off.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::store::journal::batch::{Entry, OpenJournal};
use crate::store::journal::delivery::Committed;
use crate::store::journal::index::{BATCH, enter_next, enter_rest, last_entered};
use crate::store::journal::schema::{MIGRATIONS, migrate};
use crate::store::journal::tests::sample::{assert_sound, at, delivery, keep, kept, list, open, refused};
use crate::store::journal::{Filter, JournalOptions, PruneScope, Pruner, Reader, VerifiedDelivery};
use crate::store::sqlite::connect;

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
    let wrong: i64 = connection
        .query_row(
            "SELECT (SELECT count(*) FROM deliveries AS d FULL JOIN delivery_index AS i ON d.id = i.id \
                     WHERE coalesce(d.id, i.id) <= (SELECT max(id) FROM delivery_index) \
                     AND (d.id IS NULL OR i.id IS NULL OR d.job_id IS NOT i.job_id)) \
                  + (SELECT count(*) FROM delivery_index AS i FULL JOIN job_index AS j ON i.id = j.id \
                     WHERE i.job_id IS NOT j.job_id)",
            [],
            |row| row.get(0),
        )
        .unwrap();
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

#[tokio::test]
async fn under_load_the_rest_is_entered_and_at_the_end_all_of_it() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journal = Arc::new(open(&path).0);
    let mut waiting = JoinSet::new();
    for number in 0..BATCH {
        let journal = Arc::clone(&journal);
        waiting.spawn(async move { keep(&journal, delivery("a", &format!("clx{}", number / 2), 0)).await.unwrap() });
    }
    let repeats: u32 = waiting.join_all().await.iter().map(|kept| kept.repeat).sum();
    assert_eq!(usize::try_from(repeats).unwrap(), BATCH / 2 * 3, "each event came twice");
    // The thread that writes this one has entered the others.
    assert_eq!(keep(&journal, delivery("a", "clx0", 0)).await.unwrap().repeat, 3);
    assert!(last_entered(&connection(&path)).unwrap() >= i64::try_from(BATCH).unwrap());
    journal.close().await;
    assert_eq!(last_entered(&connection(&path)).unwrap(), i64::try_from(BATCH + 1).unwrap());
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
