//! The writer on which one record is drawn as text.
//!
//! Its methods tell apart what is ours, which goes through as it is, and what was received, which is made safe first;
//! so a `Render` cannot pass hostile text on by mistake, only by calling it its own.

use crate::model::json::lexer::JsonError;
use crate::output::format::Format;
use crate::output::json;
use crate::output::json::JsonLayout;
use crate::output::redact;
use crate::output::sanitise::{Breaks, append_bytes, append_hex_line, append_text, excerpt};
use crate::output::theme::{Role, Theme};
use crate::output::units;
use crate::output::width::{display_width, push_spaces, wrap};

/// The most lines of a body that are shown.
const LINE_LIMIT: usize = 400;

/// Bytes of a body that are shown.
const BODY_LIMIT: usize = 64 * 1024;
/// Largest part of a body that is shown if it is not text, in bytes.
const HEX_LIMIT: usize = 256;
const HEX_PER_LINE: usize = 16;

/// A text buffer that knows the theme, the width and the format of the stream for which it is filled.
pub struct TextWriter<'a> {
    out: &'a mut String,
    theme: Theme,
    width: Option<usize>,
    format: Format,
}

impl<'a> TextWriter<'a> {
    /// A writer that appends to `out`. The width is that of the terminal, `None` where there is none.
    pub fn new(out: &'a mut String, theme: Theme, width: Option<usize>, format: Format) -> Self {
        Self { out, theme, width, format }
    }

    /// Columns of a line; `None` without a limit.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Whether details are wanted, or one line only.
    pub fn is_pretty(&self) -> bool {
        self.format == Format::Pretty
    }

    /// Appends text of our own.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.out.push_str(text);
        self
    }

    /// Appends text of our own and ends the line.
    pub fn line(&mut self, text: &str) -> &mut Self {
        self.push(text).newline()
    }

    /// Ends the line.
    pub fn newline(&mut self) -> &mut Self {
        self.out.push('\n');
        self
    }

    pub fn spaces(&mut self, count: usize) -> &mut Self {
        push_spaces(self.out, count);
        self
    }

    /// Appends received text as part of a line.
    pub fn untrusted(&mut self, text: &str) -> &mut Self {
        append_text(self.out, text, Breaks::Escape);
        self
    }

    /// Appends received bytes, a header's value for instance, as part of a line.
    pub fn untrusted_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        append_bytes(self.out, bytes, Breaks::Escape);
        self
    }

    /// Appends a received URL without its query, which can open a link.
    pub fn untrusted_url(&mut self, url: &str) -> &mut Self {
        self.untrusted(&redact::query(url))
    }

    /// Appends text of our own in the colour of its role.
    pub fn paint(&mut self, role: Role, text: &str) -> &mut Self {
        self.painted(role, |writer| writer.push(text))
    }

    /// Appends received text in the colour of its role.
    pub fn paint_untrusted(&mut self, role: Role, text: &str) -> &mut Self {
        self.painted(role, |writer| writer.untrusted(text))
    }

    /// Appends what `fill` draws, and blanks up to `width` columns.
    pub fn column(&mut self, width: usize, fill: impl FnOnce(&mut Self) -> &mut Self) -> &mut Self {
        let start = self.out.len();
        fill(self);
        let used = display_width(self.out.get(start..).unwrap_or_default());
        self.spaces(width.saturating_sub(used))
    }

    /// Appends received text and ends its line, which goes on below itself, `indent` columns in, where there is no more room.
    pub fn hanging(&mut self, indent: usize, text: &str) -> &mut Self {
        self.hang(None, indent, text)
    }

    /// The same in the colour of a role.
    pub fn hanging_as(&mut self, role: Role, indent: usize, text: &str) -> &mut Self {
        self.hang(Some(role), indent, text)
    }

    fn hang(&mut self, role: Option<Role>, indent: usize, text: &str) -> &mut Self {
        /// Columns of a text that no terminal limits.
        const WIDTH: usize = 110;
        /// Below this, words would be broken all the time.
        const NARROWEST: usize = 24;
        let room = self.width().unwrap_or(WIDTH).saturating_sub(indent).max(NARROWEST);
        for (at, line) in wrap(text, room).into_iter().enumerate() {
            self.spaces(if at > 0 { indent } else { 0 });
            match role {
                Some(role) => self.paint_untrusted(role, line),
                None => self.untrusted(line),
            };
            self.newline();
        }
        self
    }

    /// Appends received JSON as lines, each of them indented.
    ///
    /// # Errors
    ///
    /// When the bytes are not JSON that can be shown; then nothing is appended.
    pub fn json(&mut self, bytes: &[u8], indent: usize) -> Result<(), JsonError> {
        let start = self.out.len();
        self.spaces(indent);
        match json::append(self.out, bytes, self.theme, JsonLayout { indent, limit: BODY_LIMIT }) {
            Ok(left) => {
                self.newline().left_out(left, indent);
                Ok(())
            }
            Err(error) => {
                self.out.truncate(start);
                Err(error)
            }
        }
    }

    /// Appends a received body as lines, each of them indented: as JSON, else as text, else as a hex dump, and only so
    /// much of it as people read.
    pub fn body(&mut self, bytes: &[u8], indent: usize) -> &mut Self {
        if bytes.is_empty() {
            return self.spaces(indent).paint(Role::Muted, "(empty body)").newline();
        }
        let start = self.out.len();
        if self.json(bytes, indent).is_err() {
            match str::from_utf8(bytes) {
                Ok(text) => self.text_block(text, indent),
                Err(_) => self.hex_block(bytes, indent),
            };
        }
        self.cut_lines(start, indent)
    }

    /// Leaves out what was drawn since `start` beyond the lines that people read.
    fn cut_lines(&mut self, start: usize, indent: usize) -> &mut Self {
        let drawn = self.out.get(start..).unwrap_or_default().as_bytes();
        let Some(end) = memchr::memchr_iter(b'\n', drawn).nth(LINE_LIMIT - 1) else { return self };
        let left = memchr::memchr_iter(b'\n', drawn.get(end + 1..).unwrap_or_default()).count();
        if left == 0 {
            return self;
        }
        self.out.truncate(start + end + 1);
        self.spaces(indent).paint(Role::Muted, &format!("… {} more lines", units::count(left as u64))).newline()
    }

    fn painted(&mut self, role: Role, fill: impl FnOnce(&mut Self) -> &mut Self) -> &mut Self {
        self.out.push_str(self.theme.open(role));
        fill(self);
        self.out.push_str(self.theme.close(role));
        self
    }

    fn text_block(&mut self, text: &str, indent: usize) -> &mut Self {
        let (shown, left) = excerpt(text, BODY_LIMIT);
        for line in redact::queries(shown).lines() {
            self.spaces(indent);
            append_text(self.out, line, Breaks::Keep);
            self.newline();
        }
        self.left_out(left, indent)
    }

    fn hex_block(&mut self, bytes: &[u8], indent: usize) -> &mut Self {
        let shown = bytes.get(..HEX_LIMIT).unwrap_or(bytes);
        for (number, line) in shown.chunks(HEX_PER_LINE).enumerate() {
            self.spaces(indent);
            append_hex_line(self.out, number * HEX_PER_LINE, line);
            self.newline();
        }
        self.left_out(bytes.len() - shown.len(), indent)
    }

    fn left_out(&mut self, bytes: usize, indent: usize) -> &mut Self {
        if bytes == 0 {
            return self;
        }
        let size = units::size(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.spaces(indent).paint(Role::Muted, &format!("… {size} more")).newline()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::TextWriter;
    use crate::output::format::Format;
    use crate::output::sanitise::is_hidden;
    use crate::output::theme::{Role, Theme};

    fn drawn(colour: bool, draw: impl FnOnce(&mut TextWriter<'_>)) -> String {
        let mut out = String::new();
        draw(&mut TextWriter::new(&mut out, Theme::new(colour), None, Format::Pretty));
        out
    }

    fn body(bytes: &[u8], indent: usize) -> String {
        drawn(false, |writer| {
            writer.body(bytes, indent);
        })
    }

    #[test]
    fn received_text_is_made_safe_and_our_own_is_not_touched() {
        let line = drawn(true, |writer| {
            writer.paint_untrusted(Role::Success, "a\x1b[31m\nb").push(" ").untrusted_bytes(b"\xff").newline();
        });
        assert_eq!(line, "\x1b[32ma\\x1b[31m\\nb\x1b[0m \\xff\n");
    }

    #[test]
    fn columns_line_up_whatever_they_hold() {
        let lines = drawn(true, |writer| {
            writer.column(6, |cell| cell.paint(Role::Accent, "日本")).line("|");
            writer.column(6, |cell| cell.push("ab")).line("|");
            writer.column(1, |cell| cell.push("long")).line("|");
        });
        assert_eq!(lines, "\x1b[36m日本\x1b[0m  |\nab    |\nlong|\n");
    }

    #[test]
    fn a_json_body_is_laid_out() {
        assert_eq!(body(b"{\"a\":1}", 2), "  {\n    \"a\": 1\n  }\n");
    }

    #[test]
    fn a_body_that_is_not_json_is_shown_as_text_without_bearer_links() {
        let received = b"{\"url\": \"https://h/p?sig=1\"\r\n\x1b]0;x";
        assert_eq!(body(received, 2), "  {\"url\": \"https://h/p?…\"\n  \\x1b]0;x\n");
    }

    #[test]
    fn a_body_that_is_not_text_is_shown_as_a_hex_dump() {
        let shown = body(&[0xff; 1_000], 1);
        assert!(shown.starts_with(" 00000000  ff ff"));
        assert_eq!(shown.lines().count(), 17);
        assert!(shown.ends_with("\n … 0.7 KB more\n"));
    }

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let shown = body("x".repeat(100_000).as_bytes(), 0);
        assert!(shown.len() < 66_000 && shown.ends_with("x\n… 34.5 KB more\n"));
    }

    #[test]
    fn an_empty_body_is_named() {
        assert_eq!(body(b"", 2), "  (empty body)\n");
    }

    #[test]
    fn a_url_is_shown_without_its_query() {
        let line = drawn(false, |writer| {
            writer.untrusted_url("https://h/p?x=1");
        });
        assert_eq!(line, "https://h/p?…");
    }

    proptest! {
        #[test]
        fn no_body_reaches_the_terminal_hidden(bytes in any::<Vec<u8>>()) {
            let shown = body(&bytes, 2);
            assert!(!shown.contains(|c| is_hidden(c) && c != '\n' && c != '\t'));
        }
    }
}
