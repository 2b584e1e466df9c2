//! Criterion benchmarks of the parts that each delivery passes through: `cargo bench --bench parts`.

use std::borrow::Cow;
use std::error::Error;
use std::hint::black_box;
use std::io::sink;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use fastrand::Rng;
use http::StatusCode;
use jiff::Timestamp;
use mh_hook::engine::receive::received::ReceivedDelivery;
use mh_hook::engine::send::composer::Composer;
use mh_hook::model::contract::peek::Peek;
use mh_hook::model::id::job_id;
use mh_hook::model::schedule::{planned_offset, wait_after};
use mh_hook::model::signing::verdict::{Trust, VerdictKind, Verifier};
use mh_hook::model::{Delivery, EventType, Secret, Signer, Verdict};
use mh_hook::output::{Format, Printer, Stream, Streams, Theme};
use mh_hook::store::Journal;
use mh_hook::store::journal::{JournalOptions, VerifiedDelivery};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

/// Deliveries that are appended at once, as from 64 connections.
const GROUP: u64 = 64;

type Outcome = Result<(), Box<dyn Error>>;

/// A signed event as Magic Hour sends it, and what it was signed with.
struct Sample {
    signer: Signer,
    verifier: Verifier,
    delivery: Delivery,
}

impl Sample {
    fn new() -> Result<Self, Box<dyn Error>> {
        let secret = Secret::new("mhw_test_0123456789abcdefghijklmnopqrstuv");
        let event: EventType = "video.completed".parse()?;
        let id = job_id(&mut Rng::with_seed(1));
        let body = Composer::default().compose_one(event, &id, Timestamp::UNIX_EPOCH)?.body;
        let signer = Signer::new(&secret);
        let delivery = Delivery::signed(&signer, body, Timestamp::UNIX_EPOCH);
        Ok(Self { signer, verifier: Verifier::new(secret, Trust::Configured), delivery })
    }
}

fn signing(criterion: &mut Criterion) -> Outcome {
    let Sample { signer, verifier, delivery } = Sample::new()?;
    let Delivery { headers, body } = &delivery;
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(verifier.verify(headers, body, now), Verdict::Verified);
    let mut group = criterion.benchmark_group("signing");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("sign", |bencher| bencher.iter(|| signer.sign(black_box("1700000000"), black_box(body))));
    group.bench_function("verify", |bencher| bencher.iter(|| verifier.verify(black_box(headers), body, now)));
    // No mistake explains it, so that each is tried.
    let stranger = Signer::new(&Secret::new("the secret of somebody else"));
    let forged = Delivery::signed(&stranger, body.clone(), now);
    assert!(verifier.verify(&forged.headers, body, now).is_invalid());
    group.bench_function("diagnose", |bencher| bencher.iter(|| verifier.verify(black_box(&forged.headers), body, now)));
    group.finish();
    Ok(())
}

fn rendering(criterion: &mut Criterion) -> Outcome {
    let delivery = received()?;
    let mut group = criterion.benchmark_group("render");
    for (name, format) in [("pretty", Format::Pretty), ("compact", Format::Compact), ("json", Format::Json)] {
        let (mut streams, _, _) = Streams::in_memory(format);
        streams.out = Stream::new("nowhere", sink(), Theme::new(true));
        let printer = Printer::new(&streams);
        printer.print(&delivery)?;
        group.bench_function(name, |bencher| bencher.iter(|| printer.print(black_box(&delivery)).is_ok()));
    }
    group.finish();
    Ok(())
}

fn appending(criterion: &mut Criterion) -> Outcome {
    let folder = tempfile::tempdir()?;
    let (journal, _notices) = Journal::open(JournalOptions::new(folder.path().join("journal.db")))?;
    let journal = Arc::new(journal);
    let runtime = Builder::new_current_thread().build()?;
    let template = verified()?;
    let mut rng = Rng::with_seed(1);
    let mut fresh = || -> Vec<Arc<VerifiedDelivery>> {
        let each = |_| Arc::new(VerifiedDelivery { job_id: Some(job_id(&mut rng)), ..template.clone() });
        (0..GROUP).map(each).collect()
    };
    let append_all = |group: Vec<Arc<VerifiedDelivery>>| {
        runtime.block_on(async {
            let mut appends = JoinSet::new();
            for delivery in group {
                let journal = Arc::clone(&journal);
                appends.spawn(async move { journal.append(delivery, Some(200)).await });
            }
            appends.join_all().await.iter().all(Result::is_ok)
        })
    };
    assert!(append_all(fresh()));
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(GROUP));
    group.bench_function("append 64 at once", |bencher| {
        bencher.iter_batched(&mut fresh, append_all, BatchSize::PerIteration);
    });
    group.finish();
    runtime.block_on(journal.close());
    Ok(())
}

fn scheduling(criterion: &mut Criterion) {
    let all = || (1..).map_while(|number| wait_after(black_box(number), 1.0)).sum::<Duration>();
    assert_eq!(Some(all()), planned_offset(17));
    criterion.bench_function("schedule/seventeen attempts", |bencher| bencher.iter(all));
}

/// The sample as a listener has it once it is verified.
fn verified() -> Result<VerifiedDelivery, Box<dyn Error>> {
    let Delivery { headers, body } = Sample::new()?.delivery;
    let Peek { event_type, job_id, status, .. } = Peek::at(&body);
    Ok(VerifiedDelivery {
        received_at: Timestamp::UNIX_EPOCH,
        method: Cow::Borrowed("POST"),
        path: "/webhook".to_owned(),
        remote: "127.0.0.1:50000".to_owned(),
        headers,
        body,
        verdict: VerdictKind::Verified,
        reason: None,
        explanation: None,
        problem: None,
        event_type,
        job_id,
        status,
        replayed: false,
    })
}

/// The sample as a listener shows it once it is answered.
fn received() -> Result<ReceivedDelivery, Box<dyn Error>> {
    let delivery = Arc::new(verified()?);
    Ok(ReceivedDelivery {
        id: 1,
        attempt: 1,
        is_refused: false,
        answered: StatusCode::OK,
        elapsed: Duration::from_millis(1),
        shown: true,
        peek: Peek::at(&delivery.body),
        verdict: Verdict::Verified,
        delivery,
    })
}

fn main() -> Outcome {
    let mut criterion = Criterion::default().configure_from_args();
    signing(&mut criterion)?;
    rendering(&mut criterion)?;
    appending(&mut criterion)?;
    scheduling(&mut criterion);
    criterion.final_summary();
    Ok(())
}
