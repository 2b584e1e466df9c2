//! Reading: filters find deliveries by an index, also while others write.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::model::signing::verdict::VerdictKind;
use crate::store::journal::index::enter_next;
use crate::store::journal::tests::sample::{assert_sound, at, delivery, keep, kept, list, open, refused};
use crate::store::journal::{Filter, Journal, QueryError, Reader, VerifiedDelivery};
use crate::store::sqlite::connect;

/// Nine deliveries, numbered 1 to 9, received in the order 1, 3, 2, 4, ...
async fn nine(path: &Path) -> Journal {
    let (journal, _notices) = open(path);
    let deliveries = [
        delivery("video.started", "clx7a", 0),
        delivery("video.completed", "clx7a", 2),
        delivery("image.completed", "clx7b", 1),
        refused(3),
        delivery("audio.errored", "clx9", 4),
        VerifiedDelivery { verdict: VerdictKind::Unverified, ..delivery("video.archived", "clx9", 5) },
        VerifiedDelivery { event_type: None, job_id: None, body: "{".into(), ..delivery("", "", 6) },
        delivery("video.completed", "clx7a", 7),
        delivery("image.completed", "clx7", 8),
    ];
    for delivery in deliveries {
        keep(&journal, delivery).await.unwrap();
    }
    journal
}

/// The nine, the first `entered` of them in the index. What is found must not depend on that.
async fn nine_entered(path: &Path, entered: usize) -> Journal {
    let journal = nine(path).await;
    let mut connection = connect(path, Duration::from_secs(5)).unwrap();
    enter_next(&mut connection, entered).unwrap();
    journal
}

fn types(patterns: &[&str]) -> Filter {
    Filter { event_types: patterns.iter().map(|pattern| pattern.parse().unwrap()).collect(), ..Filter::default() }
}

fn job(id: &str) -> Filter {
    Filter { job: Some(id.to_owned()), ..Filter::default() }
}

fn verdict(name: &str) -> Filter {
    Filter { verdict: Some(VerdictKind::named(name)), ..Filter::default() }
}

fn places(assignments: &[&str]) -> Filter {
    Filter { places: assignments.iter().map(|place| place.parse().unwrap()).collect(), ..Filter::default() }
}

#[track_caller]
fn assert_found(reader: &Reader, filter: &Filter, expected: &[u64]) {
    let found: Vec<_> = list(reader, filter).unwrap().iter().map(|delivery| delivery.id).collect();
    assert_eq!(found, expected, "{filter:?}");
    for last in 0..=expected.len() + 1 {
        let newest = &expected[expected.len().saturating_sub(last)..];
        let found = list(reader, &Filter { last: Some(last), ..filter.clone() }).unwrap();
        assert_eq!(found.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), newest, "{last} of {filter:?}");
    }
    let newest_first: Vec<u64> = expected.iter().rev().copied().collect();
    for skip in 0..=newest_first.len() {
        let page = reader.page(&Filter { skip, ..filter.clone() }, 2).unwrap();
        let ids: Vec<u64> = page.deliveries.iter().map(|row| row.id).collect();
        assert_eq!(ids, newest_first[skip..].iter().copied().take(2).collect::<Vec<_>>(), "without {skip}: {filter:?}");
    }
    let count = reader.count_of_list(filter, 100).unwrap();
    assert!(count.is_none_or(|count| count == expected.len() as u64), "{count:?} of {filter:?}");
    for size in 1..=3 {
        let mut pages = paged(reader, filter, size);
        pages.reverse();
        assert_eq!(pages, expected, "by pages of {size}: {filter:?}");
    }
}

/// The numbers that all pages have, newest first.
fn paged(reader: &Reader, filter: &Filter, size: usize) -> Vec<u64> {
    let mut found = Vec::new();
    let mut filter = filter.clone();
    loop {
        let page = reader.page(&filter, size).unwrap();
        assert!(page.deliveries.len() <= size);
        found.extend(page.deliveries.iter().map(|row| row.id));
        match page.next {
            Some(next) => filter.before = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn a_page_begins_where_another_ended_and_newer_ones_are_found_by_their_place() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journal = nine(&path).await;
    let reader = Reader::open(&path).unwrap();
    let newest = reader.page(&Filter::default(), 1).unwrap().deliveries[0].cursor();
    let after = Filter { after: Some(newest), ..Filter::default() };
    let before = reader.head().unwrap();
    assert_eq!((reader.page(&after, 9).unwrap().deliveries.len(), before.deliveries), (0, 9));
    keep(&journal, delivery("video.completed", "clx7c", 9)).await.unwrap();
    assert_eq!(paged(&reader, &after, 9), [10]);
    let head = reader.head().unwrap();
    assert!(head.deliveries == 10 && head.version != before.version, "{head:?}");
    let row = &reader.page(&after, 9).unwrap().deliveries[0];
    let whole = reader.get(10).unwrap().unwrap();
    assert_eq!((row.size, row.repeat, row.answered), (whole.body.len() as u64, 1, Some(200)));
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
    assert_eq!(paged(&reader, &text("CLX7C"), 5), [10]);
    assert_eq!(paged(&reader, &text("nowhere"), 5), [0; 0]);
}

#[tokio::test]
async fn a_filter_finds_what_matches_newest_last() {
    for entered in [0, 5, 9] {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.db");
        let _journal = nine_entered(&path, entered).await;
        let reader = Reader::open(&path).unwrap();
        assert_found(&reader, &Filter::default(), &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_found(&reader, &types(&["video.*"]), &[1, 2, 4, 6, 8]);
        assert_found(&reader, &types(&["video.started", "*.errored"]), &[1, 5]);
        assert_found(&reader, &types(&["all"]), &[1, 2, 3, 4, 5, 6, 8, 9]);
        assert_found(&reader, &types(&["audio.started"]), &[]);
        assert_found(&reader, &verdict("invalid"), &[4]);
        assert_found(&reader, &verdict("unverified"), &[6]);
        assert_found(&reader, &verdict("verified"), &[1, 2, 3, 5, 7, 8, 9]);
        assert_found(&reader, &Filter { since: Some(at(2)), until: Some(at(5)), ..Filter::default() }, &[2, 4, 5]);
        assert_found(&reader, &Filter { since: Some(at(3)), ..types(&["video.completed"]) }, &[4, 8]);
        assert_found(&reader, &Filter { verdict: Some(VerdictKind::Verified), ..types(&["video.*"]) }, &[1, 2, 8]);
        assert_found(&reader, &Filter { verdict: Some(VerdictKind::Invalid), ..types(&["image.*"]) }, &[]);
    }
}

#[tokio::test]
async fn a_job_is_found_by_its_id_or_a_beginning_that_only_it_has() {
    for entered in [0, 5, 9] {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.db");
        let _journal = nine_entered(&path, entered).await;
        let reader = Reader::open(&path).unwrap();
        assert_found(&reader, &job("clx7a"), &[1, 2, 8]);
        assert_found(&reader, &job("clx7"), &[9]);
        assert_found(&reader, &job("clx9"), &[5, 6]);
        assert_found(&reader, &job("clxf"), &[4]);
        assert_found(&reader, &job("nobody"), &[]);
        assert_found(&reader, &Filter { job: Some("clx7a".to_owned()), ..types(&["*.started"]) }, &[1]);
        let error = list(&reader, &job("clx")).unwrap_err();
        assert_eq!(error.to_string(), "several jobs begin with 'clx': clx7, clx7a, clx7b, clx9, clxforged");
        assert!(matches!(error, QueryError::AmbiguousJob { .. }) && error.hint().is_some());
    }
}

#[tokio::test]
async fn places_in_the_body_are_looked_at() {
    for entered in [0, 5, 9] {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.db");
        let _journal = nine_entered(&path, entered).await;
        let reader = Reader::open(&path).unwrap();
        assert_found(&reader, &places(&["payload.n=7"]), &[8]);
        assert_found(&reader, &places(&["payload.n=7", "payload.id=clx7"]), &[]);
        assert_found(&reader, &places(&["payload.id=clx7a"]), &[1, 2, 8]);
        assert_found(&reader, &places(&["payload.id=clx"]), &[]);
        assert_found(&reader, &places(&["payload.status=complete", "type=image.completed"]), &[3, 9]);
        assert_found(&reader, &places(&["payload.missing=null"]), &[]);
        let both = Filter { event_types: types(&["video.*"]).event_types, ..places(&["payload.status=complete"]) };
        assert_found(&reader, &both, &[1, 2, 4, 6, 8]);
    }
}

#[tokio::test]
async fn more_types_than_anyone_has_are_told_apart_too() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let (journal, _notices) = open(&path);
    for number in 0..100 {
        keep(&journal, delivery(&format!("video.made-up-{number}"), "1", number)).await.unwrap();
    }
    keep(&journal, delivery("image.started", "1", 100)).await.unwrap();
    assert_found(&Reader::open(&path).unwrap(), &types(&["image.*"]), &[101]);
    assert_found(&Reader::open(&path).unwrap(), &types(&["video.*"]), &(1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn near_ones_of_a_missing_number_are_found() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let _journal = nine(&path).await;
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.near(99).unwrap(), [8, 9]);
    assert_eq!(reader.near(u64::MAX).unwrap(), [8, 9]);
    assert_eq!(reader.near(0).unwrap(), [1, 2]);
    assert_eq!(reader.near(5).unwrap(), [3, 4, 6, 7]);
    assert!(reader.get(99).unwrap().is_none() && reader.get(u64::MAX).unwrap().is_none());
}

#[tokio::test]
async fn a_visit_ends_when_the_visitor_has_had_enough() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let _journal = nine(&path).await;
    let mut seen = Vec::new();
    let visitor = |delivery: crate::store::journal::StoredDelivery| {
        seen.push(delivery.id);
        if seen.len() < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    Reader::open(&path).unwrap().visit(&types(&["video.*"]), visitor).unwrap();
    assert_eq!(seen, [1, 2]);
}

#[tokio::test]
async fn every_filter_goes_by_an_index_or_from_the_newest_on() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let _journal = nine(&path).await;
    let reader = Reader::open(&path).unwrap();
    let since = Some(at(1));
    let filters = [
        (Filter::default(), "SCAN deliveries", false),
        (Filter { since, ..Filter::default() }, "deliveries_by_time (received_at>?)", true),
        (Filter { since, ..types(&["video.*"]) }, "deliveries_by_type (event_type=?)", false),
        (types(&["video.*", "image.completed"]), "deliveries_by_type (event_type=?)", false),
        (Filter { since, ..verdict("invalid") }, "deliveries_in_doubt (verdict=?)", false),
        (verdict("verified"), "SCAN deliveries", false),
        (job("clx7a"), "job_index USING PRIMARY KEY (job_id=?)", false),
        (places(&["payload.id=clx7a"]), "job_index USING PRIMARY KEY (job_id=?)", false),
    ];
    // By number: the rest, the deliveries that an index finds, and the last number in the index.
    let by_number = ["deliveries USING INTEGER PRIMARY KEY (rowid>?)", "(rowid=?)", "SEARCH delivery_index"];
    for (filter, index, sorts) in filters {
        let steps = reader.plan(&filter);
        let reads = || steps.iter().filter(|step| step.starts_with("SCAN ") || step.starts_with("SEARCH "));
        assert!(reads().any(|step| step.ends_with(index)), "{filter:?}: {steps:?}");
        let is_cheap = |step: &String| step.ends_with(index) || by_number.iter().any(|end| step.ends_with(end));
        assert!(reads().all(is_cheap), "{filter:?}: {steps:?}");
        assert_eq!(steps.iter().any(|step| step.contains("TEMP B-TREE")), sorts, "{filter:?}: {steps:?}");
    }
}

#[tokio::test]
async fn readers_work_while_a_writer_writes() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j.db");
    let journal = Arc::new(nine(&path).await);
    let reader = Reader::open(&path).unwrap();
    for round in 0..50 {
        let written = keep(&journal, delivery("video.completed", "busy", 10 + round)).await.unwrap();
        let newest = list(&reader, &Filter { last: Some(1), ..Filter::default() }).unwrap();
        assert_eq!(newest[0].id, written.id, "a commit is seen at once");
    }
    drop(reader);
    journal.close().await;
    assert_sound(&path);
}

#[tokio::test]
async fn a_path_may_look_like_anything() {
    let root = tempfile::tempdir().unwrap();
    for name in ["file:j.db?mode=memory", "a b.db", ":memory:", "jö.db"] {
        let path = root.path().join(name);
        let (journal, _notices) = open(&path);
        keep(&journal, delivery("a", "1", 0)).await.unwrap();
        journal.close().await;
        assert_eq!(kept(&path).len(), 1, "{name}");
    }
    assert_eq!(root.path().read_dir().unwrap().count(), 4);
}
