//! A verdict as people read it.

use std::borrow::Cow;

use crate::output::Role;

/// A verdict in the colour and the case that it has everywhere.
pub(crate) fn verdict_of(verdict: &str) -> (Cow<'_, str>, Role) {
    match verdict {
        "verified" => (Cow::Borrowed(verdict), Role::Success),
        "invalid" => (Cow::Owned(verdict.to_uppercase()), Role::Error),
        _ => (Cow::Borrowed(verdict), Role::Warning),
    }
}
