//! Values in the body of a create call.

use serde_json::Value;

/// The value at a path without lists; null counts as absent.
pub(crate) fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |value, key| value.get(key)).filter(|value| !value.is_null())
}

pub(crate) fn text_at<'a>(body: &'a Value, path: &str) -> Option<&'a str> {
    at(body, path).and_then(Value::as_str)
}

pub(crate) fn whole_at(body: &Value, path: &str) -> Option<u32> {
    let number = number_at(body, path).filter(|number| *number >= 1.0)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1, and `as` saturates")]
    let whole = number as u32;
    Some(whole)
}

/// The seconds of the clip or track that the request asks for.
pub(crate) fn seconds(body: &Value) -> f64 {
    let clip = || {
        let start = number_at(body, "start_seconds").unwrap_or(0.0);
        (number_at(body, "end_seconds").unwrap_or(0.0) - start).max(0.0)
    };
    number_at(body, "duration").unwrap_or_else(clip)
}

pub(crate) fn number_at(body: &Value, path: &str) -> Option<f64> {
    at(body, path).and_then(Value::as_f64)
}

/// The characters of the prompt, which is what an audio tool speaks.
pub(crate) fn characters(body: &Value) -> f64 {
    let count = at(body, "style.prompt").and_then(Value::as_str).map_or(0, |prompt| prompt.chars().count());
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// Whether a value is this text, or the number that this text writes.
pub(crate) fn is(value: &Value, text: &str) -> bool {
    value.as_str() == Some(text) || value.as_f64().is_some_and(|number| text.parse() == Ok(number))
}
