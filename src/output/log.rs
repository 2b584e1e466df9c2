//! Log of what happens inside, on stderr: one line or record for each event, masked and made visible like all output.

use std::fmt::{Debug, Write};
use std::time::Instant;

use serde::Serialize;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::output::streams::Streams;

/// Filter of a log: a level for each part of the program.
///
/// As text: a level (`debug`), or parts with levels (`journal=trace,forward=debug`).
#[derive(Clone, Debug)]
pub struct LogFilter(Targets);

impl LogFilter {
    /// The filter of the number of `-v` options, or of the variable `MH_HOOK_LOG`, which wins.
    pub fn of(verbose: u8, variable: Option<&str>) -> Result<Option<Self>, ParseError> {
        let level = match verbose {
            0 => None,
            1 => Some(LevelFilter::DEBUG),
            _ => Some(LevelFilter::TRACE),
        };
        match variable.filter(|text| !text.is_empty()) {
            Some(text) => text.parse().map(|targets| Some(Self(targets))),
            None => Ok(level.map(|level| Self(Targets::new().with_default(level)))),
        }
    }
}

/// Begins to log to stderr. A second call in a process changes nothing.
pub fn start(filter: LogFilter, streams: &Streams) {
    let _ = tracing::subscriber::set_global_default(subscriber(filter, streams));
}

fn subscriber(filter: LogFilter, streams: &Streams) -> impl Subscriber + Send + Sync + use<> {
    let layer = LogLayer { streams: streams.clone(), started: Instant::now() };
    tracing_subscriber::registry().with(layer.with_filter(filter.0))
}

/// Writes events to stderr.
struct LogLayer {
    streams: Streams,
    started: Instant,
}

/// An event as a record.
#[derive(Serialize)]
struct LogRecord<'a> {
    elapsed_ms: u128,
    level: &'static str,
    part: &'a str,
    message: String,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let record = LogRecord {
            elapsed_ms: self.started.elapsed().as_millis(),
            level: name(*event.metadata().level()),
            part: event.metadata().target(),
            message: fields.message,
            fields: fields.values,
        };
        self.streams.log(&record, || record.line());
    }
}

impl LogRecord<'_> {
    /// `  0.123 s  debug  journal: group committed, deliveries=12`
    fn line(&self) -> String {
        let seconds = self.elapsed_ms / 1_000;
        let mut line =
            format!("{seconds:>4}.{:03} s  {}  {}: {}", self.elapsed_ms % 1_000, self.level, self.part, self.message);
        for (name, value) in &self.fields {
            let _ = match value {
                Value::String(text) => write!(line, ", {name}={text}"),
                other => write!(line, ", {name}={other}"),
            };
        }
        line
    }
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// Collects the fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    values: Map<String, Value>,
}

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        self.values.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else {
            self.set(field, Value::String(text));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing::{debug, trace};

    use super::{LogFilter, subscriber};
    use crate::output::format::Format;
    use crate::output::streams::Streams;

    fn logged(filter: &str, format: Format) -> String {
        let (streams, _, err) = Streams::in_memory(format);
        let filter = LogFilter::of(0, Some(filter)).unwrap().unwrap();
        with_default(subscriber(filter, &streams), || {
            debug!(target: "journal", deliveries = 12, why = "\x1b[31m mhw_test_0123456789abcdefWXYZ", "group committed");
            trace!(target: "connection", peer = %"127.0.0.1:9", "accepted");
        });
        err.text()
    }

    #[test]
    fn a_line_is_masked_and_made_visible() {
        let line = logged("debug", Format::Pretty);
        let (time, rest) = line.split_once(" s  ").unwrap();
        assert!(time.trim().chars().all(|c| c.is_ascii_digit() || c == '.'), "{line:?}");
        assert_eq!(rest, "debug  journal: group committed, deliveries=12, why=\\x1b[31m mhw_test_…WXYZ\n");
    }

    #[test]
    fn a_record_has_its_fields() {
        let record: serde_json::Value = serde_json::from_str(&logged("debug", Format::Json)).unwrap();
        assert_eq!(record["record"], "log");
        assert_eq!((record["level"].as_str(), record["part"].as_str()), (Some("debug"), Some("journal")));
        assert_eq!(record["deliveries"], 12);
    }

    #[test]
    fn parts_have_levels_of_their_own() {
        let lines = logged("connection=trace", Format::Compact);
        assert!(lines.ends_with("trace  connection: accepted, peer=127.0.0.1:9\n"), "{lines:?}");
        assert_eq!(lines.lines().count(), 1);
    }

    #[test]
    fn options_choose_a_level_and_the_variable_wins() {
        assert!(LogFilter::of(0, None).unwrap().is_none());
        assert!(LogFilter::of(0, Some("")).unwrap().is_none());
        let text = |verbose, variable| format!("{:?}", LogFilter::of(verbose, variable).unwrap().unwrap());
        assert!(text(1, None).contains("DEBUG"));
        assert!(text(2, None).contains("TRACE"));
        assert!(text(2, Some("info")).contains("INFO"));
        assert!(LogFilter::of(0, Some("journal=loud")).is_err());
    }
}
