//! Single facts: the account's credits, how far the clock is ahead, and the key that signs links.

use rusqlite::{OptionalExtension, params};

use crate::store::sandbox::error::StateError;
use crate::store::sandbox::transaction::Tx;

const CREDITS: &str = "credits";
const AHEAD: &str = "ahead";
const LINK_KEY: &str = "link-key";

impl Tx<'_> {
    /// Credits that are left; negative if a job cost more than was charged at first.
    pub fn credits(&self) -> Result<Option<i64>, StateError> {
        self.number(CREDITS)
    }

    /// Sets what the account has left.
    pub fn set_credits(&self, credits: i64) -> Result<(), StateError> {
        self.set(CREDITS, &credits.to_string())
    }

    /// By how many microseconds the sandbox's clock is ahead of the real one.
    pub fn ahead(&self) -> Result<i64, StateError> {
        Ok(self.number(AHEAD)?.unwrap_or_default())
    }

    /// Sets by how many microseconds the sandbox's clock is ahead of the real one.
    pub fn set_ahead(&self, micros: i64) -> Result<(), StateError> {
        self.set(AHEAD, &micros.to_string())
    }

    /// The key that signs links to files: the one that was kept, or else this one, which is kept.
    pub fn link_key(&self, fresh: &str) -> Result<String, StateError> {
        if let Some(key) = self.fact(LINK_KEY)? {
            return Ok(key);
        }
        self.set(LINK_KEY, fresh)?;
        Ok(fresh.to_owned())
    }

    /// Forgets jobs, uploads, deliveries and attempts, gives the account these credits and sets the clock right. The
    /// endpoints stay.
    pub fn reset(&self, credits: i64) -> Result<(), StateError> {
        self.0.execute_batch("DELETE FROM attempts; DELETE FROM deliveries; DELETE FROM uploads; DELETE FROM jobs;")?;
        self.set_ahead(0)?;
        self.set_credits(credits)
    }

    fn number(&self, name: &str) -> Result<Option<i64>, StateError> {
        Ok(self.fact(name)?.and_then(|value| value.parse().ok()))
    }

    fn fact(&self, name: &str) -> Result<Option<String>, StateError> {
        let mut statement = self.0.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    fn set(&self, name: &str, value: &str) -> Result<(), StateError> {
        let mut statement = self.0.prepare_cached("INSERT OR REPLACE INTO facts (name, value) VALUES (?1, ?2)")?;
        statement.execute(params![name, value])?;
        Ok(())
    }
}
