//! The screen of a listener on a terminal: the newest delivery unfolded at the end, the older ones as lines above it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::commands::listen::forward_text::{hint_of, render_attempt};
use crate::commands::listen::terminal_hold::TerminalHold;
use crate::commands::shared::skipped::{IN_JOURNAL, SkippedEvents};
use crate::engine::event_channel::EventReceiver;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::forwarder::Forwarded;
use crate::engine::receive::received::ReceivedDelivery;
use crate::engine::reporter::LeftOut;
use crate::engine::send::attempt::Attempt;
use crate::output::live_block::rows_of;
use crate::output::width::fit;
use crate::output::{Format, LiveBlock, LiveText, OutputError, Render, Role, Streams, TextWriter};

/// The most events that are drawn at once.
const MOST_AT_ONCE: usize = 256;

/// Time between two drawings in quick succession.
const LINGER: Duration = Duration::from_millis(2);

/// The newest delivery that was shown, for keys.
#[derive(Clone, Default)]
pub(super) struct NewestDelivery(Arc<Mutex<Option<Arc<ReceivedDelivery>>>>);

impl NewestDelivery {
    pub(super) fn get(&self) -> Option<Arc<ReceivedDelivery>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, delivery: &Arc<ReceivedDelivery>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(delivery));
    }
}

/// Orders of keys to the screen.
pub(super) enum ScreenOrder {
    /// Fold what is unfolded, or the reverse.
    Fold,
    /// Show these lines until the next delivery comes.
    Remark(String),
    /// Show how a replay of a delivery went.
    Replayed(u64, Box<Attempt>),
    /// Send a sequence that the terminal obeys, and show this line.
    Control(String, String),
    /// Leave a line empty.
    Room,
}

/// Parts of a live screen that keys share with it.
pub(super) struct LiveInput {
    pub(super) orders: mpsc::Receiver<ScreenOrder>,
    pub(super) newest: NewestDelivery,
    pub(super) hold: TerminalHold,
}

enum Input {
    Event(ReceiverEvent),
    Order(ScreenOrder),
}

/// A delivery in the block at the end of the screen.
struct ShownDelivery {
    delivery: Arc<ReceivedDelivery>,
    /// Attempts to pass it on, and hints about them.
    below: String,
    /// Bytes of these lines that are on the screen; nothing before the delivery itself is.
    drawn: Option<usize>,
}

impl ShownDelivery {
    fn new(delivery: Arc<ReceivedDelivery>) -> Self {
        Self { delivery, below: String::new(), drawn: None }
    }

    const fn is_drawn(&self) -> bool {
        self.drawn.is_some()
    }
}

/// Draws events on a terminal whose end can change.
pub(super) struct LiveScreen {
    streams: Streams,
    block: LiveBlock,
    is_folded: bool,
    shown: Option<ShownDelivery>,
    remarks: String,
    /// Lines that go above the block at the next drawing.
    settled: String,
    /// Form of the last block that stays, if that block can be replaced.
    replaced: Option<String>,
    newest: NewestDelivery,
    hold: TerminalHold,
    takes: Option<u64>,
    /// The hint that was given last.
    said: Option<&'static str>,
}

impl LiveScreen {
    /// A screen at the end of stdout. In the compact format payloads begin folded.
    pub(super) fn new(streams: &Streams, newest: NewestDelivery, hold: TerminalHold) -> Self {
        Self {
            streams: streams.clone(),
            block: LiveBlock::new(streams.out.clone()),
            is_folded: streams.format != Format::Pretty,
            shown: None,
            remarks: String::new(),
            settled: String::new(),
            replaced: None,
            newest,
            takes: hold.takes(),
            hold,
            said: None,
        }
    }

    /// Shows everything until no more events come.
    pub(super) fn run(
        mut self,
        mut events: EventReceiver<ReceiverEvent>,
        mut orders: mpsc::Receiver<ScreenOrder>,
        (written, runtime): (&AtomicU64, &Handle),
    ) -> Result<(), OutputError> {
        loop {
            let input = runtime.block_on(async {
                tokio::select! {
                    biased;
                    Some(order) = orders.recv() => Some(Input::Order(order)),
                    event = events.next() => event.map(Input::Event),
                }
            });
            let Some(first) = input else { return Ok(()) };
            let mut next = Some(first);
            for _ in 0..MOST_AT_ONCE {
                match next {
                    Some(Input::Event(event)) => self.take(event),
                    Some(Input::Order(order)) => self.obey(order)?,
                    None => break,
                }
                next = events.waiting().map(Input::Event);
            }
            if let Some(Input::Event(event)) = next {
                self.take(event);
            }
            self.draw()?;
            written.fetch_add(1, Ordering::Relaxed);
            thread::park_timeout(LINGER);
        }
    }

    fn take(&mut self, event: ReceiverEvent) {
        match event {
            ReceiverEvent::Delivery(received) if received.shown => self.show(received),
            ReceiverEvent::Delivery(_) | ReceiverEvent::Arrived { .. } => {}
            ReceiverEvent::Forwarded(forwarded) => self.show_forwarded(&forwarded),
            ReceiverEvent::Rejected(rejected) => self.settle(&rejected),
            ReceiverEvent::Skipped(LeftOut(count)) => self.settle(&SkippedEvents { count, place: IN_JOURNAL }),
            ReceiverEvent::Retries(retries) => self.settle(&retries),
            ReceiverEvent::AcceptFailed(error) => {
                self.streams.warn(&format!("cannot accept a connection: {error}; trying again"));
            }
        }
    }

    fn obey(&mut self, order: ScreenOrder) -> Result<(), OutputError> {
        match order {
            ScreenOrder::Fold => {
                self.is_folded = !self.is_folded;
                self.leave_unless_ours();
                self.shown = self.shown.take().filter(|shown| !shown.is_drawn() || self.block.is_in_reach());
                let gone = self.newest.get().filter(|_| self.shown.is_none());
                match gone {
                    Some(_) if self.is_folded => "payloads are folded from now on\n".clone_into(&mut self.remarks),
                    Some(delivery) => self.shown = Some(ShownDelivery::new(delivery)),
                    None => {}
                }
            }
            ScreenOrder::Remark(remark) => self.remarks = remark,
            ScreenOrder::Replayed(id, attempt) => {
                self.remarks.clear();
                let line = self.drawn(|writer| render_attempt(writer, "replay", &attempt));
                let hint = hint_of(&Forwarded { delivery: id, attempt: *attempt });
                self.attach(id, &line, hint);
            }
            ScreenOrder::Control(sequence, remark) => {
                self.block.control(&sequence)?;
                self.remarks = remark;
            }
            ScreenOrder::Room => {
                self.draw()?;
                self.streams.out.write(b"\n")?;
            }
        }
        Ok(())
    }

    /// Puts a delivery at the end; the one that was there becomes a line.
    fn show(&mut self, delivery: Arc<ReceivedDelivery>) {
        self.newest.set(&delivery);
        self.remarks.clear();
        if let Some(last) = self.shown.take() {
            let folded = self.folded(&last);
            if last.is_drawn() { self.replaced = Some(folded) } else { self.settled.push_str(&folded) }
        }
        self.shown = Some(ShownDelivery::new(delivery));
    }

    fn show_forwarded(&mut self, forwarded: &Forwarded) {
        let line = self.drawn(|writer| forwarded.render(writer));
        self.attach(forwarded.delivery, &line, hint_of(forwarded));
    }

    /// Adds lines below a delivery, or to the lines that stay if another one is at the end. A hint is given once as long
    /// as it stays the same.
    fn attach(&mut self, id: u64, line: &str, hint: Option<&'static str>) {
        let mut text = line.to_owned();
        if let Some(hint) = hint.filter(|hint| self.said != Some(hint)) {
            if self.streams.err.is_terminal() && !self.streams.quiet {
                text += &self.drawn(|writer| {
                    writer.paint(Role::Accent, "hint:").spaces(1).line(hint);
                });
            } else {
                self.streams.hint(hint);
            }
        }
        self.said = hint;
        match &mut self.shown {
            Some(shown) if shown.delivery.id == id => shown.below += &text,
            _ => self.settled += &text,
        }
    }

    fn settle(&mut self, lines: &impl Render) {
        let lines = self.drawn(|writer| lines.render(writer));
        self.settled += &lines;
    }

    /// Draws what changed. A block that is out of reach stays, and is not drawn again.
    fn draw(&mut self) -> Result<(), OutputError> {
        self.leave_unless_ours();
        let Self { shown, settled, replaced, remarks, .. } = self;
        let (settled, replaced, remarks) = (std::mem::take(settled), replaced.take(), remarks.clone());
        let shown = shown.take();
        let full = shown.as_ref().map(|shown| self.live(shown, &remarks));
        let mut is_detached = false;
        self.block.draw(|in_reach| {
            is_detached = !in_reach && shown.as_ref().is_some_and(ShownDelivery::is_drawn);
            let mut text = LiveText::default();
            text.settled.extend(replaced.filter(|_| in_reach));
            text.settled += &settled;
            let undrawn = shown.as_ref().and_then(|shown| shown.below.get(shown.drawn?..)).filter(|_| is_detached);
            text.settled += undrawn.unwrap_or_default();
            text.live = match full {
                Some(full) if !is_detached => full,
                _ => remarks.clone(),
            };
            text
        })?;
        if is_detached {
            self.remarks.clear();
        } else {
            self.shown = shown.map(|shown| ShownDelivery { drawn: Some(shown.below.len()), ..shown });
        }
        Ok(())
    }

    /// Leaves the block if the terminal was, or is, another program's.
    fn leave_unless_ours(&mut self) {
        let takes = self.hold.takes();
        if takes.is_none() || takes != self.takes {
            self.block.leave();
        }
        self.takes = takes;
    }

    /// The block: the delivery, its payload unless folded and as far as the screen has room, and what is below it.
    fn live(&self, shown: &ShownDelivery, remarks: &str) -> String {
        let mut head = self.drawn(|writer| shown.delivery.render_line(writer));
        if self.is_folded {
            return head + &shown.below + remarks;
        }
        let payload = self.drawn(|writer| shown.delivery.render_body(writer));
        let tail = self.drawn(|writer| shown.delivery.render_outcome(writer)) + &shown.below + remarks;
        let columns = self.block.width().unwrap_or(usize::MAX);
        let rows = |text: &str| rows_of(text, columns).unwrap_or_default();
        // One row tells what is left out.
        let room = self.block.most_rows().saturating_sub(rows(&head) + rows(&tail));
        if rows(&payload) <= room {
            return head + &payload + &tail;
        }
        let mut used = 1;
        let mut lines = payload.split_inclusive('\n').peekable();
        while let Some(line) = lines.next_if(|line| used + rows(line) <= room) {
            used += rows(line);
            head += line;
        }
        let left = lines.count();
        let rest = format!("  … {left} more lines: `mh-hook history show {}`", shown.delivery.id);
        let rest = fit(&rest, columns.saturating_sub(2));
        let rest = self.drawn(|writer| {
            writer.paint(Role::Muted, &rest).newline();
        });
        head + &rest + &tail
    }

    fn folded(&self, shown: &ShownDelivery) -> String {
        self.drawn(|writer| shown.delivery.render_line(writer)) + &shown.below
    }

    fn drawn(&self, draw: impl FnOnce(&mut TextWriter<'_>)) -> String {
        let mut text = String::new();
        draw(&mut TextWriter::new(&mut text, self.streams.out.theme(), self.block.width(), self.streams.format));
        text
    }
}
