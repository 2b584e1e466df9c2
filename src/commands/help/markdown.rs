//! Markdown for a terminal: headings, paragraphs, lists, code and tables.

use minimad::{Composite, CompositeStyle, Compound, Line, Options, TableRow, parse_text};

use crate::output::width::display_width;
use crate::output::{Cell, Render, Role, Table, TextWriter};

/// Columns of a line where no terminal limits it.
const WIDTH: usize = 100;
/// Columns between the margin and code.
const CODE_INDENT: usize = 4;

/// A Markdown text of ours.
pub(crate) struct Markdown<'a>(pub(crate) &'a str);

impl Render for Markdown<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        // A code span or emphasis can go on in the next line.
        let options = Options::default().continue_inline_code(true).continue_bold(true);
        let text = parse_text(without_front_matter(self.0), options);
        let mut layout = Layouter::default();
        for line in &text.lines {
            layout.take(line, writer);
        }
        layout.end_block(writer);
    }
}

/// The text after the front matter, which is for programs.
fn without_front_matter(text: &str) -> &str {
    let body = text.strip_prefix("---").and_then(|rest| rest.split_once("\n---"));
    body.map_or(text, |(_, body)| body)
}

/// A word of a paragraph, with the role of a code span or of emphasis.
struct Word {
    text: String,
    role: Option<Role>,
    /// Whether blanks come before it.
    apart: bool,
}

/// Block under construction.
#[derive(Default)]
struct Layouter {
    words: Vec<Word>,
    /// Blanks in the source since the last word.
    apart: bool,
    role: Option<Role>,
    /// Depth of the open list item; 0 outside of lists.
    depth: usize,
    /// Columns that the source indents the text of the open list item by.
    item_indent: usize,
    /// Marker of a list item that has no text yet.
    marker: Option<String>,
    /// Whether the last line was code.
    in_code: bool,
    table: Option<Table>,
    begun: bool,
}

impl Layouter {
    fn take(&mut self, line: &Line<'_>, writer: &mut TextWriter<'_>) {
        let after_code = std::mem::take(&mut self.in_code);
        match line {
            Line::TableRow(row) => self.table_row(row, writer),
            Line::TableRule(_) | Line::HorizontalRule | Line::CodeFence(_) => {}
            Line::Normal(composite) => match composite.style {
                CompositeStyle::Header(level) => self.heading(level, composite, writer),
                CompositeStyle::ListItem(spaces) => self.item(usize::from(spaces), "* ", composite, writer),
                CompositeStyle::OrderedListItem { level, index } => {
                    self.item(usize::from(level), &format!("{index}. "), composite, writer);
                }
                CompositeStyle::Code => self.code(composite, after_code, writer),
                CompositeStyle::Paragraph | CompositeStyle::Quote => self.prose(composite, writer),
            },
        }
    }

    fn heading(&mut self, level: u8, composite: &Composite<'_>, writer: &mut TextWriter<'_>) {
        self.end_block(writer);
        self.depth = 0;
        self.gap(writer);
        self.role = Some(if level == 1 { Role::Strong } else { Role::Key });
        self.text(composite);
        self.flow(writer);
        self.role = None;
    }

    fn item(&mut self, spaces: usize, marker: &str, composite: &Composite<'_>, writer: &mut TextWriter<'_>) {
        self.end_block(writer);
        if self.depth == 0 {
            self.gap(writer);
        }
        self.depth = if spaces == 0 { 1 } else { 2 };
        self.item_indent = spaces + marker.len();
        self.marker = Some("  ".repeat(self.depth) + marker);
        self.text(composite);
    }

    fn prose(&mut self, composite: &Composite<'_>, writer: &mut TextWriter<'_>) {
        let Some(first) = composite.compounds.first() else { return self.end_block(writer) };
        if self.words.is_empty() {
            self.end_block(writer);
            if !first.src.starts_with(' ') {
                self.depth = 0;
            }
            self.gap(writer);
        }
        self.apart = true;
        self.text(composite);
    }

    fn code(&mut self, composite: &Composite<'_>, after_code: bool, writer: &mut TextWriter<'_>) {
        self.end_block(writer);
        if !after_code {
            self.gap(writer);
        }
        self.in_code = true;
        let source = composite.compounds.first().map_or("", |compound| compound.src);
        let indent = source.len() - source.trim_start_matches(' ').len();
        let removed = if self.depth == 0 { 0 } else { self.item_indent.min(indent) };
        let line = source.get(removed..).unwrap_or_default();
        writer.spaces(if line.is_empty() { 0 } else { CODE_INDENT }).line(line);
    }

    fn table_row(&mut self, row: &TableRow<'_>, writer: &mut TextWriter<'_>) {
        self.flow(writer);
        self.depth = 0;
        let header = self.table.is_none();
        if header {
            self.gap(writer);
        }
        let table = self.table.get_or_insert_with(|| Table::new().wrapping());
        table.row(row.cells.iter().enumerate().map(|(column, cell)| {
            let code = cell.compounds.first().is_some_and(|compound| compound.code);
            let text = cell.compounds.iter().map(|compound| compound.src).collect::<String>();
            let cell = Cell::new(text.trim());
            match (header, code && column == 0) {
                (true, _) => cell.role(Role::Muted),
                (false, true) => cell.role(Role::Accent),
                (false, false) => cell,
            }
        }));
    }

    fn end_block(&mut self, writer: &mut TextWriter<'_>) {
        self.flow(writer);
        if let Some(table) = self.table.take() {
            table.render(writer);
        }
    }

    fn text(&mut self, composite: &Composite<'_>) {
        for compound in &composite.compounds {
            self.compound(compound);
        }
    }

    fn compound(&mut self, compound: &Compound<'_>) {
        let role = match compound {
            Compound { code: true, .. } => Some(Role::Accent),
            Compound { bold: true, .. } => Some(Role::Strong),
            _ => self.role,
        };
        self.apart |= compound.src.starts_with(' ');
        // A code span stays in one line.
        if compound.code {
            let apart = std::mem::take(&mut self.apart);
            self.words.push(Word { text: compound.src.to_owned(), role, apart });
            return;
        }
        for (at, word) in compound.src.split_whitespace().enumerate() {
            let apart = std::mem::take(&mut self.apart) || at > 0;
            self.words.push(Word { text: word.to_owned(), role, apart });
        }
        self.apart |= compound.src.ends_with(' ');
    }

    /// An empty line between blocks.
    fn gap(&mut self, writer: &mut TextWriter<'_>) {
        if std::mem::replace(&mut self.begun, true) {
            writer.newline();
        }
    }

    /// Writes the words of a block as lines that fit.
    fn flow(&mut self, writer: &mut TextWriter<'_>) {
        let words = std::mem::take(&mut self.words);
        self.apart = false;
        if words.is_empty() {
            return;
        }
        let marker = self.marker.take();
        let indent = marker.as_ref().map_or(2 * self.depth, String::len);
        writer.push(marker.as_deref().unwrap_or(&" ".repeat(indent)));
        let room = writer.width().unwrap_or(WIDTH).min(WIDTH);
        let mut column = indent;
        for unit in words.chunk_by(|_, next| !next.apart) {
            let width: usize = unit.iter().map(|word| display_width(&word.text)).sum();
            if column > indent && column + 1 + width > room {
                writer.newline().spaces(indent);
                column = indent;
            } else if column > indent {
                writer.push(" ");
                column += 1;
            }
            for word in unit {
                match word.role {
                    Some(role) => writer.paint(role, &word.text),
                    None => writer.push(&word.text),
                };
            }
            column += width;
        }
        writer.newline();
    }
}

#[cfg(test)]
mod tests {
    use super::Markdown;
    use crate::output::{Format, Render, TextWriter, Theme};

    fn laid_out(text: &str, width: usize) -> String {
        let mut out = String::new();
        Markdown(text).render(&mut TextWriter::new(&mut out, Theme::new(false), Some(width), Format::Pretty));
        out
    }

    #[test]
    fn blocks_are_laid_out_within_the_width() {
        let text = "# Title\n\nSome words with `code`, and more\nwords.\n\n    mh-hook listen\n\n* one\n* two words and more\n\n\
                    ## Order\n\n1. first\n2. second\n";
        let expected = "Title\n\nSome words with code,\nand more words.\n\n    mh-hook listen\n\n  * one\n  * two words and\n    more\n\n\
                        Order\n\n  1. first\n  2. second\n";
        assert_eq!(laid_out(text, 21), expected);
    }

    #[test]
    fn a_table_keeps_its_columns() {
        let text = "| a | meaning |\n| --- | --- |\n| `x` | the `first` one |\n| `long` | the second |\n";
        assert_eq!(laid_out(text, 40), "a     meaning\nx     the first one\nlong  the second\n");
    }

    #[test]
    fn front_matter_is_left_out() {
        assert_eq!(laid_out("---\nname: a\n---\n\n# Title\n", 40), "Title\n");
    }
}
