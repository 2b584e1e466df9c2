//! The tables of a journal, and the format by which a file is known to be one.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::journal::error::JournalError;
use crate::store::sqlite::{FileFormat, Identified};

/// Application id of our journals in SQLite: `MHhk`.
const APPLICATION_ID: i64 = 0x4d48_686b;

/// Migrations from each version of the format to the next; their number is the newest version.
pub(super) const MIGRATIONS: &[&str] = &[
    // `repeat` is kept instead of counted: the thousandth delivery of one event must cost no more than the first.
    // AUTOINCREMENT never gives the number of a pruned delivery again. `headers` holds `name: value` lines, times are
    // microseconds since 1970. The index of what was not verified costs a verified delivery nothing.
    "CREATE TABLE deliveries (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         received_at INTEGER NOT NULL,
         event_type TEXT, job_id TEXT, status TEXT,
         repeat INTEGER NOT NULL,
         verdict TEXT NOT NULL, reason TEXT, explanation TEXT, problem TEXT,
         answered INTEGER,
         method TEXT NOT NULL, path TEXT NOT NULL, remote TEXT NOT NULL,
         headers BLOB NOT NULL, body BLOB NOT NULL
     ) STRICT;
     CREATE INDEX deliveries_by_time ON deliveries (received_at);
     CREATE INDEX deliveries_by_type ON deliveries (event_type, received_at);
     CREATE INDEX deliveries_by_job ON deliveries (job_id, event_type, repeat);
     CREATE INDEX deliveries_in_doubt ON deliveries (verdict, received_at) WHERE verdict <> 'verified';
     CREATE TABLE attempts (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         delivery INTEGER,
         origin TEXT NOT NULL, target TEXT NOT NULL,
         started_at INTEGER NOT NULL, latency INTEGER NOT NULL,
         status INTEGER, excerpt BLOB NOT NULL,
         error_code TEXT, error_text TEXT
     ) STRICT;
     CREATE INDEX attempts_by_delivery ON attempts (delivery, started_at);
     INSERT INTO sqlite_sequence (name, seq) VALUES ('deliveries', 0);",
    // The order of deliveries is that of their numbers: clocks go back. A `repeat` of 0 marks what was refused: it does not
    // count. The index of what was refused holds its size as well.
    "ALTER TABLE deliveries ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;
     UPDATE deliveries SET repeat = 0 WHERE verdict = 'invalid' AND answered >= 400;
     DROP INDEX deliveries_by_type;
     CREATE INDEX deliveries_by_type ON deliveries (event_type);
     DROP INDEX deliveries_in_doubt;
     CREATE INDEX deliveries_in_doubt ON deliveries (verdict) WHERE verdict <> 'verified';
     CREATE INDEX deliveries_refused ON deliveries (id, length(headers) + length(body)) WHERE repeat = 0;",
    // The index is apart from the deliveries, since it is written after them. `job_index` finds a delivery by its
    // job, its event type (empty if there is none) and its repeat.
    "CREATE TABLE delivery_index (
         id INTEGER PRIMARY KEY,
         received_at INTEGER NOT NULL,
         event_type TEXT, job_id TEXT, status TEXT,
         repeat INTEGER NOT NULL,
         verdict TEXT NOT NULL,
         replayed INTEGER NOT NULL
     ) STRICT;
     INSERT INTO delivery_index
         SELECT id, received_at, event_type, job_id, status, repeat, verdict, replayed FROM deliveries ORDER BY id;
     CREATE TABLE job_index (
         job_id TEXT, event_type TEXT, repeat INTEGER, id INTEGER,
         PRIMARY KEY (job_id, event_type, repeat, id)
     ) STRICT, WITHOUT ROWID;
     INSERT INTO job_index
         SELECT job_id, coalesce(event_type, ''), iif(event_type IS NULL, 0, repeat), id FROM deliveries
         WHERE job_id IS NOT NULL ORDER BY 1, 2, 3, 4;
     DROP INDEX deliveries_by_time;
     DROP INDEX deliveries_by_type;
     DROP INDEX deliveries_by_job;
     DROP INDEX deliveries_in_doubt;
     CREATE INDEX deliveries_by_time ON delivery_index (received_at);
     CREATE INDEX deliveries_by_type ON delivery_index (event_type);
     CREATE INDEX deliveries_in_doubt ON delivery_index (verdict) WHERE verdict <> 'verified';",
];

/// State of a SQLite file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    /// There is nothing in it.
    Empty,
    /// A journal of an older version.
    Older(usize),
    /// A journal of this version.
    Current,
}

/// Finds out what a file is.
pub(super) fn state(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<FileState, JournalError> {
    let identified = format(migrations).identify(connection).map_err(|error| JournalError::of(path, &error))?;
    match identified {
        Identified::Empty => Ok(FileState::Empty),
        Identified::Newer(found) => {
            Err(JournalError::Newer { path: path.to_owned(), found, known: format(migrations).newest })
        }
        Identified::Version(found) => {
            let found = usize::try_from(found).unwrap_or_default();
            Ok(if found == migrations.len() { FileState::Current } else { FileState::Older(found) })
        }
        Identified::Foreign => Err(JournalError::Foreign { path: path.to_owned() }),
    }
}

fn format(migrations: &[&str]) -> FileFormat {
    FileFormat { application_id: APPLICATION_ID, newest: i64::try_from(migrations.len()).unwrap_or(i64::MAX) }
}

/// Brings an empty or older file to the newest version, in one transaction; who races for it finds it done.
pub(super) fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), JournalError> {
    let explain = |error| JournalError::of(path, &error);
    if state(connection, path, migrations)? == FileState::Current {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    let done = match state(&transaction, path, migrations)? {
        FileState::Empty => 0,
        FileState::Older(version) => version,
        FileState::Current => return Ok(()),
    };
    for migration in migrations.iter().skip(done) {
        transaction.execute_batch(migration).map_err(explain)?;
    }
    format(migrations).mark(&transaction).map_err(explain)?;
    transaction.commit().map_err(explain)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::{FileState, MIGRATIONS, migrate, state};
    use crate::store::journal::error::JournalError;

    const PATH: &str = "j.db";

    fn path() -> &'static Path {
        Path::new(PATH)
    }

    #[test]
    fn an_older_journal_takes_the_steps_that_it_lacks() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, path(), &["CREATE TABLE a (x)"]).unwrap();
        let newer = ["never run again", "CREATE TABLE b (y)", "ALTER TABLE b ADD COLUMN z"];
        assert_eq!(state(&connection, path(), &newer), Ok(FileState::Older(1)));
        migrate(&mut connection, path(), &newer).unwrap();
        assert_eq!(state(&connection, path(), &newer), Ok(FileState::Current));
        connection.execute("INSERT INTO b (y, z) VALUES (1, 2)", []).unwrap();
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(migrate(&mut connection, path(), &["CREATE TABLE a (x)", "nonsense"]).is_err());
        assert_eq!(state(&connection, path(), MIGRATIONS), Ok(FileState::Empty));
    }

    #[test]
    fn a_newer_journal_is_refused_in_one_line() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, path(), &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
        let error = state(&connection, path(), &["CREATE TABLE a (x)"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot use the journal j.db: its format 2 is newer than 1, the newest that this version knows"
        );
        assert!(migrate(&mut connection, path(), &["CREATE TABLE a (x)"]).is_err());
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let foreign = |sql: &str| {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(sql).unwrap();
            state(&connection, path(), MIGRATIONS)
        };
        let refused = Err(JournalError::Foreign { path: path().to_owned() });
        assert_eq!(foreign("CREATE TABLE deliveries (id)"), refused);
        assert_eq!(foreign("PRAGMA application_id = 7"), refused);
        assert_eq!(foreign("PRAGMA user_version = 1"), refused);
    }
}
