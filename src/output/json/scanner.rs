//! The grammar of JSON: takes one token after the other from a text and refuses what is none.

use thiserror::Error;

/// Why bytes cannot be shown as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JsonError {
    /// The bytes are no text.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// The text breaks the grammar.
    #[error("the body is not valid JSON: byte {offset} is unexpected")]
    Invalid {
        /// Bytes from the start; the length of the text if it ends too early.
        offset: usize,
    },
    /// The text nests too deeply to be worth showing.
    #[error("the body is nested more than {limit} levels deep")]
    TooDeep {
        /// Largest depth that is accepted.
        limit: usize,
    },
}

/// A string as it stands in the text, with what has to be known before it is shown.
#[derive(Clone, Copy)]
pub(super) struct StringToken<'a> {
    /// The string with its quotes.
    pub(super) raw: &'a str,
    /// It contains an escape.
    pub(super) escaped: bool,
    /// It contains DEL or something beyond ASCII, and so perhaps a hidden character.
    pub(super) unusual: bool,
    /// It contains a question mark, and so perhaps the query of a URL.
    pub(super) question: bool,
}

/// A place in a text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Number of bytes still to come.
    pub(super) fn left(&self) -> usize {
        self.text.len() - self.at
    }

    /// The first byte of the next token; `None` at the end.
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.byte()
    }

    /// Takes the next token if it is this punctuation.
    pub(super) fn take(&mut self, punctuation: u8) -> bool {
        let found = self.peek() == Some(punctuation);
        self.at += usize::from(found);
        found
    }

    /// Takes the next token, which must be this punctuation.
    pub(super) fn expect(&mut self, punctuation: u8) -> Result<(), JsonError> {
        if self.take(punctuation) { Ok(()) } else { Err(self.invalid()) }
    }

    /// Takes a string. Lone surrogates are let pass, as JavaScript lets them.
    pub(super) fn string(&mut self) -> Result<StringToken<'a>, JsonError> {
        self.expect(b'"')?;
        let start = self.at - 1;
        let mut token = StringToken { raw: "", escaped: false, unusual: false, question: false };
        loop {
            self.skip(|byte| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\' | b'?'));
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.escape()?;
                    token.escaped = true;
                    continue;
                }
                Some(b'?') => token.question = true,
                Some(0x7f..) => token.unusual = true,
                _ => return Err(self.invalid()),
            }
            self.at += 1;
        }
        self.at += 1;
        token.raw = self.since(start);
        Ok(token)
    }

    /// Takes a number, of any length and precision.
    pub(super) fn number(&mut self) -> Result<&'a str, JsonError> {
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

    /// Takes one of the three words of JSON.
    pub(super) fn literal(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.skip(|byte| byte.is_ascii_lowercase());
        let word = self.since(start);
        if matches!(word, "true" | "false" | "null") {
            return Ok(word);
        }
        self.at = start;
        Err(self.invalid())
    }

    /// The error for the place where the scanner stands.
    pub(super) fn invalid(&self) -> JsonError {
        JsonError::Invalid { offset: self.at }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        if self.skip_one(b"u") {
            for _ in 0..4 {
                if !self.skip_one(b"0123456789abcdefABCDEF") {
                    return Err(self.invalid());
                }
            }
            return Ok(());
        }
        if self.skip_one(b"\"\\/bfnrt") { Ok(()) } else { Err(self.invalid()) }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.skip(|byte| byte.is_ascii_digit());
        if self.at > start { Ok(()) } else { Err(self.invalid()) }
    }

    fn skip_one(&mut self, of: &[u8]) -> bool {
        let found = self.byte().is_some_and(|byte| of.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn skip(&mut self, while_: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| !while_(*byte)).unwrap_or(rest.len());
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}
