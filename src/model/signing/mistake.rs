//! Mistakes of signers and handlers that explain a digest that differs.

use std::fmt;

use crate::model::json::writing::Style;

/// A mistake that explains a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// The body was signed without the timestamp.
    BodyOnly,
    /// Timestamp and body were signed without the dot between them.
    NoDot,
    /// The body was parsed and written again between signing and arrival.
    Reserialized(Style),
    /// The signed body ended in a line break that was lost on the way.
    NewlineLost,
    /// A line break after the body came on the way.
    NewlineAdded,
    /// Line ends were changed between LF and CRLF on the way.
    LineEndings,
    /// A byte order mark came or went on the way.
    ByteOrderMark,
    /// The body was signed before it was compressed with gzip.
    Compressed,
    /// The body was signed before it was encoded in base64, as AWS Lambda hands bodies over.
    BodyInBase64,
    /// The signer signed the body in base64.
    SignedInBase64,
    /// The signed body is in another character set than the one that came.
    Charset,
    /// Something else was signed in place of the body; holds its name.
    NotTheBody(&'static str),
    /// Timestamp and body were put together in another way; holds the way.
    OtherScheme(&'static str),
    /// The signer's secret differs from ours by a slip.
    Secret(SecretSlip),
    /// The timestamp header is not the one that was signed; holds the signed one.
    OtherTimestamp(u64),
    /// The signed timestamp was in milliseconds, the header is in seconds.
    SignedMilliseconds,
}

/// A slip in handling a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretSlip {
    /// The signer's ends in a line break, as when it was read from a file.
    Newline,
    /// There is white space around the signer's, or around ours.
    Whitespace,
    /// There are quotes around the signer's, or around ours.
    Quotes,
    /// The signer left the prefix out.
    Prefix,
    /// The signer decoded it from base64 first.
    Base64,
    /// The signer encoded it in base64 first.
    Encoded,
    /// There are characters that nobody sees around the signer's, or around ours.
    Invisible,
    /// The signer has none: it signed with the text for an absent value.
    Missing,
}

impl Mistake {
    /// The mistake's stable name, for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BodyOnly => "signed-body-only",
            Self::NoDot => "signed-without-dot",
            Self::Reserialized(_) => "body-reserialized",
            Self::NewlineLost => "trailing-newline-lost",
            Self::NewlineAdded => "trailing-newline-added",
            Self::LineEndings => "line-endings-changed",
            Self::ByteOrderMark => "byte-order-mark",
            Self::Compressed => "body-compressed",
            Self::BodyInBase64 => "body-in-base64",
            Self::SignedInBase64 => "signed-in-base64",
            Self::Charset => "character-set-changed",
            Self::Secret(SecretSlip::Newline) => "secret-newline",
            Self::Secret(SecretSlip::Whitespace) => "secret-whitespace",
            Self::Secret(SecretSlip::Quotes) => "secret-quotes",
            Self::Secret(SecretSlip::Prefix) => "secret-prefix",
            Self::Secret(SecretSlip::Base64) => "secret-base64",
            Self::Secret(SecretSlip::Encoded) => "secret-encoded",
            Self::Secret(SecretSlip::Invisible) => "secret-invisible",
            Self::Secret(SecretSlip::Missing) => "secret-missing",
            Self::NotTheBody(_) => "signed-another-body",
            Self::OtherScheme(_) => "signed-another-way",
            Self::OtherTimestamp(_) => "other-timestamp-signed",
            Self::SignedMilliseconds => "milliseconds-signed",
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyOnly => f.write_str("signed the body alone, without the timestamp"),
            Self::NoDot => f.write_str("signed timestamp and body without the dot between them"),
            Self::Reserialized(style) => write!(f, "body was rewritten after signing: signed as {style}"),
            Self::NewlineLost => f.write_str("signed with a line break at the end of the body, which was lost"),
            Self::NewlineAdded => f.write_str("a line break was added to the body after signing"),
            Self::LineEndings => f.write_str("line ends were changed after signing"),
            Self::ByteOrderMark => f.write_str("a byte order mark was added or lost after signing"),
            Self::Compressed => f.write_str("body was compressed with gzip after signing: verify the unpacked bytes"),
            Self::BodyInBase64 => f.write_str(
                "body is still in base64, as AWS Lambda hands it over: decode it (isBase64Encoded) and verify that",
            ),
            Self::SignedInBase64 => {
                f.write_str("signed the body in base64 instead of its bytes, as from an AWS Lambda event")
            }
            Self::Charset => f.write_str("body was read as Latin-1 or written as it after signing: take its bytes"),
            Self::Secret(SecretSlip::Newline) => f.write_str("signed with the secret and a line break after it"),
            Self::Secret(SecretSlip::Whitespace) => {
                f.write_str("white space around the secret, at the sender or at the receiver alone")
            }
            Self::Secret(SecretSlip::Quotes) => {
                f.write_str("quotes around the secret, at the sender or at the receiver alone")
            }
            Self::Secret(SecretSlip::Prefix) => f.write_str("signed with the secret without its prefix"),
            Self::Secret(SecretSlip::Base64) => f.write_str("signed with the secret decoded from base64"),
            Self::Secret(SecretSlip::Encoded) => f.write_str("signed with the secret encoded in base64"),
            Self::Secret(SecretSlip::Invisible) => {
                f.write_str("characters that nobody sees around the secret, at the sender or at the receiver alone")
            }
            Self::Secret(SecretSlip::Missing) => {
                f.write_str("signed without a secret: with an empty one, or a text such as 'undefined' in its place")
            }
            Self::NotTheBody(name) => write!(f, "signed {name} instead of the body's bytes"),
            Self::OtherScheme(way) => write!(f, "signed {way} instead of '<timestamp>.<body>'"),
            Self::OtherTimestamp(seconds) => write!(f, "signed with another timestamp than the header's: {seconds}"),
            Self::SignedMilliseconds => f.write_str("signed with the timestamp in milliseconds, sent in seconds"),
        }
    }
}
