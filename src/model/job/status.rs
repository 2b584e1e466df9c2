//! Status of a job, and the transitions that are allowed.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::model::contract::event::Phase;

/// Status of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It waits for a worker.
    Queued,
    /// A worker is at it.
    Rendering,
    /// It is done, and its downloads are ready.
    Complete,
    /// It failed, and its credits were returned.
    Error,
    /// It was called off, and its credits were returned. No event reports this.
    Canceled,
}

impl Status {
    pub const ALL: [Self; 5] = [Self::Queued, Self::Rendering, Self::Complete, Self::Error, Self::Canceled];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Rendering => "rendering",
            Self::Complete => "complete",
            Self::Error => "error",
            Self::Canceled => "canceled",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Complete | Self::Error | Self::Canceled)
    }

    /// Whether a job may go from here to `next` in one step.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Rendering | Self::Canceled),
            Self::Rendering => next.is_final(),
            Self::Complete | Self::Error | Self::Canceled => false,
        }
    }

    /// The status in which a job sends the event of a phase.
    pub(crate) const fn of(phase: Phase) -> Self {
        match phase {
            Phase::Started => Self::Rendering,
            Phase::Completed => Self::Complete,
            Phase::Errored => Self::Error,
        }
    }

    /// The phase whose event says that a job has come here.
    pub(crate) const fn phase(self) -> Option<Phase> {
        match self {
            Self::Rendering => Some(Phase::Started),
            Self::Complete => Some(Phase::Completed),
            Self::Error => Some(Phase::Errored),
            Self::Queued | Self::Canceled => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A status as an answer of the API gives it; Magic Hour may have more of them than are known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportedStatus {
    Known(Status),
    Unknown(String),
}

impl ReportedStatus {
    /// Reads the word on the wire.
    pub fn of(word: &str) -> Self {
        let known = Status::ALL.into_iter().find(|status| status.as_str() == word);
        known.map_or_else(|| Self::Unknown(word.to_owned()), Self::Known)
    }

    /// The word on the wire; one that is unknown is received text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(status) => status.as_str(),
            Self::Unknown(word) => word,
        }
    }
}

impl Serialize for ReportedStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A step that no job can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the job is {from} and cannot become {to}")]
pub struct IllegalTransition {
    pub from: Status,
    /// Status that was requested.
    pub to: Status,
}

#[cfg(test)]
mod tests {
    use super::Status;

    const ALL: [Status; 5] = [Status::Queued, Status::Rendering, Status::Complete, Status::Error, Status::Canceled];

    #[test]
    fn five_steps_are_legal_and_none_leads_back() {
        let legal: Vec<_> = ALL
            .into_iter()
            .flat_map(|from| {
                ALL.into_iter().filter(move |to| from.may_become(*to)).map(move |to| format!("{from} {to}"))
            })
            .collect();
        let expected =
            ["queued rendering", "queued canceled", "rendering complete", "rendering error", "rendering canceled"];
        assert_eq!(legal, expected);
    }
}
