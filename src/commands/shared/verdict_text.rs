//! A verdict as people read it.

use crate::model::signing::verdict::VerdictKind;
use crate::output::Role;

/// A verdict in the colour and the case that it has everywhere.
pub(crate) const fn verdict_of(verdict: VerdictKind) -> (&'static str, Role) {
    match verdict {
        VerdictKind::Verified => ("verified", Role::Success),
        VerdictKind::Unverified => ("unverified", Role::Warning),
        VerdictKind::Invalid => ("INVALID", Role::Error),
    }
}
