//! JSON of a project and of an event: fields in the order of Magic Hour's specification.

use serde_json::{Map, Value};

use crate::model::contract::fields::fields;
use crate::model::contract::project::Project;

/// Fields of the payload to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldSet {
    /// All that is on the wire, with the deprecated ones that the official SDKs require.
    #[default]
    Wire,
    /// Only those that the public documentation still lists.
    Documented,
}

impl Project {
    /// The project as JSON, its fields in the order of Magic Hour's specification.
    pub fn to_json(&self, set: FieldSet) -> Value {
        let object: Map<String, Value> = fields(self.kind)
            .iter()
            .filter(|field| set == FieldSet::Wire || !field.deprecated)
            .map(|field| (field.name.to_owned(), (field.value)(self)))
            .collect();
        Value::Object(object)
    }
}

/// The envelope that Magic Hour posts: exactly `type` and `payload`.
pub fn event_json(event_type: &str, payload: Value) -> Value {
    let mut envelope = Map::new();
    envelope.insert("type".to_owned(), Value::String(event_type.to_owned()));
    envelope.insert("payload".to_owned(), payload);
    Value::Object(envelope)
}
