//! The one lexer of received JSON: steps through a text and checks its grammar.
//!
//! It takes what programs send and strict parsers refuse: a byte order mark, half a surrogate pair, numbers beyond any
//! type, any depth, repeated keys, and bytes in strings that are not UTF-8. It neither recurses nor copies.

use thiserror::Error;

/// Why bytes are not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JsonError {
    /// The text breaks off.
    #[error("it ends too early")]
    Ended,
    /// The text breaks the grammar.
    #[error("byte {offset} is unexpected")]
    Unexpected {
        /// Bytes from the start.
        offset: usize,
    },
}

/// UTF-8's byte order mark, which some editors put at the start of a file.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A string of the text, with the facts that decide what must be done before it is read or shown.
#[derive(Clone, Copy, Debug)]
pub struct StringToken<'a> {
    /// The string with its quotes.
    pub raw: &'a [u8],
    /// It contains an escape.
    pub escaped: bool,
    /// It contains DEL or something beyond ASCII.
    pub unusual: bool,
    /// It contains a question mark, and so perhaps the query of a URL.
    pub question: bool,
}

impl<'a> StringToken<'a> {
    /// The bytes between the quotes, if each of them means itself.
    pub fn plain(&self) -> Option<&'a [u8]> {
        if self.escaped || self.unusual { None } else { self.raw.get(1..self.raw.len().checked_sub(1)?) }
    }
}

/// A step through a text.
#[derive(Clone, Copy, Debug)]
pub enum Token<'a> {
    /// `{` or `[`.
    Open(u8),
    /// `}` or `]`.
    Close(u8),
    Key(StringToken<'a>),
    String(StringToken<'a>),
    /// A number, of any length and precision.
    Number(&'a [u8]),
    /// `true`, `false` or `null`.
    Literal(&'a [u8]),
}

impl Token<'_> {
    /// Number of bytes that spell it; the colon is no part of a key.
    pub const fn length(&self) -> usize {
        match self {
            Self::Open(_) | Self::Close(_) => 1,
            Self::Key(string) | Self::String(string) => string.raw.len(),
            Self::Number(raw) | Self::Literal(raw) => raw.len(),
        }
    }
}

/// Next thing that the grammar allows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Value,
    FirstItem,
    FirstKey,
    Key,
    More,
    End,
}

/// Bytes of a string that are looked at in one step.
const TOGETHER: usize = 8;

/// The high bit of each byte of a string that needs a look: one that is not printable ASCII, or is `"`, `\` or `?`.
///
/// Only the lowest bit is exact, since a byte can carry into those above it. Arithmetic on a word is fast however the
/// compiler is set; a loop over bytes is only so where it spends size on it.
const fn to_look_at(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    const fn zero(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word
    }
    const fn each(byte: u8) -> u64 {
        ONES * byte as u64
    }
    let beyond = word.wrapping_add(each(0x7f - b'~')) | word;
    let control = word.wrapping_sub(each(b' ')) & !word;
    let named = zero(word ^ each(b'"')) | zero(word ^ each(b'\\')) | zero(word ^ each(b'?'));
    (beyond | control | named) & HIGH
}

/// The last bytes of a text, and zeros.
fn padded(rest: &[u8]) -> [u8; TOGETHER] {
    let mut word = [0; TOGETHER];
    word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    word
}

/// A place in a text.
pub struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    start: usize,
    open: Vec<u8>,
    allowed: Allowed,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Self { bytes, at, start: at, open: Vec::new(), allowed: Allowed::Value }
    }

    /// Offset of the last token.
    pub const fn start(&self) -> usize {
        self.start
    }

    /// Offset behind the last token; behind the colon, if that was a key.
    pub const fn end(&self) -> usize {
        self.at
    }

    /// Number of containers that are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next token; `None` at the end of the text.
    pub fn token(&mut self) -> Result<Option<Token<'a>>, JsonError> {
        let mut next = self.peek();
        if self.allowed == Allowed::More && next == Some(b',') {
            self.at += 1;
            self.allowed = if self.open.last() == Some(&b'{') { Allowed::Key } else { Allowed::Value };
            next = self.peek();
        }
        self.start = self.at;
        let Some(byte) = next else {
            return if self.allowed == Allowed::End { Ok(None) } else { Err(JsonError::Ended) };
        };
        match (self.allowed, byte) {
            (Allowed::FirstItem, b']') | (Allowed::FirstKey, b'}') => Ok(Some(self.close(byte))),
            (Allowed::More, b']' | b'}') if self.open.last() == Some(&(byte - 2)) => Ok(Some(self.close(byte))),
            (Allowed::FirstKey | Allowed::Key, b'"') => {
                let key = self.string()?;
                if self.peek() != Some(b':') {
                    return Err(self.error());
                }
                self.at += 1;
                self.allowed = Allowed::Value;
                Ok(Some(Token::Key(key)))
            }
            (Allowed::Value | Allowed::FirstItem, _) => self.value(byte).map(Some),
            _ => Err(self.error()),
        }
    }

    fn value(&mut self, first: u8) -> Result<Token<'a>, JsonError> {
        if matches!(first, b'{' | b'[') {
            self.at += 1;
            self.open.push(first);
            self.allowed = if first == b'{' { Allowed::FirstKey } else { Allowed::FirstItem };
            return Ok(Token::Open(first));
        }
        let token = match first {
            b'"' => Token::String(self.string()?),
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            _ => Token::Literal(self.literal()?),
        };
        self.after_value();
        Ok(token)
    }

    fn close(&mut self, bracket: u8) -> Token<'a> {
        self.at += 1;
        self.open.pop();
        self.after_value();
        Token::Close(bracket)
    }

    fn after_value(&mut self) {
        self.allowed = if self.open.is_empty() { Allowed::End } else { Allowed::More };
    }

    fn string(&mut self) -> Result<StringToken<'a>, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut token = StringToken { raw: &[], escaped: false, unusual: false, question: false };
        loop {
            self.skip_plain();
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.escape()?;
                    token.escaped = true;
                    continue;
                }
                Some(b'?') => token.question = true,
                Some(0x7f..) => token.unusual = true,
                _ => return Err(self.error()),
            }
            self.at += 1;
        }
        self.at += 1;
        token.raw = self.since(start);
        Ok(token)
    }

    fn number(&mut self) -> Result<&'a [u8], JsonError> {
        let start = self.at;
        self.skip_one(b"-");
        if !self.skip_one(b"0") {
            self.digits()?;
        }
        if self.skip_one(b".") {
            self.digits()?;
        }
        if self.skip_one(b"eE") {
            self.skip_one(b"+-");
            self.digits()?;
        }
        Ok(self.since(start))
    }

    fn literal(&mut self) -> Result<&'a [u8], JsonError> {
        let start = self.at;
        self.skip(|byte| byte.is_ascii_lowercase());
        let word = self.since(start);
        if matches!(word, b"true" | b"false" | b"null") {
            return Ok(word);
        }
        self.at = start;
        Err(self.error())
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        if self.skip_one(b"u") {
            for _ in 0..4 {
                if !self.skip_one(b"0123456789abcdefABCDEF") {
                    return Err(self.error());
                }
            }
            return Ok(());
        }
        if self.skip_one(b"\"\\/bfnrt") { Ok(()) } else { Err(self.error()) }
    }

    #[inline]
    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.skip(|byte| byte.is_ascii_digit());
        if self.at > start { Ok(()) } else { Err(self.error()) }
    }

    /// The error for the present place.
    fn error(&self) -> JsonError {
        if self.at >= self.bytes.len() { JsonError::Ended } else { JsonError::Unexpected { offset: self.at } }
    }

    /// The first byte of the next token.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                next => return next,
            }
        }
    }

    /// Skips the bytes of a string about which there is nothing to say.
    fn skip_plain(&mut self) {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        loop {
            // Behind the end are zeros, which need a look.
            let word = rest.first_chunk().map_or_else(|| padded(rest), |word: &[u8; TOGETHER]| *word);
            let found = to_look_at(u64::from_le_bytes(word));
            if found != 0 {
                let plain = found.trailing_zeros() as usize / 8;
                self.at = self.bytes.len() - rest.len() + plain;
                return;
            }
            rest = rest.get(TOGETHER..).unwrap_or_default();
        }
    }

    fn skip_one(&mut self, of: &[u8]) -> bool {
        let found = self.byte().is_some_and(|byte| of.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn skip(&mut self, while_: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| !while_(*byte)).unwrap_or(rest.len());
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{JsonError, Lexer, to_look_at};

    fn end(text: &[u8]) -> Result<usize, JsonError> {
        let mut lexer = Lexer::new(text);
        let mut tokens = 0;
        while lexer.token()?.is_some() {
            tokens += 1;
        }
        Ok(tokens)
    }

    #[test]
    fn what_programs_send_and_strict_parsers_refuse_is_read() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for (text, tokens) in [
            (&b"\xef\xbb\xbf{}"[..], 2),
            (br#"["\ud800",1e400]"#, 4),
            (br#"{"a":1,"a":2}"#, 6),
            (b"\"caf\xe9\"", 1),
            (deep.as_bytes(), 200_000),
        ] {
            assert_eq!(end(text), Ok(tokens));
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_refused_at_its_place() {
        let cases: [(&str, Option<usize>); 18] = [
            ("", None),
            ("{", None),
            ("[1,]", Some(3)),
            ("{} x", Some(3)),
            ("{}\0", Some(2)),
            ("[01]", Some(2)),
            ("[1.]", Some(3)),
            ("-", None),
            ("nul", Some(0)),
            ("\"a\nb\"", Some(2)),
            ("\"\\x\"", Some(2)),
            ("{\"a\" 1}", Some(5)),
            ("{\"a\":1,}", Some(7)),
            ("[1}", Some(2)),
            ("{\"a\":1]", Some(6)),
            ("]", Some(0)),
            ("\"a", None),
            ("[1 2]", Some(3)),
        ];
        for (text, offset) in cases {
            let error = offset.map_or(JsonError::Ended, |offset| JsonError::Unexpected { offset });
            assert_eq!(end(text.as_bytes()), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_first_byte_to_look_at_is_found_in_a_word(word in any::<[u8; 8]>(), start in 0_usize..9) {
            let mut word = word;
            word.iter_mut().take(start).for_each(|byte| *byte = b'a' + *byte % 26);
            let look = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\' | b'?');
            let found = to_look_at(u64::from_le_bytes(word)).trailing_zeros() as usize / 8;
            assert_eq!(found, word.iter().position(look).unwrap_or(8), "{word:?}");
        }

        #[test]
        fn what_serde_json_takes_is_taken(text in r#"[\[\]{}",:0-9eE.\-+ \\untrelsfa?]{0,24}"#) {
            if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
                assert!(end(text.as_bytes()).is_ok(), "{text}");
            }
        }

        #[test]
        fn no_bytes_make_the_lexer_panic(bytes in any::<Vec<u8>>()) {
            let _ = end(&bytes);
        }
    }
}
