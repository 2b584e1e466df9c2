//! The reasons for which a run has no report.

use std::io;

use crate::model::contract::path::AssignmentError;

/// A run that could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    /// Nothing listens at the URL; holds what happened.
    #[error("{0}")]
    Unreachable(String),
    /// The command that shows side effects failed.
    #[error("cannot see side effects with `{command}`: {source}")]
    SideEffects {
        command: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The run was stopped before the handler had answered.
    #[error("interrupted before the handler answered")]
    Interrupted,
    /// A case's request cannot be built.
    #[error(transparent)]
    RequestSpec(#[from] AssignmentError),
}
