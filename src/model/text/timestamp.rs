//! Timestamps as text.

use jiff::Timestamp;

/// ISO-8601 in UTC with milliseconds and `Z`, as all of Magic Hour's examples have it.
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}
