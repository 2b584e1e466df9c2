//! Violations of Magic Hour's specification in an event: a missing field, a value of another shape, a status that does
//! contradict the event's type.

use std::fmt;

use jiff::Timestamp;

use crate::model::contract::event::{EventType, Phase};
use crate::model::contract::fields::{Field, STATUSES, Shape, fields};
use crate::model::json::view::JsonView;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path into the event.
    pub place: String,
    /// Description of the violation.
    pub problem: String,
}

impl Violation {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.problem)
    }
}

/// Every departure of an event. Unknown fields are none, nor are deprecated ones that are missing: the published
/// documentation does not list them any more.
pub fn violations(event: JsonView<'_>) -> Vec<Violation> {
    let name = event.get("type").and_then(JsonView::string).unwrap_or_default();
    let Ok(event_type) = name.parse::<EventType>() else {
        return vec![Violation::new("type", "is none of the nine that Magic Hour documents")];
    };
    let Some(payload) = event.get("payload").filter(|payload| payload.is_object()) else {
        return vec![Violation::new("payload", "is missing")];
    };
    let mut found: Vec<Violation> =
        fields(event_type.kind).iter().filter_map(|field| flaw_of(field, payload)).collect();
    found.extend(contradictions(event_type, payload));
    found
}

fn flaw_of(field: &Field, payload: JsonView<'_>) -> Option<Violation> {
    let place = format!("payload.{}", field.name);
    match payload.get(field.name) {
        None if field.deprecated => None,
        None => Some(Violation::new(place, "is missing")),
        Some(value) => problem(field.shape, value).map(|problem| Violation::new(place, problem)),
    }
}

fn problem(shape: Shape, value: JsonView<'_>) -> Option<&'static str> {
    let (fits, problem) = match shape {
        Shape::Text => (value.string().is_some(), "is not text"),
        Shape::NullableText => (value.string().is_some() || value.is_null(), "is neither text nor null"),
        Shape::Status => {
            (value.string().is_some_and(|status| STATUSES.contains(&&*status)), "is none of the six known statuses")
        }
        Shape::Time => (is_time(value), "is not an ISO-8601 time"),
        Shape::Integer => (value.number().is_some_and(|number| number.fract() == 0.0), "is not a whole number"),
        Shape::NumberFrom(least) => {
            (value.number().is_some_and(|number| number >= least), "is not a number, or too low")
        }
        Shape::Number => (value.is_number(), "is not a number"),
        Shape::Boolean => (value.is_boolean(), "is neither true nor false"),
        Shape::NullableError => (value.is_null() || is_error(value), "is neither null nor {message, code}"),
        Shape::NullableDownload => (value.is_null() || is_download(value), "is neither null nor {url, expires_at}"),
        Shape::Downloads => (value.is_array() && value.items().all(is_download), "is not a list of {url, expires_at}"),
    };
    (!fits).then_some(problem)
}

/// Violations of the values that a phase promises.
fn contradictions(event: EventType, payload: JsonView<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let status = payload.get("status").and_then(JsonView::string).unwrap_or_default();
    if STATUSES.contains(&&*status) && status != event.phase.status() {
        found.push(Violation::new("payload.status", format!("is {status}, which contradicts {event}")));
    }
    let has_error = payload.get("error").is_some_and(|error| !error.is_null());
    let has_downloads = payload.get("downloads").is_some_and(|list| list.items().next().is_some());
    match event.phase {
        Phase::Errored if !has_error => found.push(Violation::new("payload.error", "does not say why the job failed")),
        Phase::Completed if !has_downloads => found.push(Violation::new("payload.downloads", "is empty")),
        Phase::Started | Phase::Completed if has_error => {
            found.push(Violation::new("payload.error", format!("is set, which contradicts {event}")));
        }
        _ => {}
    }
    found
}

fn is_time(value: JsonView<'_>) -> bool {
    value.string().is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

fn is_error(value: JsonView<'_>) -> bool {
    ["message", "code"].iter().all(|key| value.get(key).and_then(JsonView::string).is_some())
}

fn is_download(value: JsonView<'_>) -> bool {
    value.get("url").and_then(JsonView::string).is_some() && value.get("expires_at").is_some_and(is_time)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::violations;
    use crate::model::contract::event::EventType;
    use crate::model::contract::fields::fields;
    use crate::model::contract::payload::{FieldSet, event_json};
    use crate::model::contract::project::Project;
    use crate::model::json::view::JsonView;

    fn event(event_type: EventType, set: FieldSet) -> Value {
        event_json(event_type.as_str(), Project::sample(event_type, "clx1", Timestamp::UNIX_EPOCH).to_json(set))
    }

    fn found(event: &Value) -> String {
        let event = event.to_string();
        let event = JsonView::read(event.as_bytes()).unwrap();
        violations(event).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_event_that_we_make_is_flawless_with_and_without_deprecated_fields() {
        for event_type in EventType::ALL {
            for set in [FieldSet::Wire, FieldSet::Documented] {
                assert_eq!(found(&event(event_type, set)), "", "{event_type}");
            }
        }
    }

    #[test]
    fn whatever_field_is_missing_or_of_another_shape_is_named() {
        for event_type in EventType::ALL {
            for field in fields(event_type.kind).iter().filter(|field| !field.deprecated) {
                let place = format!("payload.{}", field.name);
                let mut less = event(event_type, FieldSet::Wire);
                less["payload"].as_object_mut().unwrap().remove(field.name);
                assert!(found(&less).contains(&format!("{place} ")), "{event_type} {}", found(&less));
                let mut wrong = event(event_type, FieldSet::Wire);
                wrong["payload"][field.name] = json!([1.5]);
                assert!(found(&wrong).contains(&format!("{place} is")), "{event_type} {}", found(&wrong));
            }
        }
    }

    #[test]
    fn a_status_must_be_known_and_agree_with_the_event() {
        let completed: EventType = "video.completed".parse().unwrap();
        let mut event = event(completed, FieldSet::Wire);
        event["payload"]["status"] = json!("finished");
        assert_eq!(found(&event), "payload.status is none of the six known statuses");
        event["payload"]["status"] = json!("rendering");
        assert_eq!(found(&event), "payload.status is rendering, which contradicts video.completed");
    }

    #[test]
    fn what_is_new_is_no_flaw_and_whole_numbers_may_be_written_as_fractions() {
        let mut event = event("image.started".parse().unwrap(), FieldSet::Wire);
        event["payload"]["from_tomorrow"] = json!({});
        event["payload"]["credits_charged"] = json!(5.0);
        assert_eq!(found(&event), "");
    }

    #[test]
    fn what_is_no_event_of_magic_hours_says_so() {
        assert_eq!(
            found(&json!({ "type": "video.archived", "payload": {} })),
            "type is none of the nine that Magic Hour documents"
        );
        assert_eq!(found(&json!({ "type": "video.started", "payload": [] })), "payload is missing");
    }
}
