//! JSON text written another way: the same values with other white space, key order or escapes.
//!
//! Middleware that parses a body and writes it again breaks its signature; knowing what each common writer would have
//! made of it lets a diagnosis name the culprit.

use std::fmt::{self, Write};

use serde_json::Value;

/// Whitespace of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// White space stays where it is.
    AsIs,
    /// None at all, as `JSON.stringify` writes.
    Compact,
    /// `", "` and `": "`, as Python's `json.dumps` writes.
    Python,
    /// Lines indented by two spaces.
    IndentTwo,
    /// Lines indented by four spaces.
    IndentFour,
}

/// Escapes of characters in strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// As they are.
    AsIs,
    /// Whatever is not ASCII as `\uXXXX`, as Python's `json.dumps` writes.
    Ascii,
    /// `\uXXXX` as the character that it stands for.
    Unescaped,
    /// `/` as `\/`, as PHP's `json_encode` writes.
    Slashes,
}

/// One way to write JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub spacing: Spacing,
    /// Whether the keys of every object are in alphabetical order.
    pub sorted: bool,
    /// Escapes in strings.
    pub escapes: Escapes,
}

impl Style {
    /// Every style, the plainest first.
    pub fn all() -> impl Iterator<Item = Self> {
        const SPACINGS: [Spacing; 5] =
            [Spacing::AsIs, Spacing::Compact, Spacing::Python, Spacing::IndentTwo, Spacing::IndentFour];
        const ESCAPES: [Escapes; 4] = [Escapes::AsIs, Escapes::Ascii, Escapes::Unescaped, Escapes::Slashes];
        [false, true].into_iter().flat_map(|sorted| {
            ESCAPES
                .into_iter()
                .flat_map(move |escapes| SPACINGS.into_iter().map(move |spacing| Self { spacing, sorted, escapes }))
        })
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spacing = match self.spacing {
            Spacing::AsIs => None,
            Spacing::Compact => Some("compact JSON"),
            Spacing::Python => Some("JSON with Python's default separators"),
            Spacing::IndentTwo | Spacing::IndentFour => Some("indented JSON"),
        };
        let escapes = match self.escapes {
            Escapes::AsIs => None,
            Escapes::Ascii => Some("non-ASCII characters escaped"),
            Escapes::Unescaped => Some("characters unescaped"),
            Escapes::Slashes => Some("slashes escaped"),
        };
        let sorted = self.sorted.then_some("keys sorted");
        f.write_str(spacing.unwrap_or("JSON"))?;
        for (at, part) in [sorted, escapes].into_iter().flatten().enumerate() {
            write!(f, "{}{part}", if at == 0 { " with " } else { " and " })?;
        }
        Ok(())
    }
}

/// A JSON text that was found valid and not too deeply nested, ready to be written in any style.
pub struct Rewriter<'a> {
    text: &'a str,
    sorted: String,
}

impl<'a> Rewriter<'a> {
    /// Takes a body, if it is JSON of at most 128 levels.
    pub fn new(body: &'a [u8]) -> Option<Self> {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        value.sort_all_objects();
        Some(Self { text: std::str::from_utf8(body).ok()?, sorted: value.to_string() })
    }

    /// The text in another style. Numbers keep their spelling unless keys are sorted.
    pub fn write(&self, style: Style) -> String {
        let text = if style.sorted { &self.sorted } else { self.text };
        let mut out = Writer { out: String::with_capacity(text.len() * 2), style, depth: 0 };
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let (token, tail) = rest.split_at(token_length(rest, next));
            rest = tail;
            out.token(token, tail);
        }
        out.out
    }
}

/// The length in bytes of the token at the start of a valid JSON text.
fn token_length(text: &str, first: char) -> usize {
    let ends = |is_end: fn(char) -> bool| text.find(is_end).unwrap_or(text.len());
    match first {
        '"' => {
            let mut escaped = true; // the opening quote does not close
            text.bytes()
                .position(|byte| {
                    let closes = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    closes
                })
                .map_or(text.len(), |closing| closing + 1)
        }
        '{' | '}' | '[' | ']' | ',' | ':' => 1,
        _ if is_space(first) => ends(|c| !is_space(c)),
        _ => ends(|c| is_space(c) || matches!(c, '{' | '}' | '[' | ']' | ',' | ':' | '"')),
    }
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

struct Writer {
    out: String,
    style: Style,
    depth: usize,
}

impl Writer {
    fn token(&mut self, token: &str, tail: &str) {
        let keeps_space = self.style.spacing == Spacing::AsIs;
        match token.chars().next() {
            Some(c) if is_space(c) => {
                if keeps_space {
                    self.out.push_str(token);
                }
            }
            Some('"') => self.string(token),
            _ if keeps_space => self.out.push_str(token),
            Some('{' | '[') => {
                self.out.push_str(token);
                self.depth += 1;
                if !tail.trim_start_matches(is_space).starts_with(['}', ']']) {
                    self.line();
                }
            }
            Some('}' | ']') => {
                self.depth = self.depth.saturating_sub(1);
                if !self.out.ends_with(['{', '[']) {
                    self.line();
                }
                self.out.push_str(token);
            }
            Some(',') => {
                self.out.push_str(if self.style.spacing == Spacing::Python { ", " } else { "," });
                self.line();
            }
            Some(':') => self.out.push_str(if self.style.spacing == Spacing::Compact { ":" } else { ": " }),
            _ => self.out.push_str(token),
        }
    }

    /// A line break and its indentation, where the style has them.
    fn line(&mut self) {
        let indent = match self.style.spacing {
            Spacing::IndentTwo => 2,
            Spacing::IndentFour => 4,
            Spacing::AsIs | Spacing::Compact | Spacing::Python => return,
        };
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent * self.depth));
    }

    fn string(&mut self, token: &str) {
        match self.style.escapes {
            Escapes::AsIs => self.out.push_str(token),
            Escapes::Slashes => self.out.push_str(&token.replace("\\/", "/").replace('/', "\\/")),
            Escapes::Ascii => {
                for c in token.chars() {
                    if c.is_ascii() {
                        self.out.push(c);
                    } else {
                        for unit in c.encode_utf16(&mut [0; 2]) {
                            let _ = write!(self.out, "\\u{unit:04x}");
                        }
                    }
                }
            }
            Escapes::Unescaped => match serde_json::from_str::<String>(token) {
                Ok(text) => self.out.push_str(&Value::String(text).to_string()),
                Err(_) => self.out.push_str(token),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Escapes, Rewriter, Spacing, Style};

    const BODY: &str = "{\"b\":[1.0,{}],\"a\":\"é/\\\"\"}";

    fn rewritten(spacing: Spacing, sorted: bool, escapes: Escapes) -> String {
        Rewriter::new(BODY.as_bytes()).unwrap().write(Style { spacing, sorted, escapes })
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
    }

    #[test]
    fn keys_and_escapes_change_as_asked() {
        assert_eq!(rewritten(Spacing::Compact, true, Escapes::AsIs), r#"{"a":"é/\"","b":[1.0,{}]}"#);
        assert_eq!(rewritten(Spacing::Compact, false, Escapes::Ascii), r#"{"b":[1.0,{}],"a":"\u00e9/\""}"#);
        assert_eq!(rewritten(Spacing::Compact, false, Escapes::Slashes), r#"{"b":[1.0,{}],"a":"é\/\""}"#);
        let escaped = Rewriter::new(br#"{"a":"\u00e9"}"#).unwrap();
        let style = Style { spacing: Spacing::AsIs, sorted: false, escapes: Escapes::Unescaped };
        assert_eq!(escaped.write(style), r#"{"a":"é"}"#);
    }

    #[test]
    fn a_style_is_said_in_words() {
        let said = |spacing, sorted, escapes| Style { spacing, sorted, escapes }.to_string();
        assert_eq!(said(Spacing::Compact, false, Escapes::AsIs), "compact JSON");
        assert_eq!(
            said(Spacing::Python, true, Escapes::Ascii),
            "JSON with Python's default separators with keys sorted and non-ASCII characters escaped"
        );
    }
}
