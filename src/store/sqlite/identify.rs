//! The format of a file, as its head has it.

use rusqlite::{Connection, Row};

/// A format of ours: the application that it belongs to, and the newest version that is known.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct FileFormat {
    pub(in crate::store) application_id: i64,
    pub(in crate::store) newest: i64,
}

/// Content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Identified {
    Empty,
    /// A file of this format, in this version.
    Version(i64),
    /// A file of this format, in a version that is not known yet.
    Newer(i64),
    /// A file of something else.
    Foreign,
}

impl FileFormat {
    pub(in crate::store) fn identify(self, connection: &Connection) -> rusqlite::Result<Identified> {
        let query = "SELECT (SELECT application_id FROM pragma_application_id), \
                            (SELECT user_version FROM pragma_user_version), \
                            (SELECT count(*) FROM sqlite_schema)";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (application_id, version, tables): (i64, i64, i64) = connection.query_row(query, [], read)?;
        Ok(match (application_id, version) {
            (0, 0) if tables == 0 => Identified::Empty,
            (id, _) if id != self.application_id || version < 0 => Identified::Foreign,
            (_, version) if version > self.newest => Identified::Newer(version),
            (_, version) => Identified::Version(version),
        })
    }

    /// Marks a file as one of this format in its newest version.
    pub(in crate::store) fn mark(self, connection: &Connection) -> rusqlite::Result<()> {
        connection.pragma_update(None, "application_id", self.application_id)?;
        connection.pragma_update(None, "user_version", self.newest)
    }
}
