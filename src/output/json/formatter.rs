//! The layout and colour of JSON: a token taken, a token written.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::model::json::lexer::{JsonError, Lexer, StringToken, Token};
use crate::model::json::view::decoded;
use crate::output::redact;
use crate::output::sanitise::{escaped_bytes, excerpt, is_hidden};
use crate::output::theme::{Role, Theme};
use crate::output::width::push_spaces;

/// Indentation and size limit of formatted JSON.
#[derive(Clone, Copy, Debug)]
pub struct JsonLayout {
    /// Columns before each line but the first, which starts where the text ended.
    pub indent: usize,
    /// Bytes of output after which no more is written.
    pub limit: usize,
}

/// Appends JSON, indented by two columns a level and coloured, and returns the number of bytes that the limit left out.
///
/// Hidden characters become JSON escapes, bytes that are not UTF-8 become `\xff`, and strings that are or hold URLs lose
/// the queries of these.
///
/// # Errors
///
/// When the bytes are not one JSON text, nothing is appended. What comes after the limit is not looked at.
pub fn append(out: &mut String, text: &[u8], theme: Theme, layout: JsonLayout) -> Result<usize, JsonError> {
    let start = out.len();
    out.reserve(text.len().saturating_mul(2).min(layout.limit));
    let limit = start.saturating_add(layout.limit);
    let utf8 = std::str::from_utf8(text).ok();
    let mut formatter =
        Formatter { lexer: Lexer::new(text), length: text.len(), utf8, out, theme, indent: layout.indent, limit };
    match formatter.document() {
        Ok(()) => Ok(0),
        Err(FormatStop::Full { left }) => Ok(left),
        Err(FormatStop::Bad(error)) => {
            out.truncate(start);
            Err(error)
        }
    }
}

/// Appends JSON text that is known to be valid, with its hidden characters as escapes: other bytes, the same data.
pub fn append_visible(out: &mut String, json: &str) {
    let mut rest = json;
    while let Some(at) = rest.find(is_hidden) {
        let (clean, tail) = rest.split_at(at);
        out.push_str(clean);
        let mut tail = tail.chars();
        for unit in tail.next().iter().flat_map(|hidden| hidden.encode_utf16(&mut [0; 2]).to_vec()) {
            let _ = write!(out, "\\u{unit:04x}");
        }
        rest = tail.as_str();
    }
    out.push_str(rest);
}

/// Place of the next token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JsonPlace {
    /// A value, on the line where it is.
    Value,
    FirstItem,
    /// A further item, or the end of the container.
    Item,
}

/// Why formatting ends before the text does.
enum FormatStop {
    Full { left: usize },
    Bad(JsonError),
}

impl From<JsonError> for FormatStop {
    fn from(error: JsonError) -> Self {
        Self::Bad(error)
    }
}

struct Formatter<'a, 'o> {
    lexer: Lexer<'a>,
    length: usize,
    /// The whole text, checked once instead of token by token. `None` if it is not UTF-8.
    utf8: Option<&'a str>,
    out: &'o mut String,
    theme: Theme,
    indent: usize,
    limit: usize,
}

impl<'a> Formatter<'a, '_> {
    fn document(&mut self) -> Result<(), FormatStop> {
        let mut place = JsonPlace::Value;
        while let Some(token) = self.lexer.token()? {
            if place == JsonPlace::Item && !matches!(token, Token::Close(_)) {
                self.out.push(',');
            }
            let is_inside = matches!(place, JsonPlace::FirstItem | JsonPlace::Item);
            match token {
                Token::Close(_) if place == JsonPlace::FirstItem => {}
                Token::Close(_) => self.newline(self.lexer.depth())?,
                Token::Open(_) if is_inside => self.newline(self.lexer.depth() - 1)?,
                _ if is_inside => self.newline(self.lexer.depth())?,
                _ => {}
            }
            place = self.token(token)?;
        }
        Ok(())
    }

    /// Writes a token; returns the place behind it.
    fn token(&mut self, token: Token<'a>) -> Result<JsonPlace, FormatStop> {
        match token {
            Token::Open(bracket) => {
                self.out.push(char::from(bracket));
                return Ok(JsonPlace::FirstItem);
            }
            Token::Close(bracket) => self.out.push(char::from(bracket)),
            Token::Key(key) => {
                self.string(Role::Key, &self.visible(key.raw), key.unusual)?;
                self.out.push_str(": ");
                return Ok(JsonPlace::Value);
            }
            // A string that had to be decoded may come back with its escapes undone.
            Token::String(string) => {
                self.string(Role::String, &self.without_queries(string), string.unusual || string.escaped)?;
            }
            Token::Number(number) => self.string(Role::Number, &self.visible(number), false)?,
            Token::Literal(word) => self.string(Role::Literal, &self.visible(word), false)?,
        }
        Ok(JsonPlace::Item)
    }

    fn string(&mut self, role: Role, quoted: &str, unusual: bool) -> Result<(), FormatStop> {
        let (shown, cut) = excerpt(quoted, self.room());
        self.out.push_str(self.theme.open(role));
        if unusual {
            append_visible(self.out, shown);
        } else {
            self.out.push_str(shown);
        }
        self.out.push_str(self.theme.close(role));
        if cut == 0 { Ok(()) } else { Err(FormatStop::Full { left: self.left() + cut }) }
    }

    /// The last token as it is shown: as received, unless it holds the query of a URL.
    fn without_queries(&self, token: StringToken<'a>) -> Cow<'a, str> {
        if !token.escaped && !token.question {
            return self.visible(token.raw);
        }
        // PHP sends `https:\/\/`, Go `\u0026`: a URL is recognised by what the string means, not by how it is spelt.
        match redact::queries(&decoded(token.raw)) {
            Cow::Borrowed(_) => self.visible(token.raw),
            Cow::Owned(cut) => Cow::Owned(serde_json::to_string(&cut).unwrap_or_default()),
        }
    }

    /// The bytes of the last token as text; those that are not UTF-8 are shown as `\xff`.
    #[inline]
    fn visible(&self, raw: &'a [u8]) -> Cow<'a, str> {
        let start = self.lexer.start();
        match self.utf8.and_then(|text| text.get(start..start + raw.len())) {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(escaped_bytes(raw)),
        }
    }

    /// Starts a line, unless there is no more room for one.
    #[inline]
    fn newline(&mut self, depth: usize) -> Result<(), FormatStop> {
        if self.room() == 0 {
            return Err(FormatStop::Full { left: self.left() });
        }
        self.out.push('\n');
        push_spaces(self.out, self.indent + 2 * depth);
        Ok(())
    }

    /// Number of bytes behind the last token.
    fn left(&self) -> usize {
        self.length.saturating_sub(self.lexer.end())
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
    use serde_json::{Map, Value};

    use super::{JsonLayout, append, append_visible};
    use crate::model::json::lexer::JsonError;
    use crate::output::sanitise::is_hidden;
    use crate::output::theme::Theme;

    const AMPLE: JsonLayout = JsonLayout { indent: 0, limit: usize::MAX };

    fn formatted(bytes: &[u8]) -> Result<String, JsonError> {
        let mut out = String::new();
        append(&mut out, bytes, Theme::new(false), AMPLE).map(|_| out)
    }

    #[test]
    fn objects_and_arrays_are_laid_out_in_the_order_received() {
        let json = br#" {"b":[1,{"x":null}],"a":{},"c":[ ]} "#;
        let lines = [
            "{",
            "  \"b\": [",
            "    1,",
            "    {",
            "      \"x\": null",
            "    }",
            "  ],",
            "  \"a\": {},",
            "  \"c\": []",
            "}",
        ];
        assert_eq!(formatted(json).unwrap(), lines.join("\n"));
    }

    #[test]
    fn numbers_and_escapes_keep_the_text_that_was_sent() {
        for token in ["1e400", "-0.10", "123456789012345678901234567890", r#""\u00e9\/\ud800""#, "true", r#""日本""#]
        {
            assert_eq!(formatted(token.as_bytes()).unwrap(), token);
        }
    }

    #[test]
    fn hidden_characters_in_strings_and_keys_become_json_escapes() {
        let json = "{\"k\u{7f}\":\"a\u{202e}\u{9b}\u{e0041}\"}";
        assert_eq!(formatted(json.as_bytes()).unwrap(), "{\n  \"k\\u007f\": \"a\\u202e\\u009b\\udb40\\udc41\"\n}");
    }

    #[test]
    fn urls_lose_their_queries_however_they_are_spelt() {
        let cut = r#""https://h/p?…""#;
        for url in [r#""https://h/p?sig=1""#, r#""https:\/\/h\/p?sig=1""#, r#""https://h/p\u003fsig=\u202e1 2""#] {
            assert_eq!(formatted(url.as_bytes()).unwrap(), cut);
        }
        assert_eq!(formatted(br#""\u202e https://h/p?sig=1""#).unwrap(), r#""\u202e https://h/p?…""#);
        assert_eq!(formatted(br#""what? why\n""#).unwrap(), r#""what? why\n""#);
    }

    #[test]
    fn what_strict_parsers_refuse_is_shown() {
        assert_eq!(formatted(b"\xef\xbb\xbf{}").unwrap(), "{}");
        assert_eq!(formatted(b"[\"caf\xe9\"]").unwrap(), "[\n  \"caf\\xe9\"\n]");
        assert_eq!(formatted(br#"{"a":1,"a":2}"#).unwrap(), "{\n  \"a\": 1,\n  \"a\": 2\n}");
        assert!(formatted(("[".repeat(1_000) + &"]".repeat(1_000)).as_bytes()).is_ok());
    }

    #[test]
    fn a_refused_text_leaves_nothing_behind() {
        let mut out = "before".to_owned();
        assert!(append(&mut out, b"[1,2", Theme::new(true), AMPLE).is_err());
        assert_eq!(out, "before");
    }

    #[test]
    fn output_is_bounded_even_where_indentation_outgrows_the_input() {
        let json = "[".repeat(100) + &"[],".repeat(10_000);
        let mut out = String::new();
        let left =
            append(&mut out, json.as_bytes(), Theme::new(false), JsonLayout { indent: 4, limit: 1_000 }).unwrap();
        assert!(out.len() < 1_300 && left > 29_000);

        out.clear();
        let json = format!("\"{}\"", "é".repeat(1_000));
        assert_eq!(
            append(&mut out, json.as_bytes(), Theme::new(false), JsonLayout { indent: 0, limit: 100 }),
            Ok(1_903)
        );
        assert_eq!(out.len(), 99);
    }

    #[test]
    fn colour_is_by_role() {
        let mut out = String::new();
        append(&mut out, br#"{"a":[1,"x",true]}"#, Theme::new(true), JsonLayout { indent: 2, ..AMPLE }).unwrap();
        let expected = "{\n    \x1b[36m\"a\"\x1b[0m: [\n      \x1b[33m1\x1b[0m,\n      \x1b[32m\"x\"\x1b[0m,\n      \x1b[35mtrue\x1b[0m\n    ]\n  }";
        assert_eq!(out, expected);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_filter("no URL", |text| !text.contains("://")).prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn formatting_changes_no_data(value in any_json()) {
            let json = serde_json::to_vec(&value).unwrap();
            let shown = formatted(&json).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), serde_json::from_slice::<Value>(&json).unwrap());
            assert!(!shown.contains(|c| is_hidden(c) && c != '\n'));
        }

        #[test]
        fn what_serde_json_accepts_is_shown_and_what_is_shown_is_safe(text in r#"[\[\]{}",:0-9eE.\-+ \\untrelsfa?\x{202e}\x{1b}]{0,24}"#) {
            let shown = formatted(text.as_bytes());
            if serde_json::from_str::<Value>(&text).is_ok() {
                assert!(shown.is_ok());
            }
            if let Ok(shown) = shown {
                assert!(!shown.contains(|c| is_hidden(c) && c != '\n'));
            }
        }

        #[test]
        fn no_bytes_make_the_formatter_panic(bytes in any::<Vec<u8>>(), limit in 0_usize..200) {
            let mut out = String::new();
            let _ = append(&mut out, &bytes, Theme::new(true), JsonLayout { indent: 3, limit });
        }

        #[test]
        fn visible_json_is_the_same_data(text in any::<String>()) {
            let mut out = String::new();
            append_visible(&mut out, &serde_json::to_string(&text).unwrap());
            assert!(!out.contains(is_hidden));
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
