//! The catalogue of tools, compared with an OpenAPI file of Magic Hour's API, if the environment names one.
//!
//! `MH_HOOK_OPENAPI=api.openapi.json cargo test openapi`. The file is no part of the project.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Write, stderr};

use mh_hook::model::tools::{Need, OperationAction, RequestField, UPLOAD_URLS, ValueShape, operations};
use serde_json::{Value, json};

/// Operations that only SDKs newer than the published specification have.
const NEWER_OPERATIONS: [&str; 6] = [
    "GET /v1/account",
    "GET /v1/saved-items",
    "POST /v1/ai-music-generator",
    "POST /v1/ai-ugc-ad",
    "POST /v1/ai-video-translator",
    "POST /v1/ai-video-upscaler",
];

/// Where the table departs from the published specification, on purpose: operation, field, what differs.
const DEPARTURES: [(&str, &str, &str); 11] = [
    // The newest SDKs have these.
    ("POST /v1/ai-talking-photo", "resolution", "not in the file"),
    ("POST /v1/character-replace", "model", "not in the file"),
    ("POST /v1/character-replace", "resolution", "more values: 1080p"),
    ("POST /v1/image-to-video", "resolution", "more values: 360p"),
    ("POST /v1/text-to-video", "references", "not in the file"),
    ("POST /v1/text-to-video", "references[].file_path", "not in the file"),
    ("POST /v1/text-to-video", "references[].name", "not in the file"),
    ("POST /v1/text-to-video", "resolution", "more values: 360p"),
    // Deprecated, and still sent.
    ("POST /v1/ai-image-editor", "assets.image_file_path", "not in the file"),
    // Said in words, but not in the schema.
    ("POST /v1/ai-image-upscaler", "scale_factor", "more values: 2, 4"),
    ("POST /v1/ai-voice-generator", "style.prompt", "limits 1..=1000, the file has 1..=inf"),
];

/// Longer lists grow from release to release and are not in the table.
const LONGEST_LIST: usize = 20;

/// A field as the file describes it.
struct Specified {
    required: bool,
    schema: Value,
}

#[test]
fn the_catalogue_agrees_with_the_openapi_file() {
    #[expect(clippy::disallowed_methods, reason = "the file is named by the developer, not by the program's settings")]
    let Ok(file) = std::env::var("MH_HOOK_OPENAPI") else {
        // Past the capturing of the test harness, which would swallow what is said by a test that passes.
        writeln!(stderr(), "SKIPPED: MH_HOOK_OPENAPI names no OpenAPI file to compare the catalogue of tools with")
            .unwrap();
        return;
    };
    let document: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let mut found = differences(&document);
    let mut expected: Vec<String> = NEWER_OPERATIONS.iter().map(|name| format!("{name}: not in the file")).collect();
    expected.extend(DEPARTURES.iter().map(|(operation, field, what)| format!("{operation} {field}: {what}")));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_file_that_differs_from_the_catalogue_is_found_out() {
    let document = json!({
        "paths": {
            "/v1/head-swap": { "post": { "requestBody": { "content": { "application/json": { "schema": {
                "type": "object",
                "required": ["assets", "mood"],
                "properties": {
                    "name": { "type": "integer" },
                    "assets": { "$ref": "#/components/schemas/Assets" },
                    "max_resolution": { "type": "integer", "minimum": 5 },
                    "mood": { "type": "string", "enum": ["good", "bad"] }
                }
            } } } } } },
            "/v1/unheard-of": { "get": {} }
        },
        "components": { "schemas": { "Assets": {
            "type": "object",
            "required": ["body_file_path"],
            "properties": {
                "body_file_path": { "type": "string", "minLength": 1 },
                "head_file_path": { "type": "string", "nullable": true }
            }
        } } }
    });
    let mut found = differences(&document);
    found.retain(|line| line.contains("head-swap") || line.contains("unheard"));
    let expected = [
        "GET /v1/unheard-of: not in the catalogue",
        "POST /v1/head-swap assets.head_file_path: required, but not in the file",
        "POST /v1/head-swap max_resolution: limits -inf..=inf, the file has 5..=inf",
        "POST /v1/head-swap mood: not in the catalogue",
        "POST /v1/head-swap name: text, the file has integer",
    ];
    found.sort();
    assert_eq!(found, expected);
}

/// Everything in which the catalogue and the file differ.
fn differences(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut specified: BTreeMap<String, &Value> =
        document["paths"].as_object().into_iter().flatten().flat_map(of_path).collect();
    for operation in operations() {
        let name = format!("{} {}", operation.method, operation.path);
        let Some(described) = specified.remove(&name) else {
            found.push(format!("{name}: not in the file"));
            continue;
        };
        let fields: &[RequestField] = match operation.action {
            OperationAction::Create(tool) => tool.fields,
            OperationAction::UploadUrls => &UPLOAD_URLS,
            _ => &[],
        };
        let body = resolve(document, &described["requestBody"]);
        let mut there = BTreeMap::new();
        if let Some(schema) = body.pointer("/content/application~1json/schema") {
            collect(document, schema, "", &mut there);
        }
        found.extend(of_fields(fields, there).into_iter().map(|difference| format!("{name} {difference}")));
    }
    found.extend(specified.into_keys().map(|name| format!("{name}: not in the catalogue")));
    found
}

fn of_path<'a>((path, methods): (&'a String, &'a Value)) -> Vec<(String, &'a Value)> {
    let methods = methods.as_object().into_iter().flatten();
    methods.map(|(method, described)| (format!("{} {path}", method.to_uppercase()), described)).collect()
}

/// Follows references to their end; one that leads nowhere shows as a field without a type.
fn resolve<'a>(document: &'a Value, mut schema: &'a Value) -> &'a Value {
    while let Some(reference) = schema["$ref"].as_str() {
        schema = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
    }
    schema
}

/// Every field below a schema, by its path in the notation of the table. What may be null may be left out.
fn collect(document: &Value, schema: &Value, path: &str, fields: &mut BTreeMap<String, Specified>) {
    let schema = resolve(document, schema);
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, child) in schema["properties"].as_object().into_iter().flatten() {
        let child = resolve(document, child);
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let required = required.contains(key.as_str()) && child["nullable"] != true;
        collect(document, child, &path, fields);
        fields.insert(path, Specified { required, schema: child.clone() });
    }
    if let Some(items) = schema.get("items").map(|items| resolve(document, items)) {
        let path = format!("{path}[]");
        collect(document, items, &path, fields);
        fields.insert(path, Specified { required: true, schema: items.clone() });
    }
}

fn of_fields(fields: &[RequestField], mut specified: BTreeMap<String, Specified>) -> Vec<String> {
    let mut found = Vec::new();
    for field in fields {
        let needed = field.need == Need::Always;
        match specified.remove(field.path) {
            None => found.push(format!("{}: not in the file", field.path)),
            Some(Specified { required, .. }) if needed && !required => {
                found.push(format!("{}: required, but not in the file", field.path));
            }
            Some(Specified { required, .. }) if required && !needed => {
                found.push(format!("{}: not required, but in the file", field.path));
            }
            Some(Specified { schema, .. }) => {
                found.extend(of_shape(field, &schema).map(|difference| format!("{}: {difference}", field.path)));
            }
        }
    }
    // An element that is an object needs no line of its own, its keys have theirs.
    specified.retain(|path, field| !(path.ends_with("[]") && field.schema.get("type") == Some(&json!("object"))));
    found.extend(specified.into_keys().map(|path| format!("{path}: not in the catalogue")));
    found
}

fn of_shape(field: &RequestField, schema: &Value) -> Option<String> {
    let (type_name, limits) = match field.shape {
        ValueShape::Text { least, most } => ("string", Some(of_lengths(least, most))),
        ValueShape::OneOf(_)
        | ValueShape::Known(_)
        | ValueShape::Listed(_)
        | ValueShape::File
        | ValueShape::Url
        | ValueShape::Extension => ("string", None),
        ValueShape::Number { least, most, .. } => ("number", Some((least, most))),
        ValueShape::NumberOf(_) => ("number", None),
        ValueShape::Integer { least, most } => ("integer", Some((least, most))),
        ValueShape::Boolean => ("boolean", None),
        ValueShape::Object => ("object", None),
        ValueShape::List { least, most } => ("array", Some(of_lengths(least, most))),
    };
    if schema["type"] != type_name {
        return Some(format!("{}, the file has {}", field.shape, schema["type"].as_str().unwrap_or("no type")));
    }
    of_values(field, schema)
        .or_else(|| limits.and_then(|limits| of_limits(limits, schema)))
        .or_else(|| of_step(field, schema))
}

fn of_lengths(least: usize, most: usize) -> (f64, f64) {
    let number = |length: usize| u32::try_from(length).map_or(f64::INFINITY, f64::from);
    (number(least), number(most))
}

fn of_limits((least, most): (f64, f64), schema: &Value) -> Option<String> {
    let limit = |names: [&str; 3]| names.iter().find_map(|name| schema[*name].as_f64());
    let is_number = schema["type"] == "number" || schema["type"] == "integer";
    let lowest = if is_number { f64::NEG_INFINITY } else { 0.0 };
    let there = (
        limit(["minimum", "minLength", "minItems"]).unwrap_or(lowest),
        limit(["maximum", "maxLength", "maxItems"]).unwrap_or(f64::INFINITY),
    );
    (there != (least, most)).then(|| format!("limits {least}..={most}, the file has {}..={}", there.0, there.1))
}

fn of_step(field: &RequestField, schema: &Value) -> Option<String> {
    let ValueShape::Number { step, .. } = field.shape else { return None };
    let there = schema["multipleOf"].as_f64().unwrap_or(0.0);
    ((there - step).abs() > f64::EPSILON).then(|| format!("steps of {step}, the file has {there}"))
}

fn of_values(field: &RequestField, schema: &Value) -> Option<String> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let all: BTreeSet<String> = schema["enum"].as_array().into_iter().flatten().map(plain).collect();
    let is_listed = matches!(field.shape, ValueShape::Listed(_));
    let is_open = (all.len() > LONGEST_LIST && !is_listed) || field.path.rsplit('.').next() == Some("model");
    let there = if is_open { BTreeSet::new() } else { all };
    let ours: BTreeSet<String> = match field.shape {
        ValueShape::OneOf(values) | ValueShape::Known(values) => values.iter().map(ToString::to_string).collect(),
        ValueShape::NumberOf(values) => values.iter().map(ToString::to_string).collect(),
        ValueShape::Listed(lines) => lines.lines().map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    };
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>().join(", ");
    let (more, fewer) = (only(&ours, &there), only(&there, &ours));
    match (more.is_empty(), fewer.is_empty()) {
        (_, false) => Some(format!("without the values {fewer}")),
        (false, true) => Some(format!("more values: {more}")),
        (true, true) => None,
    }
}
