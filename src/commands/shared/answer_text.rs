//! Text of an answer, and the likely meaning of its status.

use http::header::LOCATION;

use crate::net::out::post::Answer;
use crate::output::{Role, TextWriter};

/// The most bytes of an answer that are shown: error pages of frameworks are long, and start with what matters.
const SHOWN: usize = 2 << 10;

/// An answer up to this length stays on one line.
const SHORT: usize = 120;

/// Draws an answer's body, if it has one.
pub(crate) fn body(writer: &mut TextWriter<'_>, answer: &Answer, indent: usize) {
    if answer.body.is_empty() {
        return;
    }
    if let Ok(text) = str::from_utf8(&answer.body)
        && text.len() <= SHORT
        && !text.trim_end().contains('\n')
    {
        writer.spaces(indent).untrusted(text.trim_end()).newline();
        return;
    }
    if answer.body.len() <= SHOWN || writer.json(&answer.body, indent).is_err() {
        writer.body(answer.body.get(..SHOWN).unwrap_or(&answer.body), indent);
        if answer.truncated || answer.body.len() > SHOWN {
            writer.spaces(indent).paint(Role::Muted, "… and more").newline();
        }
    }
}

/// Adds the target of a redirect.
pub(crate) fn location(writer: &mut TextWriter<'_>, answer: &Answer) {
    if let Some(location) = answer.headers.get(LOCATION).filter(|_| answer.status.is_redirection()) {
        writer.push(" to ").untrusted_url(&String::from_utf8_lossy(location.as_bytes()));
    }
}

/// Whether a server of TLS answered plain http in the clear, as nginx and Go do.
fn says_https(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body);
    text.contains("HTTP request to an HTTPS server") || text.contains("plain HTTP request was sent to HTTPS port")
}

/// Likely cause of an answer, with advice.
pub(crate) fn likely_cause(answer: &Answer) -> Option<&'static str> {
    let cause = match answer.status.as_u16() {
        200..=299 => return None,
        304 => "304 says that nothing has changed, which is for GET: answer 200",
        400 if says_https(answer) => "the server speaks TLS on this port: write https:// instead of http://",
        300..=399 if !answer.headers.contains_key(LOCATION) => {
            "a redirect counts as a failure, and this one names no Location: answer 200"
        }
        300..=399 => {
            "a redirect counts as a failure: use the URL that it names (http or https, with or without a '/' at the end)"
        }
        400 => {
            "the handler could not read the event: see that it parses the raw body, and takes fields that it does not know"
        }
        401 | 403 => {
            "the handler refused the signature: does it hold the same secret, and sign the raw body rather than parsed JSON?"
        }
        404 => "no route there: does the path of the URL match the handler's, and is another program on this port?",
        405 => "the route does not take POST",
        408 | 504 => "the handler took too long: answer first, then do the work",
        413 => "the handler's body limit is too small for an event",
        415 => "the handler does not take application/json",
        429 => "the handler limits its rate: Magic Hour retries, but loses nothing only if the limit is rarely reached",
        500..=599 => "the handler failed: see its own log",
        _ => "only 2xx counts as received; anything else is sent again for 24 hours",
    };
    Some(cause)
}
