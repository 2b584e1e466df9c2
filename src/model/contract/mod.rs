//! Magic Hour's webhook contract: event types, payloads, their fields, and paths into them.

pub mod difference;
pub mod event;
pub mod fields;
pub mod path;
pub mod payload;
pub mod peek;
pub mod project;
pub mod violation;
