//! The smallest body that a tool accepts, made from its table.

use serde_json::{Map, Value, json};

use crate::model::tools::field::{RequestField, ValueShape};
use crate::model::tools::tool::Tool;
use crate::model::tools::validate::{files_in, is_needed};

impl Tool {
    /// Whether every request needs files.
    pub fn needs_files(&self) -> bool {
        !files_in(self, &self.minimal_body()).is_empty()
    }

    /// The smallest valid body: what is needed, and nothing else. Files are public URLs on a domain made for examples.
    pub fn minimal_body(&self) -> Value {
        let mut body = Value::Object(Map::new());
        for field in self.fields.iter().filter(|field| !field.path.contains("[]")) {
            if is_needed(field.need, &body) && has_parent(&body, field.path) {
                put(&mut body, field.path, value_of(field));
            }
        }
        body
    }
}

/// An optional object that was left out takes its keys with it.
fn has_parent(body: &Value, path: &str) -> bool {
    path.rsplit_once('.').is_none_or(|(parent, _)| body.pointer(&pointer(parent)).is_some())
}

/// Puts a value at a path; nowhere, if something on its way is no object.
pub(crate) fn put(body: &mut Value, path: &str, value: Value) {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    if let Some(object) = body.pointer_mut(&pointer(parent)).and_then(Value::as_object_mut) {
        object.insert(key.to_owned(), value);
    }
}

fn pointer(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("/{}", path.replace('.', "/")) }
}

fn value_of(field: &RequestField) -> Value {
    match field.shape {
        ValueShape::Text { .. } => json!(field.example.unwrap_or("Hi")),
        ValueShape::Number { least, most, .. } | ValueShape::Integer { least, most } => {
            smallest(field.path, least, most)
        }
        ValueShape::Boolean => json!(false),
        ValueShape::Object => json!({}),
        ValueShape::List { .. } => json!([]),
        ValueShape::OneOf(values) | ValueShape::Known(values) => json!(values.first()),
        ValueShape::Listed(lines) => json!(field.example.or(lines.lines().next())),
        ValueShape::NumberOf(values) => json!(values.first()),
        ValueShape::File => json!(example_file(field.path)),
        ValueShape::Url => json!("https://example.com"),
        ValueShape::Extension => json!("png"),
    }
}

/// A clip of a tenth of a second is allowed, but nobody wants one.
fn smallest(path: &str, least: f64, most: f64) -> Value {
    let wanted = if path == "end_seconds" { 1.0 } else { least };
    let value = wanted.clamp(least, most);
    #[expect(clippy::cast_possible_truncation, reason = "limits of the tables are small and whole")]
    let whole = value as i64;
    json!(whole)
}

fn example_file(path: &str) -> &'static str {
    if path.contains("video") {
        "https://example.com/input.mp4"
    } else if path.contains("audio") {
        "https://example.com/input.mp3"
    } else {
        "https://example.com/input.png"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::tools::{tool_for_path, tools, validate};

    fn body(tool: &str) -> Value {
        tool_for_path(&format!("/v1/{tool}")).unwrap().minimal_body()
    }

    #[test]
    fn every_tool_accepts_its_smallest_body() {
        for tool in tools() {
            let body = tool.minimal_body();
            assert_eq!(validate(tool, &body), Ok(()), "{} {body}", tool.path);
        }
    }

    #[test]
    fn some_tools_can_do_without_files() {
        let needs = |tool: &str| tool_for_path(&format!("/v1/{tool}")).unwrap().needs_files();
        assert!(
            !["text-to-video", "ai-image-generator", "ai-voice-generator", "ai-qr-code-generator"]
                .map(needs)
                .contains(&true)
        );
        assert!(needs("photo-colorizer") && needs("lip-sync"));
    }

    #[test]
    fn nothing_can_be_left_out_of_a_smallest_body() {
        for tool in tools() {
            let body = tool.minimal_body();
            for field in tool.fields {
                let pointer = format!("/{}", field.path.replace('.', "/"));
                if body.pointer(&pointer).is_some() {
                    let mut less = body.clone();
                    *less.pointer_mut(&pointer).unwrap() = Value::Null;
                    assert!(validate(tool, &less).is_err(), "{} without {}", tool.path, field.path);
                }
            }
        }
    }

    #[test]
    fn bodies_read_as_a_person_would_write_them() {
        assert_eq!(body("text-to-video"), json!({ "end_seconds": 1, "style": { "prompt": "Hi" } }));
        assert_eq!(body("ai-voice-generator"), json!({ "style": { "prompt": "Hi", "voice_name": "Yoda" } }));
        let mp4 = "https://example.com/input.mp4";
        let expected = json!({
            "start_seconds": 0, "end_seconds": 1,
            "assets": { "video_source": "file", "video_file_path": mp4, "image_file_path": "https://example.com/input.png" }
        });
        assert_eq!(body("face-swap"), expected);
    }
}
