//! Diagnosis of a digest that differs: likely mistakes are recomputed, and the one that matches is named.
//!
//! Runs only after the constant-time comparison failed. Its cost is bounded whatever was sent: a budget of bytes to
//! hash, and the dearer guesses only for bodies of the size that events have.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::model::json::reserialize::Rewriter;
use crate::model::json::view::JsonView;
use crate::model::signing::likely_keys::likely_keys;
use crate::model::signing::mistake::Mistake;
use crate::model::signing::other_bodies::{line_endings, other_charsets, unpacked};
use crate::model::signing::secret::Secret;
use crate::model::signing::signature::{Signature, Signer};

/// The most bytes that one diagnosis hashes.
const HASH_BUDGET: usize = 4 << 20;

/// Larger bodies are not written anew in other styles.
const LARGEST_REWRITTEN: usize = 32 << 10;

/// The most bytes that all writing anew reads and writes.
const REWRITE_BUDGET: usize = 1 << 20;

/// Larger bodies are not tried with other timestamps.
const LARGEST_RETIMED: usize = 4 << 10;

/// Seconds around the header's timestamp that are tried.
const RETIMED_SECONDS: u64 = 300;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const GZIP: &[u8] = b"\x1f\x8b";

/// A delivery with a well-formed signature that does not match.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The secret that we verified with.
    pub secret: &'a Secret,
    /// The timestamp header as a number of seconds.
    pub signed_at: u64,
    /// The timestamp header as it was sent.
    pub timestamp: &'a [u8],
    /// The body as it arrived.
    pub body: &'a [u8],
    pub signature: Signature,
}

/// Finds the mistake that gives the signature, if it is a likely one.
pub fn diagnose(evidence: &Evidence<'_>) -> Option<Mistake> {
    let signer = Signer::new(evidence.secret);
    let mut search = Search { evidence, signer, budget: HASH_BUDGET, rewriting: REWRITE_BUDGET };
    search
        .messages()
        .or_else(|| search.encodings())
        .or_else(|| search.secrets())
        .or_else(|| search.schemes())
        .or_else(|| search.substitutes())
        .or_else(|| search.styles())
        .or_else(|| search.timestamps())
}

struct Search<'a> {
    evidence: &'a Evidence<'a>,
    signer: Signer,
    /// The bytes that may yet be hashed.
    budget: usize,
    /// The bytes that may yet be read and written for other styles.
    rewriting: usize,
}

impl Search<'_> {
    /// Whether these parts, signed, give the signature; false once the budget is spent.
    ///
    /// The comparison takes the same time whatever it finds.
    fn signs(&mut self, signer: &Signer, parts: &[&[u8]]) -> bool {
        let length = parts.iter().map(|part| part.len()).sum();
        match self.budget.checked_sub(length) {
            Some(left) => {
                self.budget = left;
                signer.verifies_parts(parts, &self.evidence.signature)
            }
            None => false,
        }
    }

    /// Whether another body, signed rightly, gives the signature.
    fn signs_body(&mut self, body: &[u8]) -> bool {
        let signer = self.signer.clone();
        self.signs(&signer, &[self.evidence.timestamp, b".", body])
    }

    fn messages(&mut self) -> Option<Mistake> {
        let Evidence { body, timestamp, .. } = *self.evidence;
        let signer = self.signer.clone();
        if self.signs(&signer, &[body]) {
            return Some(Mistake::BodyOnly);
        }
        if self.signs(&signer, &[timestamp, body]) {
            return Some(Mistake::NoDot);
        }
        if [b"\n".as_slice(), b"\r\n"].into_iter().any(|end| self.signs(&signer, &[timestamp, b".", body, end])) {
            return Some(Mistake::NewlineLost);
        }
        let ends = [b"\r\n".as_slice(), b"\n"];
        if ends.into_iter().filter_map(|end| body.strip_suffix(end)).any(|shorter| self.signs_body(shorter)) {
            return Some(Mistake::NewlineAdded);
        }
        let unmarked = body.strip_prefix(BYTE_ORDER_MARK);
        if unmarked.is_some_and(|body| self.signs_body(body))
            || self.signs(&signer, &[timestamp, b".", BYTE_ORDER_MARK, body])
        {
            return Some(Mistake::ByteOrderMark);
        }
        if body.len() > LARGEST_REWRITTEN {
            return None;
        }
        line_endings(body).iter().any(|body| self.signs_body(body)).then_some(Mistake::LineEndings)
    }

    /// Timestamp and body put together as other providers of webhooks do, or by a slip.
    fn schemes(&mut self) -> Option<Mistake> {
        let Evidence { body, timestamp, .. } = *self.evidence;
        let signer = self.signer.clone();
        let ways: [(&[&[u8]], &str); 5] = [
            (&[body, b".", timestamp], "'<body>.<timestamp>'"),
            (&[body, timestamp], "the body and the timestamp after it"),
            (&[timestamp, b":", body], "'<timestamp>:<body>'"),
            (&[b"v0:", timestamp, b":", body], "'v0:<timestamp>:<body>', as Slack does,"),
            (&[timestamp, b"\n", body], "the timestamp, a line break and the body"),
        ];
        let way = ways.into_iter().find(|(parts, _)| self.signs(&signer, parts));
        way.map(|(_, way)| Mistake::OtherScheme(way))
    }

    /// Texts that a signer has in place of the body, since it was never read or was turned into text in a wrong way.
    fn substitutes(&mut self) -> Option<Mistake> {
        const TEXTS: [(&str, &str); 6] = [
            ("", "an empty body"),
            ("undefined", "the text 'undefined'"),
            ("null", "the text 'null'"),
            ("None", "the text 'None'"),
            ("{}", "an empty object"),
            ("[object Object]", "the text '[object Object]', a parsed body turned into text,"),
        ];
        if let Some((_, name)) = TEXTS.into_iter().find(|(text, _)| self.signs_body(text.as_bytes())) {
            return Some(Mistake::NotTheBody(name));
        }
        let text = str::from_utf8(self.evidence.body).ok().filter(|text| text.len() <= LARGEST_REWRITTEN)?;
        if self.signs_body(format!("b'{text}'").as_bytes()) {
            return Some(Mistake::NotTheBody("the body as Python shows it, b'...',"));
        }
        let quoted = serde_json::to_string(text).unwrap_or_default();
        if self.signs_body(quoted.as_bytes()) {
            return Some(Mistake::NotTheBody("the body written as a JSON string once more"));
        }
        let payload = JsonView::read(text.as_bytes()).ok()?.get("payload")?;
        self.signs_body(payload.raw()).then_some(Mistake::NotTheBody("the payload alone"))
    }

    /// Bodies that were packed, encoded or read in another character set between signing and arrival.
    fn encodings(&mut self) -> Option<Mistake> {
        let body = self.evidence.body;
        if body.starts_with(GZIP) && unpacked(body).is_some_and(|body| self.signs_body(&body)) {
            return Some(Mistake::Compressed);
        }
        if BASE64_STANDARD.decode(body.trim_ascii()).is_ok_and(|body| self.signs_body(&body)) {
            return Some(Mistake::BodyInBase64);
        }
        if body.len() > LARGEST_REWRITTEN {
            return None;
        }
        if self.signs_body(BASE64_STANDARD.encode(body).as_bytes()) {
            return Some(Mistake::SignedInBase64);
        }
        other_charsets(body).iter().any(|body| self.signs_body(body)).then_some(Mistake::Charset)
    }

    fn secrets(&mut self) -> Option<Mistake> {
        let Evidence { secret, timestamp, body, .. } = *self.evidence;
        let slip = likely_keys(secret.expose())
            .into_iter()
            .find(|(_, key)| self.signs(&Signer::from_bytes(key), &[timestamp, b".", body]));
        slip.map(|(slip, _)| Mistake::Secret(slip))
    }

    fn styles(&mut self) -> Option<Mistake> {
        let body = Some(self.evidence.body).filter(|body| body.len() <= LARGEST_REWRITTEN)?;
        let rewriter = Rewriter::new(body)?;
        for style in rewriter.styles() {
            // The budget is asked before the work: it is what a forger would have us do.
            self.rewriting = self.rewriting.checked_sub(body.len())?;
            let mut message = self.signer.begin(&[self.evidence.timestamp, b"."]);
            let written = rewriter.write_pieces(style, self.rewriting, |piece| message.add(piece.as_bytes()));
            let Some(length) = written else { continue };
            self.rewriting -= length;
            self.budget = self.budget.checked_sub(length)?;
            // Go's Encoder and many templates end in a line break.
            let mut with_line_break = message.clone();
            with_line_break.add(b"\n");
            if message.verifies(&self.evidence.signature) || with_line_break.verifies(&self.evidence.signature) {
                return Some(Mistake::Reserialized(style));
            }
        }
        None
    }

    fn timestamps(&mut self) -> Option<Mistake> {
        let Evidence { signed_at, timestamp, body, .. } = *self.evidence;
        let signer = self.signer.clone();
        if self.signs(&signer, &[timestamp, b"000.", body]) {
            return Some(Mistake::SignedMilliseconds);
        }
        if body.len() > LARGEST_RETIMED {
            return None;
        }
        (1..=RETIMED_SECONDS)
            .flat_map(|distance| [signed_at.checked_sub(distance), signed_at.checked_add(distance)])
            .flatten()
            .find(|seconds| self.signs(&signer, &[seconds.to_string().as_bytes(), b".", body]))
            .map(Mistake::OtherTimestamp)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    use super::{Evidence, diagnose};
    use crate::model::json::writing::{Escapes, Numbers, Spacing, Style};
    use crate::model::signing::mistake::{Mistake, SecretSlip};
    use crate::model::signing::secret::Secret;
    use crate::model::signing::signature::{Signature, Signer};

    const SECRET: &str = "mhw_test_MDEyMzQ1Njc4OWFiY2RlZmdo";
    const BODY: &str = "{\"b\": 1,\n\"a\": \"é\"}";

    fn diagnosed(body: &str, signature: Signature) -> Option<Mistake> {
        let secret = Secret::new(SECRET);
        diagnose(&Evidence { secret: &secret, signed_at: 1000, timestamp: b"1000", body: body.as_bytes(), signature })
    }

    fn signed(key: &str, message: &str) -> Signature {
        Signer::from_bytes(key.as_bytes()).sign_parts(&[message.as_bytes()])
    }

    #[test]
    fn a_wrong_message_is_named() {
        let cases = [
            (BODY.to_owned(), Mistake::BodyOnly),
            (format!("1000{BODY}"), Mistake::NoDot),
            (format!("1000.{BODY}\n"), Mistake::NewlineLost),
            (format!("1000.{}", BODY.replace('\n', "\r\n")), Mistake::LineEndings),
            (format!("1000.\u{feff}{BODY}"), Mistake::ByteOrderMark),
            (format!("1000000.{BODY}"), Mistake::SignedMilliseconds),
            (format!("1299.{BODY}"), Mistake::OtherTimestamp(1299)),
        ];
        for (message, mistake) in cases {
            assert_eq!(diagnosed(BODY, signed(SECRET, &message)), Some(mistake), "{message:?}");
        }
        for (message, code, name) in [
            (format!("{BODY}.1000"), "signed-another-way", "'<body>.<timestamp>'"),
            (format!("v0:1000:{BODY}"), "signed-another-way", "as Slack does"),
            ("1000.".to_owned(), "signed-another-body", "an empty body"),
            ("1000.undefined".to_owned(), "signed-another-body", "'undefined'"),
            (format!("1000.b'{BODY}'"), "signed-another-body", "as Python shows it"),
            (format!("1000.{}", serde_json::to_string(BODY).unwrap()), "signed-another-body", "once more"),
            ("1000.{\"id\": 7}".to_owned(), "signed-another-body", "the payload alone"),
        ] {
            let body = if name == "the payload alone" { "{\"type\":\"a\",\"payload\":{\"id\": 7}}" } else { BODY };
            let found = diagnosed(body, signed(SECRET, &message)).unwrap();
            assert_eq!((found.code(), found.to_string().contains(name)), (code, true), "{message:?}: {found}");
        }
        assert_eq!(
            diagnosed(&format!("{BODY}\r\n"), signed(SECRET, &format!("1000.{BODY}"))),
            Some(Mistake::NewlineAdded)
        );
    }

    #[test]
    fn a_body_that_was_written_again_is_named_with_its_style() {
        let style = |spacing, sorted, escapes| {
            Mistake::Reserialized(Style { spacing, sorted, escapes, numbers: Numbers::AsIs })
        };
        let cases = [
            (r#"{"b":1,"a":"é"}"#, style(Spacing::Compact, false, Escapes::AsIs)),
            (r#"{"b": 1, "a": "é"}"#, style(Spacing::Python, false, Escapes::AsIs)),
            (r#"{"b": 1, "a": "\u00e9"}"#, style(Spacing::Python, false, Escapes::Ascii)),
            ("{\n  \"b\": 1,\n  \"a\": \"é\"\n}", style(Spacing::IndentTwo, false, Escapes::AsIs)),
            ("{\n    \"b\": 1,\n    \"a\": \"é\"\n}", style(Spacing::IndentFour, false, Escapes::AsIs)),
            (r#"{"a":"é","b":1}"#, style(Spacing::AsIs, true, Escapes::AsIs)),
        ];
        for (signed_body, mistake) in cases {
            assert_eq!(diagnosed(BODY, signed(SECRET, &format!("1000.{signed_body}"))), Some(mistake), "{signed_body}");
        }
    }

    #[test]
    fn the_habits_of_frameworks_are_named_with_the_framework() {
        let body = "{\"url\":\"https://h/a?x=1&y=<é>\",\"fps\":30.0,\"n\":[]}";
        let cases = [
            (r#"{"url":"https:\/\/h\/a?x=1&y=<\u00e9>","fps":30.0,"n":[]}"#, "PHP's json_encode"),
            (
                r#"{"url":"https://h/a?x=1\u0026y=\u003cé\u003e","fps":30.0,"n":[]}"#,
                "Go's json.Marshal or Rails' to_json",
            ),
            (
                r#"{"fps":30,"n":[],"url":"https://h/a?x=1\u0026y=\u003cé\u003e"}"#,
                "Go's json.Marshal or Rails' to_json",
            ),
            (r#"{"url":"https://h/a?x=1\u0026y=\u003C\u00E9\u003E","fps":30.0,"n":[]}"#, ".NET's System.Text.Json"),
            (r#"{"url": "https://h/a?x=1&y=<\u00e9>", "fps": 30.0, "n": []}"#, "Python's json.dumps"),
            (r#"{"url":"https://h/a?x=1&y=<é>","fps":30,"n":[]}"#, "JavaScript's JSON.stringify"),
            ("{\n\t\"url\": \"https://h/a?x=1&y=<é>\",\n\t\"fps\": 30.0,\n\t\"n\": []\n}\n", "indented by tabs"),
        ];
        for (signed_body, framework) in cases {
            let found = diagnosed(body, signed(SECRET, &format!("1000.{signed_body}"))).map(|found| found.to_string());
            assert!(found.as_ref().is_some_and(|found| found.contains(framework)), "{signed_body}: {found:?}");
        }
    }

    #[test]
    fn a_body_that_was_encoded_on_the_way_is_named() {
        let found = |arrived: &[u8], message: &[u8]| {
            let secret = Secret::new(SECRET);
            let signature = Signer::new(&secret).sign_parts(&[b"1000.", message]);
            let evidence = Evidence { secret: &secret, signed_at: 1000, timestamp: b"1000", body: arrived, signature };
            diagnose(&evidence)
        };
        let mut packed = Vec::new();
        flate2::read::GzEncoder::new(BODY.as_bytes(), flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
        assert_eq!(found(&packed, BODY.as_bytes()), Some(Mistake::Compressed));
        let encoded = BASE64_STANDARD.encode(BODY);
        assert_eq!(found(encoded.as_bytes(), BODY.as_bytes()), Some(Mistake::BodyInBase64));
        assert_eq!(found(BODY.as_bytes(), encoded.as_bytes()), Some(Mistake::SignedInBase64));
        let latin: Vec<u8> = BODY.chars().map(|c| c as u8).collect();
        assert_eq!(found(BODY.as_bytes(), &latin), Some(Mistake::Charset));
        assert_eq!(found(&latin, BODY.as_bytes()), Some(Mistake::Charset));
        assert_eq!(found(BODY.as_bytes(), BODY.replace('\n', "\r").as_bytes()), Some(Mistake::LineEndings));
        assert_eq!(found(BODY.replace('\n', "\r").as_bytes(), BODY.as_bytes()), Some(Mistake::LineEndings));
    }

    #[test]
    fn a_forged_body_that_is_deep_and_wide_costs_a_bounded_amount_of_writing() {
        let forged = format!("[{}]", vec!["[[[[[[[[1.0]]]]]]]]"; 1500].join(","));
        let secret = Secret::new(SECRET);
        let (timestamp, signature) = (b"1000".as_slice(), Signature([0; 32]));
        let evidence = Evidence { secret: &secret, signed_at: 1000, timestamp, body: forged.as_bytes(), signature };
        let signer = Signer::new(&secret);
        let mut search = super::Search { evidence: &evidence, signer, budget: super::HASH_BUDGET, rewriting: 300_000 };
        assert_eq!(search.styles(), None);
        assert!(search.rewriting < forged.len(), "{} bytes of the budget are left", search.rewriting);
        assert!(super::HASH_BUDGET - search.budget <= 2 * 300_000);
    }

    #[test]
    fn a_slip_in_the_secret_is_named() {
        let cases = [
            (format!("{SECRET}\n"), SecretSlip::Newline),
            (format!(" {SECRET}"), SecretSlip::Whitespace),
            (format!("\"{SECRET}\""), SecretSlip::Quotes),
            (SECRET.replace("mhw_test_", ""), SecretSlip::Prefix),
            ("0123456789abcdefgh".to_owned(), SecretSlip::Base64),
            (BASE64_STANDARD.encode(SECRET), SecretSlip::Encoded),
            (format!("\u{feff}{SECRET}"), SecretSlip::Invisible),
            (format!("{SECRET}\u{200b}"), SecretSlip::Invisible),
            ("undefined".to_owned(), SecretSlip::Missing),
        ];
        for (key, slip) in cases {
            assert_eq!(diagnosed(BODY, signed(&key, &format!("1000.{BODY}"))), Some(Mistake::Secret(slip)), "{key:?}");
        }
    }

    #[test]
    fn what_no_mistake_explains_has_no_diagnosis() {
        assert_eq!(diagnosed(BODY, signed("another", &format!("1000.{BODY}"))), None);
        assert_eq!(diagnosed(&"[".repeat(10_000), Signature([0; 32])), None);
        assert_eq!(diagnosed(&"x".repeat(2 << 20), Signature([0; 32])), None);
    }

    #[test]
    fn a_body_larger_than_events_are_is_not_written_anew() {
        let message = |length: usize| {
            let list = vec!["1"; length].join(", ");
            (format!("[{list}]"), format!("1000.[{}]", list.replace(' ', "")))
        };
        let (body, message_of_it) = message(super::LARGEST_REWRITTEN / 3 - 1);
        assert!(diagnosed(&body, signed(SECRET, &message_of_it)).is_some(), "{} bytes", body.len());
        let (body, message_of_it) = message(super::LARGEST_REWRITTEN / 3 + 1);
        assert_eq!(diagnosed(&body, signed(SECRET, &message_of_it)), None, "{} bytes", body.len());
    }
}
