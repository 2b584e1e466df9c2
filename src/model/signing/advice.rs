//! Advice about a signature that was not accepted.

use crate::model::signing::mistake::{Mistake, SecretSlip};
use crate::model::signing::reason::Reason;

/// Advice for the sender of a delivery, or for a proxy between.
pub const fn advice(reason: &Reason) -> &'static str {
    match reason {
        Reason::MissingHeaders | Reason::MissingSignature | Reason::MissingTimestamp => {
            "Magic Hour sends magic-hour-event-signature and magic-hour-event-timestamp with every event: look for a proxy \
             that drops headers, or a sender that is not Magic Hour"
        }
        Reason::DuplicateSignature | Reason::DuplicateTimestamp => {
            "Magic Hour sends each header once: refuse such a request: code that reads the other value is deceived"
        }
        Reason::EmptySignature | Reason::SignatureLength(_) | Reason::SignatureNotHex => {
            "a signature is 64 lower-case hex digits: was it copied whole?"
        }
        Reason::SignaturePrefix(_) => "that is another provider's form: send the 64 hex digits alone",
        Reason::SignatureBase64 => "write the digest in hex: digest('hex'), hexdigest(), hex::encode",
        Reason::SignatureUppercase => "write the digest in lower-case hex",
        Reason::TimestampMalformed => "a timestamp is decimal Unix seconds, such as 1730742038",
        Reason::TimestampMilliseconds => "divide by 1000: Date.now() counts milliseconds, Magic Hour seconds",
        Reason::TimestampTooOld(_) => {
            "a handler must refuse it as a possible replay; if it is fresh, set the clock right; --at judges it as of then"
        }
        Reason::TimestampInFuture(_) => "set the clock of one side right (NTP); --at judges it as of then",
        Reason::BodyNotKept => "webhook.site keeps text only; Svix Play and webhook-tester keep every byte",
        Reason::Mistake(mistake) => advice_on(mistake),
        Reason::DigestDiffers => {
            "compare the secret with the one on the webhook's page at magichour.ai, and sign the raw body, before any parser"
        }
    }
}

const fn advice_on(mistake: &Mistake) -> &'static str {
    match mistake {
        Mistake::BodyOnly | Mistake::NoDot | Mistake::OtherScheme(_) => {
            "sign the timestamp, a dot and the raw body: `${timestamp}.${body}`"
        }
        Mistake::Reserialized(_) => {
            "keep the raw body: express.raw(), request.get_data(), await request.body(); what a parser writes differs"
        }
        Mistake::NewlineLost | Mistake::NewlineAdded => {
            "pass the body on byte for byte: no trim(), no echo, no editor that ends files in a line break"
        }
        Mistake::LineEndings => {
            "pass the body on byte for byte: open files in binary mode, and let no tool change line ends"
        }
        Mistake::Compressed => "verify the unpacked body, or have no proxy compress it after signing",
        Mistake::BodyInBase64 => {
            "decode the body first: in AWS Lambda, Buffer.from(event.body, 'base64') if isBase64Encoded"
        }
        Mistake::SignedInBase64 => "sign the bytes of the body, not their base64: in AWS Lambda, see isBase64Encoded",
        Mistake::Charset => "take the body as bytes, or decode it as UTF-8 everywhere: Latin-1 writes other bytes",
        Mistake::ByteOrderMark => "read and write UTF-8 without a byte order mark",
        Mistake::Secret(SecretSlip::Newline) => {
            "trim the secret where it is read: a file or `echo` ends it in a line break (use `printf %s`)"
        }
        Mistake::Secret(SecretSlip::Whitespace) => "copy the secret without the white space around it",
        Mistake::Secret(SecretSlip::Quotes) => {
            "leave the quotes out where the secret is configured: they became part of it"
        }
        Mistake::Secret(SecretSlip::Prefix) => "sign with the whole secret: mhw_live_ belongs to it",
        Mistake::Secret(SecretSlip::Base64) => "sign with the secret's text as it is: it is not base64",
        Mistake::Secret(SecretSlip::Encoded) => "sign with the secret's text as it is, without encoding it",
        Mistake::Secret(SecretSlip::Invisible) => {
            "copy the secret once more, from the portal itself: a page or a chat added characters that nobody sees"
        }
        Mistake::Secret(SecretSlip::Missing) => {
            "the signer found no secret: is MAGIC_HOUR_WEBHOOK_SECRET set in its environment, and read by that name?"
        }
        Mistake::NotTheBody(_) => "sign the bytes of the body that is sent, before anything parses or prints them",
        Mistake::OtherTimestamp(_) => "sign the text of the timestamp header: take the time once, use it twice",
        Mistake::SignedMilliseconds => "sign the same seconds as in the header",
    }
}
