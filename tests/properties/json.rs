//! The JSON lexer, what reads with it, and the edits that rely on it.

use std::ops::Range;

use mh_hook::model::Layout;
use mh_hook::model::contract::peek::{LONGEST_NAME, Peek, Problem};
use mh_hook::model::json::edit::{JsonText, replaced, with_item, with_member};
use mh_hook::model::json::lexer::{BYTE_ORDER_MARK, JsonError, Lexer, Token};
use mh_hook::model::json::reserialize::Rewriter;
use mh_hook::model::json::view::JsonView;
use mh_hook::model::json::writing::Numbers;
use serde_json::Value;

/// A value that edits put in.
const NEW: &str = r#"{"new":[1,"é"]}"#;

/// Levels up to which values are compared, as recursion goes that deep.
const DEEPEST: usize = 100;

/// Most by which `serde_json` misses a number, in machine epsilons. Its parser rounds up to five times.
const FARTHEST: f64 = 3.0;

/// Whatever the bytes: tokens lie in order, `serde_json` agrees, and edits leave other bytes as they are.
pub(crate) fn check(bytes: &[u8]) {
    let lexed = tokens(bytes);
    let depth = match lexed {
        Ok(depth) => depth,
        Err(JsonError::Ended) => 0,
        Err(JsonError::Unexpected { offset }) => {
            assert!(offset < bytes.len(), "the error is behind the end");
            0
        }
    };
    let unmarked = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let parsed: Result<Value, _> = serde_json::from_slice(unmarked);
    match (&lexed, &parsed) {
        (Ok(_), Err(error)) => assert!(is_tolerated(bytes, &error.to_string()), "accepted, but {error}"),
        (Err(error), Ok(_)) => panic!("serde_json accepts what the lexer refuses: {error}"),
        _ => {}
    }
    typed(bytes);
    peeked(bytes);
    let Ok(view) = JsonView::read(bytes) else { return assert!(lexed.is_err(), "view and lexer disagree") };
    assert!(lexed.is_ok(), "view and lexer disagree");
    if depth > DEEPEST {
        return;
    }
    if let Ok(value) = &parsed {
        assert!(means(view, value), "read differently than serde_json does");
    }
    assert!(view.is_same(view), "not the same as itself");
    places(bytes, view, 0);
    rewritten(bytes, view);
}

/// The deepest level, once all tokens were seen to lie in order with nothing but separators between them.
fn tokens(bytes: &[u8]) -> Result<usize, JsonError> {
    let mut lexer = Lexer::new(bytes);
    let (mut end, mut deepest) = (0, 0);
    while let Some(token) = lexer.token()? {
        let between = &bytes[end..lexer.start()];
        let between = if end == 0 { between.strip_prefix(BYTE_ORDER_MARK).unwrap_or(between) } else { between };
        assert!(between.iter().all(|byte| b" \t\r\n,".contains(byte)), "a token was left out");
        end = lexer.end();
        assert!(lexer.start() + token.length() <= end && end <= bytes.len());
        if let Token::Key(string) | Token::String(string) = token {
            let inner = &string.raw[1..string.raw.len() - 1];
            assert_eq!(string.escaped, inner.contains(&b'\\'));
            assert_eq!(string.unusual, inner.iter().any(|byte| *byte >= 0x7f));
            assert!(string.question || !inner.contains(&b'?'));
        }
        deepest = deepest.max(lexer.depth());
    }
    assert!(bytes[end..].iter().all(|byte| b" \t\r\n".contains(byte)), "text behind the value was taken");
    assert_eq!(lexer.depth(), 0);
    Ok(deepest)
}

/// Whether `serde_json` refuses a text for one of the documented reasons that the lexer does not share.
fn is_tolerated(bytes: &[u8], error: &str) -> bool {
    std::str::from_utf8(bytes).is_err()
        || ["surrogate", "hex escape", "number out of range", "recursion limit"].iter().any(|why| error.contains(why))
}

/// Text that a person types is JSON or else a string, and stays what it is.
fn typed(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let typed = JsonText::typed(text);
    assert!(JsonView::read(typed.as_json().as_bytes()).is_ok(), "typed text is no JSON");
    assert_eq!(JsonText::typed(typed.as_json()), typed);
    assert_eq!(JsonText::string(text).as_string().as_deref(), Some(text));
}

/// A first look at a body agrees with a thorough one.
fn peeked(bytes: &[u8]) {
    let peek = Peek::at(bytes);
    let Ok(view) = JsonView::read(bytes) else {
        let is_named = matches!(peek.problem, Some(Problem::InvalidJson(_) | Problem::EmptyBody));
        return assert!(is_named && peek.event_type.is_none(), "read from what is no JSON");
    };
    let text = |view: Option<JsonView<'_>>| view.and_then(JsonView::string).map(std::borrow::Cow::into_owned);
    let payload = view.get("payload");
    let in_payload = |key| text(payload.and_then(|payload| payload.get(key)));
    for (kept, whole) in [
        (peek.event_type, text(view.get("type"))),
        (peek.job_id, in_payload("id")),
        (peek.status, in_payload("status")),
    ] {
        assert!(is_start(kept.as_deref(), whole.as_deref()), "{kept:?} of {whole:?}");
    }
    assert_eq!(view.is_object(), peek.problem != Some(Problem::NotAnObject));
}

/// Whether a name is whole, or all characters of a long one that fit.
fn is_start(kept: Option<&str>, whole: Option<&str>) -> bool {
    let (Some(kept), Some(whole)) = (kept, whole) else { return kept == whole };
    let fits = |length| length <= LONGEST_NAME;
    whole.strip_prefix(kept).is_some_and(|rest| {
        fits(kept.len()) && rest.chars().next().is_none_or(|next| !fits(kept.len() + next.len_utf8()))
    })
}

/// Whether the reader and `serde_json` read the same value.
fn means(view: JsonView<'_>, value: &Value) -> bool {
    match value {
        Value::Null => view.is_null(),
        Value::Bool(is) => view.is_boolean() && (view.raw() == b"true") == *is,
        Value::String(text) => view.string().as_deref() == Some(text),
        Value::Array(items) => {
            view.is_array()
                && view.items().count() == items.len()
                && view.items().zip(items).all(|(view, item)| means(view, item))
        }
        Value::Object(members) => {
            view.is_object()
                && members.iter().all(|(key, member)| view.get(key).is_some_and(|view| means(view, member)))
                && view.members().all(|(key, _)| key.string().is_some_and(|key| members.contains_key(&*key)))
        }
        // The parser of serde_json rounds the digits, the power of ten, and each product or quotient of them.
        Value::Number(number) => match (view.number(), number.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= FARTHEST * f64::EPSILON * a.abs() || a.abs() < f64::MIN_POSITIVE,
            _ => false,
        },
    }
}

/// Each value is JSON itself, and can be replaced or added to without another byte's change.
fn places(text: &[u8], view: JsonView<'_>, depth: usize) {
    const MOST: usize = 4;
    let raw = JsonView::read(view.raw()).expect("a part is JSON");
    assert_eq!(raw.range(), 0..view.raw().len());
    let range = view.range();
    let edited = replaced(text, range.clone(), NEW);
    assert_eq!(edited, [&text[..range.start], NEW.as_bytes(), &text[range.end..]].concat());
    assert!(JsonView::read(&edited).is_ok(), "a replaced value breaks the text");
    if view.is_object() {
        let edited = with_member(text, view, "mh-hook \"new\"", NEW);
        let changed = JsonView::read(&edited).expect("an added member breaks the text");
        assert_added(text, &edited, &range);
        if depth == 0 {
            assert_eq!(changed.get("mh-hook \"new\"").map(JsonView::raw), Some(NEW.as_bytes()));
            assert_eq!(changed.members().count(), view.members().count() + 1);
        }
    }
    if view.is_array() {
        let edited = with_item(text, view, NEW);
        let changed = JsonView::read(&edited).expect("an added item breaks the text");
        assert_added(text, &edited, &range);
        if depth == 0 {
            assert_eq!(changed.items().last().map(JsonView::raw), Some(NEW.as_bytes()));
            assert_eq!(changed.items().count(), view.items().count() + 1);
        }
    }
    let children = view.members().map(|(_, value)| value).chain(view.items());
    children.take(MOST).filter(|_| depth < MOST).for_each(|child| places(text, child, depth + 1));
}

/// The edited text has the bytes before the container and behind it.
fn assert_added(text: &[u8], edited: &[u8], container: &Range<usize>) {
    assert!(edited.starts_with(&text[..container.start]), "bytes before the container changed");
    assert!(edited.ends_with(&text[container.end..]), "bytes behind the container changed");
}

/// The text in another style means the same. Which style depends on the text, since there are many.
fn rewritten(bytes: &[u8], view: JsonView<'_>) {
    let Some(rewriter) = Rewriter::new(bytes) else { return assert!(std::str::from_utf8(bytes).is_err()) };
    let styles: Vec<_> = rewriter.styles().collect();
    let style = styles[bytes.len() % styles.len()];
    let written = rewriter.write(style);
    let again = JsonView::read(written.as_bytes()).expect("a rewritten text is JSON");
    if style.numbers == Numbers::AsIs && !style.sorted {
        assert!(again.is_same(view), "{style:?} changes a value: {written}");
        assert!(view.is_same(again), "sameness depends on the order");
    }
    let text = String::from_utf8_lossy(bytes);
    for layout in [Layout::Compact, Layout::Pretty, Layout::Spaced, Layout::Escaped] {
        let written = layout.write(text.clone().into_owned());
        let again = JsonView::read(written.as_bytes()).expect("a layout is JSON");
        assert!(again.is_same(view), "{layout:?} changes a value: {written}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::check;
    use crate::properties::samples::json_text;

    proptest! {
        #[test]
        fn any_bytes_are_read_safely(bytes in any::<Vec<u8>>()) {
            check(&bytes);
        }

        #[test]
        fn any_json_is_read_as_serde_json_reads_it(text in json_text(), mark in any::<bool>()) {
            check(&[if mark { "\u{feff}" } else { "" }, &text].concat().into_bytes());
        }

        #[test]
        fn damaged_json_is_read_safely(
            text in json_text(), place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut bytes = text.into_bytes();
            let at = place.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            check(&bytes);
        }
    }
}
