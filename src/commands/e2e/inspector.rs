//! The inspector beside an end-to-end run: what it is told, and how long it stays.

use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use crate::commands::e2e::render::JudgementRecord;
use crate::commands::e2e::session::{ResolvedOptions, Session};
use crate::commands::shared::context::Context;
use crate::commands::shared::inspector_args::{InspectorArgs, announce, options};
use crate::commands::shared::journal_args::usual_journal;
use crate::engine::e2e::{E2eEvent, JobEvent, JobReport, Judgement};
use crate::engine::inspector::{InspectedSandbox, Inspector, InspectorOptions, NamedTarget, RunLog};
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::sandbox::Sandbox;
use crate::error::Error;
use crate::model::Kind;
use crate::net::interrupt::Interrupt;

/// The inspector of a run, with what it needs for as long as it is open.
pub(crate) struct RunInspector {
    inspector: Inspector,
    log: Arc<RunLog>,
    /// The kind of each job.
    kinds: Vec<Kind>,
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
        for request in &resolved.requests {
            log.add("request", &json!({ "kind": request.kind.as_str(), "tool": request.tool.name() }));
        }
        let kinds = resolved.requests.iter().map(|request| request.kind).collect();
        session.inspector_secret = Some(inspector.secret());
        let (sandbox, journal) = (session.sandbox.take(), session.journal_directory.take());
        Ok(Some(Self { inspector, log, kinds, sandbox, _journal: journal }))
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
        match event {
            E2eEvent::Job { event: JobEvent::StatusChanged(change), .. } => self.log.add("job", change),
            E2eEvent::Job { event: JobEvent::Delivered(delivered), .. } => {
                self.log.add("delivery", &*delivered.received);
            }
            E2eEvent::Job { event: JobEvent::Settled(judgement), job } => self.settled(*job, judgement),
            E2eEvent::Job { event: JobEvent::Ended(report), .. } => self.ended(report),
            _ => self.log.touch(),
        }
    }

    fn settled(&self, job: usize, judgement: &Judgement) {
        let Some(kind) = self.kinds.get(job) else { return };
        let (question, outcome) = (judgement.check.as_str(), judgement.outcome.as_str());
        let fields =
            json!({ "kind": kind.as_str(), "question": question, "outcome": outcome, "found": judgement.found });
        self.log.add("judgement", &fields);
    }

    fn ended(&self, report: &JobReport) {
        for judgement in &report.judgements {
            self.log.add("judgement", &JudgementRecord { report, judgement });
        }
    }

    /// Stays open after the run, until it is interrupted.
    pub(crate) async fn stay(self, interrupt: &mut Interrupt, context: &Context) {
        self.log.add("summary", &json!({}));
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
