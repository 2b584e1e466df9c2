//! A check of the installation: what was looked at, what was found, and what to do.

use serde::Serialize;

/// Health of a checked item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Good,
    /// Not there, and not needed by everybody.
    Absent,
    /// A possible problem.
    Doubtful,
    /// It is a problem.
    Bad,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorCheck {
    /// The stable name.
    pub name: &'static str,
    /// Health of the item.
    pub health: Health,
    /// Finding; may hold received text.
    pub found: String,
    /// Advice for the user.
    pub advice: Option<String>,
}

impl DoctorCheck {
    /// A check whose result is good.
    pub fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, health: Health::Good, found: found.into(), advice: None }
    }

    /// A check of something that is not there and need not be.
    pub fn absent(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, health: Health::Absent, found: found.into(), advice: Some(advice.into()) }
    }

    /// A check with a possible problem.
    pub fn doubtful(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, health: Health::Doubtful, found: found.into(), advice: Some(advice.into()) }
    }

    /// A check whose result is a problem.
    pub fn bad(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, health: Health::Bad, found: found.into(), advice: Some(advice.into()) }
    }
}
