//! The judge: answers every check about a job from what was seen of it. Nothing is asked or fetched here.

use std::time::Duration;

use jiff::Timestamp;

use crate::engine::e2e::assertion::Check;
use crate::engine::e2e::assertion::Check::{
    Accepted, Details, Finished, Handler, Latency, Links, Order, Outputs, Rendered, Schema, Signature, Started,
};
use crate::engine::e2e::assertion::{CheckOutcome, Judgement};
use crate::engine::e2e::job_result::SubmitError;
use crate::engine::e2e::job_trace::JobTrace;
use crate::engine::e2e::observed::Delivered;
use crate::engine::e2e::outputs::{JobOutput, family};
use crate::model::contract::difference::differences;
use crate::model::contract::violation::violations;
use crate::model::job::{ReportedStatus, Status};
use crate::model::json::view::JsonView;
use crate::model::text::one_line::in_one_line;
use crate::model::text::timestamp::rfc3339;
use crate::model::text::units;
use crate::model::{EventType, Kind, Phase, Verdict};

/// Largest delay of the final event. Retries follow after 1, 3 and 7 s, so a later one has gone astray four
/// times before.
const LATENCY: Duration = Duration::from_secs(10);

/// Facts for the judge besides the trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct JudgeContext<'a> {
    /// Estimated credits of the job.
    pub(super) estimate: u64,
    /// Masked secret that verified deliveries, for people; nothing if signatures were not checked.
    pub(super) secret: Option<&'a str>,
    /// The handler that deliveries were passed on to.
    pub(super) handler: Option<&'a str>,
    /// The sort of media that the outputs should be.
    pub(super) media: &'static str,
    /// Whether the trial was cut short.
    pub(super) interrupted: bool,
}

/// Answers every check about a job that was submitted.
pub(super) fn judge(trace: &JobTrace, outputs: &[JobOutput], context: JudgeContext<'_>) -> Vec<Judgement> {
    let answer = |check| match check {
        Accepted => accepted(trace, context),
        Rendered => rendered(trace, context),
        Started => started(trace, context),
        Finished => finished(trace, context),
        Signature => signature(trace, context),
        Schema => schema(trace),
        Order => order(trace),
        Details => details(trace),
        Links => links(trace),
        Outputs => self::outputs(trace, outputs, context),
        Latency => latency(trace),
        Handler => handler(trace, context),
    };
    Check::all().map(answer).collect()
}

/// Answers the checks that already pass, and that nothing later can make fail: progress shows these before the end.
pub(super) fn settled(trace: &JobTrace, context: JudgeContext<'_>) -> Vec<Judgement> {
    let mut judgements = vec![rendered(trace, context), started(trace, context), finished(trace, context)];
    if trace.accepted.is_some() {
        judgements.insert(0, accepted(trace, context));
    }
    judgements.extend([order(trace), latency(trace)]);
    judgements.retain(|judgement| judgement.outcome == CheckOutcome::Pass);
    judgements
}

/// Answers every check about a job that was not submitted: one, and that with no.
pub(super) fn refuse(error: &SubmitError) -> Vec<Judgement> {
    let answer = |check| match check {
        Accepted => Accepted.fail(error.to_string()),
        other => other.skip("there is no job"),
    };
    Check::all().map(answer).collect()
}

fn accepted(trace: &JobTrace, context: JudgeContext<'_>) -> Judgement {
    let Some((_, job)) = &trace.accepted else { return Accepted.skip("interrupted") };
    if let Some(given) = &job.credits_problem {
        return Accepted.fail(format!("as {}, but credits_charged is {given}, not a number of credits", job.id));
    }
    match job.credits_charged {
        Some(charged) => Accepted.pass(format!("as {}, credits: {charged} (estimate {})", job.id, context.estimate)),
        None => Accepted.pass(format!("as {}", job.id)),
    }
}

fn rendered(trace: &JobTrace, context: JudgeContext<'_>) -> Judgement {
    match trace.ended_in() {
        _ if trace.is_canceled() => Rendered.fail("it was canceled"),
        Some(Phase::Errored) => {
            let (code, message) = trace.failure();
            Rendered.fail(format!("it ended in error: {code}: {message}"))
        }
        Some(_) if trace.ended.is_some() => {
            Rendered.pass(format!("complete after {}", units::duration(trace.ended.unwrap_or_default())))
        }
        Some(_) => Rendered.pass("complete (from the webhook only)"),
        None if context.interrupted => Rendered.skip("interrupted"),
        None => Rendered.fail(match &trace.poll_error {
            Some(error) => format!("not known when time ran out: {error}"),
            None => format!("still {} when time ran out", trace.status_word().as_deref().unwrap_or("unknown")),
        }),
    }
}

fn started(trace: &JobTrace, context: JudgeContext<'_>) -> Judgement {
    let event = EventType::new(trace.kind, Phase::Started);
    match (trace.started(), trace.of_phase(Phase::Started).next()) {
        (Some(delivered), _) => Started.pass(format!("{event} after {}", units::duration(delivered.after))),
        (None, Some(doubtful)) => Started.fail(format!("{event} came, and {}", doubt(doubtful))),
        (None, None) if trace.kind == Kind::Image => Started.skip("not received (optional for images)"),
        (None, None) if context.interrupted => Started.skip("interrupted"),
        (None, None) if !trace.must_start() || trace.is_canceled() => Started.skip("the job was not seen to start"),
        (None, None) => Started.fail(format!("{event} did not come")),
    }
}

fn finished(trace: &JobTrace, context: JudgeContext<'_>) -> Judgement {
    let phase = trace.final_phase().unwrap_or(Phase::Completed);
    let event = EventType::new(trace.kind, phase);
    let other = if phase == Phase::Completed { Phase::Errored } else { Phase::Completed };
    let contrary = trace.of_phase(other).next();
    let doubtful = trace.of_phase(phase).next();
    match (trace.finished(), doubtful, contrary) {
        _ if trace.is_canceled() => Finished.skip("a canceled job sends no webhook"),
        (Some(delivered), ..) => {
            let event = delivered.received.peek.event_type.clone().unwrap_or_default();
            Finished.pass(format!("{event} after {}", units::duration(delivered.after)))
        }
        (None, Some(doubtful), _) => Finished.fail(format!("{event} came, and {}", doubt(doubtful))),
        (None, None, Some(_)) => {
            let contrary = EventType::new(trace.kind, other);
            Finished.fail(format!("{contrary} came, but the details endpoint says {}", phase.status()))
        }
        (None, None, None) if context.interrupted => Finished.skip("interrupted"),
        (None, None, None) if trace.ended.is_none() => Finished.skip("the job has not ended"),
        (None, None, None) => Finished.fail(format!("{event} did not come")),
    }
}

/// Why a delivery does not count.
fn doubt(delivered: &Delivered) -> String {
    let Delivered { received, .. } = delivered;
    let reason = received.verdict.reason().map_or_else(String::new, |reason| format!(": {reason}"));
    format!("is {}{reason}", received.verdict.as_str())
}

fn signature(trace: &JobTrace, context: JudgeContext<'_>) -> Judgement {
    let all = trace.deliveries.len();
    let doubtful: Vec<&Delivered> =
        trace.deliveries.iter().filter(|delivered| delivered.received.verdict != Verdict::Verified).collect();
    match (context.secret, doubtful.first()) {
        (None, _) => Signature.skip("--no-verify"),
        (Some(_), _) if all == 0 => Signature.skip("no delivery came"),
        (Some(secret), None) => Signature.pass(format!("{all} of {all} signed with {secret}")),
        (Some(secret), Some(first)) => {
            let reason = first.received.verdict.reason().map(ToString::to_string).unwrap_or_default();
            Signature.fail(format!("{} of {all} not signed with {secret}: {reason}", doubtful.len()))
        }
    }
}

fn deliveries(count: usize) -> String {
    units::counted(count as u64, "delivery")
}

/// Deliveries that are judged: authentic ones of a known type.
fn counting(trace: &JobTrace) -> impl Iterator<Item = &Delivered> {
    let is_known = |delivered: &&Delivered| {
        delivered.received.peek.event_type.as_deref().is_some_and(|name| name.parse::<EventType>().is_ok())
    };
    trace.deliveries.iter().filter(|delivered| trace.counts(delivered)).filter(is_known)
}

fn schema(trace: &JobTrace) -> Judgement {
    const SHOWN: usize = 3;
    let found: Vec<String> = counting(trace)
        .flat_map(|delivered| {
            let event = delivered.received.peek.event_type.clone().unwrap_or_default();
            delivered.event().into_iter().flat_map(violations).map(move |violation| format!("{event}: {violation}"))
        })
        .collect();
    match (counting(trace).count(), found.len()) {
        (0, _) => Schema.skip("no delivery came that counts"),
        (count, 0) => Schema.pass(format!("{} with every field of the kind", deliveries(count))),
        (_, all) => {
            let more = if all > SHOWN { format!("; and {} more", all - SHOWN) } else { String::new() };
            let shown: Vec<String> = found.into_iter().take(SHOWN).collect();
            Schema.fail(format!("{}{more}", shown.join("; ")))
        }
    }
}

fn order(trace: &JobTrace) -> Judgement {
    let (Some(started), Some(finished)) = (trace.started(), trace.finished()) else {
        return Order.skip("needs both a started and a final event");
    };
    let name = |delivered: &Delivered| delivered.received.peek.event_type.clone().unwrap_or_default();
    let (first, last) = (name(started), name(finished));
    // The receiver numbers deliveries as they are kept, which is the order in which they came.
    if started.received.id < finished.received.id {
        Order.pass(format!("{first} before {last}"))
    } else {
        Order.skip(format!("{last} came before {first}: that is unusual, but no order is promised"))
    }
}

fn details(trace: &JobTrace) -> Judgement {
    let Some(finished) = trace.finished() else { return Details.skip("no webhook of the end to compare with") };
    let asked = trace.details.as_ref().filter(|_| trace.ended.is_some());
    let Some(details) = asked else {
        let why = trace.poll_error.as_ref().map_or_else(
            || format!("the details endpoint still says {}", trace.status_word().as_deref().unwrap_or("nothing")),
            ToString::to_string,
        );
        return Details.fail(why);
    };
    let details = details.to_string();
    let payload = finished.event().and_then(|event| event.get("payload"));
    let (Some(payload), Ok(details)) = (payload, JsonView::read(details.as_bytes())) else {
        return Details.fail("the webhook has no payload");
    };
    let found: Vec<String> = differences(trace.kind, payload, details).iter().map(ToString::to_string).collect();
    if found.is_empty() { Details.pass("webhook and details endpoint agree") } else { Details.fail(found.join("; ")) }
}

fn links(trace: &JobTrace) -> Judgement {
    let Some(finished) = trace.finished() else { return Links.skip("no webhook of the end") };
    let received = &finished.received;
    let expiries: Vec<Timestamp> = received.peek.downloads.iter().map(|download| download.expires_at).collect();
    match expiries.iter().min() {
        None => Links.skip("the webhook has none"),
        Some(first) if *first <= received.received_at => {
            Links.fail(format!("expired at {}, before the webhook came", rfc3339(*first)))
        }
        Some(first) => {
            let left = Duration::try_from(first.duration_since(received.received_at)).unwrap_or_default();
            let links = units::counted(expiries.len() as u64, "link");
            Links.pass(format!("{links}, good for {}", units::duration(left)))
        }
    }
}

fn outputs(trace: &JobTrace, outputs: &[JobOutput], context: JudgeContext<'_>) -> Judgement {
    if outputs.is_empty() {
        let is_complete = trace.final_phase() == Some(Phase::Completed);
        return match (is_complete, context.interrupted) {
            (_, true) => Outputs.skip("interrupted"),
            (true, false) => Outputs.fail("the job is complete and has none"),
            (false, false) if trace.status() == Some(ReportedStatus::Known(Status::Canceled)) => {
                Outputs.skip("the job was canceled")
            }
            (false, false) if trace.ended_in().is_none() => Outputs.skip("the job has not ended"),
            (false, false) => Outputs.skip("the job has none"),
        };
    }
    let wrong = outputs.iter().enumerate().find_map(|(at, output)| {
        let number = at + 1;
        match &output.result {
            Err(error) => Some(format!("output {number}: {error}")),
            Ok(fetched) if fetched.bytes == 0 => Some(format!("output {number} is empty")),
            Ok(fetched) => match fetched.media_type {
                None => Some(format!("output {number} is of no known media type")),
                Some(found) if family(found) != context.media => {
                    Some(format!("output {number} is {found}, not {}", context.media))
                }
                Some(_) => None,
            },
        }
    });
    if let Some(wrong) = wrong {
        return Outputs.fail(wrong);
    }
    let fetched: Vec<_> = outputs.iter().filter_map(|output| output.result.as_ref().ok()).collect();
    let bytes: u64 = fetched.iter().map(|fetched| fetched.bytes).sum();
    let media = fetched.first().and_then(|fetched| fetched.media_type).unwrap_or_default();
    Outputs.pass(format!("{} downloaded, {media}, {}", outputs.len(), units::size(bytes)))
}

fn latency(trace: &JobTrace) -> Judgement {
    let (Some(finished), Some(ended)) = (trace.finished(), trace.ended) else {
        return Latency.skip("needs both the end and its webhook");
    };
    // A sender may hold an event back until the one before is answered.
    let earlier = trace.passed_on.iter().filter(|passed| passed.after <= finished.after);
    let held_up: Duration = earlier.map(|passed| passed.forwarded.attempt.timing.total).sum();
    match finished.after.checked_sub(ended) {
        Some(late) if late > LATENCY && late.saturating_sub(held_up) <= LATENCY => {
            Latency.skip(format!("{} after the end, but the handler held it up", units::duration(late)))
        }
        Some(late) if late > LATENCY => Latency.fail(format!("{} after the end", units::duration(late))),
        Some(late) => Latency.pass(format!("it came {} after the end was seen", units::duration(late))),
        None => Latency
            .pass(format!("it came {} before the end was seen", units::duration(ended.saturating_sub(finished.after)))),
    }
}

fn handler(trace: &JobTrace, context: JudgeContext<'_>) -> Judgement {
    /// Characters of an answer that are shown.
    const SHOWN: usize = 80;
    let Some(url) = context.handler else { return Handler.skip("no --forward") };
    let wrong = trace.passed_on.iter().find_map(|passed| {
        let what = match &passed.forwarded.attempt.outcome {
            Err(error) => format!("gave no answer to {}: {error}", passed.event_type),
            Ok(answer) if !answer.status.is_success() => {
                let said = in_one_line(&String::from_utf8_lossy(&answer.body));
                let said = said.chars().take(SHOWN).collect::<String>();
                let colon = if said.is_empty() { "" } else { ": " };
                format!("answered {} to {}{colon}{said}", answer.status.as_u16(), passed.event_type)
            }
            Ok(_) => return None,
        };
        Some(format!("{url} {what}"))
    });
    match (trace.passed_on.iter().map(|passed| passed.forwarded.attempt.timing.total).max(), wrong) {
        (_, Some(wrong)) => Handler.fail(wrong),
        (None, None) if counting(trace).next().is_some() => Handler.fail(format!("{url} was given nothing")),
        (None, None) => Handler.skip("there was nothing to pass on"),
        (Some(slowest), None) => {
            let count = deliveries(trace.passed_on.len());
            Handler.pass(format!("{url} answered {count} 2xx, the slowest in {}", units::duration(slowest)))
        }
    }
}
