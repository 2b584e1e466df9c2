//! The inspector beside an end-to-end run: what it is told, and how long it stays.

use std::sync::Arc;

use tempfile::TempDir;

use crate::commands::e2e::session::{ResolvedOptions, Session};
use crate::commands::shared::context::Context;
use crate::commands::shared::inspector_args::{InspectorArgs, announce, options};
use crate::commands::shared::journal_args::usual_journal;
use crate::engine::e2e::E2eEvent;
use crate::engine::inspector::{E2eLog, InspectedSandbox, Inspector, InspectorOptions, NamedTarget, RunLog};
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::sandbox::Sandbox;
use crate::error::Error;
use crate::net::interrupt::Interrupt;

/// The inspector of a run, with what it needs for as long as it is open.
pub(crate) struct RunInspector {
    inspector: Inspector,
    log: E2eLog,
    /// The sandbox, whose files the page may show after the run.
    sandbox: Option<Sandbox>,
    /// The journal of a run that keeps none.
    _journal: Option<TempDir>,
}

impl RunInspector {
    /// Starts the inspector of a run, if it is wanted.
    pub(crate) async fn start(
        args: InspectorArgs,
        resolved: &ResolvedOptions,
        session: &mut Session,
        context: &Context,
    ) -> Result<Option<Self>, Error> {
        let log = Arc::new(RunLog::default());
        let journal = match &*session.log {
            DeliveryLog::Journal(journal) => journal.path().to_owned(),
            DeliveryLog::Memory(_) => usual_journal(context)?,
        };
        let forward = resolved.forward.as_ref().map(|url| NamedTarget { name: "handler", url: url.to_string() });
        let receiver = NamedTarget { name: "this receiver", url: session.receiver.clone() };
        let targets = forward.into_iter().chain([receiver]).collect();
        let options = options("e2e", journal, &resolved.secret, targets, context);
        let sandbox = session.sandbox.as_ref().map(|sandbox| InspectedSandbox::new(sandbox, Arc::clone(&log)));
        let options = InspectorOptions { sandbox, e2e: Some(Arc::clone(&log)), ..options };
        let Some(inspector) = args.start(options, context).await? else { return Ok(None) };
        announce(Some(&inspector), context);
        let log = E2eLog::begin(log, &resolved.requests);
        session.inspector_secret = Some(inspector.secret());
        let (sandbox, journal) = (session.sandbox.take(), session.journal_directory.take());
        Ok(Some(Self { inspector, log, sandbox, _journal: journal }))
    }

    /// The link to the page.
    pub(crate) fn link(&self) -> &str {
        self.inspector.link()
    }

    /// Whether the sandbox stays until the page is closed.
    pub(crate) const fn keeps_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Notes what happened.
    pub(crate) fn observe(&self, event: &E2eEvent) {
        self.log.observe(event);
    }

    /// Stays open after the run, until it is interrupted.
    pub(crate) async fn stay(self, interrupt: &mut Interrupt, context: &Context) {
        self.log.end(None);
        context.streams.note("the inspector stays open; Ctrl-C ends it");
        interrupt.heard().await;
        self.close().await;
    }

    /// Ends, with everything that it held.
    pub(crate) async fn close(self) {
        self.inspector.stop().await;
        if let Some(sandbox) = self.sandbox {
            sandbox.abandon().await;
        }
    }
}
