//! Differences between a webhook's payload and the details endpoint's answer, compared by meaning: links are
//! signed anew for each answer, and a number has several spellings.

use std::fmt;

use jiff::Timestamp;

use crate::model::contract::event::Kind;
use crate::model::contract::fields::{Shape, fields};
use crate::model::json::view::JsonView;
use crate::model::media;
use crate::model::text::one_line::shortened;

/// A field on which the two do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub field: &'static str,
    /// Value in the webhook.
    pub payload: String,
    /// Value at the details endpoint.
    pub details: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {} in the webhook and {} at the details endpoint", self.field, self.payload, self.details)
    }
}

/// The fields of a kind on which a webhook's payload and the details do not agree. Deprecated fields that one of them
/// leaves out are no difference.
pub fn differences(kind: Kind, payload: JsonView<'_>, details: JsonView<'_>) -> Vec<Difference> {
    let differing = fields(kind).iter().filter(|field| {
        let pair = (payload.get(field.name), details.get(field.name));
        match pair {
            (Some(payload), Some(details)) => !means_the_same(field.shape, payload, details),
            (None, None) => false,
            _ => !field.deprecated,
        }
    });
    let shown = |object: JsonView<'_>, field: &str| object.get(field).map_or_else(|| "missing".to_owned(), in_short);
    differing
        .map(|field| Difference {
            field: field.name,
            payload: shown(payload, field.name),
            details: shown(details, field.name),
        })
        .collect()
}

fn means_the_same(shape: Shape, a: JsonView<'_>, b: JsonView<'_>) -> bool {
    let is_same_shape = match shape {
        Shape::Time => matches!((time(a), time(b)), (Some(a), Some(b)) if a == b),
        Shape::Downloads => {
            a.is_array() && b.is_array() && a.items().count() == b.items().count() && {
                a.items().zip(b.items()).all(|(a, b)| is_the_same_file(a, b))
            }
        }
        Shape::NullableDownload => a.is_object() && b.is_object() && is_the_same_file(a, b),
        _ => false,
    };
    is_same_shape || a.is_same(b)
}

fn time(value: JsonView<'_>) -> Option<Timestamp> {
    value.string()?.parse().ok()
}

/// Whether two links may name the same file. Host, path and signature may differ; what sort of file it is may not.
fn is_the_same_file(a: JsonView<'_>, b: JsonView<'_>) -> bool {
    let extension = |link: JsonView<'_>| {
        let url = link.get("url").and_then(JsonView::string).unwrap_or_default();
        media::extension_in(&url).map(str::to_ascii_lowercase)
    };
    extension(a) == extension(b)
}

/// A value as a sentence can hold it. Links are counted, since they are long and open what they name.
fn in_short(value: JsonView<'_>) -> String {
    const LONGEST: usize = 60;
    if value.is_array() {
        return format!("a list of {}", value.items().count());
    }
    if value.get("url").is_some() {
        return "a link".to_owned();
    }
    shortened(String::from_utf8_lossy(value.raw()).into_owned(), LONGEST)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::differences;
    use crate::model::contract::event::{EventType, Kind};
    use crate::model::contract::payload::FieldSet;
    use crate::model::contract::project::Project;
    use crate::model::json::view::JsonView;

    fn payload(event: &str, set: FieldSet) -> Value {
        let event: EventType = event.parse().unwrap();
        Project::sample(event, "clx1", Timestamp::UNIX_EPOCH).to_json(set)
    }

    fn found(kind: Kind, payload: &Value, details: &Value) -> String {
        let (payload, details) = (payload.to_string(), details.to_string());
        let view = |text| JsonView::read(text).unwrap();
        let found = differences(kind, view(payload.as_bytes()), view(details.as_bytes()));
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn fresh_links_other_spellings_and_deprecated_fields_are_no_difference() {
        let payload = payload("video.completed", FieldSet::Documented);
        let mut details = self::payload("video.completed", FieldSet::Wire);
        details["downloads"][0] =
            json!({ "url": "http://localhost:1/other.mp4?sig=2", "expires_at": "1970-01-05T00:00:00Z" });
        details["fps"] = json!(30.0);
        details["created_at"] = json!("1969-12-31T23:59:09+00:00");
        assert_eq!(found(Kind::Video, &payload, &details), "");
    }

    #[test]
    fn another_value_a_missing_field_and_another_file_are() {
        let payload = payload("image.completed", FieldSet::Wire);
        let mut details = payload.clone();
        details["credits_charged"] = json!(6);
        details["downloads"] = json!([]);
        details.as_object_mut().unwrap().remove("name");
        assert_eq!(
            found(Kind::Image, &payload, &details),
            "name is \"Ai Image - 1969-12-31 23:59\" in the webhook and missing at the details endpoint; \
             credits_charged is 5 in the webhook and 6 at the details endpoint; \
             downloads is a list of 1 in the webhook and a list of 0 at the details endpoint"
        );
        let mut details = payload.clone();
        details["downloads"][0]["url"] = json!("https://videos.magichour.ai/clx1/output.jpg");
        assert_eq!(
            found(Kind::Image, &payload, &details),
            "downloads is a list of 1 in the webhook and a list of 1 at the details endpoint"
        );
    }
}
