//! Courses as they may run, and what is made of them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::engine::e2e::assertion::{Check, CheckOutcome, Judgement};
use crate::engine::e2e::job_result::JobResult;
use crate::engine::e2e::job_trace::JobTrace;
use crate::engine::e2e::judge::{JudgeContext, judge, settled};
use crate::engine::e2e::observed::{Arrival, Arrived, Delivered, PassedOn};
use crate::engine::e2e::outputs::JobOutput;
use crate::engine::magic_hour::{Accepted, ApiCall, ApiError, Fetched};
use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::received::tests::received_body;
use crate::engine::send::attempt::Attempt;
use crate::model::contract::payload::{FieldSet, event_json};
use crate::model::contract::project::Project;
use crate::model::signing::reason::Reason;
use crate::model::{EventType, Kind, Verdict};
use crate::net::out::post::{Answer, Timing};

const SECOND: Duration = Duration::from_secs(1);
const ID: &str = "cm1";
const CONTEXT: JudgeContext<'_> =
    JudgeContext { estimate: 24, secret: Some("mhw_test_…GHIJ"), handler: None, media: "video", interrupted: false };

fn payload(event: &str) -> Value {
    let event: EventType = event.parse().unwrap();
    Project::sample(event, ID, Timestamp::UNIX_EPOCH).to_json(FieldSet::Wire)
}

fn delivered(event: &str, seconds: u64, change: impl FnOnce(&mut Value)) -> Delivered {
    let mut payload = payload(event);
    change(&mut payload);
    let mut received = received_body(&event_json(event, payload).to_string());
    received.id = seconds;
    Delivered { after: SECOND * u32::try_from(seconds).unwrap(), received: Arc::new(received) }
}

fn forged(event: &str, seconds: u64) -> Delivered {
    let mut delivered = delivered(event, seconds, |_| {});
    let received = Arc::get_mut(&mut delivered.received).unwrap();
    received.verdict = Verdict::Invalid(Reason::TimestampMilliseconds);
    delivered
}

/// A video job that was accepted at once, and was complete after 20 s by the word of the details endpoint.
fn complete(deliveries: Vec<Delivered>) -> JobTrace {
    let mut trace = JobTrace::new(Kind::Video, false, Instant::now());
    trace.accepted =
        Some((Duration::ZERO, Accepted { id: ID.to_owned(), credits_charged: Some(24), credits_problem: None }));
    trace.deliveries = deliveries;
    trace.details = Some(payload("video.completed"));
    trace.ended = Some(SECOND * 20);
    trace
}

/// The usual events of a video job.
fn told() -> Vec<Delivered> {
    vec![delivered("video.started", 1, |_| {}), delivered("video.completed", 21, |_| {})]
}

fn output(media_type: Option<&'static str>, bytes: u64) -> JobOutput {
    JobOutput { link: "https://h/o.mp4?sig=1".to_owned(), result: Ok(Fetched { bytes, media_type, saved: None }) }
}

fn passed_on(delivery: u64, status: u16) -> PassedOn {
    let status = StatusCode::from_u16(status).unwrap();
    let answer = Answer { status, headers: HeaderMap::new(), body: Bytes::new(), truncated: false, excess: 0 };
    let forwarded = Forwarded {
        delivery,
        attempt: Attempt {
            url: "http://h/".to_owned(),
            sent_at: Timestamp::UNIX_EPOCH,
            outcome: Ok(answer),
            timing: Timing { total: SECOND, ..Timing::default() },
        },
    };
    PassedOn { after: SECOND, event_type: "video.completed".to_owned(), forwarded: Arc::new(forwarded) }
}

fn judged(trace: &JobTrace) -> Vec<Judgement> {
    judge(trace, &[output(Some("video/mp4"), 9)], CONTEXT)
}

#[track_caller]
fn answer(judgements: &[Judgement], check: Check) -> (CheckOutcome, &str) {
    let judgement = judgements.iter().find(|judgement| judgement.check == check).unwrap();
    (judgement.outcome, &judgement.found)
}

fn failures(judgements: &[Judgement]) -> Vec<&'static str> {
    let failed = judgements.iter().filter(|judgement| judgement.outcome == CheckOutcome::Fail);
    failed.map(|judgement| judgement.check.as_str()).collect()
}

#[test]
fn a_job_that_runs_as_it_should_passes() {
    let trace = complete(told());
    let judgements = judged(&trace);
    assert_eq!(failures(&judgements), [""; 0]);
    assert_eq!(JobResult::of(&trace, &judgements).as_str(), "passed");
}

#[test]
fn a_webhook_that_says_otherwise_than_the_details_fails() {
    let mut trace = complete(told());
    trace.details.as_mut().unwrap()["credits_charged"] = json!(1);
    let judgements = judged(&trace);
    assert_eq!(
        answer(&judgements, Check::Details),
        (CheckOutcome::Fail, "credits_charged is 450 in the webhook and 1 at the details endpoint")
    );
    assert_eq!(JobResult::of(&trace, &judgements).as_str(), "unmet");
}

#[test]
fn a_details_endpoint_that_cannot_be_asked_fails_and_the_webhook_is_believed() {
    let mut trace = complete(told());
    (trace.details, trace.ended) = (None, None);
    let call = ApiCall { method: Method::GET, path: "/v1/video-projects/cm1".to_owned() };
    let status = StatusCode::NOT_FOUND;
    trace.poll_error = Some(ApiError::Refused { call, status, code: None, message: None, retry_after: None });
    let judgements = judged(&trace);
    assert_eq!(failures(&judgements), ["details"]);
    assert_eq!(answer(&judgements, Check::Rendered), (CheckOutcome::Pass, "complete (from the webhook only)"));
    assert!(answer(&judgements, Check::Details).1.contains("was refused with 404"));
    assert_eq!(JobResult::of(&trace, &judgements).as_str(), "unmet");
}

#[test]
fn the_end_by_one_witness_and_its_contrary_by_the_other_do_not_pass() {
    let trace = complete(vec![delivered("video.started", 1, |_| {}), delivered("video.errored", 21, |_| {})]);
    let judgements = judged(&trace);
    assert_eq!(
        answer(&judgements, Check::Finished),
        (CheckOutcome::Fail, "video.errored came, but the details endpoint says complete")
    );
    assert_eq!(JobResult::of(&trace, &judgements).as_str(), "no-webhook");
}

#[test]
fn an_event_of_another_shape_fails_by_name() {
    let lacking = delivered("video.completed", 21, |payload| {
        payload.as_object_mut().unwrap().remove("fps");
    });
    let trace = complete(vec![delivered("video.started", 1, |_| {}), lacking]);
    assert_eq!(answer(&judged(&trace), Check::Schema), (CheckOutcome::Fail, "video.completed: payload.fps is missing"));
}

#[test]
fn links_that_have_expired_fail() {
    let expired = delivered("video.completed", 21, |payload| {
        payload["downloads"][0]["expires_at"] = json!("1970-01-01T00:00:00Z");
    });
    let trace = complete(vec![delivered("video.started", 1, |_| {}), expired]);
    assert_eq!(
        answer(&judged(&trace), Check::Links),
        (CheckOutcome::Fail, "expired at 1970-01-01T00:00:00.000Z, before the webhook came")
    );
}

#[test]
fn outputs_must_be_there_have_something_in_them_and_be_of_the_right_media() {
    let trace = complete(told());
    let found = |output: Option<JobOutput>| {
        let outputs: Vec<JobOutput> = output.into_iter().collect();
        let judgements = judge(&trace, &outputs, CONTEXT);
        let (outcome, found) = answer(&judgements, Check::Outputs);
        (outcome, found.to_owned())
    };
    let cases = [
        (None, "the job is complete and has none"),
        (Some(output(None, 0)), "output 1 is empty"),
        (Some(output(None, 9)), "output 1 is of no known media type"),
        (Some(output(Some("text/html"), 9)), "output 1 is text/html, not video"),
    ];
    for (output, expected) in cases {
        assert_eq!(found(output), (CheckOutcome::Fail, expected.to_owned()));
    }
    assert_eq!(found(Some(output(Some("video/webm"), 9))).0, CheckOutcome::Pass);
}

#[test]
fn a_webhook_that_four_attempts_were_lost_before_is_late() {
    let late = |seconds| {
        let trace =
            complete(vec![delivered("video.started", 1, |_| {}), delivered("video.completed", seconds, |_| {})]);
        let judgements = judged(&trace);
        let (outcome, found) = answer(&judgements, Check::Latency);
        (outcome, found.to_owned())
    };
    assert_eq!(late(30), (CheckOutcome::Pass, "it came 10 s after the end was seen".to_owned()));
    assert_eq!(late(31), (CheckOutcome::Fail, "11 s after the end".to_owned()));
    let mut held_up = complete(vec![delivered("video.completed", 31, |_| {})]);
    held_up.passed_on = vec![PassedOn { after: SECOND * 31, ..passed_on(1, 504) }];
    assert_eq!(answer(&judged(&held_up), Check::Latency).0, CheckOutcome::Skipped);
    assert_eq!(late(19), (CheckOutcome::Pass, "it came 1 s before the end was seen".to_owned()));
}

#[test]
fn what_is_forged_stands_for_nothing_and_taints_the_rest() {
    let trace = complete(vec![forged("video.started", 1), forged("video.completed", 21)]);
    let judgements = judged(&trace);
    assert_eq!(failures(&judgements), ["started", "finished", "signature"]);
    assert_eq!(JobResult::of(&trace, &judgements).as_str(), "invalid-signature");
    let mut deliveries = told();
    deliveries.push(forged("video.completed", 22));
    let trace = complete(deliveries);
    let judgements = judged(&trace);
    assert_eq!(failures(&judgements), ["signature"]);
    assert_eq!(JobResult::of(&trace, &judgements).as_str(), "invalid-signature");
}

#[test]
fn a_handler_is_judged_by_every_answer() {
    let mut trace = complete(told());
    trace.passed_on = vec![passed_on(1, 200), passed_on(21, 500), passed_on(22, 200)];
    let judgements = judge(&trace, &[], JudgeContext { handler: Some("http://h/"), ..CONTEXT });
    assert_eq!(answer(&judgements, Check::Handler), (CheckOutcome::Fail, "http://h/ answered 500 to video.completed"));
}

#[test]
fn an_event_of_a_type_that_does_not_exist_yet_is_tolerated() {
    let mut deliveries = told();
    deliveries.push(delivered("video.completed", 22, |_| {}));
    let later = Arc::get_mut(&mut deliveries[2].received).unwrap();
    *later = received_body(r#"{"type":"video.archived","payload":{"id":"cm1"}}"#);
    assert_eq!(failures(&judged(&complete(deliveries))), [""; 0]);
}

#[test]
fn a_delivery_that_the_handler_has_in_hand_is_not_lost() {
    let (timeout, grace) = (SECOND * 100, SECOND * 5);
    let mut trace = complete(vec![delivered("video.started", 1, |_| {})]);
    assert_eq!(trace.deadline(timeout, grace, true), SECOND * 25);
    let arrived = Arrival { at: Instant::now(), what: Arrived::AwaitingHandler(21) };
    assert!(trace.record(arrived).is_none());
    assert_eq!(trace.deadline(timeout, grace, true), Duration::MAX);
    let answered = delivered("video.completed", 21, |_| {}).received;
    assert!(trace.record(Arrival { at: Instant::now(), what: Arrived::Delivery(answered) }).is_some());
    assert!(trace.deadline(timeout, grace, true) <= SECOND * 25);
}

#[test]
fn the_wait_ends_when_all_has_come_or_time_is_up() {
    let (timeout, grace) = (SECOND * 100, SECOND * 5);
    let over = |trace: &JobTrace, has_handler| trace.deadline(timeout, grace, has_handler);
    assert_eq!(over(&complete(told()), false), Duration::ZERO);
    // A video must have started; the end was seen at 20 s.
    let without_start = complete(vec![delivered("video.completed", 21, |_| {})]);
    assert_eq!(over(&without_start, false), SECOND * 25);
    // Which an image need not.
    let mut image = complete(Vec::new());
    image.kind = Kind::Image;
    image.deliveries = vec![delivered("image.completed", 21, |_| {})];
    assert_eq!(over(&image, false), SECOND * 20 + Duration::from_millis(300));
    image.deliveries.push(delivered("image.started", 22, |_| {}));
    assert_eq!(over(&image, false), Duration::ZERO);
    assert_eq!(over(&complete(vec![forged("video.completed", 21)]), false), SECOND * 25);
    // The webhook may come first.
    let mut early = complete(told());
    (early.details, early.ended) = (None, None);
    assert_eq!(over(&early, false), SECOND * 26);
    early.deliveries.clear();
    assert_eq!(over(&early, false), timeout);
    // The handler's answer is waited for.
    let mut trace = complete(told());
    assert_eq!(over(&trace, true), SECOND * 25);
    // So is the next event, which may be held back until then.
    let mut slow = complete(vec![delivered("video.started", 1, |_| {})]);
    slow.passed_on = vec![PassedOn { after: SECOND * 30, ..passed_on(1, 504) }];
    assert_eq!(over(&slow, true), SECOND * 35);
    trace.passed_on = vec![passed_on(21, 200)];
    assert_eq!(over(&trace, true), Duration::ZERO);
    trace.details = Some(json!({ "status": "canceled" }));
    assert_eq!(over(&trace, true), Duration::ZERO);
}

#[test]
fn a_check_is_settled_as_soon_as_nothing_can_make_it_fail() {
    let names = |trace: &JobTrace| -> Vec<&str> {
        settled(trace, CONTEXT).into_iter().map(|judgement| judgement.check.as_str()).collect()
    };
    let mut trace = JobTrace::new(Kind::Video, false, Instant::now());
    assert!(names(&trace).is_empty());
    let whole = complete(told());
    trace.accepted.clone_from(&whole.accepted);
    assert_eq!(names(&trace), ["accepted"]);
    trace.deliveries = vec![forged("video.started", 1)];
    assert_eq!(names(&trace), ["accepted"], "a forged one settles nothing");
    trace.deliveries = vec![delivered("video.started", 1, |_| {})];
    assert_eq!(names(&trace), ["accepted", "started"]);
    let all = judge(&whole, &[], CONTEXT);
    let early = settled(&whole, CONTEXT);
    assert_eq!(early.len(), 6);
    assert!(early.iter().all(|judgement| all.contains(judgement)), "the report says the same");
}
