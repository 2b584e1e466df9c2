//! The probes that need more than a sequence of deliveries.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use crate::engine::conformance::case::Sequence;
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::observation::{Answered, Observation, Response};
use crate::engine::conformance::request_spec::{Base, PLAIN};
use crate::engine::conformance::symptom::Symptom;
use crate::model::Delivery;
use crate::model::contract::path::AssignmentError;
use crate::net::out::post_error::PostError;
use crate::net::out::raw_connection::RawConnection;
use crate::net::shutdown::Shutdown;

/// The most deliveries of a burst that are under way at once; more would measure the limits of this machine.
const MOST_AT_ONCE: usize = 64;

/// Sends deliveries one after another; the first that is not accepted ends it.
pub(crate) async fn sequence(
    handler: &Handler,
    base: Base,
    sequence: Sequence,
) -> Result<Observation, AssignmentError> {
    let mut job_id = handler.job_id();
    let mut last = handler.ask(sequence.specs.first().unwrap_or(&PLAIN), base, &job_id).await?;
    for (number, spec) in (2..).zip(sequence.specs.iter().skip(1)) {
        if Expectation::Accepted.judge(&last).is_some() {
            break;
        }
        if !sequence.one_job {
            job_id = handler.job_id();
        }
        last = handler.ask(spec, base, &job_id).await?;
        last.sent = format!("{}: {} as number {number}", sequence.about, last.sent);
    }
    Ok(last)
}

/// Sends the header names with capitals, as some proxies write them.
pub(crate) async fn title_case(handler: &Handler, base: Base) -> Result<Observation, AssignmentError> {
    let delivery = handler.pack(&PLAIN, base, &handler.job_id())?;
    let request = RawRequest::of(handler, &delivery, title);
    let sent = format!("{}, headers named as Magic-Hour-Event-Signature", PLAIN.summary(base));
    Ok(observe(handler, sent, async |wire| {
        wire.write(&request.whole()).await?;
        wire.status().await
    })
    .await)
}

/// Sends the body in two halves with a pause between them.
pub(crate) async fn slow_body(handler: &Handler, base: Base, pause: Duration) -> Result<Observation, AssignmentError> {
    let delivery = handler.pack(&PLAIN, base, &handler.job_id())?;
    let request = RawRequest::of(handler, &delivery, str::to_owned);
    let sent = format!("{}, its body in two halves", PLAIN.summary(base));
    Ok(observe(handler, sent, async |wire| {
        let (first, second) = request.halves();
        wire.write(&first).await?;
        sleep(pause).await;
        wire.write(&second).await?;
        wire.status().await
    })
    .await)
}

/// Hangs up in the middle of a body and before an answer, then sends an event as usual.
pub(crate) async fn disconnect(handler: &Handler, base: Base) -> Result<Observation, AssignmentError> {
    let delivery = handler.pack(&PLAIN, base, &handler.job_id())?;
    let request = RawRequest::of(handler, &delivery, str::to_owned);
    for bytes in [request.halves().0, request.whole()] {
        // Whether these arrive does not matter: what follows them does.
        let hang_up = async { handler.remote.dial(handler.timeout).await?.write(&bytes).await };
        let _ = timeout(handler.timeout, hang_up).await;
    }
    let mut observation = handler.ask(&PLAIN, base, &handler.job_id()).await?;
    observation.sent = format!("{}, after two clients that hung up", observation.sent);
    Ok(observation)
}

pub(crate) async fn get(handler: &Handler) -> Observation {
    let nothing = Delivery { headers: HeaderMap::new(), body: bytes::Bytes::new() };
    handler.post(Method::GET, nothing, "GET".to_owned()).await
}

/// Sends many events at once: what came back, and how long the slowest took.
pub(crate) async fn burst(
    handler: &Arc<Handler>,
    base: Base,
    count: usize,
    shutdown: &Shutdown,
) -> Result<(Observation, Observation), AssignmentError> {
    let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
    let started = Instant::now();
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let (handler, room, stop) = (Arc::clone(handler), Arc::clone(&room), shutdown.clone());
            shutdown.spawn(async move {
                let _place = room.acquire_owned().await;
                let job_id = handler.job_id();
                tokio::select! {
                    biased;
                    () = stop.requested() => None,
                    answer = handler.ask(&PLAIN, base, &job_id) => Some(answer),
                }
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        if let Ok(Some(answer)) = task.await {
            answers.push(answer?);
        }
    }
    let elapsed = started.elapsed();
    let sent = format!("{count} events at once: {}", PLAIN.summary(base));
    let symptom = answers.iter().find_map(|answer| Expectation::Accepted.judge(answer));
    let text = tally(&answers);
    let all = Observation { sent: sent.clone(), response: Response::Measured { text, symptom }, elapsed };
    let slowest = percentile_99(&answers);
    let late = (slowest > handler.timeout / 2).then_some(Symptom::TooSlow);
    let text = format!("99 in 100 answered within {} ms", slowest.as_millis());
    Ok((all, Observation { sent, response: Response::Measured { text, symptom: late }, elapsed: slowest }))
}

/// Count of each status and failure.
fn tally(answers: &[Observation]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for answer in answers {
        let name = match &answer.response {
            Response::Answer(answer) => answer.status.to_string(),
            Response::NoAnswer { failure, .. } => failure.to_string(),
            Response::Measured { text, .. } => text.clone(),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts.into_iter().fold(String::new(), |mut line, (name, count)| {
        let _ = write!(line, "{}{count} times {name}", if line.is_empty() { "" } else { ", " });
        line
    })
}

fn percentile_99(answers: &[Observation]) -> Duration {
    let mut times: Vec<_> = answers.iter().map(|answer| answer.elapsed).collect();
    times.sort_unstable();
    let rank = (times.len() * 99).div_ceil(100).saturating_sub(1);
    times.get(rank).copied().unwrap_or_default()
}

/// Opens a connection for an exchange by hand. Connecting has its own limit, outside the time to answer.
async fn observe(
    handler: &Handler,
    sent: String,
    exchange: impl AsyncFnOnce(&mut RawConnection) -> Result<StatusCode, PostError>,
) -> Observation {
    let limit = handler.timeout;
    let target = handler.remote.target().authority.clone();
    let (outcome, elapsed) = match handler.remote.dial(limit).await {
        Err(error) => (Err(error), Duration::ZERO),
        Ok(mut wire) => {
            let started = Instant::now();
            let outcome = timeout(limit, exchange(&mut wire)).await;
            (outcome.unwrap_or(Err(PostError::TooSlow { target, after: limit })), started.elapsed())
        }
    };
    let response = match outcome {
        Ok(status) => Response::Answer(Answered { status: status.as_u16(), ..Answered::default() }),
        Err(error) => Response::NoAnswer { failure: error.failure(), message: error.to_string() },
    };
    Observation { sent, response, elapsed }
}

/// A request as the bytes that go over the wire.
struct RawRequest {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl RawRequest {
    fn of(handler: &Handler, delivery: &Delivery, name: fn(&str) -> String) -> Self {
        let target = handler.remote.target();
        let length = delivery.body.len();
        let mut head = format!("POST {} HTTP/1.1\r\n", target.path).into_bytes();
        let mut line = |header: &str, value: &[u8]| {
            head.extend_from_slice(name(header).as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        };
        line("host", target.authority.as_bytes());
        delivery.headers.iter().for_each(|(header, value)| line(header.as_str(), value.as_bytes()));
        line("content-length", length.to_string().as_bytes());
        line("connection", b"close");
        head.extend_from_slice(b"\r\n");
        Self { head, body: delivery.body.to_vec() }
    }

    fn whole(&self) -> Vec<u8> {
        [self.head.as_slice(), &self.body].concat()
    }

    fn halves(&self) -> (Vec<u8>, Vec<u8>) {
        let (first, second) = self.body.split_at(self.body.len() / 2);
        ([self.head.as_slice(), first].concat(), second.to_vec())
    }
}

fn title(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{percentile_99, tally, title};
    use crate::engine::conformance::observation::{Answered, Observation, Response};

    fn answers(statuses: impl Iterator<Item = u16>) -> Vec<Observation> {
        let response = |status| Response::Answer(Answered { status, ..Answered::default() });
        let answer = |(ms, status)| Observation {
            sent: String::new(),
            response: response(status),
            elapsed: Duration::from_millis(ms),
        };
        (1..).zip(statuses).map(answer).collect()
    }

    #[test]
    fn names_get_a_capital_for_each_word() {
        assert_eq!(title("magic-hour-event-signature"), "Magic-Hour-Event-Signature");
    }

    #[test]
    fn a_burst_is_counted_by_what_came_back() {
        assert_eq!(tally(&answers([200, 503, 200].into_iter())), "2 times 200, 1 times 503");
        assert_eq!(percentile_99(&answers(std::iter::repeat_n(200, 200))), Duration::from_millis(198));
        assert_eq!(percentile_99(&[]), Duration::ZERO);
    }
}
