//! The thread that writes: it commits what waits as one group, and wakes those who wait.

use std::iter::repeat;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::{debug, trace};

use crate::store::directories::create_private;
use crate::store::journal::batch::{Entry, Failure, OpenJournal};
use crate::store::journal::delivery::Committed;
use crate::store::journal::error::{JournalError, WriteFailed};
use crate::store::journal::notice::JournalNotice;
use crate::store::journal::options::JournalOptions;
use crate::store::journal::reply::{Outcome, Reply, send_alone, send_together};
use crate::store::journal::retention::Retention;

/// Orders that may wait, and so the size of the largest group.
pub(super) const QUEUE: usize = 512;

/// An order of the handle to the thread.
pub(super) enum Order {
    Write {
        entry: Entry,
        reply: Reply,
    },
    /// Write what waits and end; the other half is dropped when that is done.
    Close(oneshot::Sender<()>),
}

/// The state of the thread.
pub(super) struct Writer {
    options: JournalOptions,
    path: Arc<Path>,
    orders: mpsc::Receiver<Order>,
    notices: mpsc::Sender<JournalNotice>,
    /// Nothing after the file was lost, until the next group.
    open: Option<OpenJournal>,
    last: u64,
    failing: bool,
    /// Whether the file that was written last is gone.
    anew: bool,
    retention: Retention,
    kept: Vec<Committed>,
}

impl Writer {
    pub(super) fn new(
        options: JournalOptions,
        open: OpenJournal,
        orders: mpsc::Receiver<Order>,
        notices: mpsc::Sender<JournalNotice>,
    ) -> Self {
        Self {
            path: Arc::from(options.path.as_path()),
            retention: Retention::new(&options),
            options,
            orders,
            notices,
            open: Some(open),
            last: 0,
            failing: false,
            anew: false,
            kept: Vec::new(),
        }
    }

    /// Writes until it is told to end, or until nobody is left who could tell.
    pub(super) fn run(mut self) {
        let mut orders = Vec::with_capacity(QUEUE);
        let mut group = Vec::with_capacity(QUEUE);
        let mut ends = Vec::new();
        while self.orders.blocking_recv_many(&mut orders, QUEUE) > 0 {
            for order in orders.drain(..) {
                match order {
                    Order::Write { entry, reply } => group.push((entry, reply)),
                    Order::Close(end) => {
                        self.orders.close();
                        ends.push(end);
                    }
                }
            }
            if !group.is_empty() {
                self.commit(&mut group);
            }
        }
        if let Some(mut open) = self.open.take() {
            open.enter(true);
        }
        if self.retention.let_go() > 0 {
            self.notify(JournalNotice::LetGo { deliveries: self.retention.let_go() });
        }
    }

    fn commit(&mut self, group: &mut Vec<(Entry, Reply)>) {
        let written = self.write(group.iter().map(|(entry, _)| entry));
        let size = group.len();
        match written {
            Ok(()) => {
                trace!(target: "journal", entries = size, "group committed");
                reply_to(group, self.kept.iter().copied().map(Ok));
                self.after_success(size);
            }
            Err(failure) => {
                debug!(target: "journal", entries = size, cause = failure.cause(), "group not committed");
                let failed = WriteFailed { path: Arc::clone(&self.path), cause: Arc::from(failure.cause()) };
                reply_to(group, repeat(Err(failed)));
                self.after_failure(&failure);
            }
        }
    }

    fn write<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) -> Result<(), Failure> {
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(reopen(&self.options, self.last).map_err(|error| Failure::Refused(error.cause()))?),
        };
        open.write(entries, &mut self.kept)
    }

    fn after_success(&mut self, size: usize) {
        self.last = self.kept.iter().map(|kept| kept.id).fold(self.last, u64::max);
        let Some(open) = &mut self.open else { return };
        open.enter(false);
        open.tidy();
        self.retention.add_refused(open.refused);
        let notice = self.retention.look(&mut open.connection, size);
        if std::mem::take(&mut self.failing) {
            let anew = std::mem::take(&mut self.anew);
            self.notify(JournalNotice::Recovered { anew });
        }
        if let Some(notice) = notice {
            self.notify(notice);
        }
    }

    fn after_failure(&mut self, failure: &Failure) {
        if let Failure::Lost(_) = failure
            && let Some(open) = self.open.take()
        {
            self.anew |= open.abandon();
        }
        if !std::mem::replace(&mut self.failing, true) {
            self.notify(JournalNotice::Failed { cause: failure.cause().to_owned() });
        }
    }

    /// Tells of a change. When nobody takes the notices the newest are lost: writing goes on.
    fn notify(&self, notice: JournalNotice) {
        let _ = self.notices.try_send(notice);
    }
}

/// Replies to the entries of a group. The senders of deliveries wait for nothing else.
fn reply_to(group: &mut Vec<(Entry, Reply)>, outcomes: impl Iterator<Item = Outcome>) {
    let mut senders = Vec::with_capacity(group.len());
    for ((entry, reply), outcome) in group.drain(..).zip(outcomes) {
        match entry {
            Entry::Delivery { .. } => senders.push((reply, outcome)),
            Entry::Attempt(_) | Entry::Answer { .. } => send_alone(reply, outcome),
        }
    }
    send_together(senders);
}

/// Opens what is at the journal's path now, or makes it, with its directory if that is gone too.
fn reopen(options: &JournalOptions, last: u64) -> Result<OpenJournal, JournalError> {
    if let Some(directory) = options.path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        create_private(directory).map_err(|error| JournalError::of_io(&options.path, &error))?;
    }
    let open = OpenJournal::open(options)?;
    open.number_on(last)?;
    Ok(open)
}
