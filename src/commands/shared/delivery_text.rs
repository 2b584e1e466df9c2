//! Text of a delivery: one line, and in the pretty format its body and its key facts.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::shared::verdict_text::verdict_of;
use crate::engine::receive::received::{ReceivedDelivery, RejectedRequest};
use crate::model::contract::project::{Download, JobError};
use crate::model::media;
use crate::output::width::{display_width, fit};
use crate::output::{Record, Render, Role, TextWriter, units};

/// The columns of a line: event type, job id, verdict.
pub(crate) const TYPE_WIDTH: usize = 15;
pub(crate) const JOB_WIDTH: usize = 25;
const VERDICT_WIDTH: usize = 8;

/// Columns that details below a line are indented.
pub(crate) const INDENT: usize = 10;

/// Columns that a body is indented; few, so that links fit.
const BODY_INDENT: usize = 2;

/// The most characters that are shown of a received name.
const LONGEST_NAME: usize = 60;

/// The most downloads that are listed; real events have a few.
const MOST_DOWNLOADS: usize = 16;

/// The time of day where the user is.
pub(crate) fn time_of_day(time: Timestamp) -> String {
    time.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// The status of an answer, as in `-> 200`.
pub(crate) fn answered(writer: &mut TextWriter<'_>, status: u16) {
    let role = match status {
        200..=299 => Role::Success,
        300..=399 => Role::Warning,
        _ => Role::Error,
    };
    writer.push("-> ").paint(role, &status.to_string());
}

/// A received name, cut to a length that leaves room for the rest of the line.
pub(crate) fn name(text: Option<&str>) -> String {
    let text = text.unwrap_or("-");
    let end = if text.len() > LONGEST_NAME { text.char_indices().nth(LONGEST_NAME) } else { None };
    match end {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Columns of a job id: all of it, or a part with which a line fits a narrow terminal.
fn job_width(width: Option<usize>) -> usize {
    const REST: usize = 10 + TYPE_WIDTH + VERDICT_WIDTH + 3 * 2 + "1023 B  -> 200".len();
    const LEAST: usize = 6;
    width.map_or(JOB_WIDTH, |width| width.saturating_sub(REST).clamp(LEAST, JOB_WIDTH))
}

impl Render for ReceivedDelivery {
    fn render(&self, writer: &mut TextWriter<'_>) {
        self.render_line(writer);
        if writer.is_pretty() {
            self.render_body(writer);
            self.render_outcome(writer);
        }
    }
}

impl ReceivedDelivery {
    /// Draws its line, and remarks for which that has no room.
    pub(crate) fn render_line(&self, writer: &mut TextWriter<'_>) {
        let event = name(self.peek.event_type.as_deref());
        let job = name(self.peek.job_id.as_deref());
        let job_width = job_width(writer.width());
        let job = if job_width < JOB_WIDTH { fit(&job, job_width) } else { Cow::Borrowed(job.as_str()) };
        let (verdict, verdict_role) = verdict_of(self.verdict.kind());
        writer.paint(Role::Muted, &time_of_day(self.received_at)).spaces(2);
        writer.column(TYPE_WIDTH, |cell| cell.paint_untrusted(Role::Strong, &event)).spaces(2);
        writer.column(job_width, |cell| cell.untrusted(&job)).spaces(2);
        writer.column(VERDICT_WIDTH, |cell| cell.paint(verdict_role, verdict)).spaces(2);
        let remarks = self.remarks();
        let size = units::size(self.body.len() as u64);
        let inline = remarks.join("; ");
        let used = INDENT + event.len().max(TYPE_WIDTH) + job.len().max(job_width) + verdict.len().max(VERDICT_WIDTH);
        let rest = 6 + size.len() + "  -> 200".len();
        let fits = writer.width().is_none_or(|width| used + rest + display_width(&inline) + 2 <= width);
        if fits && !remarks.is_empty() {
            writer.paint_untrusted(verdict_role, &inline).spaces(2);
        }
        writer.paint(Role::Muted, &size).spaces(2);
        answered(writer, self.answered.as_u16());
        writer.newline();
        if !fits {
            for remark in &remarks {
                writer.spaces(INDENT).paint_untrusted(verdict_role, remark).newline();
            }
        }
    }

    /// Draws its body.
    pub(crate) fn render_body(&self, writer: &mut TextWriter<'_>) {
        writer.body(&self.body, BODY_INDENT);
    }

    /// Remarks on it, the most important first.
    fn remarks(&self) -> Vec<String> {
        let reason = self.verdict.reason().map(ToString::to_string);
        let problem = self.peek.problem.as_ref().map(ToString::to_string);
        let duplicate = (self.attempt > 1).then(|| format!("duplicate, attempt {}", self.attempt));
        let replayed = self.replayed.then(|| "replayed".to_owned());
        [reason, problem, duplicate, replayed].into_iter().flatten().collect()
    }

    /// Draws the error or the downloads that its body names.
    pub(crate) fn render_outcome(&self, writer: &mut TextWriter<'_>) {
        if let Some(JobError { code, message }) = &self.peek.error {
            writer.spaces(INDENT).paint(Role::Error, "error").spaces(2);
            writer.paint_untrusted(Role::Strong, &name(Some(code))).push(": ").untrusted(message).newline();
        }
        for download in self.peek.downloads.iter().take(MOST_DOWNLOADS) {
            render_download(writer, download, self.received_at);
        }
        let left = self.peek.downloads.len().saturating_sub(MOST_DOWNLOADS);
        if left > 0 {
            writer.spaces(INDENT).paint(Role::Muted, &format!("… {} more", units::counted(left as u64, "download")));
            writer.newline();
        }
    }
}

/// An output: where it is, what it is, and how long its link lives.
fn render_download(writer: &mut TextWriter<'_>, download: &Download, now: Timestamp) {
    let host = download.url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next()).unwrap_or("-");
    writer.spaces(INDENT).paint(Role::Accent, "download").spaces(2).untrusted(&name(Some(host))).spaces(2);
    writer.push(media_type(&download.url).unwrap_or("unknown type")).spaces(2);
    match u64::try_from(download.expires_at.as_second() - now.as_second()) {
        Ok(left) => writer.push("expires in ").push(&units::duration(Duration::from_secs(left))),
        Err(_) => writer.paint(Role::Warning, "expired"),
    };
    writer.newline();
}

/// The media type that a URL's extension promises.
fn media_type(url: &str) -> Option<&'static str> {
    media::extension_in(url).and_then(media::by_extension)
}

impl Record for ReceivedDelivery {
    const NAME: &'static str = "delivery";
}

impl Render for RejectedRequest {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.paint(Role::Muted, &time_of_day(self.received_at)).spaces(2);
        writer.push("refused").spaces(2);
        if let (Some(method), Some(path)) = (&self.method, &self.path) {
            writer.untrusted(method).spaces(1).untrusted(&name(Some(path))).spaces(2);
        }
        writer.paint_untrusted(Role::Warning, &self.why);
        if let Some(status) = self.answered {
            writer.spaces(2);
            answered(writer, status.as_u16());
        }
        writer.newline();
    }
}

impl Record for RejectedRequest {
    const NAME: &'static str = "refused";
}

#[cfg(test)]
mod tests {
    use super::media_type;
    use crate::engine::receive::received::ReceivedDelivery;
    use crate::engine::receive::received::tests::{received, received_body};
    use crate::model::Verdict;
    use crate::model::signing::reason::Reason;
    use crate::output::{Format, Render, TextWriter, Theme};

    const JOB: &str = "clx7uu86w0a5qp55yxz315r6r";

    /// Text of a delivery without the time of day, which depends on the time zone.
    fn shown(received: &ReceivedDelivery, width: Option<usize>, format: Format) -> String {
        let mut text = String::new();
        received.render(&mut TextWriter::new(&mut text, Theme::new(false), width, format));
        text.split_off("00:00:00  ".len())
    }

    fn refused() -> ReceivedDelivery {
        let mut refused = received("image.errored", JOB);
        refused.verdict = Verdict::Invalid(Reason::TimestampMilliseconds);
        refused.answered = http::StatusCode::UNAUTHORIZED;
        refused
    }

    #[test]
    fn a_line_fits_a_terminal_of_80_columns() {
        let line = shown(&received("video.completed", JOB), Some(80), Format::Compact);
        assert_eq!(line, "video.completed  clx7uu86w0a5qp55yxz315r6r  verified  71 B  -> 200\n");
        let lines = shown(&refused(), Some(80), Format::Compact);
        assert_eq!(
            lines,
            "image.errored    clx7uu86w0a5qp55yxz315r6r  INVALID   69 B  -> 401\n          timestamp is in milliseconds\n"
        );
    }

    #[test]
    fn with_room_the_reason_stands_on_the_line() {
        let line = shown(&refused(), None, Format::Compact);
        assert_eq!(
            line,
            "image.errored    clx7uu86w0a5qp55yxz315r6r  INVALID   timestamp is in milliseconds  69 B  -> 401\n"
        );
    }

    #[test]
    fn the_pretty_format_adds_body_error_and_downloads() {
        let body = concat!(
            r#"{"type":"video.completed","payload":{"id":"c","error":{"message":"no face","code":"no_source_face"},"#,
            r#""downloads":[{"url":"https://h/o.mp4?sig=1","expires_at":"1970-01-02T00:00:00Z"}]}}"#
        );
        let mut failed = received_body(body);
        failed.attempt = 2;
        let text = shown(&failed, Some(100), Format::Pretty);
        let expected = [
            "video.completed  c                          verified  duplicate, attempt 2  0.2 KB  -> 200",
            "  {",
            "    \"type\": \"video.completed\",",
            "    \"payload\": {",
            "      \"id\": \"c\",",
            "      \"error\": {",
            "        \"message\": \"no face\",",
            "        \"code\": \"no_source_face\"",
            "      },",
            "      \"downloads\": [",
            "        {",
            "          \"url\": \"https://h/o.mp4?…\",",
            "          \"expires_at\": \"1970-01-02T00:00:00Z\"",
            "        }",
            "      ]",
            "    }",
            "  }",
            "          error  no_source_face: no face",
            "          download  h  video/mp4  expires in 24 h",
            "",
        ];
        assert_eq!(text, expected.join("\n"));
    }

    #[test]
    fn the_extension_tells_the_type_whatever_the_query_says() {
        assert_eq!(media_type("https://h/a/output.mp4?sig=x.png"), Some("video/mp4"));
        assert_eq!(media_type("https://h/a/OUTPUT.PNG"), Some("image/png"));
        assert_eq!(media_type("https://h/a/output"), None);
    }
}
