//! The payload catalogue: every field of every kind, in the order of Magic Hour's webhook specification.
//!
//! The deprecated fields are in the server's specification and are required by the official SDKs, but are missing
//! from the published one.

use serde_json::{Map, Value, json};

use crate::model::contract::event::{EventType, Kind};
use crate::model::contract::project::Project;
use crate::model::text::timestamp::rfc3339;

/// Values that a field accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Text,
    /// Text or null.
    NullableText,
    /// One of the six statuses.
    Status,
    Time,
    Integer,
    /// A number that is at least this.
    NumberFrom(f64),
    Number,
    /// True or false.
    Boolean,
    /// `{message, code}` or null.
    NullableError,
    /// `{url, expires_at}` or null.
    NullableDownload,
    /// A list of `{url, expires_at}`.
    Downloads,
}

/// One field of a payload.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    /// Values that it accepts.
    pub shape: Shape,
    /// Left out of the published documentation, but on the wire.
    pub deprecated: bool,
    pub about: &'static str,
    /// Its value for a project.
    pub value: fn(&Project) -> Value,
}

/// The statuses that a project can have. `draft` and `queued` have no event; `canceled` has none either.
pub const STATUSES: [&str; 6] = ["draft", "queued", "rendering", "complete", "error", "canceled"];

/// The fields of a kind, in order. All of them are required.
pub const fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Video => &VIDEO,
        Kind::Image => &IMAGE,
        Kind::Audio => &AUDIO,
    }
}

const fn field(name: &'static str, shape: Shape, about: &'static str, value: fn(&Project) -> Value) -> Field {
    Field { name, shape, deprecated: false, about, value }
}

const fn deprecated(name: &'static str, shape: Shape, about: &'static str, value: fn(&Project) -> Value) -> Field {
    Field { name, shape, deprecated: true, about, value }
}

const ID: Field = field("id", Shape::Text, "the job's id", |p| json!(p.id));
const NAME: Field = field("name", Shape::NullableText, "the name given at creation", |p| json!(p.name));
const STATUS: Field = field("status", Shape::Status, "status of the job", |p| json!(p.status));
const TYPE: Field = field("type", Shape::Text, "the tool that made it; the list grows", |p| json!(p.tool));
const CREATED_AT: Field =
    field("created_at", Shape::Time, "when the job was created", |p| json!(rfc3339(p.created_at)));
const ENABLED: Field = field("enabled", Shape::Boolean, "false once deleted", |p| json!(p.enabled));
const FRAME_COST: Field =
    deprecated("total_frame_cost", Shape::Integer, "the old name of credits_charged", |p| json!(p.credits_charged));
const CREDITS: Field = field(
    "credits_charged",
    Shape::Integer,
    "credits; an estimate until the job has ended, less the refund after a failure",
    |p| json!(p.credits_charged),
);
const ERROR: Field = field("error", Shape::NullableError, "why the job failed", |p| {
    p.error.as_ref().map_or(Value::Null, super::project::JobError::to_json)
});
const DOWNLOADS: Field = field("downloads", Shape::Downloads, "the outputs, once complete", |p| {
    p.downloads.iter().map(super::project::Download::to_json).collect()
});

const VIDEO: [Field; 16] = [
    ID,
    NAME,
    STATUS,
    TYPE,
    CREATED_AT,
    field("width", Shape::Integer, "pixels; -1 means: ignore", |p| json!(p.width)),
    field("height", Shape::Integer, "pixels; -1 means: ignore", |p| json!(p.height)),
    ENABLED,
    field("start_seconds", Shape::NumberFrom(0.0), "where the clip starts", |p| number(p.start_seconds)),
    field("end_seconds", Shape::NumberFrom(0.1), "where the clip ends", |p| number(p.end_seconds)),
    FRAME_COST,
    CREDITS,
    field("fps", Shape::Number, "frames per second; an estimate until complete", |p| number(p.fps)),
    ERROR,
    DOWNLOADS,
    deprecated("download", Shape::NullableDownload, "the first of downloads", |p| {
        p.downloads.first().map_or(Value::Null, super::project::Download::to_json)
    }),
];

const IMAGE: [Field; 11] = [
    ID,
    NAME,
    STATUS,
    field("image_count", Shape::Integer, "how many images were asked for", |p| json!(p.image_count)),
    TYPE,
    CREATED_AT,
    ENABLED,
    FRAME_COST,
    CREDITS,
    DOWNLOADS,
    ERROR,
];

const AUDIO: [Field; 9] = [ID, NAME, STATUS, TYPE, CREATED_AT, ENABLED, CREDITS, DOWNLOADS, ERROR];

/// Whole numbers are written without a fraction, as JavaScript's `JSON.stringify` does.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within the integers that f64 holds exactly")]
        let whole = value as i64;
        return json!(whole);
    }
    json!(value)
}

/// The JSON Schema (2020-12) of an event, the deprecated fields required only if `wire` says so.
pub fn schema(event: EventType, wire: bool) -> Value {
    let shown = || fields(event.kind).iter().filter(|field| wire || !field.deprecated);
    let properties: Map<String, Value> = shown().map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<&str> = shown().map(|field| field.name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.as_str(),
        "description": event.about(),
        "type": "object",
        "required": ["type", "payload"],
        "properties": {
            "type": { "const": event.as_str() },
            "payload": { "type": "object", "required": required, "properties": properties }
        }
    })
}

fn property(field: &Field) -> Value {
    let mut schema = match field.shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::NullableText => json!({ "type": ["string", "null"] }),
        Shape::Status => json!({ "type": "string", "enum": STATUSES }),
        Shape::Time => json!({ "type": "string", "format": "date-time" }),
        Shape::Integer => json!({ "type": "integer" }),
        Shape::NumberFrom(least) => json!({ "type": "number", "minimum": least }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::NullableError => json!({
            "type": ["object", "null"],
            "required": ["message", "code"],
            "properties": { "message": { "type": "string" }, "code": { "type": "string" } }
        }),
        Shape::NullableDownload => download(&json!(["object", "null"])),
        Shape::Downloads => json!({ "type": "array", "items": download(&json!("object")) }),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(field.about));
        if field.deprecated {
            schema.insert("deprecated".to_owned(), json!(true));
        }
    }
    schema
}

fn download(of_type: &Value) -> Value {
    json!({
        "type": of_type,
        "required": ["url", "expires_at"],
        "properties": {
            "url": { "type": "string", "format": "uri" },
            "expires_at": { "type": "string", "format": "date-time" }
        }
    })
}
