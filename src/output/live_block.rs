//! The last lines on a terminal, which are drawn anew when something changes. What scrolled away stays as it was.

use crate::output::stream::{OutputError, Stream};
use crate::output::width::display_width;

/// Share of the screen that is left to the lines above a block.
const LINES_ABOVE: usize = 6;

/// Lines at the end of a terminal that can be replaced, as long as nobody else wrote below them.
pub struct LiveBlock {
    stream: Stream,
    drawn: Option<DrawnLines>,
}

/// Position of the block: it is in reach while nothing else was written and the terminal kept its size.
#[derive(Clone, Copy)]
struct DrawnLines {
    rows: usize,
    turn: u64,
    size: (usize, usize),
}

/// Text to draw: lines that stay, and below them the block.
#[derive(Default)]
pub struct LiveText {
    /// Lines above the block, which are not touched again.
    pub settled: String,
    pub live: String,
}

impl LiveBlock {
    /// A block at the end of `stream`; nothing is drawn yet.
    pub const fn new(stream: Stream) -> Self {
        Self { stream, drawn: None }
    }

    /// Rows that a block may have, so that it stays in reach and some lines above it stay on the screen.
    pub fn most_rows(&self) -> usize {
        self.stream.size().map_or(usize::MAX, |(_, rows)| rows.saturating_sub(1 + rows / LINES_ABOVE).max(1))
    }

    /// Columns of the terminal.
    pub fn width(&self) -> Option<usize> {
        self.stream.width()
    }

    /// Whether the block can be replaced.
    pub fn is_in_reach(&self) -> bool {
        let size = self.stream.size();
        self.drawn.is_some_and(|drawn| drawn.turn == self.stream.turn() && Some(drawn.size) == size)
    }

    /// Leaves the block where it is: something else may have written below it.
    pub fn leave(&mut self) {
        self.drawn = None;
    }

    /// Draws what `text` returns. It is called with `true` if that takes the place of the block, and with `false` if the
    /// block is out of reach and stays on the screen.
    ///
    /// # Errors
    ///
    /// When the terminal takes no more.
    pub fn draw(&mut self, text: impl FnOnce(bool) -> LiveText) -> Result<(), OutputError> {
        let (drawn, stream) = (self.drawn.take(), &self.stream);
        let size = stream.size();
        let mut rows = None;
        let turn = stream.write_in_turn(|turn| {
            let in_reach = drawn.filter(|drawn| drawn.turn == turn && Some(drawn.size) == size);
            let LiveText { settled, live } = text(in_reach.is_some());
            let erased = in_reach.map(|drawn| erase(drawn.rows)).unwrap_or_default();
            rows = size.and_then(|(columns, _)| rows_of(&live, columns));
            erased + &settled + &live
        })?;
        self.drawn = rows.zip(size).map(|(rows, size)| DrawnLines { rows, turn, size });
        Ok(())
    }

    /// Sends a sequence that the terminal obeys and does not show.
    ///
    /// # Errors
    ///
    /// When the terminal takes no more.
    pub fn control(&mut self, sequence: &str) -> Result<(), OutputError> {
        let turn = self.stream.write_in_turn(|_| sequence.to_owned())?;
        if let Some(drawn) = self.drawn.as_mut().filter(|drawn| drawn.turn + 1 == turn) {
            drawn.turn = turn;
        }
        Ok(())
    }
}

/// Moves to the first of the last `rows` rows, and clears everything from there on.
fn erase(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("\r\x1b[{rows}A\x1b[J") }
}

/// Rows that whole lines take on a terminal; nothing if terminals differ in that.
pub fn rows_of(text: &str, columns: usize) -> Option<usize> {
    text.lines().try_fold(0, |rows, line| {
        let width = display_width(line);
        let is_plain = line.chars().all(|c| c.is_ascii_graphic() || matches!(c, ' ' | '…' | '\x1b'));
        // The width of other characters depends on the terminal: a line that is surely short enough is one row.
        let is_short = width + line.chars().filter(|c| !c.is_ascii()).count() <= columns;
        (is_short || is_plain).then(|| rows + width.div_ceil(columns.max(1)).max(1)).filter(|_| !line.contains('\t'))
    })
}

#[cfg(test)]
mod tests {
    use super::{LiveBlock, LiveText, rows_of};
    use crate::output::stream::{Buffer, Stream};
    use crate::output::theme::Theme;

    fn text(settled: &str, live: &str) -> LiveText {
        LiveText { settled: settled.to_owned(), live: live.to_owned() }
    }

    fn terminal() -> (Stream, Buffer) {
        let buffer = Buffer::default();
        (Stream::new("a terminal", buffer.clone(), Theme::new(false)).sized(20, 5), buffer)
    }

    #[test]
    fn a_block_is_replaced_by_what_settles_and_the_next_block() {
        let (stream, buffer) = terminal();
        let mut block = LiveBlock::new(stream);
        block.draw(|in_reach| text(if in_reach { "no" } else { "" }, "one\n  body\n")).unwrap();
        block.draw(|in_reach| text(if in_reach { "one\n" } else { "no" }, "two\n")).unwrap();
        assert_eq!(buffer.text(), "one\n  body\n\r\x1b[2A\x1b[Jone\ntwo\n");
        assert_eq!(block.most_rows(), 4);
    }

    #[test]
    fn a_block_below_which_others_wrote_stays() {
        let (stream, buffer) = terminal();
        let mut block = LiveBlock::new(stream.clone());
        block.draw(|_| text("", "one\n")).unwrap();
        stream.write_text("warning: x\n").unwrap();
        block.draw(|in_reach| text(if in_reach { "no" } else { "" }, "two\n")).unwrap();
        assert_eq!(buffer.text(), "one\nwarning: x\ntwo\n");
    }

    #[test]
    fn a_control_sequence_leaves_the_block_in_reach() {
        let (stream, buffer) = terminal();
        let mut block = LiveBlock::new(stream);
        block.draw(|_| text("", "one\n")).unwrap();
        block.control("\x1b]52;c;eA==\x07").unwrap();
        block.draw(|in_reach| text("", if in_reach { "two\n" } else { "no" })).unwrap();
        assert!(buffer.text().ends_with("\r\x1b[1A\x1b[Jtwo\n"), "{:?}", buffer.text());
    }

    #[test]
    fn rows_are_counted_only_where_terminals_agree() {
        assert_eq!(rows_of("a\n\n12345678\n", 8), Some(3));
        assert_eq!(rows_of("123456789\n", 8), Some(2));
        assert_eq!(rows_of("\x1b[31m12345678\x1b[0m\n", 8), Some(1), "colour takes no room");
        assert_eq!(rows_of("… 34567890\n", 8), Some(2), "our own ellipsis is one column wide");
        assert_eq!(rows_of("日本語日本\n", 8), None);
        assert_eq!(rows_of("a\tb\n", 8), None);
    }
}
