//! The thread that writes: it commits what waits as one group, and has it brought to the disk.

use std::io;
use std::iter::repeat;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::debug;

use crate::store::directories::create_private;
use crate::store::journal::batch::{Entry, OpenJournal};
use crate::store::journal::delivery::Committed;
use crate::store::journal::error::JournalError;
use crate::store::journal::failure::Failure;
use crate::store::journal::notice::JournalNotice;
use crate::store::journal::options::JournalOptions;
use crate::store::journal::reply::{Reply, send_alone, send_together};
use crate::store::journal::retention::Retention;
use crate::store::journal::syncer::{CommittedGroup, Syncer};
use crate::store::journal::write_state::WriteState;

/// Orders that may wait, and so the size of the largest group.
pub(super) const QUEUE: usize = 512;

/// An order of the handle to the thread.
pub(super) enum Order {
    Write {
        entry: Entry,
        reply: Reply,
    },
    /// Look at how the last sync ended.
    Synced,
    /// Write what waits and end; the other half is dropped when that is done.
    Close(oneshot::Sender<()>),
}

/// A file that is written.
struct WrittenFile {
    /// Declared first because it must end first: the log is synced while it is there.
    syncer: Syncer,
    open: OpenJournal,
}

/// The state of the thread.
pub(super) struct Writer {
    options: JournalOptions,
    orders: mpsc::Receiver<Order>,
    /// The same queue, for the thread that syncs.
    ordering: mpsc::WeakSender<Order>,
    state: Arc<WriteState>,
    /// Nothing after the file was lost, until the next group.
    file: Option<WrittenFile>,
    /// Whether the file has a log that a sync failed for.
    has_unsynced_log: bool,
    retention: Retention,
    kept: Vec<Committed>,
}

impl Writer {
    pub(super) fn new(
        options: JournalOptions,
        open: OpenJournal,
        (ordering, orders): (mpsc::WeakSender<Order>, mpsc::Receiver<Order>),
        notices: mpsc::Sender<JournalNotice>,
    ) -> io::Result<Self> {
        let state = Arc::new(WriteState::new(Arc::from(options.path.as_path()), notices));
        let file = Some(WrittenFile::start(open, &state, &ordering)?);
        let retention = Retention::new(&options);
        let kept = Vec::new();
        Ok(Self { options, orders, ordering, state, file, has_unsynced_log: false, retention, kept })
    }

    /// Writes until it is ordered to end, or until no handle is left that could order anything.
    pub(super) fn run(mut self) {
        let mut orders = Vec::with_capacity(QUEUE);
        let mut ends = Vec::new();
        while self.wait(&mut orders) {
            let mut group = Vec::with_capacity(orders.len());
            for order in orders.drain(..) {
                match order {
                    Order::Write { entry, reply } => group.push((entry, reply)),
                    Order::Synced => {}
                    Order::Close(end) => {
                        self.orders.close();
                        ends.push(end);
                    }
                }
            }
            self.give_up_lost();
            if !group.is_empty() {
                self.commit(group);
            }
        }
        self.end();
    }

    /// Waits for orders, and enters deliveries in the index while there are none. Returns whether there are any.
    fn wait(&mut self, orders: &mut Vec<Order>) -> bool {
        loop {
            while orders.len() < QUEUE
                && let Ok(next) = self.orders.try_recv()
            {
                orders.push(next);
            }
            let entered = if orders.is_empty() {
                self.file.as_mut().is_some_and(|file| file.open.enter_slice())
            } else if self.file.as_ref().is_none_or(|file| file.syncer.is_next(orders.len())) {
                return true;
            } else {
                false
            };
            if !entered && self.orders.blocking_recv_many(orders, QUEUE - orders.len()) == 0 {
                return !orders.is_empty();
            }
        }
    }

    /// Ends when all is on the disk.
    fn end(&mut self) {
        if let Some(file) = &self.file {
            file.syncer.settle();
        }
        self.give_up_lost();
        if let Some(file) = &mut self.file {
            file.open.enter_all();
        }
        self.file = None;
        if self.retention.let_go() > 0 {
            self.state.notify(JournalNotice::LetGo { deliveries: self.retention.let_go() });
        }
    }

    fn commit(&mut self, group: Vec<(Entry, Reply)>) {
        let written = self.write(group.iter().map(|(entry, _)| entry));
        let size = group.len();
        match written {
            Ok(()) => {
                let group = grouped(group, self.kept.iter().copied());
                if let Some(file) = &self.file {
                    file.syncer.submit(group);
                }
                self.after_commit(size);
            }
            Err(failure) => {
                debug!(target: "journal", entries = size, cause = failure.cause(), "group not committed");
                if let Some(file) = &self.file {
                    // Earlier groups hear of their outcome before.
                    file.syncer.settle();
                }
                self.state.note_failed(failure.cause());
                self.refuse(group, &failure);
                if !matches!(failure, Failure::Refused(_)) {
                    self.give_up(&failure);
                }
            }
        }
    }

    fn write<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) -> Result<(), Failure> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let refused = |error: JournalError| Failure::Refused(error.cause());
                let open = reopen(&self.options, self.state.last()).map_err(refused)?;
                if self.has_unsynced_log {
                    open.renew_log()?;
                    self.has_unsynced_log = false;
                }
                let started = WrittenFile::start(open, &self.state, &self.ordering);
                none.insert(started.map_err(|error| refused(JournalError::of_io(&self.options.path, &error)))?)
            }
        };
        file.open.write(entries, &mut self.kept)
    }

    fn after_commit(&mut self, size: usize) {
        let Some(WrittenFile { open, .. }) = &mut self.file else { return };
        open.enter_when_behind();
        open.tidy();
        self.retention.add_refused(open.refused);
        if let Some(notice) = self.retention.look(&mut open.connection, size) {
            self.state.notify(notice);
        }
    }

    fn refuse(&self, group: Vec<(Entry, Reply)>, failure: &Failure) {
        let failed = self.state.write_failed(failure);
        let CommittedGroup { senders, others } = grouped(group, repeat(Committed::default()));
        for reply in others {
            send_alone(reply, Err(failed.clone()));
        }
        send_together(senders.into_iter().map(|(reply, _)| (reply, Err(failed.clone()))).collect());
    }

    /// Gives up a file to which groups were committed that are not kept.
    fn give_up_lost(&mut self) {
        if let Some(failure) = self.file.as_ref().and_then(|file| file.syncer.failure()) {
            self.give_up(&failure);
        }
    }

    fn give_up(&mut self, failure: &Failure) {
        self.has_unsynced_log |= matches!(failure, Failure::Unsynced(_));
        let Some(WrittenFile { syncer, open }) = self.file.take() else { return };
        drop(syncer);
        let abandoned = open.abandon();
        if let Some(log) = abandoned.kept_log {
            self.state.notify(JournalNotice::LogKept { log });
        }
        if abandoned.is_gone {
            self.state.note_gone();
            // The next file has another log.
            self.has_unsynced_log = false;
        }
    }
}

impl WrittenFile {
    fn start(mut open: OpenJournal, state: &Arc<WriteState>, orders: &mpsc::WeakSender<Order>) -> io::Result<Self> {
        if let Some(log) = open.kept_log.take() {
            state.notify(JournalNotice::LogKept { log });
        }
        let orders = orders.clone();
        let on_synced = move || {
            // A queue that is full wakes the writer as well.
            let _ = orders.upgrade().map(|orders| orders.try_send(Order::Synced));
        };
        let syncer = Syncer::start(open.sync.take(), Arc::clone(&open.files), Arc::clone(state), on_synced)?;
        Ok(Self { syncer, open })
    }
}

/// A group without its entries, with what its commit gave to each.
fn grouped(group: Vec<(Entry, Reply)>, kept: impl Iterator<Item = Committed>) -> CommittedGroup {
    let mut grouped = CommittedGroup::default();
    for ((entry, reply), kept) in group.into_iter().zip(kept) {
        match entry {
            Entry::Delivery { .. } => grouped.senders.push((reply, kept)),
            Entry::Attempt(_) | Entry::Answer { .. } => grouped.others.push(reply),
        }
    }
    grouped
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
