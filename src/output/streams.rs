//! The two streams of the program, and the remarks that go to stderr.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use serde::Serialize;

use crate::output::envelope;
use crate::output::format::{ColorChoice, ColorEnvironment, Format};
use crate::output::origins::{ConfiguredValue, with_origins};
use crate::output::progress_bars::Bars;
use crate::output::sanitise::{Breaks, append_text};
use crate::output::stream::{Buffer, Stream};
use crate::output::theme::{Role, Theme};

/// Options of output as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutputOptions {
    /// The form of results.
    pub format: Format,
    /// Colour, by option.
    pub color: ColorChoice,
    /// Colour, by environment.
    pub environment: ColorEnvironment,
    /// Leave out everything but results, warnings and errors.
    pub quiet: bool,
    /// Number of `-v` options.
    pub verbose: u8,
}

/// Streams for results and remarks, with their format.
///
/// Remarks are lower case without a full stop. In the JSON format each is an object too, so that stderr stays as
/// readable for programs as stdout. That a remark cannot be written is not reported: there is no place left for it.
#[derive(Clone)]
pub struct Streams {
    /// Results, and nothing else.
    pub out: Stream,
    /// Banners, progress, hints and errors.
    pub err: Stream,
    /// The form of results.
    pub format: Format,
    /// Whether notes, hints and progress are left out.
    pub quiet: bool,
    /// Number of `-v` options.
    pub verbose: u8,
    pub(super) bars: Bars,
    /// Values that were configured, whose origins errors name.
    pub configured: Arc<[ConfiguredValue]>,
}

impl Streams {
    /// The streams of the process. Colour is settled for each of them apart.
    pub fn standard(options: OutputOptions) -> Self {
        let OutputOptions { format, color, environment, quiet, verbose } = options;
        let seen = io::stderr().is_terminal() && !environment.term_dumb;
        let bars = Bars::new(seen && !quiet && format != Format::Json);
        let turns = Arc::default();
        let out = Stream::stdout(color, environment, &bars, &turns);
        let err = Stream::stderr(color, environment, &bars, &turns);
        Self { out, err, format, quiet, verbose, bars, configured: Arc::default() }
    }

    /// Streams into memory, without colour: what goes to stdout, and what goes to stderr.
    pub fn in_memory(format: Format) -> (Self, Buffer, Buffer) {
        let (out, err) = (Buffer::default(), Buffer::default());
        let stream = |name, buffer: &Buffer| Stream::new(name, buffer.clone(), Theme::new(false));
        let streams = Self {
            out: stream("standard output", &out),
            err: stream("standard error", &err),
            format,
            quiet: false,
            verbose: 0,
            bars: Bars::new(false),
            configured: Arc::default(),
        };
        (streams, out, err)
    }

    /// Whether progress is drawn on stderr; where it is not, a line for each step may take its place.
    pub fn draws_progress(&self) -> bool {
        self.bars.are_drawn()
    }

    /// Says what is going on: where the listener listens, what will happen next.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.remark("note", None, text);
        }
    }

    /// Prints a detail, if details are wanted (`-v`).
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 {
            self.remark("detail", Some(Role::Muted), text);
        }
    }

    /// Says what to do about what was just reported.
    pub fn hint(&self, text: &str) {
        if !self.quiet {
            self.remark("hint", Some(Role::Accent), text);
        }
    }

    /// Says what may go wrong. Not silenced by `--quiet`.
    pub fn warn(&self, text: &str) {
        self.remark("warning", Some(Role::Warning), text);
    }

    /// Says what went wrong, what to do about it, and with which code the program will end. Never silenced.
    pub fn error(&self, message: &str, hint: Option<&str>, exit: u8) {
        #[derive(Serialize)]
        struct Error<'a> {
            message: &'a str,
            hint: Option<&'a str>,
            exit: u8,
        }
        let message = &*with_origins(message, &self.configured);
        if self.format == Format::Json {
            return self.remark_as_json("error", &Error { message, hint, exit });
        }
        self.remark("error", Some(Role::Error), message);
        if let Some(hint) = hint {
            self.remark("hint", Some(Role::Accent), hint);
        }
    }

    /// Writes a line of the log: `record` in the JSON format, else the text of `line`.
    pub(super) fn log(&self, record: &impl Serialize, line: impl FnOnce() -> String) {
        if self.format == Format::Json {
            return self.remark_as_json("log", record);
        }
        let mut text = String::new();
        append_text(&mut text, &line(), Breaks::Escape);
        text.push('\n');
        let _ = self.err.write_text(&text);
    }

    /// Writes one remark, with its kind before it unless it is a plain note.
    fn remark(&self, kind: &str, role: Option<Role>, message: &str) {
        #[derive(Serialize)]
        struct Remark<'a> {
            message: &'a str,
        }
        if self.format == Format::Json {
            return self.remark_as_json(kind, &Remark { message });
        }
        let mut line = match role {
            Some(role) => self.err.theme().paint(role, format_args!("{kind}:")).to_string() + " ",
            None => String::new(),
        };
        append_text(&mut line, message, Breaks::Keep);
        line.push('\n');
        let _ = self.err.write_text(&line);
    }

    fn remark_as_json(&self, kind: &str, fields: &impl Serialize) {
        let mut line = String::new();
        if envelope::append_line(&mut line, kind, fields).is_ok() {
            let _ = self.err.write_text(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Streams;
    use crate::output::format::Format;

    fn remarks(format: Format, remark: impl FnOnce(&mut Streams)) -> String {
        let (mut streams, out, err) = Streams::in_memory(format);
        remark(&mut streams);
        assert_eq!(out.text(), "");
        err.text()
    }

    #[test]
    fn remarks_are_lines_that_start_with_their_kind() {
        let lines = remarks(Format::Pretty, |streams| {
            streams.note("listening on http://localhost:8000/webhook");
            streams.warn("the handler took 12 s");
            streams.error("port 8000 is in use", Some("try --port 0"), 3);
        });
        let expected = [
            "listening on http://localhost:8000/webhook",
            "warning: the handler took 12 s",
            "error: port 8000 is in use",
            "hint: try --port 0",
            "",
        ];
        assert_eq!(lines, expected.join("\n"));
    }

    #[test]
    fn in_the_json_format_each_remark_is_an_object() {
        let lines = remarks(Format::Json, |streams| {
            streams.hint("try \u{202e}");
            streams.error("no secret", None, 3);
        });
        let expected = [
            r#"{"v":1,"record":"hint","message":"try \u202e"}"#,
            r#"{"v":1,"record":"error","message":"no secret","hint":null,"exit":3}"#,
            "",
        ];
        assert_eq!(lines, expected.join("\n"));
    }

    #[test]
    fn quiet_leaves_warnings_and_errors() {
        let lines = remarks(Format::Compact, |streams| {
            streams.quiet = true;
            streams.note("a");
            streams.hint("b");
            streams.warn("c");
            streams.error("d", Some("e"), 1);
        });
        assert_eq!(lines, "warning: c\nerror: d\nhint: e\n");
    }

    #[test]
    fn details_are_for_those_who_ask() {
        assert_eq!(remarks(Format::Pretty, |streams| streams.detail("a")), "");
        let asked = remarks(Format::Pretty, |streams| {
            streams.verbose = 1;
            streams.detail("a");
        });
        assert_eq!(asked, "detail: a\n");
    }

    #[test]
    fn remarks_are_safe_and_show_no_secret() {
        let line = remarks(Format::Pretty, |streams| streams.warn("a\x1b[2J mhk_live_0123456789abcdefWXYZ"));
        assert_eq!(line, "warning: a\\x1b[2J mhk_live_…WXYZ\n");
        let line = remarks(Format::Json, |streams| streams.warn("mhk_live_0123456789abcdefWXYZ"));
        assert!(line.contains("\"mhk_live_…WXYZ\""));
    }
}
