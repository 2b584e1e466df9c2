//! Results: values that are text for people and JSON for programs, and the printer that knows which is wanted.

use serde::Serialize;

use crate::output::envelope;
use crate::output::format::Format;
use crate::output::stream::{OutputError, Stream};
use crate::output::streams::Streams;
use crate::output::text_writer::TextWriter;

/// A value that can be drawn as text.
pub trait Render {
    /// Draws the value as whole lines.
    fn render(&self, writer: &mut TextWriter<'_>);
}

/// A result: what it says as text, and what it says as JSON.
///
/// It must serialise to an object: a struct, or an untagged enum of structs.
pub trait Record: Render + Serialize {
    /// The name under which programs know it. Once released it does not change.
    const NAME: &'static str;
}

/// Writes records to stdout in the format that was asked for.
#[derive(Clone)]
pub struct Printer {
    out: Stream,
    format: Format,
}

impl Printer {
    /// A printer to the stdout of `streams`.
    pub fn new(streams: &Streams) -> Self {
        Self { out: streams.out.clone(), format: streams.format }
    }

    /// Writes one record and flushes.
    pub fn print<R: Record>(&self, record: &R) -> Result<(), OutputError> {
        let mut batch = self.batch();
        batch.add(record)?;
        batch.flush()
    }

    /// Writes a drawing that is for people alone, and flushes.
    pub fn draw(&self, drawing: &impl Render) -> Result<(), OutputError> {
        let mut text = String::new();
        drawing.render(&mut TextWriter::new(&mut text, self.out.theme(), self.out.width(), self.format));
        self.out.write_text(&text)
    }

    /// Starts to collect records that are written together, for printing thousands in a second.
    pub fn batch(&self) -> Batch {
        Batch { printer: self.clone(), text: String::new() }
    }
}

/// Records that wait for one write. The memory is used again after each.
pub struct Batch {
    printer: Printer,
    text: String,
}

impl Batch {
    /// Adds a record as it will be written.
    pub fn add<R: Record>(&mut self, record: &R) -> Result<(), OutputError> {
        let Printer { out, format } = &self.printer;
        if *format == Format::Json {
            return envelope::append_line(&mut self.text, R::NAME, record).map_err(|error| out.failed(error.into()));
        }
        record.render(&mut TextWriter::new(&mut self.text, out.theme(), out.width(), *format));
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        Ok(())
    }

    /// Number of bytes that wait.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Writes what waits and flushes; text is masked, JSON is exact.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        let written = match self.printer.format {
            Format::Json => self.printer.out.write(self.text.as_bytes()),
            Format::Pretty | Format::Compact => self.printer.out.write_text(&self.text),
        };
        self.text.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::{Printer, Record, Render};
    use crate::output::format::Format;
    use crate::output::streams::Streams;
    use crate::output::text_writer::TextWriter;

    #[derive(Serialize)]
    struct Delivery {
        id: u64,
        path: String,
    }

    impl Render for Delivery {
        fn render(&self, writer: &mut TextWriter<'_>) {
            writer.push(&self.id.to_string()).push(" ").untrusted(&self.path);
        }
    }

    impl Record for Delivery {
        const NAME: &'static str = "delivery";
    }

    fn delivery() -> Delivery {
        Delivery { id: 7, path: "/\x1b\u{9b}?mhw_test_0123456789abcdefWXYZ".to_owned() }
    }

    #[test]
    fn a_record_is_a_line_of_text_that_is_safe_and_masked() {
        let (streams, out, _) = Streams::in_memory(Format::Compact);
        Printer::new(&streams).print(&delivery()).unwrap();
        assert_eq!(out.text(), "7 /\\x1b\\u{9b}?mhw_test_…WXYZ\n");
    }

    #[test]
    fn a_record_is_a_line_of_json_with_exact_data() {
        let (streams, out, _) = Streams::in_memory(Format::Json);
        Printer::new(&streams).print(&delivery()).unwrap();
        assert_eq!(
            out.text(),
            "{\"v\":1,\"record\":\"delivery\",\"id\":7,\"path\":\"/\\u001b\\u009b?mhw_test_0123456789abcdefWXYZ\"}\n"
        );
    }

    #[test]
    fn a_batch_is_written_together_and_used_again() {
        let (streams, out, _) = Streams::in_memory(Format::Pretty);
        let mut batch = Printer::new(&streams).batch();
        for round in 1..=2 {
            batch.add(&Delivery { id: round, path: "/a".to_owned() }).unwrap();
            batch.add(&Delivery { id: round, path: "/b".to_owned() }).unwrap();
            assert_eq!(batch.len(), 10);
            batch.flush().unwrap();
            assert!(batch.is_empty());
        }
        assert_eq!(out.text(), "1 /a\n1 /b\n2 /a\n2 /b\n");
    }
}
