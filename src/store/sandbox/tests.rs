//! Stored state is found again, by the queries for pending work.

use jiff::{SignedDuration, Timestamp};

use crate::model::Secret;
use crate::store::sandbox::{
    Database, Deliver, DeliveryFilter, DeliveryState, Ended, EndpointChange, EndpointSecret, NewDelivery, NewEndpoint,
    Next, StateError, StatePlace, Tx,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn new(deliver: Deliver) -> NewDelivery<'static> {
    let due_at = at(10);
    NewDelivery { endpoint: 1, job_id: "cm1", event_type: "image.started", body: b"{}", faults: &[], deliver, due_at }
}

fn ended(delivery: i64, number: u32, next: Next) -> Ended {
    Ended {
        delivery,
        number,
        sent_at: at(10),
        signed_at: at(10),
        elapsed: std::time::Duration::from_millis(3),
        status: Some(500),
        error: None,
        next,
    }
}

fn endpoint(url: &str) -> NewEndpoint {
    let secret = EndpointSecret::Given(Secret::new("s"));
    NewEndpoint { url: url.to_owned(), events: Vec::new(), secret, enabled: true }
}

async fn on<T: Send + 'static>(state: &Database, work: fn(&Tx<'_>) -> Result<T, StateError>) -> T {
    state.run(work).await.unwrap()
}

#[tokio::test]
async fn a_delivery_is_due_when_its_time_has_come_and_those_after_it_when_its_first_attempt_ended() {
    let state = Database::open(&StatePlace::Temporary).unwrap();
    let due = |records: &Tx<'_>, seconds| {
        let due = records.due_deliveries(1, at(seconds), 9)?;
        Ok::<_, StateError>(due.iter().map(|delivery| delivery.id).collect::<Vec<_>>())
    };
    state
        .run(move |records| {
            let first = records.add_delivery(&new(Deliver::WhenDue))?;
            let second = records.add_delivery(&new(Deliver::After(first)))?;
            assert_eq!(records.newest_unsent("cm1", 1)?, Some(second));
            assert_eq!((due(records, 9)?, due(records, 10)?), (vec![], vec![first]));
            assert_eq!(records.next_delivery_due(1, at(9))?, Some(at(10)));

            records.note_attempt(&ended(first, 1, Next::Retry(at(11))))?;
            assert_eq!((due(records, 10)?, due(records, 11)?), (vec![second], vec![second, first]));
            assert_eq!(records.next_delivery_due(1, at(10))?, Some(at(11)));

            records.note_attempt(&ended(first, 2, Next::Failed))?;
            records.note_attempt(&ended(second, 1, Next::Delivered))?;
            assert_eq!(due(records, 99)?, [0_i64; 0]);
            let states: Vec<_> =
                records.newest_deliveries(&DeliveryFilter::default(), 9)?.iter().map(|row| row.state).collect();
            assert_eq!(states, [DeliveryState::Delivered, DeliveryState::Failed]);
            assert_eq!(records.attempts(first)?.len(), 2);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn work_that_fails_changes_nothing_and_its_neighbours_are_kept() {
    let state = Database::open(&StatePlace::Temporary).unwrap();
    let fails = state.run(|records| -> Result<(), StateError> {
        records.set_credits(1)?;
        Err(StateError::Failed { cause: "on purpose".to_owned() })
    });
    let (failed, kept) = tokio::join!(fails, state.run(|records| records.set_ahead(7)));
    assert!(failed.is_err() && kept.is_ok());
    assert_eq!(on(&state, |records| Ok((records.credits()?, records.ahead()?))).await, (None, 7));
}

#[tokio::test]
async fn a_state_goes_on_where_it_was_left_and_only_one_may_hold_it() {
    let directory = tempfile::tempdir().unwrap();
    let place = StatePlace::File(directory.path().join("state.db"));
    let state = Database::open(&place).unwrap();
    on(&state, |records| records.set_credits(5)).await;
    assert_eq!(on(&state, |records| records.link_key("a")).await, "a");
    let second = Database::open(&place).unwrap_err().to_string();
    assert!(second.ends_with("state.db: another sandbox is using it"), "{second}");
    state.close().await;
    let state = Database::open(&place).unwrap();
    assert_eq!(on(&state, |records| Ok((records.credits()?, records.link_key("b")?))).await, (Some(5), "a".to_owned()));
}

#[tokio::test]
async fn a_configured_endpoint_is_known_again_by_its_url() {
    let state = Database::open(&StatePlace::Temporary).unwrap();
    let numbers = on(&state, |records| {
        let first = records.configure_endpoint(&endpoint("http://a"))?;
        let other = records.add_endpoint(&endpoint("http://a"))?;
        records.change_endpoint(first, &EndpointChange { enabled: Some(false), ..EndpointChange::default() })?;
        let again =
            records.configure_endpoint(&NewEndpoint { events: vec!["video.*".to_owned()], ..endpoint("http://a") })?;
        let kept = records.endpoint(again)?.unwrap();
        assert!(!kept.enabled && kept.wants("video.started") && !kept.wants("image.started"));
        Ok((first, other, again))
    });
    assert_eq!(numbers.await, (1, 2, 1));
}

#[tokio::test]
async fn deleting_an_endpoint_gives_up_what_was_pending_even_what_is_under_way() {
    let state = Database::open(&StatePlace::Temporary).unwrap();
    let kept = on(&state, |records| {
        let id = records.add_endpoint(&endpoint("http://a"))?;
        let delivery = records.add_delivery(&new(Deliver::WhenDue))?;
        assert!(records.delete_endpoint(id)?);
        let later = at(10).saturating_add(SignedDuration::from_secs(1)).unwrap();
        records.note_attempt(&ended(delivery, 1, Next::Retry(later)))?;
        Ok(records.delivery(delivery)?.unwrap().state)
    });
    assert_eq!(kept.await, DeliveryState::Failed);
}

#[tokio::test]
async fn a_job_that_is_called_off_sends_nothing_that_only_waited_for_its_time() {
    let state = Database::open(&StatePlace::Temporary).unwrap();
    let (kept, due) = on(&state, |records| {
        let endpoint = records.add_endpoint(&endpoint("http://a"))?;
        let event = new(Deliver::WhenDue);
        let delivery = records.add_delivery(&event)?;
        records.drop_unsent(event.job_id)?;
        let later = at(10).saturating_add(SignedDuration::from_hours(24)).unwrap();
        Ok((records.delivery(delivery)?.unwrap().state, records.due_deliveries(endpoint, later, 9)?.len()))
    })
    .await;
    assert_eq!((kept, due), (DeliveryState::Failed, 0));
}

#[tokio::test]
async fn a_secret_that_was_given_is_never_written_to_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let place = StatePlace::File(directory.path().join("state.db"));
    let state = Database::open(&place).unwrap();
    let given = |url: &str| {
        let secret = EndpointSecret::Given(Secret::new("configured-by-the-user"));
        NewEndpoint { url: url.to_owned(), events: Vec::new(), secret, enabled: true }
    };
    let made = NewEndpoint { secret: EndpointSecret::Made(Secret::new("made-by-the-sandbox")), ..given("http://made") };
    let (one, two) = (given("http://configured"), given("http://added"));
    let secrets = state.run(move |records| {
        records.configure_endpoint(&one)?;
        let ids = [records.add_endpoint(&two)?, records.add_endpoint(&made)?];
        let change =
            EndpointChange { secret: Some(EndpointSecret::Given(Secret::new("changed-later"))), ..Default::default() };
        records.change_endpoint(ids[0], &change)?;
        Ok(records.endpoints()?.iter().map(|endpoint| endpoint.secret.expose().to_owned()).collect::<Vec<_>>())
    });
    assert_eq!(secrets.await.unwrap(), ["configured-by-the-user", "changed-later", "made-by-the-sandbox"]);
    let written: Vec<u8> = ["state.db", "state.db-wal"]
        .iter()
        .filter_map(|name| std::fs::read(directory.path().join(name)).ok())
        .flatten()
        .collect();
    let holds = |text: &str| written.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("made-by-the-sandbox") && !holds("configured-by-the-user") && !holds("changed-later"));
    state.close().await;

    let state = Database::open(&place).unwrap();
    let (orphans, secrets) = on(&state, |records| {
        let orphans = records.sign_the_rest_with(&Secret::new("of this run"))?;
        let endpoints = records.endpoints()?;
        Ok((orphans, endpoints.iter().map(|endpoint| endpoint.secret.expose().to_owned()).collect::<Vec<_>>()))
    })
    .await;
    assert_eq!(secrets, ["of this run", "of this run", "made-by-the-sandbox"]);
    assert_eq!(orphans, ["http://added"]);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    std::fs::write(&path, "These are my notes, and nobody's database.".repeat(100)).unwrap();
    let refused = Database::open(&StatePlace::File(path.clone())).unwrap_err().to_string();
    assert!(refused.ends_with("notes.txt: it is another kind of file"), "{refused}");
    assert!(std::fs::read_to_string(path).unwrap().starts_with("These are my notes"));
}
