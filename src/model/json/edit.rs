//! Edits of one value in a JSON text. Every other byte stays as it is.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::json::lexer::{JsonError, Lexer};
use crate::model::json::view::JsonView;

/// One value as JSON spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Reads what a person typed: JSON, or else a string. JSON of more than 128 levels is a string, too.
    pub fn typed(text: &str) -> Self {
        let is_json = depth(text).is_ok_and(|depth| depth <= DEEPEST);
        // A byte order mark is for the start of a file, not for the middle of an event.
        let value = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
        if is_json { Self(value.to_owned()) } else { Self::string(text) }
    }

    pub fn string(text: &str) -> Self {
        Self(serde_json::Value::from(text).to_string())
    }

    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The text, if this is a string.
    pub fn as_string(&self) -> Option<Cow<'_, str>> {
        self.view().ok()?.string()
    }

    /// Whether a value of a received text means the same.
    pub fn is_meant_by(&self, value: JsonView<'_>) -> bool {
        self.view().is_ok_and(|own| value.is_same(own))
    }

    fn view(&self) -> Result<JsonView<'_>, JsonError> {
        JsonView::read(self.0.as_bytes())
    }
}

/// The most levels of a value that is typed: comparing recurses as deep.
const DEEPEST: usize = 128;

fn depth(text: &str) -> Result<usize, JsonError> {
    let mut lexer = Lexer::new(text.as_bytes());
    let mut deepest = 0;
    while lexer.token()?.is_some() {
        deepest = deepest.max(lexer.depth());
    }
    Ok(deepest)
}

/// The text with something else at this range.
pub fn replaced(text: &[u8], range: Range<usize>, new: &str) -> Vec<u8> {
    let (before, after) = (text.get(..range.start), text.get(range.end..));
    [before.unwrap_or_default(), new.as_bytes(), after.unwrap_or_default()].concat()
}

/// The text with one more member at the end of an object, spaced as the last one is.
pub fn with_member(text: &[u8], object: JsonView<'_>, key: &str, value: &str) -> Vec<u8> {
    let key = JsonText::string(key);
    let Some((last, last_value)) = object.members().last() else {
        return replaced(text, object.range(), &format!("{{{}:{value}}}", key.as_json()));
    };
    let colon = lossy(text, last.range().end..last_value.range().start);
    let space = space_before(text, last.range().start);
    let end = last_value.range().end;
    replaced(text, end..end, &format!(",{space}{}{colon}{value}", key.as_json()))
}

/// The text with one more item at the end of an array, spaced as the last one is.
pub fn with_item(text: &[u8], array: JsonView<'_>, value: &str) -> Vec<u8> {
    let Some(last) = array.items().last() else { return replaced(text, array.range(), &format!("[{value}]")) };
    let end = last.range().end;
    replaced(text, end..end, &format!(",{}{value}", space_before(text, last.range().start)))
}

/// White space that ends at this place.
fn space_before(text: &[u8], end: usize) -> Cow<'_, str> {
    let before = text.get(..end).unwrap_or_default();
    lossy(text, before.trim_ascii_end().len()..end)
}

fn lossy(text: &[u8], range: Range<usize>) -> Cow<'_, str> {
    String::from_utf8_lossy(text.get(range).unwrap_or_default())
}
