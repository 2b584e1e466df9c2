//! Judges a request's body by the table, and finds the files that it names.

use std::fmt;

use serde_json::Value;

use crate::model::tools::body::{at, is, number_at};
use crate::model::tools::field::{Need, RequestField, ValueShape};

use crate::model::tools::tool::Tool;

/// Fault of a request: the answer is 400 with this message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {} {expected}", if *.missing { "is required:" } else { "must be" })]
pub struct Invalid {
    /// The field, with the number of the element where there are several: `assets.image_file_paths[2]`.
    pub field: String,
    /// Description of the values that the field accepts.
    pub expected: String,
    /// It is not there at all.
    pub missing: bool,
}

impl Invalid {
    fn new(field: &str, expected: &dyn fmt::Display) -> Self {
        let field = if field.is_empty() { "the body" } else { field };
        Self { field: field.to_owned(), expected: expected.to_string(), missing: false }
    }
}

/// A file that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUse<'a> {
    pub field: String,
    /// Path of an upload, or a URL.
    pub path: &'a str,
}

impl FileUse<'_> {
    /// Whether the file lies somewhere in the web, and not among the uploads.
    pub fn is_public_url(&self) -> bool {
        is_url(self.path)
    }
}

/// Judges the body of a create call. Unknown fields are ignored.
///
/// # Errors
///
/// [`Invalid`] for the first field that is missing or wrong, in the order of the table.
pub fn validate(tool: &Tool, body: &Value) -> Result<(), Invalid> {
    validate_fields(tool.fields, body)?;
    clip_is_right(tool, body)
}

/// Judges a body by lines of a table.
///
/// # Errors
///
/// [`Invalid`] for the first field that is missing or wrong, in the order of the lines.
pub fn validate_fields(fields: &[RequestField], body: &Value) -> Result<(), Invalid> {
    if !body.is_object() {
        return Err(Invalid::new("", &ValueShape::Object));
    }
    for field in fields {
        for (place, value) in find(body, field.path)? {
            match value {
                Some(value) if fits(field.shape, value) => {}
                Some(_) => return Err(Invalid::new(&place, &field.shape)),
                None if !is_needed(field.need, body) => {}
                None => return Err(Invalid { missing: true, ..Invalid::new(&place, &field.shape) }),
            }
        }
    }
    Ok(())
}

impl Tool {
    /// Values of open lists that this version does not know, each in one sentence.
    pub(crate) fn unknown_choices(&self, body: &Value) -> Vec<String> {
        let is_known = |shape: ValueShape, value: &str| match shape {
            ValueShape::Known(values) => values.contains(&value),
            ValueShape::Listed(lines) => lines.lines().any(|line| line == value),
            _ => true,
        };
        let unknown = |field: &RequestField| {
            let value = at(body, field.path).and_then(Value::as_str).filter(|value| !is_known(field.shape, value))?;
            Some(format!("{} '{value}' is not known to this version", field.path))
        };
        self.fields.iter().filter_map(unknown).collect()
    }
}

/// The files that a request names, in the order of the table. What is not text is left out.
pub fn files_in<'a>(tool: &Tool, body: &'a Value) -> Vec<FileUse<'a>> {
    let files = tool.fields.iter().filter(|field| field.shape == ValueShape::File);
    let places = files.flat_map(|field| find(body, field.path).unwrap_or_default());
    places.filter_map(|(field, value)| Some(FileUse { field, path: value?.as_str()? })).collect()
}

pub(crate) fn is_needed(need: Need, body: &Value) -> bool {
    match need {
        Need::Always => true,
        Need::Never => false,
        Need::When(other, value) => at(body, other).is_some_and(|found| is(found, value)),
        Need::WhenOrAbsent(other, value) => at(body, other).is_none_or(|found| is(found, value)),
        Need::Unless(other) => at(body, other).is_none(),
    }
}

fn clip_is_right(tool: &Tool, body: &Value) -> Result<(), Invalid> {
    let (Some(start), Some(end)) = (number_at(body, "start_seconds").or(Some(0.0)), number_at(body, "end_seconds"))
    else {
        return Ok(());
    };
    if !tool.fields.iter().any(|field| field.path == "start_seconds") {
        return Ok(());
    }
    if end <= start {
        return Err(Invalid::new("end_seconds", &format_args!("greater than start_seconds ({start})")));
    }
    match tool.clip {
        Some((least, most)) if end - start < least || end - start > most => {
            Err(Invalid::new("end_seconds", &format_args!("{least} to {most} seconds after start_seconds ({start})")))
        }
        _ => Ok(()),
    }
}

/// A place in a body, and its value.
type Place<'a> = (String, Option<&'a Value>);

/// Every place that a path names: one, or as many as the lists on its way have elements.
fn find<'a>(body: &'a Value, path: &str) -> Result<Vec<Place<'a>>, Invalid> {
    let mut places = vec![(String::new(), Some(body))];
    for step in path.split('.') {
        let mut next = Vec::with_capacity(places.len());
        for (place, value) in places {
            enter(&place, value, step, &mut next)?;
        }
        places = next;
    }
    Ok(places)
}

/// Takes one step of a path: into a key, or into every element of the list under it.
fn enter<'a>(place: &str, value: Option<&'a Value>, step: &str, next: &mut Vec<Place<'a>>) -> Result<(), Invalid> {
    let (key, each) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
    let child = match value {
        None => None,
        Some(Value::Object(object)) => object.get(key).filter(|child| !child.is_null()),
        Some(_) => return Err(Invalid::new(place, &ValueShape::Object)),
    };
    let place = if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match child {
        _ if !each => next.push((place, child)),
        None => {}
        Some(Value::Array(elements)) => {
            next.extend(
                elements.iter().enumerate().map(|(index, element)| (format!("{place}[{index}]"), Some(element))),
            );
        }
        Some(_) => return Err(Invalid::new(&place, &"a list")),
    }
    Ok(())
}

fn fits(shape: ValueShape, value: &Value) -> bool {
    let text = value.as_str();
    match shape {
        ValueShape::Text { least, most } => text.is_some_and(|text| (least..=most).contains(&text.chars().count())),
        ValueShape::Number { least, most, step } => {
            value.as_f64().is_some_and(|number| (least..=most).contains(&number) && is_multiple(number, step))
        }
        ValueShape::Integer { least, most } => {
            value.as_f64().is_some_and(|number| (least..=most).contains(&number) && number.fract() == 0.0)
        }
        ValueShape::Boolean => value.is_boolean(),
        ValueShape::Object => value.is_object(),
        ValueShape::List { least, most } => value.as_array().is_some_and(|list| (least..=most).contains(&list.len())),
        ValueShape::OneOf(values) => text.is_some_and(|text| values.contains(&text)),
        ValueShape::Known(_) | ValueShape::Listed(_) => text.is_some_and(|text| !text.is_empty()),
        ValueShape::NumberOf(values) => {
            value.as_f64().is_some_and(|number| values.iter().any(|&known| f64::from(known).total_cmp(&number).is_eq()))
        }
        ValueShape::File => text.is_some_and(|text| !text.is_empty()),
        ValueShape::Url => text.is_some_and(|text| is_url(text) && url::Url::parse(text).is_ok()),
        ValueShape::Extension => text.is_some_and(|text| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        }),
    }
}

/// Decimal steps such as 0.05 have no exact binary form, so a hair of difference is allowed.
fn is_multiple(number: f64, step: f64) -> bool {
    const HAIR: f64 = 1e-9;
    step <= 0.0 || ((number / step).round() - number / step).abs() < HAIR
}

fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{files_in, validate, validate_fields};
    use crate::model::tools::{UPLOAD_URLS, tool_for_path};

    #[track_caller]
    fn assert_refused(tool: &str, body: &Value, message: &str) {
        let tool = tool_for_path(&format!("/v1/{tool}")).unwrap();
        assert_eq!(validate(tool, body).unwrap_err().to_string(), message);
    }

    #[track_caller]
    fn assert_accepted(tool: &str, body: &Value) {
        let tool = tool_for_path(&format!("/v1/{tool}")).unwrap();
        assert_eq!(validate(tool, body), Ok(()), "{body}");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_refused("ai-image-generator", &json!({}), "image_count is required: a whole number from 1 to 16");
        assert_refused("ai-image-generator", &json!({ "image_count": 1 }), "style is required: an object");
        assert_refused(
            "text-to-video",
            &json!({ "end_seconds": 5, "style": { "prompt": null } }),
            "style.prompt is required: text of 1 to 2000 characters",
        );
    }

    #[test]
    fn what_is_out_of_range_or_of_another_type_is_named() {
        let image = |count: Value| json!({ "image_count": count, "style": { "prompt": "a cat" } });
        for count in [json!(0), json!(17), json!(1.5), json!("1"), json!(true), json!([1])] {
            assert_refused("ai-image-generator", &image(count), "image_count must be a whole number from 1 to 16");
        }
        assert_accepted("ai-image-generator", &image(json!(4.0)));
        assert_refused("ai-image-generator", &json!({ "image_count": 1, "style": "x" }), "style must be an object");
        assert_refused("ai-image-generator", &json!([]), "the body must be an object");
        let score = json!({ "confidence_score": 0.52, "assets": { "target_file_path": "api-assets/a.png" } });
        assert_refused("face-detection", &score, "confidence_score must be a number from 0 to 1 in steps of 0.05");
        assert_accepted("face-detection", &json!({ "confidence_score": 0.15, "assets": { "target_file_path": "a" } }));
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        let speech = |prompt: &str| json!({ "style": { "prompt": prompt, "voice_name": "Yoda" } });
        assert_accepted("ai-voice-generator", &speech(&"é".repeat(1_000)));
        let too_long = speech(&"é".repeat(1_001));
        assert_refused("ai-voice-generator", &too_long, "style.prompt must be text of 1 to 1000 characters");
    }

    #[test]
    fn closed_sets_are_checked_and_open_ones_are_not() {
        let image = |key: &str, value: &str| json!({ "image_count": 1, "style": { "prompt": "a" }, key: value });
        assert_refused(
            "ai-image-generator",
            &image("aspect_ratio", "2:1"),
            "aspect_ratio must be one of 1:1, 16:9, 9:16",
        );
        assert_accepted("ai-image-generator", &image("model", "not-yet-released"));
        assert_accepted("ai-image-generator", &image("unheard_of", "anything"));
        assert_accepted("ai-meme-generator", &json!({ "style": { "topic": "t", "template": "Absolute Cinema" } }));
    }

    #[test]
    fn null_counts_as_absent() {
        let body =
            json!({ "image_count": 1, "style": { "prompt": "a", "tool": null }, "resolution": null, "name": null });
        assert_accepted("ai-image-generator", &body);
    }

    #[test]
    fn some_fields_are_needed_only_beside_others() {
        let swap = |assets: Value| json!({ "start_seconds": 0, "end_seconds": 2, "assets": assets });
        let file = "the file_path of an upload, or a public URL";
        let without_face = swap(json!({ "video_source": "youtube", "youtube_url": "https://youtu.be/x" }));
        assert_refused("face-swap", &without_face, &format!("assets.image_file_path is required: {file}"));
        let without_video = swap(json!({ "video_source": "file", "image_file_path": "a" }));
        assert_refused("face-swap", &without_video, &format!("assets.video_file_path is required: {file}"));
        let one_by_one = swap(json!({
            "video_source": "file", "video_file_path": "v", "face_swap_mode": "individual-faces",
            "face_mappings": [{ "original_face": "0-0.png", "new_face": "n" }]
        }));
        assert_accepted("face-swap", &one_by_one);
    }

    #[test]
    fn subtitles_need_a_template_or_a_whole_configuration() {
        let subtitles = |style: Value| json!({ "start_seconds": 0, "end_seconds": 2, "assets": { "video_file_path": "v" }, "style": style });
        assert_accepted("auto-subtitle-generator", &subtitles(json!({ "template": "karaoke" })));
        let neither = "style.template is required: one of karaoke, cinematic, minimalist, highlight";
        assert_refused("auto-subtitle-generator", &subtitles(json!({})), neither);
        let half = subtitles(json!({ "custom_config": { "font": "Noto" } }));
        assert_refused("auto-subtitle-generator", &half, "style.custom_config.text_color is required: text");
    }

    #[test]
    fn elements_of_lists_are_counted_and_named_by_their_number() {
        let edit = |paths: Value| json!({ "style": { "prompt": "a" }, "assets": { "image_file_paths": paths } });
        assert_accepted("ai-image-editor", &edit(json!(["a", "b"])));
        let eleven = edit(json!(vec!["a"; 11]));
        assert_refused("ai-image-editor", &eleven, "assets.image_file_paths must be a list of at most 10");
        let second = "assets.image_file_paths[1] must be the file_path of an upload, or a public URL";
        assert_refused("ai-image-editor", &edit(json!(["a", null])), second);
        assert_refused("ai-image-editor", &edit(json!("a")), "assets.image_file_paths must be a list of at most 10");
    }

    #[test]
    fn a_clip_ends_after_it_starts_and_within_its_limits() {
        let clip = |start: f64, end: f64| {
            json!({ "start_seconds": start, "end_seconds": end, "target_language": "Spanish",
                    "assets": { "video_file_path": "v" } })
        };
        assert_accepted("ai-video-translator", &clip(2.0, 32.0));
        let backwards = "end_seconds must be greater than start_seconds (5)";
        assert_refused("ai-video-translator", &clip(5.0, 5.0), backwards);
        let too_long = "end_seconds must be 1 to 30 seconds after start_seconds (0)";
        assert_refused("ai-video-translator", &clip(0.0, 30.5), too_long);
    }

    #[test]
    fn uploads_are_a_list_of_types_and_extensions() {
        let refused = |body: Value| validate_fields(&UPLOAD_URLS, &body).unwrap_err().to_string();
        assert_eq!(refused(json!({ "items": [] })), "items must be a list of at least 1");
        let dotted =
            json!({ "items": [{ "type": "image", "extension": "png" }, { "type": "image", "extension": ".png" }] });
        let expected = "items[1].extension must be an extension of lower-case letters and digits, without a dot";
        assert_eq!(refused(dotted), expected);
        assert_eq!(refused(json!({ "items": [7] })), "items[0] must be an object");
    }

    #[test]
    fn every_file_that_a_request_names_is_found() {
        let tool = tool_for_path("/v1/ai-image-editor").unwrap();
        let body = json!({ "assets": { "image_file_paths": ["api-assets/a.png", "https://a.example/b.png", 7] } });
        let files = files_in(tool, &body);
        let found: Vec<_> = files.iter().map(|file| (file.field.as_str(), file.is_public_url())).collect();
        assert_eq!(found, [("assets.image_file_paths[0]", false), ("assets.image_file_paths[1]", true)]);
    }
}
