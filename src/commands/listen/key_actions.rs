//! Work that keys ask for: a replay to the handlers, a curl command, a download in the browser.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::commands::listen::keys::{Key, help};
use crate::commands::listen::live_screen::{NewestDelivery, ScreenOrder};
use crate::commands::shared::open_link::open_link;
use crate::commands::shared::request_text::curl_as_received;
use crate::engine::clock::SharedClock;
use crate::engine::receive::counters::ReceiverCounters;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::received::ReceivedDelivery;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::engine::send::replayer::{Edits, Replayer};
use crate::model::signing::verdict::VerdictKind;
use crate::model::{Signer, Verdict};
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;
use crate::output::sanitise::{Breaks, append_text};
use crate::output::{Streams, redact};
use crate::store::Environment;
use crate::store::journal::{AttemptOrigin, StoredDelivery};

/// Time for a handler to answer a replay.
const REPLAY_TIME: Duration = Duration::from_secs(30);

/// Bytes of a command that terminals take into the clipboard.
const LARGEST_COPY: usize = 48 << 10;

/// The things that keys act on.
pub(super) struct KeyActions {
    pub(super) newest: NewestDelivery,
    pub(super) orders: mpsc::Sender<ScreenOrder>,
    pub(super) handlers: Vec<Target>,
    /// Target of a curl command: the first handler, else this receiver.
    pub(super) curl_target: Option<Target>,
    pub(super) tls: TlsOptions,
    pub(super) accept_invalid: bool,
    pub(super) verifier: SharedVerifier,
    pub(super) log: Arc<DeliveryLog>,
    pub(super) counters: ReceiverCounters,
    pub(super) clock: SharedClock,
    pub(super) streams: Streams,
    pub(super) has_clipboard: bool,
    /// Tracks replays, which are finished before the end.
    pub(super) tasks: Shutdown,
    pub(super) copied: Option<u64>,
    pub(super) replaying: Option<JoinHandle<()>>,
}

/// Whether the terminal may take OSC 52. A terminal that ignores it cannot be told apart; those known to are left out.
pub(super) fn has_clipboard(environment: &Environment) -> bool {
    let is_known_without = environment.var("TERM").is_some_and(|term| matches!(term, "linux" | "dumb"))
        || environment.var("TERM_PROGRAM") == Some("Apple_Terminal")
        || environment.var("VTE_VERSION").is_some();
    !is_known_without
}

impl KeyActions {
    /// Does what a key asks for.
    pub(super) fn act(&mut self, key: Key) {
        match (key, self.newest.get()) {
            (Key::Quit, _) => {}
            (Key::Help, _) => {
                let lines: Vec<String> = help().collect();
                self.remark(&lines.join("\n"));
            }
            (Key::Fold, _) => self.order(ScreenOrder::Fold),
            (Key::Room, _) => self.order(ScreenOrder::Room),
            (_, None) => self.remark("no delivery has come yet"),
            (Key::Replay, Some(delivery)) => self.replay(&delivery),
            (Key::Curl, Some(delivery)) => self.copy(&delivery),
            (Key::Open, Some(delivery)) => self.open(&delivery),
        }
    }

    fn replay(&mut self, received: &Arc<ReceivedDelivery>) {
        let id = received.id;
        if self.handlers.is_empty() {
            return self.remark("no handler to replay to: start listen with --forward URL");
        }
        if received.verdict.kind() == VerdictKind::Invalid && !self.accept_invalid {
            return self.remark(&format!("delivery {id} is invalid and is not passed on"));
        }
        if self.replaying.as_ref().is_some_and(|task| !task.is_finished()) {
            return self.remark("a replay is under way");
        }
        let mut replayers = Vec::new();
        for target in &self.handlers {
            match Remote::new(target.clone(), &self.tls, self.tasks.clone()) {
                Ok(remote) => replayers.push(self.replayer(remote, &received.verdict)),
                Err(error) => return self.remark(&error.to_string()),
            }
        }
        self.remark(&format!("replaying delivery {id}"));
        let (orders, log, work) = (self.orders.clone(), Arc::clone(&self.log), self.counters.forward_begun());
        let delivery = (*received.delivery).clone();
        let stored = StoredDelivery { id, repeat: received.attempt, answered: None, delivery };
        self.replaying = Some(self.tasks.spawn(async move {
            let _work = work;
            for replayer in replayers {
                // Without edits every delivery is an event as it is.
                let Ok(event) = Edits::default().apply(&stored) else { return };
                let attempt = replayer.replay(&stored, event).await.attempt;
                log.attempted(attempt.entry(id, AttemptOrigin::Replay)).await;
                let _ = orders.send(ScreenOrder::Replayed(id, Box::new(attempt))).await;
            }
        }));
    }

    /// A verified delivery is signed anew, so that its timestamp is fresh; another one goes out as it came.
    fn replayer(&self, remote: Remote, verdict: &Verdict) -> Replayer {
        let is_verified = *verdict == Verdict::Verified;
        let signer = is_verified.then(|| Signer::new(self.verifier.current().secret()));
        Replayer { remote, signer, timeout: REPLAY_TIME, clock: self.clock.clone() }
    }

    fn copy(&mut self, received: &ReceivedDelivery) {
        let Some(target) = &self.curl_target else {
            return self.remark("no URL to send to: `mh-hook history show ID --curl` prints a command");
        };
        let command = curl_as_received(received, target) + "\n";
        let id = received.id;
        let is_copied = self.copied.replace(id) == Some(id);
        if is_copied || !self.has_clipboard || command.len() > LARGEST_COPY {
            // Exact, also what is masked elsewhere: a command that is changed sends something else.
            let _ = self.streams.out.write(command.as_bytes());
            return;
        }
        let sequence = format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(command));
        let remark = format!("a curl command for delivery {id} was sent to the clipboard; c again prints it");
        self.order(ScreenOrder::Control(sequence, remark + "\n"));
    }

    fn open(&self, received: &ReceivedDelivery) {
        let id = received.id;
        let Some(download) = received.peek.downloads.first() else {
            return self.remark(&format!("delivery {id} has no download"));
        };
        if received.verdict != Verdict::Verified {
            return self.remark(&format!("delivery {id} is not verified: its links are not opened"));
        }
        let url = &download.url;
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return self.remark("the first download is no web link");
        }
        if open_link(url).is_ok() {
            return self.remark(&format!("opening {}", redact::query(url)));
        }
        let mut line = "no browser can be opened here; the link is ".to_owned();
        append_text(&mut line, url, Breaks::Escape);
        let _ = self.streams.out.write_text(&(line + "\n"));
    }

    fn remark(&self, text: &str) {
        let mut line = String::new();
        append_text(&mut line, text, Breaks::Keep);
        self.order(ScreenOrder::Remark(line + "\n"));
    }

    /// Hands an order to the screen. One that does not keep up misses it.
    fn order(&self, order: ScreenOrder) {
        let _ = self.orders.try_send(order);
    }
}
