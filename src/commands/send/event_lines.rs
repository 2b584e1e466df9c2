//! Events from a file of lines: bodies as JSON, or deliveries as `history export` writes them.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::commands::shared::stdin;
use crate::engine::send::composer::Composed;
use crate::error::Error;
use crate::model::contract::peek::Peek;

/// The fields of a line that tell a delivery of an export from an event.
#[derive(Deserialize)]
struct Line {
    record: Option<String>,
    body: Option<String>,
    body_base64: Option<String>,
}

/// Reads the events, each with exactly the bytes that stand there; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<Composed>, Error> {
    let bytes = stdin::read(path)?;
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).enumerate();
    let events = lines.filter(|(_, line)| !line.is_empty()).map(|(at, line)| {
        let body = body(line).ok_or_else(|| {
            let message = format!("line {} of {} is no event", at + 1, path.display());
            Error::usage(message, "each line holds one event as JSON, or a delivery of `mh-hook history export`")
        })?;
        Ok(body.map(composed))
    });
    let events: Vec<Composed> = events.filter_map(Result::transpose).collect::<Result<_, Error>>()?;
    if events.is_empty() {
        return Err(Error::usage(format!("{} holds no event", path.display()), "each line holds one event as JSON"));
    }
    Ok(events)
}

/// The body of a line; an inner nothing for the heading of an export, an outer one for a line that is no JSON.
fn body(line: &[u8]) -> Option<Option<Bytes>> {
    serde_json::from_slice::<&RawValue>(line).ok()?;
    let Ok(Line { record, body, body_base64 }) = serde_json::from_slice(line) else {
        return Some(Some(Bytes::copy_from_slice(line)));
    };
    match (record.as_deref(), body, body_base64) {
        (None, ..) => Some(Some(Bytes::copy_from_slice(line))),
        (Some("delivery"), Some(text), _) => Some(Some(text.into())),
        (Some("delivery"), None, Some(encoded)) => Some(Some(BASE64_STANDARD.decode(encoded).ok()?.into())),
        (Some(_), ..) => Some(None),
    }
}

/// The event of a body.
pub(super) fn composed(body: Bytes) -> Composed {
    let Peek { event_type, job_id, .. } = Peek::at(&body);
    Composed { event_type: event_type.and_then(|text| text.parse().ok()), job_id, body }
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn a_line_is_an_event_or_a_delivery_of_an_export() {
        let text =
            |line: &str| body(line.as_bytes()).map(|body| body.map(|body| String::from_utf8(body.to_vec()).unwrap()));
        assert_eq!(text(r#"{ "type": "a" }"#), Some(Some(r#"{ "type": "a" }"#.to_owned())));
        assert_eq!(text(r#"{"record":"delivery","body":"{\"n\": 1}"}"#), Some(Some("{\"n\": 1}".to_owned())));
        assert_eq!(text(r#"{"record":"delivery","body_base64":"aGk="}"#), Some(Some("hi".to_owned())));
        assert_eq!(text(r#"{"record":"export","redacted":true}"#), Some(None));
        assert_eq!(text("{"), None);
    }
}
