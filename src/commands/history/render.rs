//! Text of a delivery in the journal: a line of the list, or everything that is known of it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::commands::shared::delivery_text::{INDENT, JOB_WIDTH, TYPE_WIDTH, answered, name};
use crate::commands::shared::verdict_text::verdict_of;
use crate::engine::receive::delivery_record::DeliveryRecord;
use crate::engine::receive::received::milliseconds;
use crate::model::contract::peek::Peek;
use crate::model::text::timestamp::rfc3339;
use crate::output::width::{display_width, fit};
use crate::output::{Record, Render, Role, TextWriter, units};
use crate::store::journal::{StoredAttempt, StoredDelivery};

/// The columns of a list that are the same wherever it is shown: `Jul 26 15:04`, `unverified`, `200`.
const TIME_WIDTH: usize = 12;
const VERDICT_WIDTH: usize = 10;
const ANSWER_WIDTH: usize = 3;

/// Blanks between two columns.
const GAP: usize = 2;

/// However narrow the terminal, a job id keeps this much: enough for `--job` to find it by.
const LEAST_JOB: usize = 8;

/// However little room is left, a remark keeps this much, or goes elsewhere.
const LEAST_REMARK: usize = 16;

/// The names of the fields of one delivery.
const LABEL_WIDTH: usize = 9;

/// Delivery numbers up to this one need no wider column.
const LEAST_ID: usize = 4;

/// A line of the list.
pub(crate) struct DeliveryRow<'a> {
    pub(crate) delivery: &'a StoredDelivery,
    /// The newest delivery's number, which is the longest.
    pub(crate) newest: u64,
    pub(crate) now: Timestamp,
    /// Whether it is the first line, above which the columns are named.
    pub(crate) first: bool,
}

/// All that is known of one delivery.
pub(crate) struct DeliveryDetails<'a> {
    pub(crate) delivery: &'a StoredDelivery,
    pub(crate) attempts: &'a [StoredAttempt],
}

#[derive(Serialize)]
struct DetailsRecord<'a> {
    #[serde(flatten)]
    delivery: DeliveryRecord<'a>,
    attempts: &'a [StoredAttempt],
}

impl Serialize for DeliveryDetails<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let delivery = DeliveryRecord::of_stored(self.delivery);
        DetailsRecord { delivery, attempts: self.attempts }.serialize(serializer)
    }
}

impl DeliveryRow<'_> {
    /// The columns of the number and of the job id, and what is left for remarks; no limit where there is no terminal.
    fn widths(&self, writer: &TextWriter<'_>) -> (usize, usize, Option<usize>) {
        let id = self.newest.to_string().len().max(LEAST_ID);
        let fixed = id + TIME_WIDTH + TYPE_WIDTH + VERDICT_WIDTH + ANSWER_WIDTH + 5 * GAP;
        let job = writer.width().map_or(JOB_WIDTH, |width| width.saturating_sub(fixed).clamp(LEAST_JOB, JOB_WIDTH));
        (id, job, writer.width().map(|width| width.saturating_sub(fixed + job + GAP)))
    }

    fn heading(&self, writer: &mut TextWriter<'_>) {
        let (id, job, _) = self.widths(writer);
        let columns = [("id", id), ("received", TIME_WIDTH), ("type", TYPE_WIDTH), ("job", job)];
        for (text, width) in columns.into_iter().chain([("verdict", VERDICT_WIDTH)]) {
            let right = if text == "id" { width - text.len() } else { 0 };
            writer.spaces(right).column(width - right, |cell| cell.paint(Role::Muted, text)).spaces(GAP);
        }
        writer.paint(Role::Muted, "code").newline();
    }

    /// `15:04:05` today, `Jul 26 15:04` this year, `2025-07-26` earlier.
    fn time(&self) -> String {
        let here = |time: Timestamp| time.to_zoned_datetime(TimeZone::system());
        let (received, now) = (here(self.delivery.received_at), here(self.now));
        let form = match () {
            () if received.date() == now.date() => "%H:%M:%S",
            () if received.year() == now.year() => "%b %d %H:%M",
            () => "%Y-%m-%d",
        };
        received.strftime(form).to_string()
    }
}

/// Remarks on a delivery, the most important first.
fn remarks(delivery: &StoredDelivery) -> Vec<String> {
    let problem = delivery.problem.as_ref().map(|code| {
        // The sentence is not kept; the body says it again.
        Peek::at(&delivery.body).problem.map_or_else(|| code.to_string(), |problem| problem.to_string())
    });
    let duplicate = (delivery.repeat > 1).then(|| format!("duplicate, attempt {}", delivery.repeat));
    let unanswered = delivery.answered.is_none().then(|| "never answered".to_owned());
    let replayed = delivery.replayed.then(|| "replayed".to_owned());
    [delivery.explanation.clone(), problem, duplicate, replayed, unanswered].into_iter().flatten().collect()
}

impl Render for DeliveryRow<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        if self.first && writer.is_pretty() {
            self.heading(writer);
        }
        let delivery = self.delivery;
        let (id, job, room) = self.widths(writer);
        let number = delivery.id.to_string();
        writer.spaces(id.saturating_sub(number.len())).paint(Role::Strong, &number).spaces(GAP);
        writer.column(TIME_WIDTH, |cell| cell.paint(Role::Muted, &self.time())).spaces(GAP);
        let event = name(delivery.event_type.as_deref());
        let event = if room.is_some() { fit(&event, TYPE_WIDTH) } else { Cow::Borrowed(event.as_str()) };
        writer.column(TYPE_WIDTH, |cell| cell.untrusted(&event)).spaces(GAP);
        let job_id = name(delivery.job_id.as_deref());
        let job_id = if room.is_some() { fit(&job_id, job) } else { Cow::Borrowed(job_id.as_str()) };
        writer.column(job, |cell| cell.untrusted(&job_id)).spaces(GAP);
        let (verdict, role) = verdict_of(delivery.verdict);
        writer.column(VERDICT_WIDTH, |cell| cell.paint(role, verdict)).spaces(GAP);
        let status = delivery.answered.map_or_else(|| "-".to_owned(), |status| status.to_string());
        let remark = remarks(delivery).join("; ");
        match room {
            _ if remark.is_empty() => writer.line(&status),
            Some(room) if room < display_width(&remark).min(LEAST_REMARK) || room < GAP => {
                writer.line(&status);
                if !writer.is_pretty() {
                    return;
                }
                let width = writer.width().unwrap_or_default().saturating_sub(INDENT);
                writer.spaces(INDENT).paint_untrusted(role, &fit(&remark, width)).newline()
            }
            Some(room) => {
                writer.column(ANSWER_WIDTH, |cell| cell.push(&status)).spaces(GAP);
                writer.paint_untrusted(role, &fit(&remark, room)).newline()
            }
            None => {
                writer.column(ANSWER_WIDTH, |cell| cell.push(&status)).spaces(GAP);
                writer.paint_untrusted(role, &remark).newline()
            }
        };
    }
}

impl Serialize for DeliveryRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        DeliveryRecord::of_stored(self.delivery).serialize(serializer)
    }
}

impl Record for DeliveryRow<'_> {
    const NAME: &'static str = "delivery";
}

/// A time where the user is.
fn date_and_time(time: Timestamp, form: &str) -> String {
    time.to_zoned_datetime(TimeZone::system()).strftime(form).to_string()
}

fn label<'c, 'a>(writer: &'c mut TextWriter<'a>, text: &str) -> &'c mut TextWriter<'a> {
    writer.column(LABEL_WIDTH, |cell| cell.paint(Role::Muted, text)).spaces(GAP)
}

impl Render for DeliveryDetails<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let delivery = self.delivery;
        label(writer, "delivery").paint(Role::Strong, &delivery.id.to_string()).newline();
        label(writer, "received")
            .push(&date_and_time(delivery.received_at, "%Y-%m-%d %H:%M:%S%.3f %:z"))
            .push(" from ")
            .untrusted(&delivery.remote)
            .newline();
        label(writer, "event").untrusted(&name(delivery.event_type.as_deref())).spaces(GAP);
        writer.untrusted(&name(delivery.job_id.as_deref())).newline();
        let (verdict, role) = verdict_of(delivery.verdict);
        label(writer, "verdict").paint(role, verdict);
        let remarks = remarks(delivery);
        if !remarks.is_empty() {
            writer.spaces(GAP).paint_untrusted(role, &remarks.join("; "));
        }
        label(writer.newline(), "answered");
        match delivery.answered {
            Some(status) => answered(writer, status),
            None => {
                writer.paint(Role::Warning, "never: listening ended before the handler decided");
            }
        }
        writer.newline().newline();
        self.render_request(writer);
        for attempt in self.attempts {
            writer.newline();
            attempt.render(writer);
        }
    }
}

impl DeliveryDetails<'_> {
    fn render_request(&self, writer: &mut TextWriter<'_>) {
        let delivery = self.delivery;
        writer.paint_untrusted(Role::Strong, &delivery.method).spaces(1).untrusted(&delivery.path).newline();
        for (name, value) in &delivery.headers {
            writer.paint(Role::Key, name.as_str()).push(": ").untrusted_bytes(value.as_bytes()).newline();
        }
        writer.newline().body(&delivery.body, 0);
    }
}

impl Record for DeliveryDetails<'_> {
    const NAME: &'static str = "delivery";
}

impl Render for StoredAttempt {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.paint(Role::Muted, &date_and_time(self.started_at, "%Y-%m-%d %H:%M:%S")).spaces(GAP);
        writer.untrusted(&self.origin).spaces(GAP).untrusted_url(&self.target).spaces(GAP);
        match (self.status, &self.error) {
            (Some(status), _) => {
                answered(writer, status);
                writer.push(" in ").push(&units::duration(self.latency)).newline();
                if writer.is_pretty() && !self.excerpt.is_empty() {
                    writer.body(&self.excerpt, INDENT);
                }
            }
            (None, Some(error)) => {
                writer.paint_untrusted(Role::Error, &error.text).newline();
            }
            (None, None) => {
                writer.paint(Role::Error, "no answer").newline();
            }
        }
    }
}

impl Serialize for StoredAttempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("origin", &self.origin)?;
        map.serialize_entry("target", &self.target)?;
        map.serialize_entry("started_at", &rfc3339(self.started_at))?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.latency))?;
        map.serialize_entry("answered", &self.status)?;
        map.serialize_entry("excerpt", &self.status.map(|_| String::from_utf8_lossy(&self.excerpt)))?;
        let error = self.error.as_ref();
        map.serialize_entry(
            "error",
            &error.map(|error| serde_json::json!({ "code": error.code, "message": error.text })),
        )?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use jiff::Timestamp;

    use super::DeliveryRow;
    use crate::model::signing::verdict::VerdictKind;
    use crate::output::width::display_width;
    use crate::output::{Format, Render, TextWriter, Theme};
    use crate::store::journal::{StoredDelivery, VerifiedDelivery};

    fn drawn(job_id: &str, verdict: VerdictKind, width: usize, format: Format) -> Vec<String> {
        let delivery = VerifiedDelivery {
            received_at: Timestamp::UNIX_EPOCH,
            method: "POST".into(),
            path: "/".to_owned(),
            remote: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            verdict,
            reason: None,
            explanation: (verdict != VerdictKind::Verified)
                .then(|| "signature has 40 hex digits instead of 64".to_owned()),
            problem: None,
            event_type: Some("video.completed".to_owned()),
            job_id: Some(job_id.to_owned()),
            status: None,
            replayed: false,
        };
        let delivery = StoredDelivery { id: 9_999, repeat: 1, answered: Some(200), delivery };
        let line = DeliveryRow { delivery: &delivery, newest: 9_999, now: Timestamp::UNIX_EPOCH, first: true };
        let mut text = String::new();
        line.render(&mut TextWriter::new(&mut text, Theme::new(false), Some(width), format));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_list_fits_a_terminal_of_eighty_columns_with_the_whole_job_id() {
        let lines = drawn("clx7uu86w0a5qp55yxz315r6r", VerdictKind::Unverified, 80, Format::Pretty);
        assert_eq!(lines.len(), 3, "the heading, the delivery, and what is unusual about it: {lines:?}");
        assert!(lines.iter().all(|line| display_width(line) <= 80), "{lines:?}");
        assert!(lines[1].contains("clx7uu86w0a5qp55yxz315r6r  unverified  200"), "{}", lines[1]);
        assert!(lines[2].ends_with("instead of 64"), "{}", lines[2]);
    }

    #[test]
    fn on_a_narrow_one_the_job_id_is_cut_and_on_a_wide_one_all_stands_in_a_line() {
        let narrow = drawn("clx7uu86w0a5qp55yxz315r6r", VerdictKind::Verified, 70, Format::Compact);
        assert!(narrow.len() == 1 && narrow[0].contains("clx7uu86w0a5qp5…"), "{narrow:?}");
        let wide = drawn("clx7uu86w0a5qp55yxz315r6r", VerdictKind::Invalid, 130, Format::Compact);
        assert!(wide.len() == 1 && wide[0].ends_with("INVALID     200  signature has 40 hex digits instead of 64"));
    }
}
