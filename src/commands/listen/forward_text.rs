//! Text of an attempt to pass a delivery on, and the hint that it deserves.

use crate::commands::shared::answer_text;
use crate::commands::shared::answer_text::likely_cause;
use crate::commands::shared::attempt_text::hint_for;
use crate::commands::shared::delivery_text::{INDENT, answered};
use crate::engine::receive::forwarder::Forwarded;
use crate::engine::send::attempt::Attempt;
use crate::output::{Record, Render, Role, TextWriter, units};

/// Advice about an attempt that did not succeed.
pub(super) fn hint_of(forwarded: &Forwarded) -> Option<&'static str> {
    match &forwarded.attempt.outcome {
        Ok(answer) => likely_cause(answer),
        Err(error) => Some(hint_for(error, &forwarded.attempt.url)),
    }
}

/// Draws an attempt: its name, its target and its outcome.
pub(super) fn render_attempt(writer: &mut TextWriter<'_>, name: &str, attempt: &Attempt) {
    writer.spaces(INDENT).paint(Role::Muted, name).spaces(2).untrusted_url(&attempt.url).spaces(2);
    match &attempt.outcome {
        Ok(answer) => {
            answered(writer, answer.status.as_u16());
            answer_text::location(writer, answer);
            writer.push(" in ").push(&units::duration(attempt.timing.total)).newline();
            if writer.is_pretty() && !answer.status.is_success() {
                answer_text::body(writer, answer, INDENT);
            }
        }
        Err(error) => {
            writer.paint_untrusted(Role::Error, &error.to_string()).newline();
        }
    }
}

impl Render for Forwarded {
    fn render(&self, writer: &mut TextWriter<'_>) {
        render_attempt(writer, "forward", &self.attempt);
    }
}

impl Record for Forwarded {
    const NAME: &'static str = "forward";
}
