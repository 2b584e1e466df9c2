//! A value inside a JSON text, read in place. Of repeated keys the last counts, as in JavaScript and Python.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::json::lexer::{JsonError, Lexer, StringToken, Token};
use crate::model::json::number::is_same_number;

/// A value inside a JSON text that was found to be valid.
#[derive(Clone, Copy, Debug)]
pub struct JsonView<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> JsonView<'a> {
    /// The whole value of a text, all of which is checked.
    pub fn read(text: &'a [u8]) -> Result<Self, JsonError> {
        let mut lexer = Lexer::new(text);
        lexer.token()?;
        let (start, mut end) = (lexer.start(), lexer.end());
        while lexer.token()?.is_some() {
            end = lexer.end();
        }
        Ok(Self { text, start, end })
    }

    /// Offsets in the text.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The value as it is spelled.
    pub fn raw(self) -> &'a [u8] {
        self.text.get(self.range()).unwrap_or_default()
    }

    pub fn is_object(self) -> bool {
        self.raw().starts_with(b"{")
    }

    pub fn is_array(self) -> bool {
        self.raw().starts_with(b"[")
    }

    pub fn is_null(self) -> bool {
        self.raw() == b"null"
    }

    pub fn is_boolean(self) -> bool {
        matches!(self.raw(), b"true" | b"false")
    }

    /// The nearest number of 64 bits.
    pub fn number(self) -> Option<f64> {
        let text = self.is_number().then(|| std::str::from_utf8(self.raw()))?;
        text.ok()?.parse().ok()
    }

    pub fn is_number(self) -> bool {
        self.raw().first().is_some_and(|first| matches!(first, b'-' | b'0'..=b'9'))
    }

    /// The text that a string means.
    pub fn string(self) -> Option<Cow<'a, str>> {
        self.raw().starts_with(b"\"").then(|| decoded(self.raw()))
    }

    /// The members of an object, in their order; none of anything else.
    pub fn members(self) -> impl Iterator<Item = (JsonView<'a>, JsonView<'a>)> {
        let mut children = Children::of(self);
        std::iter::from_fn(move || children.next()).filter_map(|(key, value)| Some((key?, value)))
    }

    /// The items of an array; none of anything else.
    pub fn items(self) -> impl Iterator<Item = JsonView<'a>> {
        let mut children = Children::of(self);
        std::iter::from_fn(move || children.next())
            .filter_map(|(key, value)| if key.is_none() { Some(value) } else { None })
    }

    /// The member of an object with this key.
    pub fn get(self, key: &str) -> Option<Self> {
        let is_it = |name: &JsonView<'a>| name.string().is_some_and(|name| name == key);
        self.members().filter(|(name, _)| is_it(name)).last().map(|(_, value)| value)
    }

    /// Whether two values mean the same: numbers by value, strings by their text, objects in any order.
    ///
    /// Recurses as deep as the shallower of the two nests.
    pub fn is_same(self, other: JsonView<'_>) -> bool {
        if self.is_number() && other.is_number() {
            return is_same_number(self.raw(), other.raw());
        }
        if self.is_array() && other.is_array() {
            let (mut items, mut others) = (self.items(), other.items());
            loop {
                match (items.next(), others.next()) {
                    (None, None) => return true,
                    (Some(item), Some(other)) if item.is_same(other) => {}
                    _ => return false,
                }
            }
        }
        if self.is_object() && other.is_object() {
            let own = self.members().all(|(key, _)| {
                let key = key.string().unwrap_or_default();
                matches!((self.get(&key), other.get(&key)), (Some(a), Some(b)) if a.is_same(b))
            });
            // Values are compared once: a second time at each level would double the work with every level.
            return own && other.members().all(|(key, _)| self.get(&key.string().unwrap_or_default()).is_some());
        }
        match (self.string(), other.string()) {
            (Some(text), Some(other)) => text == other,
            _ => self.raw() == other.raw(),
        }
    }
}

/// The members or items of a container.
struct Children<'a> {
    text: &'a [u8],
    offset: usize,
    lexer: Lexer<'a>,
}

impl<'a> Children<'a> {
    fn of(container: JsonView<'a>) -> Self {
        let mut lexer = Lexer::new(container.raw());
        // Opens the container; a scalar ends here.
        let _ = lexer.token();
        Self { text: container.text, offset: container.start, lexer }
    }

    fn next(&mut self) -> Option<(Option<JsonView<'a>>, JsonView<'a>)> {
        let first = self.lexer.token().ok()??;
        let Token::Key(StringToken { raw, .. }) = first else { return Some((None, self.value(first)?)) };
        let start = self.offset + self.lexer.start();
        let key = JsonView { text: self.text, start, end: start + raw.len() };
        let first = self.lexer.token().ok()??;
        Some((Some(key), self.value(first)?))
    }

    /// The value that begins with this token; nothing at the end of the container.
    fn value(&mut self, first: Token<'a>) -> Option<JsonView<'a>> {
        let start = self.offset + self.lexer.start();
        match first {
            Token::Close(_) => return None,
            Token::Open(_) => {
                let around = self.lexer.depth() - 1;
                while self.lexer.depth() > around {
                    self.lexer.token().ok()??;
                }
            }
            _ => {}
        }
        Some(JsonView { text: self.text, start, end: self.offset + self.lexer.end() })
    }
}

/// The text that a string with its quotes means. Half a surrogate pair, and bytes that are not UTF-8, are read as U+FFFD.
pub fn decoded(raw: &[u8]) -> Cow<'_, str> {
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if memchr::memchr(b'\\', inner).is_none() {
        return String::from_utf8_lossy(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(at);
        text.push_str(&String::from_utf8_lossy(plain));
        let (character, length) = unescaped(escape);
        text.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(&String::from_utf8_lossy(rest));
    Cow::Owned(text)
}

/// The character of an escape, and the number of bytes that spell it.
fn unescaped(escape: &[u8]) -> (char, usize) {
    let character = match escape.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return surrogates(escape),
        Some(byte) => char::from(*byte),
        None => char::REPLACEMENT_CHARACTER,
    };
    (character, 2)
}

/// The character of one `\uXXXX`, or of two that are a pair.
fn surrogates(escape: &[u8]) -> (char, usize) {
    const UNIT: usize = r"\u0000".len();
    let unit = |at: usize| {
        let digits = escape.get(at..at + UNIT)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, UNIT) };
    let decoded = |units: &[u16]| char::decode_utf16(units.iter().copied()).next().and_then(Result::ok);
    if let Some(character) = decoded(&[first]) {
        return (character, UNIT);
    }
    let pair = unit(UNIT).and_then(|second| decoded(&[first, second]));
    pair.map_or((char::REPLACEMENT_CHARACTER, UNIT), |character| (character, 2 * UNIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{JsonView, decoded};

    fn view(text: &str) -> JsonView<'_> {
        JsonView::read(text.as_bytes()).unwrap()
    }

    fn same(a: &str, b: &str) -> bool {
        view(a).is_same(view(b))
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        let event = view(r#"{"a":1,"b":{"a":3},"a":[2]}"#);
        assert_eq!(event.get("a").unwrap().raw(), b"[2]");
        assert_eq!(event.get("b").unwrap().get("a").unwrap().raw(), b"3");
        assert!(event.get("c").is_none() && view("[1]").get("a").is_none());
    }

    #[test]
    fn members_and_items_are_read_where_they_stand() {
        let text = "\u{feff} [ {\"k\" : [1, 2]} , \"x\" ]";
        let items: Vec<_> = view(text).items().collect();
        assert_eq!(items.len(), 2);
        assert_eq!(&text[items[0].range()], "{\"k\" : [1, 2]}");
        assert_eq!(items[0].get("k").unwrap().items().count(), 2);
        assert_eq!(items[1].string().unwrap(), "x");
        assert_eq!((view("[]").items().count(), view("{}").members().count(), view("7").items().count()), (0, 0, 0));
    }

    #[test]
    fn a_number_is_the_nearest_of_64_bits() {
        for (text, nearest) in [
            ("12300000000399.99999999999999991e200", 1.230_000_000_04e213),
            ("1230000000009.99999999999999999991e200", 1.230_000_000_01e212),
            ("9007199254740993.0", 9_007_199_254_740_992.0),
            ("0.1e1", 1.0),
        ] {
            assert_eq!(view(text).number().map(f64::to_bits), Some(f64::to_bits(nearest)), "{text}");
        }
        assert_eq!(view("\"1\"").number(), None);
    }

    #[test]
    fn values_are_compared_by_what_they_mean() {
        assert!(same(r#"{"a":30.0,"b":["\u00e9"]}"#, r#"{"b":["é"],"a":3e1}"#));
        assert!(same(r#"{"a":1,"a":2}"#, r#"{"a":2}"#));
        for (a, b) in
            [("1", "\"1\""), ("[1]", "[1,2]"), (r#"{"a":1}"#, r#"{"a":1,"b":2}"#), ("null", "false"), ("{}", "[]")]
        {
            assert!(!same(a, b) && !same(b, a), "{a} {b}");
        }
    }

    #[test]
    fn deeply_nested_objects_are_compared_once() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
        assert!(same(&deep, &deep.replace(':', ": ")));
        assert!(!same(&deep, &deep.replace('1', "2")));
    }

    #[test]
    fn half_a_pair_and_stray_bytes_are_read_as_a_replacement_character() {
        for (raw, text) in [
            (&br#""\ud83d\ude00""#[..], "😀"),
            (br#""a\ud800b""#, "a\u{fffd}b"),
            (br#""\ud800\u0041""#, "\u{fffd}A"),
            (b"\"caf\xe9\"", "caf\u{fffd}"),
            (br#""\/\n\"\\""#, "/\n\"\\"),
        ] {
            assert_eq!(decoded(raw), text);
        }
    }

    proptest! {
        #[test]
        fn a_string_means_what_serde_json_reads(text in any::<String>()) {
            let raw = serde_json::to_string(&text).unwrap();
            assert_eq!(decoded(raw.as_bytes()), text);
        }
    }
}
