//! Columns that line up, whatever script their text is in.

use std::borrow::Cow;
use std::iter::repeat;

use crate::output::records::Render;
use crate::output::sanitise::{Breaks, append_text};
use crate::output::text_writer::TextWriter;
use crate::output::theme::Role;
use crate::output::width::{display_width, fit, wrap};

/// Blanks between two columns.
const GAP: usize = 2;
/// However narrow the terminal, a column is not made narrower than this.
const LEAST: usize = 12;

/// A text in a table. It counts as received and is made safe.
pub struct Cell {
    text: String,
    role: Option<Role>,
    right: bool,
}

impl Cell {
    /// A cell on the left of its column, without colour.
    pub fn new(text: &str) -> Self {
        let mut safe = String::with_capacity(text.len());
        append_text(&mut safe, text, Breaks::Escape);
        Self { text: safe, role: None, right: false }
    }

    /// The same in the colour of a role.
    pub fn role(self, role: Role) -> Self {
        Self { role: Some(role), ..self }
    }

    /// The same on the right of its column, for numbers.
    pub fn right(self) -> Self {
        Self { right: true, ..self }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text.as_ref())
    }
}

/// Rows of cells. On a terminal that has no room for them the last column is cut, or all of them wrap.
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
    wrapping: bool,
}

impl Table {
    /// A table without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with texts wrapped instead of the last column cut.
    pub fn wrapping(self) -> Self {
        Self { wrapping: true, ..self }
    }

    /// The same with a row that names the columns.
    pub fn header<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.rows.insert(0, names.into_iter().map(|name| Cell::new(name).role(Role::Muted)).collect());
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> &mut Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    /// The width of each column: that of its widest cell, each measured by `measure`.
    fn widths(&self, measure: impl Fn(&Cell) -> usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(&measure).max();
        (0..columns).map(|column| widest(column).unwrap_or_default()).collect()
    }

    /// The widths of the columns on a terminal with that many.
    fn fitted(&self, terminal: usize) -> Vec<usize> {
        let mut widths = self.widths(|cell| display_width(&cell.text));
        let room = terminal.saturating_sub(GAP * widths.len().saturating_sub(1));
        if self.wrapping {
            narrow(&mut widths, &self.widths(longest_word), room);
            narrow(&mut widths, &[], room);
        } else if let Some((last, fixed)) = widths.split_last_mut() {
            narrow(std::slice::from_mut(last), &[], room.saturating_sub(fixed.iter().sum()));
        }
        widths
    }

    /// A cell in lines of its column's width.
    fn lines<'t>(&self, text: &'t str, width: usize, is_last: bool) -> Vec<Cow<'t, str>> {
        if self.wrapping {
            return wrap(text, width).into_iter().map(Cow::Borrowed).collect();
        }
        vec![if is_last { fit(text, width) } else { Cow::Borrowed(text) }]
    }
}

/// The columns that a cell takes at least when it wraps.
fn longest_word(cell: &Cell) -> usize {
    // A number is not broken.
    let words = cell.text.split(|c| c == ' ' && !cell.right);
    words.map(display_width).max().unwrap_or_default()
}

/// Takes from the widest columns until all of them fit or have the least width that is named here for them.
fn narrow(widths: &mut [usize], least: &[usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        let least = least.iter().copied().chain(repeat(0)).map(|least| least.max(LEAST));
        let wide = widths.iter_mut().zip(least).filter(|(width, least)| **width > *least);
        let Some((widest, _)) = wide.max_by_key(|(width, _)| **width) else { return };
        *widest -= 1;
    }
}

impl Render for Table {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let widths = self.fitted(writer.width().unwrap_or(usize::MAX));
        for row in &self.rows {
            let columns = row.iter().zip(&widths).enumerate();
            let is_last = |column| column + 1 == widths.len();
            let cells: Vec<_> =
                columns.map(|(column, (cell, width))| self.lines(&cell.text, *width, is_last(column))).collect();
            for number in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
                let mut blanks = 0;
                for ((cell, lines), width) in row.iter().zip(&cells).zip(&widths) {
                    let line = lines.get(number).map_or("", AsRef::as_ref);
                    let rest = width.saturating_sub(display_width(line));
                    // No line ends in blanks.
                    if line.is_empty() {
                        blanks += width + GAP;
                        continue;
                    }
                    writer.spaces(blanks + if cell.right { rest } else { 0 });
                    match cell.role {
                        Some(role) => writer.paint(role, line),
                        None => writer.push(line),
                    };
                    blanks = GAP + if cell.right { 0 } else { rest };
                }
                writer.newline();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Table};
    use crate::output::format::Format;
    use crate::output::records::Render;
    use crate::output::text_writer::TextWriter;
    use crate::output::theme::{Role, Theme};

    fn drawn(table: &Table, width: Option<usize>, colour: bool) -> String {
        let mut out = String::new();
        table.render(&mut TextWriter::new(&mut out, Theme::new(colour), width, Format::Pretty));
        out
    }

    fn sample(table: Table) -> Table {
        let mut table = table.header(["ID", "SIZE", "NOTE"]);
        table.row(["日本".into(), Cell::new("1.2 KB").right(), "the handler answered too late".into()]);
        table.row(["a".into(), Cell::new("9 B").right(), "ok".into()]);
        table
    }

    #[test]
    fn columns_line_up_by_what_is_seen() {
        let lines = ["ID    SIZE    NOTE", "日本  1.2 KB  the handler answered too late", "a        9 B  ok", ""];
        assert_eq!(drawn(&sample(Table::new()), None, false), lines.join("\n"));
    }

    #[test]
    fn on_a_narrow_terminal_the_last_column_is_cut() {
        let lines = ["ID    SIZE    NOTE", "日本  1.2 KB  the handler a…", "a        9 B  ok", ""];
        assert_eq!(drawn(&sample(Table::new()), Some(28), false), lines.join("\n"));
    }

    #[test]
    fn or_it_wraps_below_itself() {
        let lines = [
            "ID    SIZE    NOTE",
            "日本  1.2 KB  the handler",
            "              answered too",
            "              late",
            "a        9 B  ok",
            "",
        ];
        assert_eq!(drawn(&sample(Table::new().wrapping()), Some(28), false), lines.join("\n"));
    }

    #[test]
    fn without_room_for_the_first_columns_all_of_them_wrap_between_words() {
        let mut table = Table::new().wrapping().header(["NAME", "COMMAND", "WORKS ON"]);
        table.row(["Python".into(), "pip install mh-hook, uvx mh-hook".into(), "Linux, macOS".into()]);
        let lines = [
            "NAME    COMMAND         WORKS ON",
            "Python  pip install     Linux, macOS",
            "        mh-hook, uvx",
            "        mh-hook",
            "",
        ];
        assert_eq!(drawn(&table, Some(36), false), lines.join("\n"));
        let narrow = drawn(&table, Some(34), false);
        assert!(narrow.lines().all(|line| line.len() <= 34 && !line.ends_with(' ')), "{narrow}");
    }

    #[test]
    fn cells_are_painted_and_made_safe() {
        let mut table = Table::new();
        table.row([Cell::new("a\x1bb\n").role(Role::Error), "c".into()]);
        assert_eq!(drawn(&table, None, true), "\x1b[1;31ma\\x1bb\\n\x1b[0m  c\n");
    }

    #[test]
    fn short_rows_end_early_and_an_empty_table_is_nothing() {
        let mut table = Table::new();
        table.row(["a".into()]).row(["bb".into(), "c".into()]);
        assert_eq!(drawn(&table, Some(80), false), "a\nbb  c\n");
        assert_eq!(drawn(&Table::new(), None, false), "");
    }
}
