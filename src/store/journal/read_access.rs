//! Opening a journal for questions, also where nothing can be written: a read-only disk, somebody else's directory.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::journal::error::JournalError;
use crate::store::journal::file::{log_of, not_a_file};
use crate::store::journal::schema;
use crate::store::journal::schema::{FileState, MIGRATIONS};
use crate::store::sqlite::{connect, set_up};

/// Extent to which a reader sees the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAccess {
    /// Everything, also what a listener adds meanwhile.
    Live,
    /// The file as it is: nothing can be written beside it, which reading it together with a listener needs.
    Fixed {
        /// Whether deliveries are left out that are only in the write-ahead log.
        log_left_out: bool,
    },
}

/// A journal that is open for questions.
pub(super) struct OpenedToRead {
    pub(super) connection: Connection,
    pub(super) access: ReadAccess,
}

/// Opens a journal that is there for questions only.
pub(super) fn open_to_read(path: &Path, patience: Duration) -> Result<OpenedToRead, JournalError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(JournalError::Missing { path: path.to_owned() });
        }
        Err(error) => return Err(JournalError::of_io(path, &error)),
        Ok(metadata) if !metadata.is_file() => return Err(not_a_file(path)),
        Ok(_) => {}
    }
    let real = fs::canonicalize(path).map_err(|error| JournalError::of_io(path, &error))?;
    let explain = |error| JournalError::of(path, &error);
    // SQLite makes do with reading when it may not write. When it may, the last to leave tidies the log away.
    let live = connect(&real, patience).and_then(|connection| readable(&connection).map(|()| connection));
    let (mut connection, access) = match live {
        Ok(connection) => (connection, ReadAccess::Live),
        Err(error) if needs_to_write(&error) => match open_fixed(&real) {
            Ok(fixed) => fixed,
            Err(_) => return Err(explain(error)),
        },
        Err(error) => return Err(explain(error)),
    };
    match schema::state(&connection, path, MIGRATIONS)? {
        FileState::Current => {}
        FileState::Empty => return Err(JournalError::Missing { path: path.to_owned() }),
        FileState::Older(_) if access != ReadAccess::Live => return Err(JournalError::old_and_read_only(path)),
        FileState::Older(_) => schema::migrate(&mut connection, path, MIGRATIONS)?,
    }
    connection.pragma_update(None, "query_only", true).map_err(explain)?;
    Ok(OpenedToRead { connection, access })
}

/// Asks the file something: only then SQLite opens the log and its index.
fn readable(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn needs_to_write(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Opens the file itself without locks, log or index.
fn open_fixed(real: &Path) -> rusqlite::Result<(Connection, ReadAccess)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(real), flags)?;
    set_up(&connection)?;
    readable(&connection)?;
    let log_left_out = fs::metadata(log_of(real)).is_ok_and(|log| log.len() > 0);
    Ok((connection, ReadAccess::Fixed { log_left_out }))
}

/// The file as a URI for SQLite, every unusual byte encoded.
fn uri(real: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in real.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(char::from(*byte)),
            // Writing to a string does not fail.
            _ => drop(write!(uri, "%{byte:02x}")),
        }
    }
    uri + "?immutable=1"
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::{ReadAccess, open_fixed, open_to_read, uri};
    use crate::store::journal::tests::sample::{delivery, keep, open};

    #[test]
    fn a_path_is_encoded_whatever_is_in_it() {
        assert_eq!(uri(Path::new("/a b/?#%/j.db")), "file:/a%20b/%3f%23%25/j.db?immutable=1");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_shared_is_read_as_it_stands_and_the_log_is_known_to_be_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a journal?.db");
        let (journal, _notices) = open(&path);
        keep(&journal, delivery("video.completed", "clx1", 0)).await.unwrap();
        let real = std::fs::canonicalize(&path).unwrap();
        assert_eq!(open_fixed(&real).unwrap().1, ReadAccess::Fixed { log_left_out: true });
        journal.close().await;
        drop(journal);
        let live = open_to_read(&path, Duration::ZERO).unwrap();
        assert_eq!(live.access, ReadAccess::Live);
        drop(live);
        let (connection, access) = open_fixed(&real).unwrap();
        assert_eq!(access, ReadAccess::Fixed { log_left_out: false });
        let kept: i64 = connection.query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 1);
        assert!(connection.execute("DELETE FROM deliveries", []).is_err());
    }
}
