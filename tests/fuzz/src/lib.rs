//! The properties that the targets try, the same that `cargo test` tries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a property that fails may panic")]

#[path = "../../properties/mod.rs"]
mod properties;

/// Names each property for its target.
macro_rules! targets {
    ($($name:ident)+) => {
        $(pub fn $name(bytes: &[u8]) {
            properties::$name::check(bytes);
        })+
    };
}

targets! { answers dotenv json paths receiving rendering settings_file verifying }
