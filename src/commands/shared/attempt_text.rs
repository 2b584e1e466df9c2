//! Text of an attempt: the event, the handler's answer, and its likely meaning.

use serde::{Serialize, Serializer};

use crate::commands::shared::answer_text;
use crate::commands::shared::answer_text::likely_cause;
use crate::commands::shared::context::Context;
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::delivery_text::{INDENT, JOB_WIDTH, TYPE_WIDTH, answered, name, time_of_day};
use crate::commands::shared::value_parsers::ExpectedStatus;
use crate::engine::send::attempt::Attempt;
use crate::engine::send::sender::SentEvent;
use crate::error::Exit;
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::net::out::post::Answer;
use crate::net::out::post_error::PostError;
use crate::output::{Record, Render, Role, TextWriter, units};

/// An attempt, and what was expected of it.
pub(crate) struct AttemptReport<'a> {
    pub(crate) sent: &'a SentEvent,
    /// The statuses that count as success.
    pub(crate) expected: ExpectedStatus,
    /// Whether the delivery was wrong on purpose, or not signed.
    pub(crate) faulty: bool,
}

impl AttemptReport<'_> {
    pub(crate) fn exit(&self) -> Exit {
        match &self.sent.attempt.outcome {
            Ok(answer) if self.expected.matches(answer.status) => Exit::Done,
            Ok(_) => Exit::No,
            Err(error) => error.into(),
        }
    }

    /// Whether the next event would fare no better.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.sent.attempt.outcome.as_ref().is_err_and(PostError::is_unsent)
    }

    /// Says on stderr what the line on stdout means and what to do about it.
    pub(crate) fn comment(&self, context: &Context) {
        let streams = &context.streams;
        match &self.sent.attempt.outcome {
            Err(error) => {
                streams.error(&error.to_string(), Some(hint_for(error, &self.sent.attempt.url)), self.exit() as u8);
            }
            Ok(answer) if !self.expected.matches(answer.status) => {
                if let Some(hint) = if self.faulty { of_faulty(answer) } else { likely_cause(answer) } {
                    streams.hint(hint);
                }
            }
            Ok(answer) if self.faulty && answer.status.is_success() => {
                streams.warn("the handler accepted a delivery that is wrong on purpose");
            }
            Ok(_) => {}
        }
        if let Some(excess) =
            self.sent.attempt.outcome.as_ref().ok().map(|answer| answer.excess).filter(|more| *more > 0)
        {
            let more = units::counted(excess, "byte");
            streams
                .warn(&format!("the answer is {more} longer than its Content-Length says; what follows was left out"));
        }
        if self.sent.attempt.timing.answering() > ANSWER_TIMEOUT {
            streams.warn("Magic Hour waits 10 s for an answer and then sends the event again: answer first, then work");
        }
    }
}

/// Meaning of an unexpected answer to a delivery that is wrong on purpose, or not signed.
fn of_faulty(answer: &Answer) -> Option<&'static str> {
    let is_unverified =
        answer.headers.get("mh-hook-verdict").is_some_and(|verdict| verdict.as_bytes().starts_with(b"unverified"));
    match answer.status.as_u16() {
        200..=299 if is_unverified => Some(
            "the listener there has no webhook secret, so it accepts what it cannot verify: set MAGIC_HOUR_WEBHOOK_SECRET \
             for both",
        ),
        200..=299 => Some(
            "the handler accepted a delivery that is wrong on purpose: does it verify the signature? `mh-hook check` tries \
             every way",
        ),
        400 | 401 | 403 => {
            Some("the handler refused what is wrong on purpose, as it should: --expect-status 4xx makes that exit 0")
        }
        _ => likely_cause(answer),
    }
}

/// The next thing to do about an answer that did not come.
pub(crate) fn hint_for(error: &PostError, url: &str) -> &'static str {
    match error {
        PostError::Connect { listens_on_other_family: false, .. } if url == default_url() => {
            "is your handler running? `mh-hook listen` in another terminal is one"
        }
        error => error.hint(),
    }
}

impl Render for AttemptReport<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let SentEvent { event, attempt, .. } = self.sent;
        let Attempt { outcome, timing, sent_at, .. } = attempt;
        writer.paint(Role::Muted, &time_of_day(*sent_at)).spaces(2);
        writer
            .column(TYPE_WIDTH, |cell| cell.paint_untrusted(Role::Strong, &name(event.event_type.as_deref())))
            .spaces(2);
        writer.column(JOB_WIDTH, |cell| cell.untrusted(&name(event.job_id.as_deref()))).spaces(2);
        match outcome {
            Ok(answer) => {
                answered(writer, answer.status.as_u16());
                answer_text::location(writer, answer);
                writer.push(" in ").push(&units::duration(timing.total));
                repetition(writer, self.sent.number);
                writer.newline();
                if writer.is_pretty() {
                    answer_text::body(writer, answer, INDENT);
                }
            }
            Err(error) => {
                writer.paint(Role::Error, "no answer").push(" (").push(error.code()).push(")");
                repetition(writer, self.sent.number);
                writer.newline();
            }
        }
    }
}

/// Adds the number of an attempt after the first.
fn repetition(writer: &mut TextWriter<'_>, number: u32) {
    if number > 1 {
        writer.spaces(2).paint(Role::Muted, &format!("attempt {number}"));
    }
}

impl Serialize for AttemptReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.sent.serialize(serializer)
    }
}

impl Record for AttemptReport<'_> {
    const NAME: &'static str = "attempt";
}
