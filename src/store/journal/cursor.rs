//! A place in the list of deliveries, which is ordered by their numbers.

use std::fmt;
use std::str::FromStr;

/// The place of one delivery; it stays the same whatever comes or is pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub id: u64,
}

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is one that a list gave")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().ok().filter(|id| i64::try_from(*id).is_ok());
        id.map(|id| Self { id }).ok_or(CursorError)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_reads_as_it_was_written_and_nothing_else_is_one() {
        assert_eq!("7".parse::<Cursor>().unwrap().to_string(), "7");
        for wrong in ["", "a", "-1", "7.a", "18446744073709551615"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
