//! Points in time on the command line.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::commands::shared::value_parsers;

/// A number of this many digits is Unix seconds, as in the timestamp header; as a duration it would be over 31 years.
const DIGITS_OF_UNIX_SECONDS: usize = 10;

/// A point in time, said by itself or by how long ago it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    Ago(Duration),
}

impl Moment {
    /// The time that is meant when it is `now`; before all times that can be said, the first of them.
    pub(crate) fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

/// Reads `1h` (that long ago), `2026-07-26T15:04:05Z`, `2026-07-26 15:04` or `2026-07-26` (both here), or Unix seconds.
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    if text.len() == DIGITS_OF_UNIX_SECONDS
        && let Ok(seconds) = text.parse()
    {
        return Timestamp::from_second(seconds).map(Moment::At).map_err(|_| "no calendar has this time".to_owned());
    }
    if let Ok(ago) = value_parsers::duration(text) {
        return Ok(Moment::Ago(ago));
    }
    let here = || {
        text.parse::<DateTime>()
            .and_then(|time| time.to_zoned_datetime(TimeZone::system()))
            .map(|time| time.timestamp())
    };
    text.parse::<Timestamp>().or_else(|_| here()).map(Moment::At).map_err(|_| {
        "a time reads 1h (that long ago), 2026-07-26T15:04:05Z, or 2026-07-26 15:04 where you are".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{Moment, moment};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_time_is_said_by_itself_or_by_how_long_ago_it_was() {
        assert_eq!(moment("1h"), Ok(Moment::Ago(Duration::from_hours(1))));
        assert_eq!(moment("90"), Ok(Moment::Ago(Duration::from_secs(90))));
        assert_eq!(moment("2024-11-04T17:40:38Z"), Ok(Moment::At(at(1_730_742_038))));
        assert_eq!(moment("2024-11-04T18:40:38+01:00"), Ok(Moment::At(at(1_730_742_038))));
        assert_eq!(moment("1730742038"), Ok(Moment::At(at(1_730_742_038))));
        assert!(matches!(moment("2024-11-04"), Ok(Moment::At(_))));
        assert!(matches!(moment("2024-11-04 17:40"), Ok(Moment::At(_))));
        for wrong in ["", "yesterday", "-1h", "2024-13-01", "99999999999999999999d"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn long_ago_has_an_end() {
        assert_eq!(Moment::Ago(Duration::from_hours(1)).resolve(at(3_600)), at(0));
        assert_eq!(Moment::Ago(Duration::from_secs(1 << 40)).resolve(at(0)), Timestamp::MIN);
    }
}
