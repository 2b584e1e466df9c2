//! Paths into an event and assignments to them, as `--where`, `--set` and `--param` take them.

use mh_hook::model::contract::path::{Assignment, AssignmentError, Path, PathError};
use mh_hook::model::json::view::JsonView;
use serde_json::Value;

/// The bytes are a line with an assignment, and then an event.
pub(crate) fn check(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, event) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let Ok(line) = std::str::from_utf8(line) else { return };
    let assignment = match line.parse::<Assignment>() {
        Ok(assignment) => assignment,
        Err(AssignmentError::NoEquals(text)) => return assert!(text == line && !line.contains('=')),
        Err(AssignmentError::Path(PathError::Malformed { path, at, .. })) => {
            assert!((1..=path.chars().count() + 1).contains(&at), "the fault is outside of the path");
            return;
        }
        Err(error) => panic!("a path was refused for another reason: {error}"),
    };
    let Assignment { path, value } = &assignment;
    assert_eq!(path.to_string().parse().as_ref(), Ok(path), "a path is not shown as it is written");
    let Ok(view) = JsonView::read(event) else {
        assert!(matches!(path.set(event, value), Err(PathError::NotJson(_))));
        return assert!(matches!(path.set_or_add(event, value), Err(PathError::NotJson(_))));
    };
    let set = path.set(event, value);
    match (path.find(view), &set) {
        (Some(found), Ok(set)) => {
            let range = found.range();
            let expected = [&event[..range.start], value.as_json().as_bytes(), &event[range.end..]].concat();
            assert_eq!(*set, expected, "another byte changed");
            assert_eq!(path.set_or_add(event, value).as_ref(), Ok(set));
        }
        (None, Err(PathError::Unknown { nearest, .. })) => {
            let leads = |text: &String| text.parse::<Path>().is_ok_and(|nearest| nearest.find(view).is_some());
            assert!(nearest.as_ref().is_none_or(leads), "{nearest:?} leads nowhere");
        }
        (found, set) => panic!("found {found:?}, but {set:?}"),
    }
    let added = path.set_or_add(event, value);
    if let Ok(added) = &added {
        let changed = JsonView::read(added).expect("the event is no JSON any more");
        assert!(assignment.holds(changed), "the value is not there");
        assert_eq!(path.find(changed).map(JsonView::raw), Some(value.as_json().as_bytes()));
    }
    agree(event, &assignment, added.is_ok());
}

/// Requests are edited as values and events as text, by the same rules.
fn agree(event: &[u8], assignment: &Assignment, is_added: bool) {
    let (Ok(mut request), Ok(new)) =
        (serde_json::from_slice::<Value>(event), serde_json::from_str::<Value>(assignment.value.as_json()))
    else {
        return;
    };
    let set = assignment.path.set_new(&mut request, new.clone());
    assert_eq!(set.is_ok(), is_added, "text and value differ");
    if set.is_ok() {
        let text = request.to_string();
        let found = assignment.path.find(JsonView::read(text.as_bytes()).expect("serde_json writes JSON"));
        assert_eq!(found.map(JsonView::raw), Some(new.to_string().as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, proptest};

    use super::check;
    use crate::properties::samples::json_text;

    /// Paths, most of them well-formed, and often of keys that events have.
    fn path() -> impl Strategy<Value = String> {
        let parts = &["type", "payload", "id", "a", ".", ".", "[0]", "[1]", "[+1]", "[", "]", "é", " ", "="][..];
        prop::collection::vec(prop::sample::select(parts), 1..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_assignment_or_an_error_with_its_place(bytes in any::<Vec<u8>>()) {
            check(&bytes);
        }

        #[test]
        fn an_assignment_changes_its_place_alone(path in path(), value in json_text(), event in json_text()) {
            check(format!("{path}={}\n{event}", value.replace(['\r', '\n'], " ")).as_bytes());
        }

        #[test]
        fn an_event_is_edited_at_any_depth(path in path(), event in json_text()) {
            check(format!("payload.{path}=7\n{{\"type\":\"video.completed\", \"payload\": {event}}}").as_bytes());
        }
    }
}
