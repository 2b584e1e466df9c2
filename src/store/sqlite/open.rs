//! Connections to a file of SQLite.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// A connection to a file that is there; `path` is absolute, so that SQLite sees neither a URI nor `:memory:` in it.
pub(in crate::store) fn connect(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    set_up(&connection)?;
    Ok(connection)
}

/// Settings of every connection.
pub(in crate::store) fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    // Otherwise SQLite plans a statement again whenever its parameters change, at a fifth of the cost of a delivery.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    // On macOS a plain sync leaves data in the drive's cache. A log that begins anew overwrites what a checkpoint moved, so
    // that must be on the disk before. Elsewhere this has no effect.
    connection.pragma_update(None, "checkpoint_fullfsync", true)
}

/// Has the file keep a write-ahead log, which lets readers work while a commit is under way. Says whether it does now.
pub(in crate::store) fn keep_log(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    Ok(mode == "wal")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::connect;

    #[test]
    fn a_checkpoint_reaches_the_disk_on_every_system() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let connection = connect(file.path(), Duration::ZERO).unwrap();
        let is_full = connection.pragma_query_value(None, "checkpoint_fullfsync", |row| row.get(0));
        assert_eq!(is_full, Ok(true));
    }
}
