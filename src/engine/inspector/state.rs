//! State that the parts of a running inspector share.

use tokio::sync::{Notify, watch};

use crate::engine::inspector::check_run::CheckRun;
use crate::engine::inspector::e2e_run::E2eRun;
use crate::engine::inspector::inspector_head::InspectorHead;
use crate::engine::inspector::journal_access::JournalAccess;
use crate::engine::inspector::options::InspectorOptions;
use crate::net::shutdown::Shutdown;

/// The shared parts.
pub(super) struct InspectorState {
    pub(super) options: InspectorOptions,
    pub(super) journal: JournalAccess,
    pub(super) head: watch::Sender<InspectorHead>,
    pub(super) check: CheckRun,
    pub(super) e2e: E2eRun,
    pub(super) shutdown: Shutdown,
    follower: Notify,
}

impl InspectorState {
    pub(super) fn new(options: InspectorOptions, shutdown: Shutdown) -> Self {
        let journal = JournalAccess::new(options.journal.clone(), shutdown.clone());
        let e2e = E2eRun::new(options.e2e.clone());
        Self {
            options,
            journal,
            head: watch::Sender::default(),
            check: CheckRun::default(),
            e2e,
            shutdown,
            follower: Notify::new(),
        }
    }

    /// A page that begins to follow.
    pub(super) fn subscribe(&self) -> watch::Receiver<InspectorHead> {
        let heads = self.head.subscribe();
        self.follower.notify_one();
        heads
    }

    /// Waits until at least one page follows.
    pub(super) async fn followed(&self) {
        while self.head.receiver_count() == 0 {
            self.follower.notified().await;
        }
    }
}
