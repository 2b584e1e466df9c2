//! Output of a listener: every event as it arrives, and the state of the expectations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::commands::listen::forward_text::hint_of;
use crate::commands::listen::live_screen::{LiveInput, LiveScreen};
use crate::commands::shared::skipped::{IN_JOURNAL, SkippedEvents};
use crate::engine::event_channel::EventReceiver;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::expectations::Expectations;
use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::retry_observer::Retries;
use crate::engine::reporter::LeftOut;
use crate::net::shutdown::Shutdown;
use crate::output::junit::{TestCase, TestOutcome, TestSuite};
use crate::output::{Batch, OutputError, Printer, Record, Render, Role, Streams, TextWriter, units};

/// The most bytes that are written at once.
const BATCH: usize = 64 << 10;

/// Time that the writer waits for more when events come in quick succession. To wake it for each of them would cost the
/// sockets more than the writing does; people do not see the difference.
const LINGER: Duration = Duration::from_millis(2);

/// The screen, as those know it who wait for its end.
#[derive(Debug)]
pub(crate) struct RunningScreen {
    /// Gives how output ended, when nothing more comes.
    pub(crate) ended: oneshot::Receiver<Result<(), OutputError>>,
    /// Counts what was written, so that a screen that nobody reads can be told from a slow one.
    pub(crate) written: Arc<AtomicU64>,
}

/// Prints events from another thread, so that a slow terminal does not keep the sockets waiting.
///
/// Requests the shutdown when nobody reads any more.
pub(crate) fn show_events(
    mut events: EventReceiver<ReceiverEvent>,
    streams: &Streams,
    shutdown: Shutdown,
    live: Option<LiveInput>,
) -> RunningScreen {
    let written = Arc::new(AtomicU64::new(0));
    let (streams, count) = (streams.clone(), Arc::clone(&written));
    let (done, ended) = oneshot::channel();
    let runtime = Handle::current();
    thread::spawn(move || {
        let output = if let Some(LiveInput { orders, newest, hold }) = live {
            LiveScreen::new(&streams, newest, hold).run(events, orders, (&count, &runtime))
        } else {
            let batch = Printer::new(&streams).batch();
            ListenScreen { streams, batch, said: None, written: count }.show_all(&mut events)
        };
        shutdown.request();
        let _ = done.send(output);
    });
    RunningScreen { ended, written }
}

struct ListenScreen {
    streams: Streams,
    batch: Batch,
    /// The hint that was given last: the same one again and again would bury the events.
    said: Option<&'static str>,
    written: Arc<AtomicU64>,
}

impl ListenScreen {
    fn show_all(&mut self, events: &mut EventReceiver<ReceiverEvent>) -> Result<(), OutputError> {
        let mut flushed = Instant::now();
        while let Some(first) = events.blocking_next() {
            let mut next = Some(first);
            while let Some(event) = next {
                self.show(&event)?;
                next = if self.batch.len() < BATCH { events.waiting() } else { None };
            }
            let is_full = self.batch.len() >= BATCH;
            self.batch.flush()?;
            self.written.fetch_add(1, Ordering::Relaxed);
            let since = flushed.elapsed();
            if since < LINGER && !is_full {
                thread::park_timeout(LINGER);
            }
            flushed = Instant::now();
        }
        Ok(())
    }

    fn show(&mut self, event: &ReceiverEvent) -> Result<(), OutputError> {
        match event {
            ReceiverEvent::Delivery(received) if received.shown => self.batch.add(&**received),
            ReceiverEvent::Delivery(_) | ReceiverEvent::Arrived { .. } => Ok(()),
            ReceiverEvent::Forwarded(forwarded) => self.show_forwarded(forwarded),
            ReceiverEvent::Rejected(refused) => self.batch.add(refused),
            ReceiverEvent::Skipped(LeftOut(count)) => {
                self.batch.add(&SkippedEvents { count: *count, place: IN_JOURNAL })
            }
            ReceiverEvent::Retries(retries) => self.batch.add(retries),
            ReceiverEvent::AcceptFailed(error) => {
                self.streams.warn(&format!("cannot accept a connection: {error}; trying again"));
                Ok(())
            }
        }
    }

    fn show_forwarded(&mut self, forwarded: &Forwarded) -> Result<(), OutputError> {
        self.batch.add(forwarded)?;
        let hint = hint_of(forwarded);
        if let Some(hint) = hint
            && self.said != Some(hint)
        {
            // After the line that it explains.
            self.batch.flush()?;
            self.streams.hint(hint);
        }
        self.said = hint;
        Ok(())
    }
}

impl Render for Retries {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.push("retries   ").paint_untrusted(Role::Strong, &self.event_type).spaces(2).untrusted(&self.job_id);
        writer.spaces(2).push(&units::counted(self.attempts as u64, "attempt"));
        if !self.gaps.is_empty() {
            let gaps: Vec<String> = self.gaps.iter().map(|gap| units::duration(*gap)).collect();
            writer.push("  gaps ").push(&gaps.join(", "));
        }
        for (what, freshness) in [("timestamp", self.timestamps), ("signature", self.signatures)] {
            match (freshness.fresh, freshness.same) {
                (0, 0) if freshness.undecided > 0 => {
                    writer.push(&format!("  {what}s cannot be told apart within a second"))
                }
                (0, 0) => writer,
                (fresh, 0) if freshness.undecided == 0 => {
                    writer.push(&format!("  {fresh} of {fresh} with a fresh {what}"))
                }
                (fresh, 0) => writer.push(&format!("  {fresh} with a fresh {what}")),
                (fresh, same) => {
                    let text = format!("{same} of {} with the same {what}", fresh + same);
                    writer.spaces(2).paint(Role::Warning, &text)
                }
            };
        }
        writer.newline();
    }
}

impl Record for Retries {
    const NAME: &'static str = "retries";
}

/// State of the expectations when listening ended.
#[derive(Serialize)]
pub(crate) struct Summary {
    met: bool,
    expected: Vec<Expected>,
}

#[derive(Serialize)]
struct Expected {
    event: String,
    met: bool,
    /// Time that was waited.
    #[serde(skip)]
    waited: Duration,
}

impl Summary {
    pub(crate) fn of(expectations: &Expectations) -> Self {
        let expected: Vec<Expected> = expectations
            .results()
            .map(|(pattern, met, waited)| Expected { event: pattern.to_string(), met, waited })
            .collect();
        Self { met: expected.iter().all(|expected| expected.met), expected }
    }

    /// A case for each expectation.
    pub(crate) fn to_junit(&self) -> TestSuite {
        let case = |Expected { event, met, waited }: &Expected| TestCase {
            name: event.clone(),
            classname: "mh-hook.listen".to_owned(),
            time: *waited,
            outcome: if *met {
                TestOutcome::Passed
            } else {
                let message = format!("{event} did not come");
                TestOutcome::Failed { details: message.clone(), message }
            },
        };
        TestSuite { name: "mh-hook listen".to_owned(), cases: self.expected.iter().map(case).collect() }
    }

    /// The events that did not come.
    pub(crate) fn missing(&self) -> String {
        let missing: Vec<&str> = self.expected.iter().filter(|e| !e.met).map(|e| e.event.as_str()).collect();
        missing.join(", ")
    }
}

impl Render for Summary {
    fn render(&self, writer: &mut TextWriter<'_>) {
        for Expected { event, met, .. } in &self.expected {
            let (role, word) = if *met { (Role::Success, "came") } else { (Role::Error, "did not come") };
            writer.push("expected  ").paint(Role::Strong, event).spaces(2).paint(role, word).newline();
        }
    }
}

impl Record for Summary {
    const NAME: &'static str = "summary";
}
