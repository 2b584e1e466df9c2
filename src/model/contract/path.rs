//! Paths into an event, such as `payload.downloads[0].url`: looking up, and changing what is there.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

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
    pub fn get<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(event, |value, step| match step {
            PathStep::Key(key) => value.get(key),
            PathStep::Index(index) => value.get(index),
        })
    }

    /// Changes what stands at this path.
    ///
    /// # Errors
    ///
    /// [`PathError::Unknown`] when nothing is there.
    pub fn set(&self, event: &mut Value, new: Value) -> Result<(), PathError> {
        let place = self.steps.iter().try_fold(&mut *event, |value, step| match step {
            PathStep::Key(key) => value.get_mut(key),
            PathStep::Index(index) => value.get_mut(index),
        });
        if let Some(place) = place {
            *place = new;
            return Ok(());
        }
        let path = self.to_string();
        let known = known_paths(event);
        let nearest = nearest(&path, known.iter().map(String::as_str)).map(str::to_owned);
        Err(PathError::Unknown { path, nearest })
    }

    /// Changes what stands at this path, or makes the place: objects where keys lead on, lists where indices do.
    ///
    /// # Errors
    ///
    /// [`PathError::Unknown`] when the way leads through a value that is neither, or past the end of a list.
    pub fn set_new(&self, event: &mut Value, new: Value) -> Result<(), PathError> {
        let mut place = event;
        for step in &self.steps {
            place = step.enter(place).ok_or_else(|| PathError::Unknown { path: self.to_string(), nearest: None })?;
        }
        *place = new;
        Ok(())
    }
}

impl PathStep {
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
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub path: Path,
    /// Value to set or to find there.
    pub value: Value,
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
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { path: path.parse()?, value })
    }
}

/// Every path that leads somewhere in an event.
fn known_paths(event: &Value) -> Vec<String> {
    fn collect(value: &Value, path: &str, paths: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(object) => object
                .iter()
                .map(|(key, child)| (if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, child))
                .collect(),
            Value::Array(list) => {
                list.iter().enumerate().map(|(index, child)| (format!("{path}[{index}]"), child)).collect()
            }
            _ => Vec::new(),
        };
        for (child_path, child) in children {
            collect(child, &child_path, paths);
            paths.push(child_path);
        }
    }
    let mut paths = Vec::new();
    collect(event, "", &mut paths);
    paths
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Assignment, Path, PathError};

    fn path(text: &str) -> Path {
        text.parse().unwrap()
    }

    fn event() -> Value {
        json!({ "type": "t", "payload": { "name": null, "downloads": [{ "url": "u" }] } })
    }

    #[test]
    fn a_path_leads_through_objects_and_lists() {
        assert_eq!(path("payload.downloads[0].url").get(&event()), Some(&json!("u")));
        assert_eq!(path("payload.downloads[1].url").get(&event()), None);
        assert_eq!(path("payload.downloads[0].url").to_string(), "payload.downloads[0].url");
    }

    #[test]
    fn an_unknown_path_names_the_nearest() {
        let error = path("payload.download[0].url").set(&mut event(), json!(1)).unwrap_err();
        let PathError::Unknown { nearest, .. } = error else { panic!("{error:?}") };
        assert_eq!(nearest.as_deref(), Some("payload.downloads[0].url"));
    }

    #[test]
    fn a_new_place_is_made_only_when_asked() {
        let mut event = event();
        path("payload.extra.list[0]").set_new(&mut event, json!(7)).unwrap();
        assert_eq!(event["payload"]["extra"], json!({ "list": [7] }));
        assert!(path("type.x").set_new(&mut event, json!(7)).is_err());
        assert!(path("payload.downloads[9]").set_new(&mut event, json!(7)).is_err());
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
        let value = |text: &str| text.parse::<Assignment>().unwrap().value;
        assert_eq!(value("a=5"), json!(5));
        assert_eq!(value("a=null"), Value::Null);
        assert_eq!(value("a=hello=world"), json!("hello=world"));
        assert!("a".parse::<Assignment>().is_err());
    }
}
