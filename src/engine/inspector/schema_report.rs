//! The body of an event beside the schema of its kind: what fits, what is missing, wrong or not known.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::EventType;
use crate::model::contract::fields::{Field, Shape, fields};
use crate::model::contract::violation::{Violation, violations};
use crate::model::json::view::JsonView;

/// The comparison.
#[derive(Debug, Serialize)]
pub(super) struct SchemaReport {
    summary: String,
    fields: Vec<FieldReport>,
}

/// One field.
#[derive(Debug, Serialize)]
struct FieldReport {
    path: String,
    state: &'static str,
    shape: &'static str,
    deprecated: bool,
    problem: Option<String>,
}

impl SchemaReport {
    /// Compares a body with the schema of the type that it names.
    pub(super) fn of(body: &[u8]) -> Self {
        let nothing = |summary: &str| Self { summary: summary.to_owned(), fields: Vec::new() };
        let event = match JsonView::read(body) {
            Ok(event) => event,
            Err(error) => return nothing(&format!("the body is not JSON: {error}")),
        };
        let found = violations(event);
        let name = event.get("type").and_then(JsonView::string).unwrap_or_default();
        let Ok(event_type) = name.parse::<EventType>() else {
            return nothing(&found.first().map(ToString::to_string).unwrap_or_default());
        };
        let Some(payload) = event.get("payload").filter(|payload| payload.is_object()) else {
            return nothing("the body has no payload");
        };
        let known = fields(event_type.kind);
        let mut reports: Vec<_> = known.iter().map(|field| report(field, payload.get(field.name), &found)).collect();
        let mut keys: Vec<Cow<'_, str>> = Vec::new();
        for (key, _) in payload.members() {
            keys.extend(key.string().filter(|key| !keys.contains(key)));
        }
        let extra = keys.iter().filter(|key| known.iter().all(|field| field.name != **key));
        reports.extend(extra.map(|key| FieldReport {
            path: format!("payload.{key}"),
            state: "extra",
            shape: "not in the schema",
            deprecated: false,
            problem: None,
        }));
        // Several violations can belong to one field; one of no field counts for itself.
        let faulty = reports.iter().filter(|field| field.problem.is_some()).count();
        let summary = match faulty.max(found.len().min(1)) {
            0 => format!("as {event_type} is specified"),
            1 => format!("1 field is not as {event_type} is specified"),
            many => format!("{many} fields are not as {event_type} is specified"),
        };
        Self { summary, fields: reports }
    }
}

fn report(field: &Field, value: Option<JsonView<'_>>, found: &[Violation]) -> FieldReport {
    let path = format!("payload.{}", field.name);
    let within =
        |place: &str| place.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let problem = found.iter().find(|violation| within(&violation.place)).map(|violation| violation.problem.clone());
    let state = match (value, &problem) {
        (None, None) => "absent",
        (None, Some(_)) => "missing",
        (Some(_), None) => "fits",
        (Some(_), Some(_)) => "wrong",
    };
    FieldReport { path, state, shape: words(field.shape), deprecated: field.deprecated, problem }
}

const fn words(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "text",
        Shape::NullableText => "text or null",
        Shape::Status => "status",
        Shape::Time => "time",
        Shape::Integer => "whole number",
        Shape::NumberFrom(_) | Shape::Number => "number",
        Shape::Boolean => "true or false",
        Shape::NullableError => "{message, code} or null",
        Shape::NullableDownload => "{url, expires_at} or null",
        Shape::Downloads => "list of {url, expires_at}",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::SchemaReport;
    use crate::model::EventType;
    use crate::model::contract::payload::{FieldSet, event_json};
    use crate::model::contract::project::Project;

    fn state<'a>(report: &'a SchemaReport, path: &str) -> &'a str {
        report.fields.iter().find(|field| field.path == path).unwrap().state
    }

    fn sample() -> Value {
        let completed: EventType = "video.completed".parse().unwrap();
        event_json("video.completed", Project::sample(completed, "clx1", Timestamp::UNIX_EPOCH).to_json(FieldSet::Wire))
    }

    #[test]
    fn a_good_event_fits_in_every_field() {
        let report = SchemaReport::of(sample().to_string().as_bytes());
        assert!(report.fields.len() > 8 && report.fields.iter().all(|field| field.state == "fits"), "{report:?}");
    }

    #[test]
    fn the_summary_counts_the_fields_that_are_marked() {
        let mut nested = sample();
        nested["payload"]["downloads"] = json!([{ "url": 7 }, {}]);
        for body in [r#"{"type":"video.completed","payload":{"id":"clx1"}}"#.to_owned(), nested.to_string()] {
            let report = SchemaReport::of(body.as_bytes());
            let marked = report.fields.iter().filter(|field| ["missing", "wrong"].contains(&field.state)).count();
            let words = if marked == 1 { "1 field is".to_owned() } else { format!("{marked} fields are") };
            assert!(marked > 0 && report.summary.starts_with(&words), "{body}: {report:?}");
        }
    }

    #[test]
    fn what_is_missing_wrong_or_more_is_marked() {
        let mut event = sample();
        event["payload"]["status"] = json!(7);
        event["payload"]["novel"] = json!(1);
        event["payload"].as_object_mut().unwrap().remove("name");
        let report = SchemaReport::of(event.to_string().as_bytes());
        assert_eq!(state(&report, "payload.status"), "wrong");
        assert_eq!(state(&report, "payload.novel"), "extra");
        assert_eq!(state(&report, "payload.name"), "missing");
        assert!(report.summary.starts_with("2 fields"), "{}", report.summary);
    }

    #[test]
    fn what_is_no_event_has_a_sentence_and_no_fields() {
        for (body, words) in
            [("{", "not JSON"), ("{\"type\":\"x\"}", "none of the nine"), ("{\"type\":\"image.started\"}", "payload")]
        {
            let report = SchemaReport::of(body.as_bytes());
            assert!(report.fields.is_empty() && report.summary.contains(words), "{body}: {report:?}");
        }
    }
}
