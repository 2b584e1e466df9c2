//! Uploads: which file paths were handed out, and for which of them a file came.

use rusqlite::{OptionalExtension, params};

use crate::store::sandbox::error::StateError;
use crate::store::sandbox::transaction::Tx;

impl Tx<'_> {
    /// Keeps a path that was handed out; no file is there yet.
    pub fn add_upload(&self, path: &str) -> Result<(), StateError> {
        self.0.prepare_cached("INSERT OR IGNORE INTO uploads (path) VALUES (?1)")?.execute([path])?;
        Ok(())
    }

    /// Notes that a file of `size` bytes is there. False if the path was never handed out.
    pub fn note_upload(&self, path: &str, size: u64) -> Result<bool, StateError> {
        let mut statement = self.0.prepare_cached("UPDATE uploads SET size = ?2 WHERE path = ?1")?;
        Ok(statement.execute(params![path, size.cast_signed()])? > 0)
    }

    /// Whether a path was handed out, and if so, whether a file came for it.
    pub fn upload(&self, path: &str) -> Result<Option<bool>, StateError> {
        let mut statement = self.0.prepare_cached("SELECT size IS NOT NULL FROM uploads WHERE path = ?1")?;
        Ok(statement.query_row([path], |row| row.get(0)).optional()?)
    }
}
