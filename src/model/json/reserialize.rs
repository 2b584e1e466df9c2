//! JSON text written another way: the same values with other white space, key order or escapes.
//!
//! Middleware that parses a body and writes it again breaks its signature; knowing what each common writer would have
//! made of it lets a diagnosis name the culprit.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

use crate::model::json::lexer::{Lexer, StringToken, Token};
use crate::model::json::view::JsonView;
use crate::model::json::writing::{Escapes, Numbers, Spacing, Style};

/// Bytes from which on a piece of what is written is passed on.
const PIECE: usize = 2 << 10;

/// A JSON text, ready to be written in any style.
pub struct Rewriter<'a> {
    text: &'a str,
    /// The text with its keys sorted; none if the usual parsers refuse it.
    sorted: Option<String>,
}

impl<'a> Rewriter<'a> {
    /// Takes a body, if it is JSON.
    pub fn new(body: &'a [u8]) -> Option<Self> {
        JsonView::read(body).ok()?;
        let sorted = serde_json::from_slice(body).ok().map(|mut value: Value| {
            value.sort_all_objects();
            value.to_string()
        });
        Some(Self { text: std::str::from_utf8(body).ok()?, sorted })
    }

    /// The styles that may write this text differently, the plainest first.
    pub fn styles(&self) -> impl Iterator<Item = Style> + use<> {
        const SPACINGS: [Spacing; 6] =
            [Spacing::AsIs, Spacing::Compact, Spacing::Python, Spacing::IndentTwo, Spacing::IndentFour, Spacing::Tabs];
        let has = |wanted: fn(char) -> bool| self.text.contains(wanted);
        let (wide, has_escapes) = (has(|c| !c.is_ascii()), self.text.contains("\\u"));
        let (slash, html) = (has(|c| c == '/'), has(|c| matches!(c, '<' | '>' | '&')));
        let spelled = has(|c| matches!(c, '\'' | '+' | '`')) || self.text.contains("\\\"");
        let escapes: Vec<Escapes> = [
            (Escapes::AsIs, true),
            (Escapes::Ascii, wide),
            (Escapes::Unescaped, has_escapes),
            (Escapes::Slashes, slash),
            (Escapes::Php, slash && (wide || has_escapes)),
            (Escapes::Html, html || has_escapes),
            (Escapes::DotNet, wide || html || spelled || has_escapes),
        ]
        .into_iter()
        .filter_map(|(escapes, differs)| differs.then_some(escapes))
        .collect();
        let long_numbers = has(|c| matches!(c, '.' | 'e' | 'E'));
        let mut numbers = vec![Numbers::AsIs];
        if long_numbers {
            numbers.push(Numbers::Shortest);
        }
        if has_other_decimals(self.text) {
            numbers.push(Numbers::Decimal);
        }
        let orders: &[bool] = if self.sorted.is_some() { &[false, true] } else { &[false] };
        numbers.into_iter().flat_map(move |numbers| {
            let escapes = escapes.clone();
            orders.iter().copied().flat_map(move |sorted| {
                escapes.clone().into_iter().flat_map(move |escapes| {
                    SPACINGS.into_iter().map(move |spacing| Style { spacing, sorted, escapes, numbers })
                })
            })
        })
    }

    /// Writes the text in another style, piece by piece: nobody has to hold it whole. Returns its length; nothing, and
    /// no more pieces, once it has more than `most` bytes. Numbers keep their spelling unless keys are sorted, or the
    /// style says otherwise.
    pub fn write_pieces(&self, style: Style, most: usize, mut take: impl FnMut(&str)) -> Option<usize> {
        let text = if style.sorted { self.sorted.as_deref()? } else { self.text };
        let mut lexer = Lexer::new(text.as_bytes());
        let mut writer = JsonWriter { out: String::with_capacity(2 * PIECE), style, place: WriterPlace::Value };
        let (mut written, mut length) = (0, 0);
        while let Ok(Some(token)) = lexer.token() {
            if style.spacing == Spacing::AsIs {
                writer.out.push_str(text.get(written..lexer.start()).unwrap_or_default());
                written = lexer.start() + token.length();
            } else {
                writer.separate(token, lexer.depth());
            }
            writer.token(token);
            if length + writer.out.len() > most {
                return None;
            }
            if writer.out.len() >= PIECE {
                take(&writer.out);
                length += writer.out.len();
                writer.out.clear();
            }
        }
        if style.spacing == Spacing::AsIs {
            writer.out.push_str(text.get(written..).unwrap_or_default());
        }
        take(&writer.out);
        Some(length + writer.out.len())
    }

    /// The text in another style, however long.
    pub fn write(&self, style: Style) -> String {
        let mut whole = String::with_capacity(self.text.len() * 2);
        self.write_pieces(style, usize::MAX, |piece| whole.push_str(piece));
        whole
    }
}

/// Place of the next token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WriterPlace {
    /// A value that follows its key, or the whole text.
    Value,
    FirstItem,
    /// A further item, or the end of the container.
    Item,
}

struct JsonWriter {
    out: String,
    style: Style,
    place: WriterPlace,
}

impl JsonWriter {
    /// Writes the separator before a token that leaves `depth` containers open.
    fn separate(&mut self, token: Token<'_>, depth: usize) {
        let around = if matches!(token, Token::Open(_)) { depth - 1 } else { depth };
        match (self.place, token) {
            (WriterPlace::Value, _) | (WriterPlace::FirstItem, Token::Close(_)) => {}
            (WriterPlace::FirstItem, _) | (WriterPlace::Item, Token::Close(_)) => self.line(around),
            (WriterPlace::Item, _) => {
                self.out.push_str(if self.style.spacing == Spacing::Python { ", " } else { "," });
                self.line(around);
            }
        }
    }

    fn token(&mut self, token: Token<'_>) {
        self.place = WriterPlace::Item;
        match token {
            Token::Open(bracket) => {
                self.out.push(char::from(bracket));
                self.place = WriterPlace::FirstItem;
            }
            Token::Close(bracket) => self.out.push(char::from(bracket)),
            Token::Key(key) => {
                self.string(key);
                self.place = WriterPlace::Value;
                self.out.push_str(match self.style.spacing {
                    Spacing::AsIs => "",
                    Spacing::Compact => ":",
                    _ => ": ",
                });
            }
            Token::String(string) => self.string(string),
            Token::Number(number) => self.number(&String::from_utf8_lossy(number)),
            Token::Literal(word) => self.out.push_str(&String::from_utf8_lossy(word)),
        }
    }

    /// A line break and its indentation, where the style has them.
    fn line(&mut self, depth: usize) {
        let (indent, width) = match self.style.spacing {
            Spacing::IndentTwo => (' ', 2),
            Spacing::IndentFour => (' ', 4),
            Spacing::Tabs => ('\t', 1),
            Spacing::AsIs | Spacing::Compact | Spacing::Python => return,
        };
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(indent, width * depth));
    }

    fn number(&mut self, token: &str) {
        let written = match self.style.numbers {
            Numbers::AsIs => None,
            Numbers::Shortest => shortest(token),
            Numbers::Decimal => decimal(token),
        };
        self.out.push_str(written.as_deref().unwrap_or(token));
    }

    fn string(&mut self, token: StringToken<'_>) {
        let raw = String::from_utf8_lossy(token.raw);
        let text = match self.style.escapes {
            Escapes::AsIs => return self.out.push_str(&raw),
            Escapes::Slashes => return self.out.push_str(&raw.replace("\\/", "/").replace('/', "\\/")),
            // Half a surrogate pair cannot be written another way.
            _ => match serde_json::from_str::<Cow<'_, str>>(&raw) {
                Ok(text) => text,
                Err(_) => return self.out.push_str(&raw),
            },
        };
        self.out.push('"');
        text.chars().for_each(|c| push_escaped(&mut self.out, c, self.style.escapes));
        self.out.push('"');
    }
}

/// Whether a text has numbers that Python writes in another way.
fn has_other_decimals(text: &str) -> bool {
    let mut lexer = Lexer::new(text.as_bytes());
    while let Ok(Some(token)) = lexer.token() {
        let Token::Number(number) = token else { continue };
        let number = str::from_utf8(number).unwrap_or_default();
        if decimal(number).is_some_and(|written| written != number) {
            return true;
        }
    }
    false
}

/// A number as JavaScript writes it: `30.0` as `30`; nothing where it stays as it is.
fn shortest(token: &str) -> Option<String> {
    const LARGEST: f64 = 1e21;
    const SMALLEST: f64 = 1e-6;
    let number: f64 = token.contains(['.', 'e', 'E']).then(|| token.parse().ok()).flatten()?;
    let size = number.abs();
    (number == 0.0 || (SMALLEST..LARGEST).contains(&size))
        .then(|| if number == 0.0 { "0".to_owned() } else { number.to_string() })
}

/// A number as Python writes it: `1e2` as `100.0`; nothing where it stays as it is, or keeps an exponent.
fn decimal(token: &str) -> Option<String> {
    const LARGEST: f64 = 1e16;
    const SMALLEST: f64 = 1e-4;
    let number: f64 = token.contains(['.', 'e', 'E']).then(|| token.parse().ok()).flatten()?;
    (number == 0.0 || (SMALLEST..LARGEST).contains(&number.abs())).then(|| format!("{number:?}"))
}

/// Writes a character of a string with the escapes of a style.
fn push_escaped(out: &mut String, c: char, escapes: Escapes) {
    let is_wide_escaped = matches!(escapes, Escapes::Ascii | Escapes::Php | Escapes::DotNet);
    let is_html = matches!(c, '<' | '>' | '&') || matches!(c, '\u{2028}' | '\u{2029}');
    let is_escaped = match escapes {
        Escapes::Html => is_html,
        Escapes::DotNet => is_html || matches!(c, '"' | '\'' | '+' | '`' | '\x7f'),
        _ => false,
    };
    match c {
        _ if is_escaped || is_wide_escaped && !c.is_ascii() => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = if escapes == Escapes::DotNet {
                    write!(out, "\\u{unit:04X}")
                } else {
                    write!(out, "\\u{unit:04x}")
                };
            }
        }
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '/' if escapes == Escapes::Php => out.push_str("\\/"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\0'..='\x1f' => _ = write!(out, "\\u{:04x}", u32::from(c)),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::Rewriter;
    use crate::model::json::writing::{Escapes, Numbers, Spacing, Style};

    const BODY: &str = "{\"b\":[1.0,{}],\"a\":\"é/\\\"\"}";

    fn style(spacing: Spacing, sorted: bool, escapes: Escapes) -> Style {
        Style { spacing, sorted, escapes, numbers: Numbers::AsIs }
    }

    fn rewritten(spacing: Spacing, sorted: bool, escapes: Escapes) -> String {
        Rewriter::new(BODY.as_bytes()).unwrap().write(style(spacing, sorted, escapes))
    }

    #[test]
    fn each_spacing_is_what_its_writer_makes() {
        assert_eq!(rewritten(Spacing::AsIs, false, Escapes::AsIs), BODY);
        assert_eq!(rewritten(Spacing::Compact, false, Escapes::AsIs), BODY);
        assert_eq!(rewritten(Spacing::Python, false, Escapes::AsIs), r#"{"b": [1.0, {}], "a": "é/\""}"#);
        assert_eq!(
            rewritten(Spacing::IndentTwo, false, Escapes::AsIs),
            "{\n  \"b\": [\n    1.0,\n    {}\n  ],\n  \"a\": \"é/\\\"\"\n}"
        );
        assert!(rewritten(Spacing::Tabs, false, Escapes::AsIs).starts_with("{\n\t\"b\": [\n\t\t1.0,"));
    }

    #[test]
    fn keys_and_escapes_change_as_asked() {
        assert_eq!(rewritten(Spacing::Compact, true, Escapes::AsIs), r#"{"a":"é/\"","b":[1.0,{}]}"#);
        assert_eq!(rewritten(Spacing::Compact, false, Escapes::Ascii), r#"{"b":[1.0,{}],"a":"\u00e9/\""}"#);
        assert_eq!(rewritten(Spacing::Compact, false, Escapes::Slashes), r#"{"b":[1.0,{}],"a":"é\/\""}"#);
        assert_eq!(rewritten(Spacing::Compact, false, Escapes::Php), r#"{"b":[1.0,{}],"a":"\u00e9\/\""}"#);
        assert_eq!(rewritten(Spacing::Compact, false, Escapes::DotNet), r#"{"b":[1.0,{}],"a":"\u00E9/\u0022"}"#);
        let written =
            |body: &str, escapes| Rewriter::new(body.as_bytes()).unwrap().write(style(Spacing::AsIs, false, escapes));
        assert_eq!(written(r#"{"a":"\u00e9"}"#, Escapes::Unescaped), r#"{"a":"é"}"#);
        assert_eq!(written(r#"{"a":"?x&y<z>"}"#, Escapes::Html), r#"{"a":"?x\u0026y\u003cz\u003e"}"#);
        assert_eq!(written(r#"{"a":"?x&y"}"#, Escapes::DotNet), r#"{"a":"?x\u0026y"}"#);
    }

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        let shortest = |body: &str| {
            let style = Style { numbers: Numbers::Shortest, ..Style::spaced(Spacing::AsIs) };
            Rewriter::new(body.as_bytes()).unwrap().write(style)
        };
        assert_eq!(shortest("[30.0,1e2,0.50,-0.0,12,1.5e300]"), "[30,100,0.5,0,12,1.5e300]");
    }

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        let body = "[30.0,1e2,0.50,3E1,12,1.5e300,-0.0]";
        let rewriter = Rewriter::new(body.as_bytes()).unwrap();
        let style = Style { numbers: Numbers::Decimal, ..Style::spaced(Spacing::AsIs) };
        assert_eq!(rewriter.write(style), "[30.0,100.0,0.5,30.0,12,1.5e300,-0.0]");
        assert!(rewriter.styles().any(|tried| tried == style));
        assert!(Rewriter::new(b"[30.0]").unwrap().styles().all(|tried| tried.numbers != Numbers::Decimal));
    }

    #[test]
    fn a_text_is_written_in_pieces_that_are_small_and_make_the_whole() {
        let body = format!("[{}]", vec!["{\"a\":[1,2]}"; 2000].join(","));
        let rewriter = Rewriter::new(body.as_bytes()).unwrap();
        for spacing in [Spacing::AsIs, Spacing::IndentFour] {
            let (mut pieces, style) = (Vec::new(), Style::spaced(spacing));
            let length = rewriter.write_pieces(style, usize::MAX, |piece| pieces.push(piece.to_owned()));
            let whole = pieces.concat();
            assert_eq!((length, whole.as_str()), (Some(whole.len()), rewriter.write(style).as_str()));
            assert!(whole.len() >= body.len() && pieces.iter().all(|piece| piece.len() < 2 * super::PIECE));
        }
    }

    #[test]
    fn writing_has_a_limit_and_no_style_that_changes_nothing_is_tried() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let rewriter = Rewriter::new(deep.as_bytes()).unwrap();
        assert_eq!(rewriter.write_pieces(Style::spaced(Spacing::IndentFour), 1000, |_| {}), None);
        assert_eq!(rewriter.styles().count(), 12);
    }
}
