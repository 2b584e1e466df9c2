//! Markdown for a terminal: headings, paragraphs, lists, code and tables.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

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
        let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        let mut layout = Layouter::default();
        for event in Parser::new_ext(self.0, options) {
            layout.take(event, writer);
        }
    }
}

/// A word of a paragraph, with the role of a code span or of emphasis.
struct Word {
    text: String,
    role: Option<Role>,
    /// Whether blanks come before it.
    apart: bool,
}

/// Block whose text is not prose.
#[derive(Default, PartialEq)]
enum Within {
    #[default]
    Prose,
    Code,
    /// Front matter, which is for programs.
    Metadata,
}

/// Block under construction.
#[derive(Default)]
struct Layouter {
    words: Vec<Word>,
    /// Blanks in the source since the last word.
    apart: bool,
    role: Option<Role>,
    /// One entry for each open list: the number of the next item, or nothing for bullets.
    lists: Vec<Option<u64>>,
    /// Marker of a list item that has no text yet.
    marker: Option<String>,
    within: Within,
    table: Option<Table>,
    row: Vec<Cell>,
    begun: bool,
}

impl Layouter {
    fn take(&mut self, event: Event<'_>, writer: &mut TextWriter<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag, writer),
            Event::End(tag) => self.end(tag, writer),
            Event::Text(text) if self.within == Within::Code => Self::code(&text, writer),
            Event::Text(_) if self.within == Within::Metadata => {}
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.word(&text, Some(Role::Accent)),
            Event::SoftBreak | Event::HardBreak => self.apart = true,
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, writer: &mut TextWriter<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.gap(writer);
                self.role = Some(if *level == HeadingLevel::H1 { Role::Strong } else { Role::Key });
            }
            Tag::Paragraph if self.marker.is_none() => self.gap(writer),
            Tag::Strong => self.role = Some(Role::Strong),
            Tag::List(first) => {
                self.flow(writer);
                if self.lists.is_empty() {
                    self.gap(writer);
                }
                self.lists.push(*first);
            }
            Tag::Item => self.marker = Some(self.next_marker()),
            Tag::CodeBlock(_) => {
                self.flow(writer);
                self.gap(writer);
                self.within = Within::Code;
            }
            Tag::MetadataBlock(_) => self.within = Within::Metadata,
            Tag::Table(_) => {
                self.gap(writer);
                self.table = Some(Table::new().wrapping());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, writer: &mut TextWriter<'_>) {
        match tag {
            TagEnd::Heading(_) => {
                self.flow(writer);
                self.role = None;
            }
            TagEnd::Paragraph | TagEnd::Item => self.flow(writer),
            TagEnd::Strong => self.role = None,
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock | TagEnd::MetadataBlock(_) => self.within = Within::Prose,
            TagEnd::TableCell => self.cell(),
            TagEnd::TableHead => self.header(),
            TagEnd::TableRow => {
                let row = std::mem::take(&mut self.row);
                if let Some(table) = &mut self.table {
                    table.row(row);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    table.render(writer);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        self.apart |= text.starts_with(' ');
        for (at, word) in text.split_whitespace().enumerate() {
            self.apart |= at > 0;
            self.word(word, self.role);
        }
        self.apart |= text.ends_with(' ');
    }

    fn word(&mut self, text: &str, role: Option<Role>) {
        let apart = std::mem::take(&mut self.apart);
        self.words.push(Word { text: text.to_owned(), role, apart });
    }

    fn next_marker(&mut self) -> String {
        let indent = "  ".repeat(self.lists.len());
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{}. ", *number - 1)
            }
            _ => format!("{indent}* "),
        }
    }

    /// An empty line between blocks.
    fn gap(&mut self, writer: &mut TextWriter<'_>) {
        if std::mem::replace(&mut self.begun, true) {
            writer.newline();
        }
    }

    fn code(text: &str, writer: &mut TextWriter<'_>) {
        for line in text.lines() {
            writer.spaces(if line.is_empty() { 0 } else { CODE_INDENT }).line(line);
        }
    }

    fn cell(&mut self) {
        let words = std::mem::take(&mut self.words);
        self.apart = false;
        let code = words.first().is_some_and(|word| word.role == Some(Role::Accent));
        let mut text = String::new();
        for word in words {
            text.push_str(if word.apart { " " } else { "" });
            text.push_str(&word.text);
        }
        let cell = Cell::new(&text);
        self.row.push(if code && self.row.is_empty() { cell.role(Role::Accent) } else { cell });
    }

    fn header(&mut self) {
        let cells: Vec<Cell> = std::mem::take(&mut self.row).into_iter().map(|cell| cell.role(Role::Muted)).collect();
        if let Some(table) = &mut self.table {
            table.row(cells);
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
        let indent = marker.as_ref().map_or(2 * self.lists.len(), String::len);
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
