//! The journal: the durable record of every delivery received and every attempt made, in one SQLite file.
//!
//! One thread writes, in groups, and another one brings them to the disk: a wait for durability is a wait for the group's
//! sync, so that safety costs one flush to disk for many deliveries, and the next group is written meanwhile. Readers, and
//! other processes with another journal on the same file, work beside it. A third thread moves what the commits left in the write-ahead log to its place, so that no commit has to.
//! The index by job, type and time is written behind the commits, many deliveries at a time.

mod attempt;
mod batch;
mod browse;
mod checkpointer;
mod cursor;
mod delivery;
mod error;
mod failure;
mod file;
mod filter;
mod handle;
mod headers;
mod index;
mod indexer;
mod notice;
mod options;
mod pages;
mod prune;
mod read_access;
mod reader;
mod repeats;
mod reply;
mod retention;
mod schema;
mod syncer;
mod write_state;
mod writer;

#[cfg(test)]
mod tests;

pub use attempt::{AttemptError, AttemptOrigin, EXCERPT_LIMIT, NewAttempt, StoredAttempt};
pub use browse::{DeliverySummary, JournalHead, Page};
pub use cursor::Cursor;
pub use delivery::{Committed, StoredDelivery, VerifiedDelivery};
pub use error::{JournalError, WriteFailed};
pub use filter::Filter;
pub use handle::{Journal, Receipt};
pub use notice::JournalNotice;
pub use options::{JournalOptions, SyncMode};
pub use prune::{PruneScope, Pruned, Pruner};
pub use read_access::ReadAccess;
pub use reader::{QueryError, Reader};
