//! The layout and colour of JSON: a token taken, a token written.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::output::json::scanner::{JsonError, Scanner, StringToken};
use crate::output::redact;
use crate::output::sanitise::{excerpt, is_hidden};
use crate::output::theme::{Role, Theme};

/// Deeper than any honest event, and shallow enough for the stack and the eye.
const MAX_DEPTH: usize = 128;

/// Indentation and size limit of formatted JSON.
#[derive(Clone, Copy, Debug)]
pub struct JsonLayout {
    /// Columns before each line but the first, which starts where the text ended.
    pub indent: usize,
    /// Bytes of output after which no more is written.
    pub limit: usize,
}

/// Appends JSON, indented by two columns a level and coloured, and tells how many bytes of it the limit left out.
///
/// Hidden characters become JSON escapes, and strings that are or hold URLs lose the queries of these.
///
/// # Errors
///
/// When the bytes are not one valid JSON text, or nest too deeply, nothing is appended. What comes after the limit is
/// not looked at.
pub fn append(out: &mut String, bytes: &[u8], theme: Theme, layout: JsonLayout) -> Result<usize, JsonError> {
    let text = str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
    let start = out.len();
    out.reserve(text.len().saturating_mul(2).min(layout.limit));
    let limit = start.saturating_add(layout.limit);
    let mut formatter = Formatter { scanner: Scanner::new(text), out, theme, indent: layout.indent, limit, depth: 0 };
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
    scanner: Scanner<'a>,
    out: &'o mut String,
    theme: Theme,
    indent: usize,
    limit: usize,
    depth: usize,
}

impl Formatter<'_, '_> {
    fn document(&mut self) -> Result<(), FormatStop> {
        self.value()?;
        match self.scanner.peek() {
            None => Ok(()),
            Some(_) => Err(self.scanner.invalid().into()),
        }
    }

    fn value(&mut self) -> Result<(), FormatStop> {
        match self.scanner.peek() {
            Some(b'{') => self.container(b'{', b'}'),
            Some(b'[') => self.container(b'[', b']'),
            Some(b'"') => {
                let token = self.scanner.string()?;
                // A string that had to be decoded may come back with its escapes undone.
                self.string(Role::String, &without_queries(token), token.unusual || token.escaped)
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.scanner.number()?;
                self.scalar(Role::Number, number)
            }
            _ => {
                let word = self.scanner.literal()?;
                self.scalar(Role::Literal, word)
            }
        }
    }

    fn container(&mut self, open: u8, close: u8) -> Result<(), FormatStop> {
        if self.depth == MAX_DEPTH {
            return Err(JsonError::TooDeep { limit: MAX_DEPTH }.into());
        }
        self.scanner.expect(open)?;
        self.out.push(char::from(open));
        if self.scanner.take(close) {
            self.out.push(char::from(close));
            return Ok(());
        }
        self.depth += 1;
        loop {
            self.newline()?;
            if open == b'{' {
                self.key()?;
            }
            self.value()?;
            if !self.scanner.take(b',') {
                break;
            }
            self.out.push(',');
        }
        self.scanner.expect(close)?;
        self.depth -= 1;
        self.newline()?;
        self.out.push(char::from(close));
        Ok(())
    }

    fn key(&mut self) -> Result<(), FormatStop> {
        let token = self.scanner.string()?;
        self.string(Role::Key, token.raw, token.unusual)?;
        self.scanner.expect(b':')?;
        self.out.push_str(": ");
        Ok(())
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
        if cut == 0 { Ok(()) } else { Err(FormatStop::Full { left: self.scanner.left() + cut }) }
    }

    fn scalar(&mut self, role: Role, text: &str) -> Result<(), FormatStop> {
        self.string(role, text, false)
    }

    /// Starts a line, unless there is no more room for one.
    fn newline(&mut self) -> Result<(), FormatStop> {
        const SPACES: &str = "                                                                ";
        if self.room() == 0 {
            return Err(FormatStop::Full { left: self.scanner.left() });
        }
        self.out.push('\n');
        let mut columns = self.indent + 2 * self.depth;
        while columns > 0 {
            let step = columns.min(SPACES.len());
            self.out.push_str(SPACES.get(..step).unwrap_or(SPACES));
            columns -= step;
        }
        Ok(())
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.len())
    }
}

/// The string as it may be shown: as received, unless it holds the query of a URL.
fn without_queries(token: StringToken<'_>) -> Cow<'_, str> {
    if !token.escaped {
        return if token.question {
            requoted(token.raw, token.raw.trim_matches('"'))
        } else {
            Cow::Borrowed(token.raw)
        };
    }
    // PHP sends `https:\/\/`, Go `\u0026`: a URL is recognised by what the string means, not by how it is spelt.
    match serde_json::from_str::<String>(token.raw) {
        Ok(meant) => requoted(token.raw, &meant),
        // A lone surrogate means nothing that could be decoded.
        Err(_) => redact::queries(token.raw),
    }
}

/// The raw string itself if its meaning may be shown, else a new one.
fn requoted<'a>(raw: &'a str, meant: &str) -> Cow<'a, str> {
    match redact::queries(meant) {
        Cow::Borrowed(_) => Cow::Borrowed(raw),
        Cow::Owned(cut) => Cow::Owned(serde_json::to_string(&cut).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
    use serde_json::{Map, Value};

    use super::{JsonLayout, MAX_DEPTH, append, append_visible};
    use crate::output::json::JsonError;
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
    fn what_breaks_the_grammar_is_refused_at_its_place() {
        let cases: [(&str, usize); 12] = [
            ("", 0),
            ("{", 1),
            ("[1,]", 3),
            ("{} x", 3),
            ("[01]", 2),
            ("[1.]", 3),
            ("-", 1),
            ("nul", 0),
            ("\"a\nb\"", 2),
            ("\"\\x\"", 2),
            ("{\"a\" 1}", 5),
            ("\u{feff}{}", 0),
        ];
        for (json, offset) in cases {
            assert_eq!(formatted(json.as_bytes()), Err(JsonError::Invalid { offset }), "{json}");
        }
        assert_eq!(formatted(b"\"\xff\""), Err(JsonError::NotUtf8));
    }

    #[test]
    fn a_refused_text_leaves_nothing_behind() {
        let mut out = "before".to_owned();
        assert!(append(&mut out, b"[1,2", Theme::new(true), AMPLE).is_err());
        assert_eq!(out, "before");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(formatted(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(formatted(nested(MAX_DEPTH + 1).as_bytes()), Err(JsonError::TooDeep { limit: MAX_DEPTH }));
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
