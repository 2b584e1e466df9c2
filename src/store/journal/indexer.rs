//! The part of the writer that enters deliveries in the index in slices, of which none keeps a group waiting for long.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::journal::index::{BATCH, enter_jobs, enter_rest, enter_up_to, last_entered};

/// Jobs in one slice: random ids touch a page of the index each.
const JOBS: usize = 64;

/// Deliveries in one slice: they go to the end of the index.
const DELIVERIES: usize = 256;

/// A delivery that is to be entered, by the beginning of its job's id and by its number. In this order the jobs of a
/// batch go to neighbouring pages of the index.
type Entered = (u64, i64);

/// Work on the index that is left.
#[derive(Debug, Default)]
pub(super) struct Indexer {
    /// The deliveries that were written since the last batch began.
    rest: Vec<Entered>,
    /// The deliveries of the batch, in the order of their jobs.
    jobs: Vec<Entered>,
    batch: Option<JobBatch>,
    /// Whether more deliveries are to be entered than are known here, since others wrote to the file, or a group failed.
    is_unsure: bool,
}

/// Deliveries whose jobs are entered first, in the order of the jobs, and then they themselves in the order of their numbers.
#[derive(Debug)]
struct JobBatch {
    /// The number of jobs that are entered.
    done: usize,
    /// The last delivery in the index before the next slice.
    entered: i64,
    /// The last delivery of the batch.
    end: i64,
}

/// Result of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slice {
    /// A batch has begun, with all that was noted before.
    Begun,
    /// Part of a batch was entered.
    Part,
    /// The batch was entered whole.
    Last,
    /// Everything was entered that is in the file.
    All,
    /// There is nothing to do, or it was not possible.
    None,
}

impl Indexer {
    /// Notes a delivery that was written.
    pub(super) fn note(&mut self, id: i64, job_id: Option<&str>) {
        self.rest.push((beginning(job_id.unwrap_or_default()), id));
    }

    /// Notes that others wrote, or that a group failed.
    pub(super) fn doubt(&mut self) {
        self.is_unsure = true;
    }

    /// Whether deliveries come faster than they are entered, so that a slice cannot wait until nobody does.
    pub(super) fn is_behind(&self) -> bool {
        self.rest.len() >= BATCH
    }

    /// Enters the next slice. A failure is left to the next group, which meets the same and says so.
    pub(super) fn enter_slice(&mut self, connection: &mut Connection) -> Slice {
        if self.is_unsure {
            return if self.is_behind() { self.enter_all(connection) } else { Slice::None };
        }
        let Some(batch) = &mut self.batch else { return self.begin(connection) };
        match batch.enter_slice(&self.jobs, connection) {
            Ok(Slice::None) | Err(_) => {
                self.batch = None;
                self.is_unsure = true;
                Slice::None
            }
            Ok(Slice::Last) => {
                self.batch = None;
                Slice::Last
            }
            Ok(slice) => slice,
        }
    }

    /// Enters everything that is in the file.
    pub(super) fn enter_all(&mut self, connection: &mut Connection) -> Slice {
        if enter_rest(connection).is_err() {
            return Slice::None;
        }
        self.rest.clear();
        self.batch = None;
        self.is_unsure = false;
        Slice::All
    }

    /// Begins a batch when there is enough for one.
    fn begin(&mut self, connection: &Connection) -> Slice {
        let Some((_, end)) = self.rest.last().copied().filter(|_| self.is_behind()) else { return Slice::None };
        let Ok(entered) = last_entered(connection) else { return Slice::None };
        std::mem::swap(&mut self.rest, &mut self.jobs);
        self.rest.clear();
        // The checkpointer or another process has possibly entered some.
        self.jobs.retain(|(_, id)| *id > entered);
        self.jobs.sort_unstable();
        self.batch = Some(JobBatch { done: 0, entered, end });
        Slice::Begun
    }
}

impl JobBatch {
    /// Enters the next slice, unless somebody else has entered something: then nothing is entered.
    fn enter_slice(&mut self, jobs: &[Entered], connection: &mut Connection) -> rusqlite::Result<Slice> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if last_entered(&transaction)? != self.entered {
            return Ok(Slice::None);
        }
        let jobs = jobs.iter().skip(self.done).take(JOBS);
        let count = jobs.len();
        enter_jobs(&transaction, jobs.map(|(_, id)| *id))?;
        let entered = if count < JOBS { Some(enter_up_to(&transaction, self.end, DELIVERIES)?) } else { None };
        let last = last_entered(&transaction)?;
        transaction.commit()?;
        self.done += count;
        self.entered = last;
        Ok(if entered.is_some_and(|entered| entered < DELIVERIES) { Slice::Last } else { Slice::Part })
    }
}

/// The first bytes of an id, which compare as it does.
fn beginning(id: &str) -> u64 {
    let mut bytes = [0; size_of::<u64>()];
    for (to, from) in bytes.iter_mut().zip(id.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}
