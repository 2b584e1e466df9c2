//! Times as a file keeps them: microseconds since 1970, in which SQLite compares and sorts.

use jiff::Timestamp;

/// The microsecond that a time falls in.
pub(in crate::store) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// The first microsecond at which a time has come, so that what is found to be due really is.
pub(in crate::store) fn micros_from(time: Timestamp) -> i64 {
    let whole = time.as_microsecond();
    let is_later = Timestamp::from_microsecond(whole).is_ok_and(|floor| floor < time);
    whole.saturating_add(i64::from(is_later))
}

/// A time that was kept; one that no calendar knows, in a file written by something else, is 1970.
pub(in crate::store) fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{micros, micros_from, time};

    #[test]
    fn what_is_due_is_rounded_up_and_what_is_now_is_not() {
        let between = Timestamp::from_nanosecond(1_500).unwrap();
        assert_eq!((micros(between), micros_from(between)), (1, 2));
        assert_eq!((micros(time(7)), micros_from(time(7))), (7, 7));
        assert!(micros_from(Timestamp::MAX) >= micros(Timestamp::MAX));
    }
}
