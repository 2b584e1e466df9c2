//! Events from a file of lines: bodies as JSON, or deliveries as `history export` writes them.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use crate::commands::shared::stdin;
use crate::engine::send::composer::Composed;
use crate::error::Error;
use crate::model::json::view::JsonView;

/// The fields of a line that tell a delivery of an export from an event.
#[derive(Deserialize)]
struct Line {
    record: Option<String>,
    body: Option<String>,
    body_base64: Option<String>,
}

/// The content of a line.
#[derive(Debug, PartialEq, Eq)]
enum Content {
    /// The body of an event.
    Event(Bytes),
    /// Another record of an export, such as its heading.
    Other,
}

/// Reads the events, each with exactly its bytes; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<Composed>, Error> {
    let bytes = stdin::read(path)?;
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).enumerate();
    let events = lines.filter(|(_, line)| !line.is_empty()).map(|(at, line)| {
        let body = content(line).ok_or_else(|| {
            let message = format!("line {} of {} is not an event", at + 1, path.display());
            Error::usage(message, "each line holds one event as JSON, or a delivery of `mh-hook history export`")
        })?;
        Ok(match body {
            Content::Event(body) => Some(Composed::of(body)),
            Content::Other => None,
        })
    });
    let events: Vec<Composed> = events.filter_map(Result::transpose).collect::<Result<_, Error>>()?;
    if events.is_empty() {
        return Err(Error::usage(format!("{} holds no event", path.display()), "each line holds one event as JSON"));
    }
    Ok(events)
}

/// The content of a line, if that is JSON.
fn content(line: &[u8]) -> Option<Content> {
    let event = |body: Bytes| Some(Content::Event(body));
    JsonView::read(line).ok()?;
    let Ok(Line { record, body, body_base64 }) = serde_json::from_slice(line) else {
        return event(Bytes::copy_from_slice(line));
    };
    match (record.as_deref(), body, body_base64) {
        (None, ..) => event(Bytes::copy_from_slice(line)),
        (Some("delivery"), Some(text), _) => event(text.into()),
        (Some("delivery"), None, Some(encoded)) => event(BASE64_STANDARD.decode(encoded).ok()?.into()),
        (Some(_), ..) => Some(Content::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, content};

    #[test]
    fn a_line_is_an_event_or_a_delivery_of_an_export() {
        let event = |text: &str| Some(Content::Event(text.to_owned().into()));
        assert_eq!(content(br#"{ "type": "a" }"#), event(r#"{ "type": "a" }"#));
        assert_eq!(content(br#"{"record":"delivery","body":"{\"n\": 1}"}"#), event("{\"n\": 1}"));
        assert_eq!(content(br#"{"record":"delivery","body_base64":"aGk="}"#), event("hi"));
        assert_eq!(content(br#"{"record":"export","redacted":true}"#), Some(Content::Other));
        assert_eq!(content(b"{"), None);
    }
}
