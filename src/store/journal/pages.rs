//! The pages of a journal's file: how many there are, and giving back those that are not used.

use rusqlite::Connection;

/// Use of a file's pages, in bytes.
pub(super) struct Pages {
    pub(super) size: u64,
    pub(super) used: u64,
    pub(super) unused: u64,
}

impl Pages {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0)).map(i64::cast_unsigned);
        let (size, count, unused) = (pragma("page_size")?, pragma("page_count")?, pragma("freelist_count")?);
        Ok(Self { size, used: count.saturating_sub(unused) * size, unused })
    }
}

/// Gives unused pages back to the file system; returns how many are left.
pub(super) fn give_back(connection: &Connection, pages: u64) -> rusqlite::Result<u64> {
    // The pragma gives back one page for each row that is asked of it.
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Pages::of(connection).map(|pages| pages.unused)
}

/// The size of the file's contents in bytes, used or not.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    Pages::of(connection).map(|pages| pages.used + pages.unused * pages.size)
}
