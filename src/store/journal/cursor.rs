//! A place in the list of deliveries, which is ordered by their numbers.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// The place of one delivery; it stays the same whatever comes or is pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Time of receipt.
    pub received_at: Timestamp,
    pub id: u64,
}

impl Cursor {
    /// The place before which the deliveries with smaller numbers are.
    pub const fn before(id: u64) -> Self {
        Self { received_at: Timestamp::MAX, id }
    }
}

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is one that a list gave")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.received_at.as_microsecond(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (time, id) = text.split_once('.').ok_or(CursorError)?;
        let received_at = time.parse().ok().and_then(|time| Timestamp::from_microsecond(time).ok());
        let id = id.parse().ok().filter(|id| i64::try_from(*id).is_ok());
        received_at.zip(id).map(|(received_at, id)| Self { received_at, id }).ok_or(CursorError)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_reads_as_it_was_written_and_nothing_else_is_one() {
        let text = "1730742038123456.7";
        assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        for wrong in ["", ".", "7", "a.7", "7.a", "7.-1", "99999999999999999999.1", "1.18446744073709551615"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
