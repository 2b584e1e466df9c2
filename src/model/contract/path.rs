//! Paths into an event, such as `payload.downloads[0].url`: looking up, and changing what is there.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::model::json::edit::{JsonText, replaced, with_item, with_member};
use crate::model::json::lexer::JsonError;
use crate::model::json::view::JsonView;
use crate::model::nearest;

/// A path into JSON; it starts at the event itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    steps: Vec<PathStep>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PathStep {
    Key(String),
    Index(usize),
}

/// Why a path cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The text is not a path.
    #[error("'{path}' is not a path: {problem} at character {at}")]
    Malformed {
        path: String,
        /// Description of the text that was found instead.
        problem: &'static str,
        /// Position, counted from 1.
        at: usize,
    },
    /// Only JSON has places.
    #[error("the event is not JSON: {0}")]
    NotJson(#[from] JsonError),
    /// There is nothing at that place.
    #[error("the event has no '{path}'")]
    Unknown {
        path: String,
        /// The path that was most likely meant.
        nearest: Option<String>,
    },
}

impl Path {
    /// Value at this path.
    pub fn find<'a>(&self, event: JsonView<'a>) -> Option<JsonView<'a>> {
        self.steps.iter().try_fold(event, |value, step| step.find(value))
    }

    /// The event with another value at this path. Its other bytes stay as they are.
    ///
    /// # Errors
    ///
    /// When the event is not JSON, or nothing is at that place.
    pub fn set(&self, event: &[u8], new: &JsonText) -> Result<Vec<u8>, PathError> {
        let view = JsonView::read(event)?;
        if let Some(value) = self.find(view) {
            return Ok(replaced(event, value.range(), new.as_json()));
        }
        let path = self.to_string();
        let mut known = known_paths(view);
        // Not what a repeated key hides, nor keys that a path cannot spell.
        known.retain(|known| known.parse::<Self>().is_ok_and(|known| known.find(view).is_some()));
        let nearest = nearest(&path, known.iter().map(String::as_str)).map(str::to_owned);
        Err(PathError::Unknown { path, nearest })
    }

    /// As [`Path::set`], but makes the place if need be: objects where keys follow, lists where indices do.
    ///
    /// # Errors
    ///
    /// When the event is not JSON, or the path goes through a value that is neither, or past the end of a list.
    pub fn set_or_add(&self, event: &[u8], new: &JsonText) -> Result<Vec<u8>, PathError> {
        let unknown = || PathError::Unknown { path: self.to_string(), nearest: None };
        let mut place = JsonView::read(event)?;
        let mut steps = self.steps.iter();
        while let Some(step) = steps.next() {
            if let Some(next) = step.find(place) {
                place = next;
                continue;
            }
            let value = steps.rev().try_fold(new.as_json().to_owned(), |inner, step| step.around(&inner));
            return value.and_then(|value| step.add(event, place, &value)).ok_or_else(unknown);
        }
        Ok(replaced(event, place.range(), new.as_json()))
    }

    /// Changes the value at this path of a request, or makes the place as [`Path::set_or_add`] does.
    ///
    /// # Errors
    ///
    /// [`PathError::Unknown`] when the path goes through a value that is neither, or past the end of a list.
    pub fn set_new(&self, request: &mut Value, new: Value) -> Result<(), PathError> {
        let mut place = request;
        for step in &self.steps {
            place = step.enter(place).ok_or_else(|| PathError::Unknown { path: self.to_string(), nearest: None })?;
        }
        *place = new;
        Ok(())
    }
}

impl PathStep {
    /// The value at this step.
    fn find<'a>(&self, value: JsonView<'a>) -> Option<JsonView<'a>> {
        match self {
            Self::Key(key) => value.get(key),
            Self::Index(index) => value.items().nth(*index),
        }
    }

    /// A container with this value at this step alone.
    fn around(&self, value: &str) -> Option<String> {
        match self {
            Self::Key(key) => Some(format!("{{{}:{value}}}", JsonText::string(key).as_json())),
            Self::Index(0) => Some(format!("[{value}]")),
            Self::Index(_) => None,
        }
    }

    /// The event with this value added to a container that has nothing at this step.
    fn add(&self, event: &[u8], container: JsonView<'_>, value: &str) -> Option<Vec<u8>> {
        match self {
            _ if container.is_null() => Some(replaced(event, container.range(), &self.around(value)?)),
            Self::Key(key) if container.is_object() => Some(with_member(event, container, key, value)),
            Self::Index(index) if container.is_array() && container.items().count() == *index => {
                Some(with_item(event, container, value))
            }
            _ => None,
        }
    }

    /// The place of this step in a value, made if need be.
    fn enter<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        match self {
            Self::Key(key) => {
                if value.is_null() {
                    *value = Value::Object(Map::new());
                }
                value.as_object_mut().map(|object| object.entry(key).or_insert(Value::Null))
            }
            Self::Index(index) => {
                if value.is_null() {
                    *value = Value::Array(Vec::new());
                }
                let list = value.as_array_mut()?;
                if list.len() == *index {
                    list.push(Value::Null);
                }
                list.get_mut(*index)
            }
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                PathStep::Key(key) if at == 0 => f.write_str(key)?,
                PathStep::Key(key) => write!(f, ".{key}")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let malformed = |problem, rest: &str| {
            let at = path.chars().count() - rest.chars().count() + 1;
            PathError::Malformed { path: path.to_owned(), problem, at }
        };
        let mut steps = Vec::new();
        let mut rest = path;
        loop {
            let (key, tail) = rest.split_at(rest.find(['.', '[', ']']).unwrap_or(rest.len()));
            if key.is_empty() {
                return Err(malformed("a name is missing", rest));
            }
            steps.push(PathStep::Key(key.to_owned()));
            rest = tail;
            while let Some(bracket) = rest.strip_prefix('[') {
                let (digits, tail) = bracket.split_once(']').ok_or_else(|| malformed("']' is missing", ""))?;
                steps.push(PathStep::Index(digits.parse().map_err(|_| malformed("an index is missing", bracket))?));
                rest = tail;
            }
            match rest.strip_prefix('.') {
                Some(tail) => rest = tail,
                None if rest.is_empty() => return Ok(Self { steps }),
                None => return Err(malformed("'.' or '[' is missing", rest)),
            }
        }
    }
}

/// `PATH=VALUE`, the value being JSON, or else a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub path: Path,
    /// Value to set or to find there.
    pub value: JsonText,
}

impl Assignment {
    /// Whether an event has this value at this place.
    pub fn holds(&self, event: JsonView<'_>) -> bool {
        self.path.find(event).is_some_and(|value| self.value.is_meant_by(value))
    }
}

/// Why a text is not an assignment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    /// There is no `=`.
    #[error("'{0}' has no '='; an assignment reads PATH=VALUE")]
    NoEquals(String),
    /// The text before the `=` is not a path.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl FromStr for Assignment {
    type Err = AssignmentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, value) = text.split_once('=').ok_or_else(|| AssignmentError::NoEquals(text.to_owned()))?;
        Ok(Self { path: path.parse()?, value: JsonText::typed(value) })
    }
}

/// The paths of an event, as far as people write them.
fn known_paths(event: JsonView<'_>) -> Vec<String> {
    const DEEPEST: usize = 8;
    fn collect(value: JsonView<'_>, path: &str, depth: usize, paths: &mut Vec<String>) {
        if depth == DEEPEST {
            return;
        }
        let named = value.members().map(|(key, child)| {
            let key = key.string().unwrap_or_default();
            (if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") }, child)
        });
        let numbered = value.items().enumerate().map(|(index, child)| (format!("{path}[{index}]"), child));
        for (child_path, child) in named.chain(numbered) {
            collect(child, &child_path, depth + 1, paths);
            paths.push(child_path);
        }
    }
    let mut paths = Vec::new();
    collect(event, "", 0, &mut paths);
    paths
}

#[cfg(test)]
mod tests {
    use super::{Assignment, Path, PathError};
    use crate::model::json::edit::JsonText;
    use crate::model::json::view::JsonView;

    fn path(text: &str) -> Path {
        text.parse().unwrap()
    }

    const EVENT: &str = r#"{ "type": "t", "payload": { "name": null, "downloads": [ {"url": "u"} ], "n": 1.50, "type": 1, "type": 2 } }"#;

    fn set(assignment: &str) -> Result<String, PathError> {
        let Assignment { path, value } = assignment.parse().unwrap();
        path.set(EVENT.as_bytes(), &value).map(|event| String::from_utf8(event).unwrap())
    }

    fn set_or_add(assignment: &str) -> Result<String, PathError> {
        let Assignment { path, value } = assignment.parse().unwrap();
        path.set_or_add(EVENT.as_bytes(), &value).map(|event| String::from_utf8(event).unwrap())
    }

    #[test]
    fn a_path_leads_through_objects_and_lists() {
        let found = |path: &str| {
            let event = JsonView::read(EVENT.as_bytes()).unwrap();
            self::path(path).find(event).map(|view| String::from_utf8_lossy(view.raw()).into_owned())
        };
        assert_eq!(found("payload.downloads[0].url").as_deref(), Some("\"u\""));
        assert_eq!(found("payload.type").as_deref(), Some("2"));
        assert_eq!(found("payload.downloads[1].url"), None);
        assert_eq!(path("payload.downloads[0].url").to_string(), "payload.downloads[0].url");
    }

    #[test]
    fn a_value_changes_and_every_other_byte_stays() {
        assert_eq!(set("payload.downloads[0].url=v").unwrap(), EVENT.replace("\"u\"", "\"v\""));
        assert_eq!(set("payload.n=12345678901234567890123").unwrap(), EVENT.replace("1.50", "12345678901234567890123"));
        assert_eq!(set("payload.type=3").unwrap(), EVENT.replace("\"type\": 2", "\"type\": 3"));
        assert_eq!(set("payload.name={\"a\": 1e400}").unwrap(), EVENT.replace("null", "{\"a\": 1e400}"));
    }

    #[test]
    fn an_unknown_path_names_the_nearest() {
        let PathError::Unknown { nearest, .. } = set("payload.download[0].url=1").unwrap_err() else { panic!() };
        assert_eq!(nearest.as_deref(), Some("payload.downloads[0].url"));
        let hidden = path("a[1].b").set(br#"{"a":[{"b":1}],"a":{}}"#, &JsonText::string("")).unwrap_err();
        assert_eq!(hidden, PathError::Unknown { path: "a[1].b".to_owned(), nearest: None });
        assert!(matches!(path("a").set(b"{}x", &JsonText::string("")), Err(PathError::NotJson(_))));
    }

    #[test]
    fn a_new_place_is_made_only_when_asked() {
        assert_eq!(
            set_or_add("payload.extra.list[0]=7").unwrap(),
            EVENT.replace("\"type\": 2", "\"type\": 2, \"extra\": {\"list\":[7]}")
        );
        assert_eq!(set_or_add("payload.name.a=7").unwrap(), EVENT.replace("null", "{\"a\":7}"));
        assert_eq!(set_or_add("payload.downloads[1]=7").unwrap(), EVENT.replace("\"u\"}", "\"u\"}, 7"));
        assert_eq!(set_or_add("type=x").unwrap(), EVENT.replace("\"t\"", "\"x\""));
        assert_eq!(path("a[0]").set_or_add(b"{ }", &JsonText::string("b")).unwrap(), br#"{"a":["b"]}"#);
        for wrong in ["type.x=7", "payload.downloads[9]=7", "payload.name[1]=7"] {
            assert!(set_or_add(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_malformed_path_says_where() {
        for (text, at) in [("", 1), ("a..b", 3), ("a[x]", 3), ("a[0", 4), ("a]b", 2), ("a[0]b", 5)] {
            let error = text.parse::<Path>().unwrap_err();
            let PathError::Malformed { at: found, .. } = error else { panic!("{error:?}") };
            assert_eq!(found, at, "{text}");
        }
    }

    #[test]
    fn a_value_is_json_or_else_a_string() {
        let value = |text: &str| text.parse::<Assignment>().unwrap().value.as_json().to_owned();
        assert_eq!(value("a= 5"), "5");
        assert_eq!(value("a=1e400"), "1e400");
        assert_eq!(value("a=null"), "null");
        assert_eq!(value("a=\u{feff}[0] "), "[0]");
        assert_eq!(value("a=hello=world"), "\"hello=world\"");
        assert!("a".parse::<Assignment>().is_err());
    }

    #[test]
    fn a_value_is_found_by_what_it_means() {
        let holds = |event: &str, assignment: &str| {
            assignment.parse::<Assignment>().unwrap().holds(JsonView::read(event.as_bytes()).unwrap())
        };
        for number in ["30", "30.0", "3e1"] {
            assert!(
                holds("{\"fps\":30}", &format!("fps={number}")) && holds(&format!("{{\"fps\":{number}}}"), "fps=30")
            );
        }
        assert!(!holds("{\"n\":12345678901234567890123}", "n=12345678901234567890124"));
        assert!(holds("\u{feff}{\"a\":1,\"a\":2,\"b\":1e400}", "a=2"));
    }
}
