//! Text of an attempt: the event, the handler's answer, and its likely meaning.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::commands::shared::answer_text;
use crate::commands::shared::answer_text::likely_cause;
use crate::commands::shared::context::Context;
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::delivery_text::{INDENT, JOB_WIDTH, TYPE_WIDTH, answered, name, time_of_day};
use crate::commands::shared::value_parsers::ExpectedStatus;
use crate::engine::send::sender::Attempt;
use crate::error::Exit;
use crate::model::EventType;
use crate::net::out::connect::{PostError, listens_on_other_family};
use crate::output::{Canvas, Record, Render, Role, units};

/// An answer later than this is too late for Magic Hour, which then sends the event again.
const TOO_LATE: Duration = Duration::from_secs(10);

/// An attempt, and what was expected of it.
pub(crate) struct AttemptReport<'a> {
    pub(crate) attempt: &'a Attempt,
    /// The statuses that count as success.
    pub(crate) expected: ExpectedStatus,
    /// Whether the delivery was wrong on purpose.
    pub(crate) faulty: bool,
}

impl AttemptReport<'_> {
    pub(crate) fn exit(&self) -> Exit {
        match &self.attempt.outcome {
            Ok(answer) if self.expected.matches(answer.status) => Exit::Done,
            Ok(_) => Exit::No,
            Err(error) => error.into(),
        }
    }

    /// Whether the next event would fare no better.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.attempt.outcome.as_ref().is_err_and(PostError::is_unsent)
    }

    /// Says on stderr what the line on stdout means and what to do about it.
    pub(crate) fn comment(&self, context: &Context) {
        let streams = &context.streams;
        match &self.attempt.outcome {
            Err(error) => {
                streams.error(&error.to_string(), Some(hint_for(error, &self.attempt.url)), self.exit() as u8);
            }
            Ok(answer) if !self.expected.matches(answer.status) => match likely_cause(answer.status) {
                Some(cause) if !self.faulty => streams.hint(cause),
                _ => {}
            },
            Ok(answer) if self.faulty && answer.status.is_success() => {
                streams.warn("the handler accepted a delivery that is wrong on purpose");
            }
            Ok(_) => {}
        }
        if self.attempt.elapsed > TOO_LATE {
            streams.warn("Magic Hour waits 10 s for an answer and then sends the event again: answer first, then work");
        }
    }
}

/// Advice on an answer that did not arrive.
pub(crate) fn hint_for(error: &PostError, url: &str) -> &'static str {
    match error {
        PostError::Connect { .. } if listens_on_other_family(error) => {
            "the handler listens on the other one of 127.0.0.1 and [::1]: write localhost, which tries both"
        }
        PostError::Connect { .. } if url == default_url() => {
            "is your handler running? `mh-hook listen` in another terminal is one"
        }
        PostError::Connect { .. } => "is your handler running, and on this port?",
        PostError::Dns { .. } => "is the host spelled right, and is there a network?",
        PostError::Tls { .. } => {
            "is it https at all? --ca-file FILE trusts a private authority, --insecure any certificate"
        }
        PostError::TooSlow { .. } => "Magic Hour waits 10 s for an answer: answer first, then work",
        PostError::Broken { .. } => "did the handler crash? see its own log",
    }
}

impl Render for AttemptReport<'_> {
    fn render(&self, canvas: &mut Canvas<'_>) {
        let Attempt { event, outcome, elapsed, sent_at, .. } = self.attempt;
        let event_type = event.event_type.map_or("-", EventType::as_str);
        canvas.paint(Role::Muted, &time_of_day(*sent_at)).spaces(2);
        canvas.column(TYPE_WIDTH, |cell| cell.paint(Role::Strong, event_type)).spaces(2);
        canvas.column(JOB_WIDTH, |cell| cell.untrusted(&name(event.job_id.as_deref()))).spaces(2);
        match outcome {
            Ok(answer) => {
                answered(canvas, answer.status.as_u16());
                canvas.push(" in ").push(&units::duration(*elapsed)).newline();
                if canvas.is_pretty() {
                    answer_text::body(canvas, answer, INDENT);
                }
            }
            Err(error) => {
                canvas.paint(Role::Error, "no answer").push(" (").push(error.code()).line(")");
            }
        }
    }
}

impl Serialize for AttemptReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.attempt.serialize(serializer)
    }
}

impl Record for AttemptReport<'_> {
    fn record(&self) -> &'static str {
        "attempt"
    }
}
