//! The likely causes of a refusal, found by right signatures in other forms: the one that a handler accepts is its mistake.

use crate::engine::conformance::finding::{Diagnosis, SHORT_WINDOW};
use crate::engine::conformance::topic::RuleTopic;
use crate::model::json::reserialize::Rewriter;
use crate::model::json::writing::{Escapes, Numbers, Spacing, Style};

/// A mistake that handlers make, and the signature that such a handler accepts.
#[derive(Debug)]
pub(super) struct LikelyCause {
    pub(super) form: SignedForm,
    pub(super) diagnosis: Diagnosis,
}

/// The way in which a delivery is signed differently. `None` where the form is the right one.
#[derive(Clone, Copy, Debug)]
pub(super) enum SignedForm {
    /// The text in place of the body in the signed message.
    Body(fn(&[u8]) -> Option<Vec<u8>>),
    /// The key, made of the secret.
    Key(fn(&str) -> Option<Vec<u8>>),
}

const RAW: &str = "verify the bytes of the body as they came, and parse them afterwards";

const fn body(name: &'static str, why: &'static str, form: fn(&[u8]) -> Option<Vec<u8>>) -> LikelyCause {
    LikelyCause { form: SignedForm::Body(form), diagnosis: Diagnosis::new(name, RuleTopic::RawBody, why, RAW) }
}

const fn key(
    name: &'static str,
    why: &'static str,
    fix: &'static str,
    form: fn(&str) -> Option<Vec<u8>>,
) -> LikelyCause {
    LikelyCause { form: SignedForm::Key(form), diagnosis: Diagnosis::new(name, RuleTopic::Secret, why, fix) }
}

const TRIM: &str = "trim the secret where it is read: a file or a variable ends in a line break or a blank";
const WHOLE: &str = "use the whole secret as text, prefix included, in UTF-8 and not decoded";

/// The causes, the likeliest first.
#[rustfmt::skip]
pub(super) static LIKELY_CAUSES: [LikelyCause; 20] = [
    body("body-rewritten", "the handler parses the body and verifies what PHP's json_encode writes, with a backslash before each slash: no real event has those bytes", |body| rewritten(body, Spacing::Compact, false, Escapes::Php)),
    body("body-rewritten", "the handler parses the body and verifies what Python's json.dumps writes, with a space after each colon and comma: no real event has those bytes", |body| rewritten(body, Spacing::Python, false, Escapes::Ascii)),
    body("body-rewritten", "the handler parses the body and verifies it with its keys sorted, as Go's maps or sort_keys write it: no real event has those bytes", |body| rewritten(body, Spacing::Compact, true, Escapes::AsIs)),
    body("body-rewritten", "the handler parses the body and verifies what Python's json.dumps writes with sort_keys: no real event has those bytes", |body| rewritten(body, Spacing::Python, true, Escapes::Ascii)),
    body("body-rewritten", "the handler parses the body and verifies it indented: no real event has those bytes", |body| rewritten(body, Spacing::IndentTwo, false, Escapes::AsIs)),
    body("body-rewritten", "the handler parses the body and verifies it indented: no real event has those bytes", |body| rewritten(body, Spacing::IndentFour, false, Escapes::AsIs)),
    body("body-rewritten", "the handler verifies the payload alone, not the whole body", payload_alone),
    body("body-empty", "the handler verifies an empty body: it was read before, by a parser or for a log, and the second reading got nothing", |_| Some(Vec::new())),
    body("body-undefined", "the handler verifies the text \"undefined\" in place of the body: the field that it reads has no raw body, since nothing fills it", |_| Some(b"undefined".to_vec())),
    body("body-undefined", "the handler verifies the text \"null\" in place of the body: the field that it reads has no raw body, since nothing fills it", |_| Some(b"null".to_vec())),
    body("body-undefined", "the handler verifies the text \"None\" in place of the body: the field that it reads has no raw body, since nothing fills it", |_| Some(b"None".to_vec())),
    body("body-object", "the handler verifies the text \"[object Object]\": the body was parsed, and an object was put into the signed text", |_| Some(b"[object Object]".to_vec())),
    body("body-bytes-literal", "the handler verifies b'…', as Python writes bytes in an f-string, in place of the bytes themselves", |body| Some([b"b'", body, b"'"].concat())),
    body("body-form", "the handler verifies an empty object: it reads the body as a form, or before a parser has filled it, and Magic Hour sends JSON", |_| Some(b"{}".to_vec())),
    body("body-form", "the handler verifies an empty list, which is PHP's json_encode($_POST): Magic Hour sends JSON, and $_POST has forms only", |_| Some(b"[]".to_vec())),
    key("secret-whitespace", "the handler holds the secret with a line break of Windows after it", TRIM, |secret| Some(format!("{secret}\r\n").into_bytes())),
    key("secret-whitespace", "the handler holds the secret with a blank after it", TRIM, |secret| Some(format!("{secret} ").into_bytes())),
    key("secret-prefix", "the handler takes the prefix off the secret", WHOLE, |secret| secret.rsplit_once('_').map(|(_, rest)| rest.as_bytes().to_vec())),
    key("secret-base64", "the handler decodes the secret from base64", WHOLE, from_base64),
    key("secret-undefined", "the handler has no secret and signs with the text \"undefined\": MAGIC_HOUR_WEBHOOK_SECRET is not set in its environment, so anyone can forge events", "set MAGIC_HOUR_WEBHOOK_SECRET where the handler runs, and end at the start if it is missing", |_| Some(b"undefined".to_vec())),
];

fn rewritten(body: &[u8], spacing: Spacing, sorted: bool, escapes: Escapes) -> Option<Vec<u8>> {
    let written = Rewriter::new(body)?.write(Style { spacing, sorted, escapes, numbers: Numbers::AsIs }).into_bytes();
    (written != body).then_some(written)
}

fn payload_alone(body: &[u8]) -> Option<Vec<u8>> {
    let event: serde_json::Value = serde_json::from_slice(body).ok()?;
    event.get("payload").map(|payload| payload.to_string().into_bytes())
}

fn from_base64(secret: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
    let rest = secret.rsplit_once('_').map_or(secret, |(_, rest)| rest);
    [secret, rest]
        .iter()
        .find_map(|text| BASE64_STANDARD.decode(text).or_else(|_| BASE64_STANDARD_NO_PAD.decode(text)).ok())
}

/// Another program in front of the handler asks for a password.
pub(crate) const PASSWORD: Diagnosis = Diagnosis::new(
    "password",
    RuleTopic::Other,
    "the answer asks for a password (WWW-Authenticate): what refuses is a proxy or a login in front of the handler, which Magic Hour cannot pass",
    "leave this route out of the login; the signature proves who sent it",
);

/// CSRF protection refuses what no form of the site sent.
pub(crate) const CSRF: Diagnosis = Diagnosis::new(
    "csrf",
    RuleTopic::Csrf,
    "the framework's protection against cross-site requests refuses every delivery before the handler is called: Magic Hour has no cookie and no token",
    "leave this route out of CSRF protection; the signature proves who sent it",
);

/// A model takes the body.
pub(crate) const BODY_MODEL: Diagnosis = Diagnosis::new(
    "body-model",
    RuleTopic::RawBody,
    "a pydantic model takes the body, and what the model writes again is verified: fields that it does not name are lost, so no real event has those bytes",
    "take the Request instead of a model, verify the bytes of the body, and parse them afterwards",
);

/// The age is computed in another unit than the timestamp's.
pub(crate) const TOO_SHORT: Diagnosis = Diagnosis::new(
    SHORT_WINDOW,
    RuleTopic::Window,
    "an event is accepted within its own second and refused two seconds later: the window is about 300 ms, since milliseconds are compared with a limit that is meant in seconds",
    "compare seconds with seconds: Math.abs(Date.now() / 1000 - timestamp) <= 300",
);

#[cfg(test)]
mod tests {
    use super::{LIKELY_CAUSES, SignedForm};

    #[test]
    fn every_form_differs_from_the_right_one() {
        let body = br#"{"type":"video.completed","payload":{"id":"a","url":"https://h/p"}}"#;
        let secret = "mhw_test_0123456789abcdefghijABCDEFGHIJ";
        for cause in &LIKELY_CAUSES {
            match cause.form {
                SignedForm::Body(form) => assert_ne!(form(body).as_deref(), Some(body.as_slice())),
                SignedForm::Key(form) => assert_ne!(form(secret).as_deref(), Some(secret.as_bytes())),
            }
        }
    }
}
