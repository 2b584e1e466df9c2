//! A check that the page started: its progress and its findings.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::engine::conformance::case::Case;
use crate::engine::conformance::finding::Finding;
use crate::engine::conformance::observation::Observation;

/// The check of this run, if one was started.
#[derive(Default)]
pub(super) struct CheckRun {
    progress: Mutex<CheckProgress>,
    version: AtomicU64,
}

/// Progress of a check.
#[derive(Clone, Default, Serialize)]
pub(super) struct CheckProgress {
    pub(super) state: CheckState,
    pub(super) url: String,
    pub(super) total: usize,
    pub(super) done: usize,
    pub(super) findings: Vec<Value>,
    pub(super) error: Option<CheckFailure>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckState {
    #[default]
    Idle,
    Running,
    Done,
}

#[derive(Clone, Serialize)]
pub(super) struct CheckFailure {
    pub(super) message: String,
    pub(super) hint: &'static str,
}

impl CheckRun {
    /// A number that rises as it goes on.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, CheckProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut CheckProgress)) {
        change(&mut self.lock());
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes a case that is done. What it means is known in the end, when causes are separated from their consequences.
    pub(super) fn case_done(&self, case: &'static Case, observation: Option<&Observation>) {
        let finding = observation.map(|seen| Finding::of(case, Some(seen.clone())));
        self.change(|progress| {
            progress.done += 1;
            progress.findings.extend(finding.and_then(|finding| serde_json::to_value(finding).ok()));
        });
    }
}
