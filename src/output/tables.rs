//! Columns that line up, whatever script their text is in.

use crate::output::records::Render;
use crate::output::sanitise::{Breaks, append_text};
use crate::output::text_writer::TextWriter;
use crate::output::theme::Role;
use crate::output::width::{display_width, fit, wrap};

/// Blanks between two columns.
const GAP: usize = 2;
/// However narrow the terminal, the last column keeps this much.
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

/// Rows of cells. On a terminal the last column is cut to what room there is, or wrapped.
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

    /// The same with the last column wrapped instead of cut.
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

    /// The width of each column: that of its widest cell.
    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widest = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| display_width(&cell.text)).max()
        };
        (0..columns).map(|column| widest(column).unwrap_or_default()).collect()
    }

    /// The last cell of a row, in lines that fit.
    fn last_lines(&self, text: &str, room: Option<usize>) -> Vec<String> {
        match room {
            None => vec![text.to_owned()],
            Some(room) if self.wrapping => wrap(text, room).into_iter().map(str::to_owned).collect(),
            Some(room) => vec![fit(text, room).into_owned()],
        }
    }
}

impl Render for Table {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let widths = self.widths();
        let Some((last_width, fixed)) = widths.split_last() else { return };
        let margin: usize = fixed.iter().map(|width| width + GAP).sum();
        let room = writer.width().map(|width| width.saturating_sub(margin).max(LEAST));
        let last_width = room.map_or(*last_width, |room| room.min(*last_width));
        for row in &self.rows {
            for (column, (cell, width)) in row.iter().zip(fixed).enumerate() {
                // A row that is shorter than others ends without blanks.
                let ends = column + 1 == row.len();
                draw(writer, cell, &cell.text, if ends && !cell.right { 0 } else { *width });
                writer.spaces(if ends { 0 } else { GAP });
            }
            if let Some(cell) = row.get(fixed.len()) {
                for (number, line) in self.last_lines(&cell.text, room).iter().enumerate() {
                    if number > 0 {
                        writer.newline().spaces(margin);
                    }
                    draw(writer, cell, line, if cell.right { last_width } else { 0 });
                }
            }
            writer.newline();
        }
    }
}

/// Draws one line of a cell in its column; a width of nothing leaves it as wide as it is.
fn draw(writer: &mut TextWriter<'_>, cell: &Cell, line: &str, width: usize) {
    let blanks = width.saturating_sub(display_width(line));
    writer.spaces(if cell.right { blanks } else { 0 });
    match cell.role {
        Some(role) => writer.paint(role, line),
        None => writer.push(line),
    };
    writer.spaces(if cell.right { 0 } else { blanks });
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
